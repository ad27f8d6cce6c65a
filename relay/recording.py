"""A recording of one stream: the caller's side and the agent's on one timeline, cut into chunks of 10 s. Pure.

Frames, marks and `clear`s go in with the time, chunks come out of `chunks`: both sides as long, aligned to 20 ms, the
agent's where it was played, gaps as silence. The last 20 s are held back, so that an interval can still be silenced
after the fact; a process that is killed therefore loses the last 30 s at most. Of these only the last few seconds lie
here: what will hardly change any more comes out of `settled` in parts, to be taken out of memory, and is in its chunk
later. What changes it all the same, late audio or a silence, goes with the chunk and is done when that is read.

The timeline is the caller's audio: byte 0 is the stream's first sample. Where a client tells when its audio was
recorded (Twilio: `media.timestamp`), what was lost on its way is a gap; where it does not, a long pause is one.
Source: Twilio Media Streams, "media": `timestamp` is milliseconds since the stream's start; gaps are lost audio.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from relay.caller import AudioFormat
from relay.recording_playback import Playback
from relay.recording_side import PART_BYTES, Part, Side
from relay.recording_track import PlacedTrack, Track

CHUNK_MS = 10_000
HELD_MS = 20_000
# So long after its end a part is cut: by then marks, one a second at least, have told where the agent was heard.
SETTLED_MS = 1000
# The caller's audio comes every 20 ms; when it is this late, the clock says how far the stream has come.
LATE_MS = 100
# A client without timestamps that was silent for this long had its microphone off: its next frame is no late one.
PAUSE_MS = 1000
# A stream grows no longer than this at once by what was lost of it, or left out.
LONGEST_GAP_MS = 60_000
# A timestamp further ahead of the clock than this is none.
AHEAD_MS = 2000
# Nor is one that is greater than this.
LATEST_MS = 10**15
MOST_GAPS = 1000


@dataclass(frozen=True, slots=True)
class Chunk:
    """10 s of both sides in the stream's format; the last one of a stream may be shorter. Counted from 0."""

    number: int
    caller: Side
    agent: Side


