"""The caller's audio on its way to the engine, the call and the recording: 50 times a second, one message at a time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns

from relay.call import Call
from relay.caller import Frame, Media
from relay.ear import Ear
from relay.sockets import ShortWay
from relay.tap import Tap
from relay.twilio_media import MediaReader


class AudioPath(ShortWay):
    """One per stream. What comes before an engine listens is given to `receive`."""

    def __init__(
        self,
        call: Call,
        ear: Ear,
        tap: Tap | None,
        media: MediaReader | None,
        *,
        receive: Callable[[Media, int], None],
        on_disorder: Callable[[], None],
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self._call = call
        self._audio = call.audio
        self._ear = ear
        self.tap = tap
        self._media = media
        self._receive = receive
        self._on_disorder = on_disorder
        self._on_bug = on_bug
        self._sequence = 0  # of the latest

    def takes(self, message: bytes) -> bool:
        frame = self._media.read(message) if self._media is not None else None
        if frame is None:
            return False
        self.hear(frame)
        return True

    def hear(self, frame: Frame) -> None:
        """One message of the caller's audio. The engine that listens has it first."""
        payload, audio, timestamp_ms, sequence = frame
        now_ms = monotonic_ns() // 1_000_000
        try:
            engine_hears = self._call.engine_hears
            if engine_hears:
                self._ear.hear(payload)
            if sequence < self._sequence:
                self._on_disorder()
            self._sequence = sequence
            if self.tap is not None:
                self.tap.hear(audio, timestamp_ms, now_ms)
            if not engine_hears:
                self._receive(Media(audio, timestamp_ms), now_ms)
            elif self._audio.give(audio, now_ms):
                self._call.sample(audio, now_ms)
        except Exception as bug:
            self._on_bug(bug)
