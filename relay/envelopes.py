"""How loud the caller and the agent were, 20 ms by 20 ms, worked out only when somebody asks. Pure.

Metering every frame of every call would cost more than anything else the relay does with it, and the answer is wanted
for a second or two around an interruption. So both sides keep the audio of the last moments, and no levels.
"""

from __future__ import annotations

from relay import loudness
from relay.caller import PCMU, AudioFormat
from relay.caller_audio import CallerAudio

FRAME_MS = 20
# What a look back at the agent needs: as long as the caller is looked at, and the longest echo before it.
PLAYED_KEPT_MS = 1600


class CallerEnvelope:
    """The levels (0.0 to 1.0) of the caller's latest frames: `values`, the newest last, as of the last `catch_up`."""

    def __init__(self, audio: CallerAudio, frames: int) -> None:
        self._audio = audio
        self._frames = frames
        self._seen_bytes = 0
        self._rest = b""
        self.values: list[float] = []

    @property
    def ends_ms(self) -> int:
        """When the newest frame came."""
        return self._audio.latest_ms

    def catch_up(self) -> int:
        """Take in what has come since. Returns how many frames are new."""
        frame_bytes = self._audio.format.frame_bytes
        new = min(self._audio.received_bytes - self._seen_bytes, self._frames * frame_bytes)
        self._seen_bytes = self._audio.received_bytes
        if new <= 0:
            return 0
        heard = self._rest + self._audio.latest(new)
        whole = len(heard) - len(heard) % frame_bytes
        self._rest = heard[whole:]
        fresh = loudness.by_frame(heard[:whole], self._audio.format)
        self.values += fresh
        del self.values[: -self._frames]
        return len(fresh)


class _Played:
    __slots__ = ("audio", "levels", "start_ms")

    def __init__(self, start_ms: int, audio: bytes) -> None:
        self.start_ms = start_ms
        self.audio = audio
        self.levels: list[float] | None = None  # once they were asked for


class AgentEnvelope:
    """What was sent to be played, by the time at which it is heard; `Playout` tells it."""

    def __init__(self, audio_format: AudioFormat = PCMU) -> None:
        self._format = audio_format
        self._bytes_per_ms = audio_format.bytes_per_ms
        self._played: list[_Played] = []  # one after the other
        self.ends_ms = 0  # nothing is heard after this

    def add(self, start_ms: int, audio: bytes) -> None:
        self._played.append(_Played(start_ms, audio))
        self.ends_ms = start_ms + len(audio) // self._bytes_per_ms
        oldest = self._played[0]
        while oldest.start_ms < start_ms - PLAYED_KEPT_MS:
            del self._played[0]
            oldest = self._played[0]

    def cut(self, now_ms: int) -> None:
        """What would have been heard after this was not."""
        while self._played and self._played[-1].start_ms >= now_ms:
            del self._played[-1]
        if self._played and self.ends_ms > now_ms:
            latest = self._played[-1]
            heard = latest.audio[: (now_ms - latest.start_ms) * self._bytes_per_ms]
            self._played[-1] = _Played(latest.start_ms, heard)
        self.ends_ms = min(self.ends_ms, now_ms)

    def values(self, until_ms: int, frames: int) -> list[float]:
        """The levels of so many frames up to then, 0.0 where nothing was heard."""
        heard = [0.0] * frames
        frame_ms = FRAME_MS
        from_ms = until_ms - frames * frame_ms
        for played in self._played:
            index = (played.start_ms - from_ms) // frame_ms
            if index >= frames:
                break
            if played.levels is None:
                played.levels = loudness.by_frame(played.audio, self._format)
            for value in played.levels:
                if 0 <= index < frames:
                    heard[index] = value
                index += 1
        return heard