class Recording:
    """Positions within are bytes of one side from the start; times that go in or come out are milliseconds."""

    def __init__(self, audio: AudioFormat) -> None:
        self.chunks: deque[Chunk] = deque()  # complete; whoever writes them takes them from its left
        self.settled: deque[Part] = deque()  # of chunks to come; whoever parks them takes them from its left
        self.pauses = 0
        self._audio = audio
        self._bytes_per_ms = audio.bytes_per_ms
        self._frame = audio.frame_bytes
        self._chunk = CHUNK_MS * audio.bytes_per_ms
        self._playback = Playback(audio)
        self._caller = Track(audio.silence)
        self._agent = PlacedTrack(self._playback.placed, audio.silence)
        self._parts: deque[tuple[Part, Part]] = deque()  # caller's and agent's, of the chunks to come
        self._parted = 0  # where the next part begins
        self._part_due = PART_BYTES + SETTLED_MS * audio.bytes_per_ms  # it is settled when the stream is here
        self._base = 0  # where the next chunk begins
        self._number = 0
        self._due = self._chunk + HELD_MS * audio.bytes_per_ms  # the next chunk is complete when the stream is here
        self._cursor = 0  # where the caller's next frame belongs
        self._has_begun = False
        self._began_ms = 0  # when the first frame or message came
        self._heard_ms = 0  # when the caller's last frame came
        self._is_timed = False  # the client tells when its audio was recorded
        self._zero = 0  # its time of position 0 then, in bytes
        self._gaps: deque[tuple[int, int]] = deque()  # bytes received before each gap, length of all gaps up to it
        self._muted: list[tuple[int, int | None]] = []  # from, to: None while it lasts

    # --- the caller ---

    def hear(self, audio: bytes, now_ms: int, timestamp_ms: int | None = None) -> None:
        """One frame of the caller. `timestamp_ms`: when it was recorded, by the client's own clock."""
        self._begin(now_ms)
        if timestamp_ms is None or timestamp_ms > LATEST_MS:
            self._pause_is_a_gap(now_ms, len(audio))
        else:
            self._go_to(timestamp_ms * self._bytes_per_ms, now_ms)
        self._caller.write(self._cursor, audio)
        self._cursor += len(audio)
        self._heard_ms = now_ms
        if self._cursor >= self._due:
            self._cut_chunks()
        if self._cursor >= self._part_due:
            self._cut_parts()

    def moment_ms(self, received_ms: int) -> int:
        """Where on the timeline the caller's audio lies of which `received_ms` came before it."""
        received = received_ms * self._bytes_per_ms
        gaps = next((gaps for at, gaps in reversed(self._gaps) if at <= received), 0)
        return received_ms + gaps // self._bytes_per_ms

    def _begin(self, now_ms: int) -> None:
        if not self._has_begun:
            self._has_begun = True
            self._heard_ms = self._began_ms = now_ms

    def _pause_is_a_gap(self, now_ms: int, size: int) -> None:
        missing_ms = now_ms - self._heard_ms - size // self._bytes_per_ms
        if missing_ms > PAUSE_MS:
            self._jump(min(missing_ms, LONGEST_GAP_MS) * self._bytes_per_ms)

    def _go_to(self, stamp: int, now_ms: int) -> None:
        """To where this timestamp (in bytes) belongs; one that makes no sense is where we are."""
        if not self._is_timed:
            self._is_timed, self._zero = True, stamp - self._cursor
        there = stamp - self._zero
        if -self._frame < there - self._cursor < self._frame:  # nearly always, but for the rounding
            return
        latest_ms = min(now_ms - self._began_ms + AHEAD_MS, self._cursor // self._bytes_per_ms + LONGEST_GAP_MS)
        if self._earliest() <= there <= latest_ms * self._bytes_per_ms:
            self._jump(there - self._cursor)
        else:
            self._zero = stamp - self._cursor

    def _earliest(self) -> int:
        """Where the caller's audio may still belong. A client that goes back over and over is not followed for ever."""
        return self._base if self._caller.late.size <= self._due - self._base else self._parted

    def _jump(self, size: int) -> None:
        """The caller's next frame is so much further on, or back."""
        jump = round(size / self._frame) * self._frame
        gaps = self._gaps[-1][1] if self._gaps else 0
        self._gaps.append((self._cursor - gaps, gaps + jump))
        if len(self._gaps) > MOST_GAPS:
            self._gaps.popleft()
        self._cursor += jump

    # --- the agent ---

    def sent(self, audio: bytes, now_ms: int) -> None:
        """Audio of the agent went to the caller's client, to be played after what went before."""
        self._playback.sent(audio, self._here(now_ms))

    def marked(self, name: str) -> None:
        """A mark went there behind it."""
        self._playback.marked(name)

    def cleared(self, now_ms: int) -> None:
        """A `clear` went there."""
        self._playback.cleared(self._here(now_ms))

    def played(self, mark: str, now_ms: int) -> None:
        """A mark came back from there."""
        self._playback.played(mark, self._here(now_ms))

    def _here(self, now_ms: int) -> int:
        """How far the stream has come: as far as the caller's audio, or the clock when none has come for a while."""
        self._begin(now_ms)
        late_ms = now_ms - self._heard_ms
        if late_ms <= LATE_MS:
            return self._cursor
        if late_ms <= PAUSE_MS:
            return self._cursor + late_ms * self._bytes_per_ms
        self._jump(min(late_ms, LONGEST_GAP_MS) * self._bytes_per_ms)
        self._heard_ms = now_ms
        if self._cursor >= self._due:
            self._cut_chunks()
        if not self._is_timed:  # else what was said meanwhile may still come
            self._cut_parts()
        return self._cursor

    # --- what is not to be kept ---

    def pause(self, now_ms: int) -> None:
        """Both sides are silence from here on, until `resume`."""
        if not self.is_paused:
            self.pauses += 1
            self._muted.append((self._here(now_ms), None))

    def resume(self, now_ms: int) -> None:
        if self.is_paused:
            since, _ = self._muted.pop()
            self._muted.append((since, self._here(now_ms)))

    @property
    def is_paused(self) -> bool:
        return bool(self._muted) and self._muted[-1][1] is None

    def silence(self, from_ms: int, to_ms: int) -> int:
        """Both sides are silence in this interval. Returns for how many ms of it that came too late: they are out."""
        start, end = from_ms * self._bytes_per_ms, to_ms * self._bytes_per_ms
        if start < end:
            self._muted.insert(0, (start, end))
        return max(0, min(end, self._base) - start) // self._bytes_per_ms

    # --- chunks ---

    def finish(self, now_ms: int) -> None:
        """The stream has ended: what was held back comes out. Nothing is to be given in after this."""
        here = self._here(now_ms)
        self._playback.finish(here)
        end = max(here, self._caller.end, self._playback.end)
        end = -(-end // self._frame) * self._frame
        while self._base < end:
            self._cut_chunk(min(self._chunk, end - self._base))

    def _cut_chunks(self) -> None:
        while self._cursor >= self._due:
            self._playback.settle(before=self._base + self._chunk)
            self._cut_chunk(self._chunk)

    def _cut_chunk(self, size: int) -> None:
        start, end = self._base, self._base + size
        while self._parted < end:
            self._cut_part(min(PART_BYTES, end - self._parted))
        self._agent.see_late()
        parts = [self._parts.popleft() for _ in range(-(-size // PART_BYTES))]
        muted, silence = tuple(self._muted_within(size)), self._audio.silence
        caller = Side(tuple(part for part, _ in parts), self._caller.late.take(start, end), muted, silence)
        agent = Side(tuple(part for _, part in parts), self._agent.late.take(start, end), muted, silence)
        self.chunks.append(Chunk(self._number, caller, agent))
        self._muted = [(since, until) for since, until in self._muted if until is None or until > end]
        self._number += 1
        self._base, self._due = end, self._due + self._chunk

    def _muted_within(self, size: int) -> Iterator[tuple[int, int]]:
        """What is silent of the chunk that begins at `_base`, in whole frames."""
        for since, until in self._muted:
            start = max(0, since - self._base) // self._frame * self._frame
            end = size if until is None else min(size, -(-(until - self._base) // self._frame) * self._frame)
            if start < end:
                yield start, end

    def _cut_parts(self) -> None:
        while self._cursor >= self._part_due:
            self.settled += self._cut_part(PART_BYTES)

    def _cut_part(self, size: int) -> tuple[Part, Part]:
        part = Part(self._caller.cut(size)), Part(self._agent.cut(size))
        self._parts.append(part)
        self._parted += size
        self._part_due += size
        return part
