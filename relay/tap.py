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
from relay.messages import PostTurn, Session
from relay.recording import Recording
from relay.recording_writer import RecordingWriter

# Frames of the caller that are put on the timeline together: one at a time, with all else in between, costs twice as
# much, since nothing of it is in the processor's cache then. 30 s, when a chunk is complete, are a multiple of it.
BATCH = 25
_SUFFIXES = {caller.PCMU.name: "ulaw", caller.PCM24.name: "pcm"}


class Tap:
    """Nothing here waits but `stored`."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._recording: Recording | None = None  # from the stream's start to its end
        self._timeline: Recording | None = None  # the same, kept after the end
        self._audio = caller.PCMU
        self._frames: list[tuple[caller.Media, int]] = []  # heard, when, and not in the recording yet
        self._count = 0
        self._prefix = ""  # of the files' names, once the session is known
        self._bytes = 0  # of one side, out so far
        self._waiting = self._stored = self._failed = 0  # files
        self._settled = asyncio.Event()

    # --- what passes ---

    def hear(self, media: caller.Media, now_ms: int) -> None:
        """A frame of the caller; it waits here for others, until anything else happens or there are `BATCH` of them."""
        self._frames.append((media, now_ms))
        self._count += 1
        if self._count % BATCH == 0:
            self._take_frames()

    def _take_frames(self) -> None:
        recording, frames = self._recording, self._frames
        if not frames:
            return
        self._frames = []
        if recording is not None:
            for media, now_ms in frames:
                recording.hear(media.audio, now_ms, media.timestamp_ms)
            if recording.chunks:
                self._write_chunks(recording)

    def from_caller(self, event: caller.FromCaller, now_ms: int) -> None:
        self._take_frames()
        recording = self._recording
        if type(event) is caller.Mark:
            if recording is not None:
                recording.played(event.name, now_ms)
        elif type(event) is caller.Start and recording is None and event.audio is not None:
            self._audio = event.audio
            self._recording = self._timeline = Recording(event.audio)

    def to_caller(self, message: caller.ToCaller, now_ms: int) -> None:
        self._take_frames()
        recording = self._recording
        if recording is None:
            return
        if type(message) is caller.SendMedia:
            recording.sent(message.audio, now_ms)
            if recording.chunks:
                self._write_chunks(recording)
        elif type(message) is caller.SendMark:
            recording.marked(message.name)
        else:
            recording.cleared(now_ms)

    # --- what is decided ---

    def begin(self, session: Session) -> None:
        """Keep what was recorded so far and what will be, under this session's name."""
        self._prefix = f"{session.session_id}/{session.attempt}"

    def switch(self, on: bool, now_ms: int) -> None:
        """Pause the recording, or go on with it."""
        self._take_frames()
        if self._recording is not None:
            (self._recording.resume if on else self._recording.pause)(now_ms)

    def silence(self, from_ms: int, to_ms: int) -> int:
        """Silence an interval after the fact. Returns for how many ms of it that came too late."""
        self._take_frames()
        return self._timeline.silence(from_ms, to_ms) if self._timeline is not None else 0

    def on_timeline(self, turn: PostTurn) -> PostTurn:
        """The turn with its times where they are in the recording: engines do not count what was lost on the line."""
        self._take_frames()
        timeline = self._timeline
        if timeline is None or turn.audio_start_ms is None or turn.audio_end_ms is None:
            return turn
        start_ms, end_ms = timeline.moment_ms(turn.audio_start_ms), timeline.moment_ms(turn.audio_end_ms)
        return replace(turn, audio_start_ms=start_ms, audio_end_ms=end_ms)

    # --- what is kept ---

    def close(self, now_ms: int) -> None:
        """The stream has ended: what was held back goes to the writer."""
        self._take_frames()
        if (recording := self._recording) is not None:
            self._recording = None
            recording.finish(now_ms)
            self._write_chunks(recording)

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

    def _write_chunks(self, recording: Recording) -> None:
        if not self._prefix:
            return
        suffix = _SUFFIXES[self._audio.name]
        while recording.chunks:
            chunk = recording.chunks.popleft()
            self._bytes += len(chunk.caller)
            for side, content in (("caller", chunk.caller), ("agent", chunk.agent)):
                self._waiting += 1
                self._writer.write(f"{self._prefix}-{side}-{chunk.number:05d}.{suffix}", content, self._on_written)

    def _on_written(self, is_stored: bool) -> None:
        self._waiting -= 1
        self._stored += is_stored
        self._failed += not is_stored
        if self._recording is None and not self._waiting:
            self._settled.set()
