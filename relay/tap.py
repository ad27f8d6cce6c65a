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

# So much passes before it is put on the timeline together: one at a time, with all else in between, costs twice as
# much, since nothing of it is in the processor's cache then.
BATCH = 20
_SUFFIXES = {caller.PCMU.name: "ulaw", caller.PCM24.name: "pcm"}

# What a recording wants to know of, but for audio.
TAPPED = frozenset({caller.Start, caller.Mark})

_Passing = caller.Media | caller.Mark | caller.ToCaller


class Tap:
    """Nothing here waits but `stored`."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._recording: Recording | None = None  # from the stream's start to its end
        self._timeline: Recording | None = None  # the same, kept after the end
        self._audio = caller.PCMU
        self._passed: list[tuple[_Passing, int]] = []  # what, when; not in the recording yet
        self._prefix = ""  # of the files' names, once the session is known
        self._bytes = 0  # of one side, out so far
        self._waiting = self._stored = self._failed = 0  # files
        self._ended_ms = 0
        self._is_closed = False
        self._settled = asyncio.Event()

    # --- what passes ---

    def hear(self, audio: bytes, timestamp_ms: int | None, now_ms: int) -> None:
        """Audio of the caller, of which the last came now."""
        self._pass(caller.Media(audio, timestamp_ms), now_ms)

    def played(self, name: str, now_ms: int) -> None:
        self._pass(caller.Mark(name), now_ms)

    def from_caller(self, event: object, now_ms: int) -> None:
        """One of TAPPED; others say nothing here."""
        if type(event) is caller.Mark:
            self._pass(event, now_ms)
        elif type(event) is caller.Start and self._timeline is None and event.audio is not None:
            self._audio = event.audio
            self._recording = self._timeline = Recording(event.audio)

    def to_caller(self, message: caller.ToCaller, now_ms: int) -> None:
        self._pass(message, now_ms)

    def _pass(self, what: _Passing, now_ms: int) -> None:
        self._passed.append((what, now_ms))
        if len(self._passed) >= BATCH:
            self._catch_up()

    def _catch_up(self) -> None:
        """Put what has passed on the timeline."""
        recording, passed = self._recording, self._passed
        self._passed = []
        if recording is None:
            return
        for what, now_ms in passed:
            if type(what) is caller.Media:
                recording.hear(what.audio, now_ms, what.timestamp_ms)
            elif type(what) is caller.SendMedia:
                recording.sent(what.audio, now_ms)
            elif type(what) is caller.SendMark:
                recording.marked(what.name)
            elif type(what) is caller.Mark:
                recording.played(what.name, now_ms)
            else:
                recording.cleared(now_ms)
        if recording.settled or recording.chunks:
            self._write(recording)

    # --- what is decided ---

    def begin(self, session: Session) -> None:
        """Keep what was recorded so far and what will be, under this session's name."""
        self._prefix = f"{session.session_id}/{session.attempt}"

    def switch(self, on: bool, now_ms: int) -> None:
        """Pause the recording, or go on with it."""
        self._catch_up()
        if self._recording is not None:
            (self._recording.resume if on else self._recording.pause)(now_ms)

    def silence(self, from_ms: int, to_ms: int, *, is_received: bool = False) -> int:
        """Silence an interval after the fact, or before it. Returns for how many ms of it that came too late.

        `is_received`: the times do not count what was lost on the line.
        """
        self._catch_up()
        timeline = self._timeline
        if timeline is None:
            return 0
        if is_received:
            from_ms, to_ms = timeline.moment_ms(from_ms), timeline.moment_ms(to_ms)
        return timeline.silence(from_ms, to_ms)

    def on_timeline(self, turn: PostTurn) -> PostTurn:
        """The turn with its times where they are in the recording: engines do not count what was lost on the line."""
        self._catch_up()
        timeline = self._timeline
        if timeline is None or turn.audio_start_ms is None or turn.audio_end_ms is None:
            return turn
        start_ms, end_ms = timeline.moment_ms(turn.audio_start_ms), timeline.moment_ms(turn.audio_end_ms)
        return replace(turn, audio_start_ms=start_ms, audio_end_ms=end_ms)

    # --- what is kept ---

    def end(self, now_ms: int) -> None:
        """The stream has ended: what passes from now on is not its. What is held back can still be silenced."""
        self._catch_up()
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
