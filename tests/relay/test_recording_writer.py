"""The writer between calls and the store: it never waits, tries again, and gives up in bounded time and memory."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path

from relay.errors import RecordingNotStored
from relay.recording_side import Part, Side
from relay.recording_store import FolderStore, MemoryStore
from relay.recording_writer import RecordingWriter
from tests.relay.house import until

PASSES = RecordingNotStored("503", may_pass=True)
STAYS = RecordingNotStored("403", may_pass=False)


class Written:
    """What `done` heard, by name."""

    def __init__(self, store: MemoryStore, **limits: float) -> None:
        self.counts: Counter[str] = Counter()
        self.writer = RecordingWriter(store, self.counts, **{"first_pause_s": 0.001, **limits})  # type: ignore[arg-type]
        self.outcomes: dict[str, list[bool]] = {}

    def write(self, name: str, content: bytes = b"audio") -> None:
        self.outcomes[name] = []
        self.writer.write(name, Side((Part(content),)), self.outcomes[name].append)


async def test_a_file_is_stored_once_the_store_can_be_reached_again() -> None:
    store = MemoryStore()
    store.problem = PASSES
    written = Written(store)
    written.write("s/1-caller-00000.ulaw")
    await until(lambda: written.counts["recording_retries"] >= 3)
    assert written.outcomes["s/1-caller-00000.ulaw"] == []
    store.problem = None
    await until(lambda: written.outcomes["s/1-caller-00000.ulaw"] == [True])
    assert store.files == {"s/1-caller-00000.ulaw": b"audio"}
    assert (written.counts["recording_files"], written.counts["recording_failed"]) == (1, 0)
    await written.writer.flush(1)


async def test_what_cannot_pass_is_given_up_at_once_and_what_does_not_pass_in_time() -> None:
    store = MemoryStore()
    written = Written(store, give_up_s=0.05)
    store.problem = STAYS
    written.write("never")
    await until(lambda: written.outcomes["never"] == [False])
    assert written.counts["recording_retries"] == 0
    store.problem = PASSES
    written.write("too long")
    await until(lambda: written.outcomes["too long"] == [False])
    assert written.counts["recording_retries"] > 0
    assert written.counts["recording_failed"] == 2
    await written.writer.flush(1)


async def test_memory_is_bounded_and_what_does_not_fit_is_counted() -> None:
    store = MemoryStore()
    store.held.clear()
    written = Written(store, pending_bytes=10)
    for name, content in (("a", b"12345678"), ("b", b"123"), ("c", b"12")):
        written.write(name, content)
    assert (written.outcomes["b"], written.counts["recording_failed"]) == ([False], 1)
    store.held.set()
    await until(lambda: store.files.keys() == {"a", "c"})
    written.write("d", b"0123456789")
    await until(lambda: "d" in store.files)
    await written.writer.flush(1)


async def test_what_does_not_fit_is_taken_out_of_the_park_as_well() -> None:
    writer = RecordingWriter(MemoryStore(), Counter(), pending_bytes=10)
    part = Part(b"12345678901")
    writer.write("too much", Side((part,)), lambda is_stored: None)
    assert part.is_released
    await writer.flush(1)


async def test_at_the_end_everything_is_stored_or_counted_as_lost() -> None:
    store = MemoryStore()
    written = Written(store)
    written.write("in time")
    await asyncio.sleep(0)
    store.held.clear()
    written.write("held")
    await written.writer.flush(0.05)
    assert (written.outcomes["in time"], written.outcomes["held"]) == ([True], [False])
    assert written.counts["recording_failed"] == 1


async def test_a_disk_that_hangs_does_not_hold_up_the_end_of_all_else(tmp_path: Path) -> None:
    goes_on, counts = threading.Event(), Counter[str]()
    reading: list[str] = []

    class Hanging(Part):
        def read(self) -> bytes:
            reading.append("began")
            reading.append("went on" if goes_on.wait(30) else "was waited for")
            return super().read()

    writer = RecordingWriter(FolderStore(tmp_path), counts)
    writer.write("s/1-caller-00000.ulaw", Side((Hanging(b"audio"),)), lambda _: None)
    await until(lambda: reading)
    await writer.flush(0.1)
    assert (counts["recording_failed"], reading) == (1, ["began"])
    goes_on.set()
    await until(lambda: reading == ["began", "went on"])
