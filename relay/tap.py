"""The recording tap of one stream: what passes between the caller and the relay goes into a `Recording`, and its
chunks to the writer, as `{session_id}/{attempt}-caller-{n:05d}.ulaw` and `...-agent-...` (`.pcm` at a kiosk).

Byte 0 of file 0 is the stream's first sample, so a moment of the stream (ms) is byte ms*8 of the files joined (ms*48 of
PCM), and the two sides joined are a stereo recording. Whether a call is recorded is known only with its session; until
then audio is held.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from relay import caller
from relay.functions import PostTurn, Session
from relay.recording import Recording
from relay.recording_writer import RecordingWriter

_SUFFIXES = {caller.PCMU.name: "ulaw", caller.PCM24.name: "pcm"}

# What a recording wants to know of, but for audio.
TAPPED = frozenset({caller.Start, caller.Mark})


class Tap:
    """Nothing here waits but `stored`."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._recording: Recording | None = None  # from the stream's start to its end
        self._timeline: Recording | None = None  # the same, kept after the end
        self._audio = caller.PCMU
        self._prefix = ""  # of the files' names, once the session is known
        self._bytes = 0  # of one side, out so far
        self._waiting = self._stored = self._failed = 0  # files
        self._ended_ms = 0
        self._is_closed = False
        self._settled = asyncio.Event()

    # --- what passes ---

    def hear(self, audio: bytes, timestamp_ms: int | None, now_ms: int) -> None:
        """One frame of the caller. `timestamp_ms`: when it was recorded, where the client says so."""
        recording = self._recording
        if recording is not None:
            recording.hear(audio, now_ms, timestamp_ms)
            self._take(recording)

    def sent(self, audio: bytes, now_ms: int) -> None:
        """Audio of the agent went to the caller's client."""
        recording = self._recording
        if recording is not None:
            recording.sent(audio, now_ms)
            self._take(recording)

    def marked(self, name: str) -> None:
        """A mark went there behind it."""
        recording = self._recording
        if recording is not None:
            recording.marked(name)

    def cleared(self, now_ms: int) -> None:
        """A `clear` went there."""
        recording = self._recording
        if recording is not None:
            recording.cleared(now_ms)
            self._take(recording)

    def played(self, name: str, now_ms: int) -> None:
        """A mark came back from there."""
        recording = self._recording
        if recording is not None:
            recording.played(name, now_ms)
            self._take(recording)

    def from_caller(self, event: object, now_ms: int) -> None:
        """One of TAPPED; others say nothing here."""
        if type(event) is caller.Mark:
            self.played(event.name, now_ms)
        elif type(event) is caller.Start and self._timeline is None and event.audio is not None:
            self._audio = event.audio
            self._recording = self._timeline = Recording(event.audio)

    def to_caller(self, message: caller.ToCaller, now_ms: int) -> None:
        if type(message) is caller.SendMedia:
            self.sent(message.audio, now_ms)
        elif type(message) is caller.SendMark:
            self.marked(message.name)
        else:
            self.cleared(now_ms)

    def _take(self, recording: Recording) -> None:
        """What has come out of it goes to the writer."""
        if recording.settled or recording.chunks:
            self._write(recording)

    # --- what is decided ---

    def begin(self, session: Session) -> None:
        """Keep what was recorded so far and what will be, under this session's name."""
        self._prefix = f"{session.session_id}/{session.attempt}"

    def switch(self, on: bool, now_ms: int) -> None:
        """Pause the recording, or go on with it."""
        if self._recording is not None:
            (self._recording.resume if on else self._recording.pause)(now_ms)

    def silence(self, from_ms: int, to_ms: int, *, is_received: bool = False) -> int:
        """Silence an interval after the fact, or before it. Returns for how many ms of it that came too late.

        `is_received`: the times do not count what was lost on the line.
        """
        timeline = self._timeline
        if timeline is None:
            return 0
        if is_received:
            from_ms, to_ms = timeline.moment_ms(from_ms), timeline.moment_ms(to_ms)
        return timeline.silence(from_ms, to_ms)

    def on_timeline(self, turn: PostTurn) -> PostTurn:
        """The turn with its times where they are in the recording: engines do not count what was lost on the line."""
        timeline = self._timeline
        if timeline is None or turn.audio_start_ms is None or turn.audio_end_ms is None:
            return turn
        start_ms, end_ms = timeline.moment_ms(turn.audio_start_ms), timeline.moment_ms(turn.audio_end_ms)
        return replace(turn, audio_start_ms=start_ms, audio_end_ms=end_ms)

    # --- what is kept ---

    def end(self, now_ms: int) -> None:
        """The stream has ended: what passes from now on is not its. What is held back can still be silenced."""
        if self._recording is not None:
            self._recording, self._ended_ms = None, now_ms

    def close(self) -> None:
        """Nothing is to be silenced any more: what was held back goes to the writer."""
        if self._timeline is not None and not self._is_closed:
            self._is_closed = True
            self._timeline.finish(self._ended_ms)
            self._write(self._timeline)

    async def stored(self, timeout_s: float) -> None:
        """Wait until every file is in its store, or given up; `timeout_s` at most."""
        if self._waiting:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), timeout_s)

    def hurry(self) -> None:
        """There is no time: `stored` waits no longer. What is on its way is still stored, as far as it can be."""
        self._settled.set()

    def report(self) -> Mapping[str, Any] | None:
        """For the last event of the stream; None when it was not recorded."""
        if self._timeline is None or not self._prefix:
            return None
        return {
            "duration_ms": self._bytes // self._audio.bytes_per_ms,
            "files": self._stored,
            "failed": self._failed,
            "waiting": self._waiting,
            "pauses": self._timeline.pauses,
        }

    def _write(self, recording: Recording) -> None:
        if not self._prefix:
            return
        while recording.settled:
            self._writer.park(recording.settled.popleft())
        suffix = _SUFFIXES[self._audio.name]
        while recording.chunks:
            chunk = recording.chunks.popleft()
            self._bytes += chunk.caller.size
            for word, side in (("caller", chunk.caller), ("agent", chunk.agent)):
                self._waiting += 1
                self._writer.write(f"{self._prefix}-{word}-{chunk.number:05d}.{suffix}", side, self._on_written)

    def _on_written(self, is_stored: bool) -> None:
        self._waiting -= 1
        self._stored += is_stored
        self._failed += not is_stored
        if self._is_closed and not self._waiting:
            self._settled.set()
