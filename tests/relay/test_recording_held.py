"""Whole recordings by way of the park and the store: files are what was said and heard, but for what was silenced.

The model keeps everything and cuts at the end; what is out is known by the clock alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.caller import PCMU
from relay.recording import CHUNK_MS, HELD_MS, Recording
from relay.recording_store import MemoryStore
from relay.recording_writer import RecordingWriter
from tests.relay.house import until
from tests.relay.recorded_line import FRAME_MS, Line, silence

STORIES = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 12), st.just(0)),
        st.tuples(st.just("tick"), st.integers(1, 12), st.just(0)),
        st.tuples(st.just("tick"), st.integers(100, 500), st.just(0)),
        st.tuples(st.sampled_from(["clear", "pause", "resume", "park"]), st.just(0), st.just(0)),
        # so many ms before (or after) now, so many ms long
        st.tuples(st.just("silence"), st.integers(-2000, 40_000), st.integers(1, 8000)),
    ),
    min_size=30,
    max_size=100,
)


class Held:
    """A line whose recording goes through the real park into a store, and what its files must be."""

    def __init__(self, mark_every: int) -> None:
        self.line = Line(Recording(PCMU), mark_every=mark_every)
        self.store = MemoryStore()
        self.counts: Counter[str] = Counter()
        self.writer = RecordingWriter(self.store, self.counts, gather_s=0)
        self.muted: set[int] = set()  # frames
        self._paused_at: int | None = None

    async def run(self, story: list[tuple[str, int, int]]) -> None:
        for step, number, length in story:
            if step == "silence":
                self._silence(max(0, self.line.now_ms - number), length)
            elif step == "park":
                await until(lambda: self.writer._park._work is None)
            else:
                self._step(step, number)
            self._take()
            await asyncio.sleep(0)
        self._resume()
        self.line.hang_up()
        self._take()
        await self.writer.flush(10)

    def _step(self, step: str, number: int) -> None:
        line = self.line
        if step == "say":
            line.say(number)
        elif step == "tick":
            for _ in range(number):
                line.tick()
                self._take()
        elif step == "clear":
            line.clear()
        elif step == "pause":
            line.recording.pause(line.now_ms)
            self._paused_at = line.ticks if self._paused_at is None else self._paused_at
        else:
            line.recording.resume(line.now_ms)
            self._resume()

    def _resume(self) -> None:
        if self._paused_at is not None:
            self.muted |= set(range(self._paused_at, self.line.ticks))
            self._paused_at = None

    def _silence(self, from_ms: int, length_ms: int) -> None:
        to_ms, out_ms = from_ms + length_ms, max(0, self.line.now_ms - HELD_MS) // CHUNK_MS * CHUNK_MS
        assert self.line.recording.silence(from_ms, to_ms) == max(0, min(to_ms, out_ms) - from_ms)
        self.muted |= set(range(max(from_ms, out_ms) // FRAME_MS, -(-to_ms // FRAME_MS)))

    def _take(self) -> None:
        """As a tap does."""
        recording = self.line.recording
        while recording.settled:
            self.writer.park(recording.settled.popleft())
        while recording.chunks:
            chunk = recording.chunks.popleft()
            for word, side in (("caller", chunk.caller), ("agent", chunk.agent)):
                self.writer.write(f"{word}-{chunk.number:05d}", side, lambda is_stored: None)

    def expected(self, side: list[bytes]) -> list[bytes]:
        kept = [silence() if at in self.muted else sound for at, sound in enumerate(side)]
        frames = CHUNK_MS // FRAME_MS
        return [b"".join(kept[at : at + frames]) for at in range(0, len(kept), frames)]

    def files(self, word: str) -> list[bytes]:
        return [content for name, content in sorted(self.store.files.items()) if name.startswith(word)]


@settings(max_examples=60)
@given(story=STORIES, mark_every=st.sampled_from([1, 3, 10, 0]))
def test_files_are_what_was_said_and_heard_but_for_what_was_silenced_in_time(
    story: list[tuple[str, int, int]], mark_every: int
) -> None:
    held = Held(mark_every)
    asyncio.run(held.run(story))
    assert held.files("caller") == held.expected(held.line.said)
    assert held.files("agent") == held.expected(held.line.heard)
    assert held.counts["recording_unparked"] == 0


async def test_a_stored_chunk_leaves_its_room_in_the_park_to_the_next() -> None:
    held = Held(mark_every=1)
    story = [("say", 12, 0), ("tick", 50, 0), ("park", 0, 0)] * 300
    await held.run(story)
    assert len(held.files("agent")) == 30
    slots = held.writer._park._slots
    assert slots <= 2 * 35_000 * 8 // 16_000


async def test_what_waits_for_a_store_waits_in_the_park_and_is_stored_when_it_can_be() -> None:
    held = Held(mark_every=1)
    held.store.held.clear()
    story = [("say", 12, 0), ("tick", 50, 0), ("park", 0, 0)] * 60
    running = asyncio.create_task(held.run(story))
    await until(lambda: held.line.ticks == 3000)
    assert held.store.files == {}
    held.store.held.set()
    await running
    assert held.files("caller") == held.expected(held.line.said)
    assert held.files("agent") == held.expected(held.line.heard)
