"""The engine's continuous output on its way to the caller: forwarded at once, never held, smoothed or paced. Pure.

It tells speech from silence by level, since no event does, and catches up after a stall by leaving silence out.
Source: OpenAI GPT-Live reference, output cadence, speaking indicator and backlog.
"""

from __future__ import annotations

from relay import loudness
from relay.caller import AudioFormat, Clear, SendMedia
from relay.live_backlog import Backlog
from relay.messages import Message

# Above this share of full scale it is speech. Source: LiveKit's measure for this engine, as an RMS; ours is a mean.
SPEECH_LEVEL = 0.0006
# After the last sound this long still counts as speaking.
HANGOVER_MS = 800
# Silent frames are left out from the one to the other; beyond the last, what waits is thrown away.
BEHIND_MS = 250
CAUGHT_UP_MS = 80
TOO_FAR_MS = 2000


class LiveVoice:
    def __init__(self, audio: AudioFormat) -> None:
        self.backlog = Backlog(audio.bytes_per_ms)
        self.spoke_ms: int | None = None  # when sound last came
        self.began_ms: int | None = None  # when the speech now going on, or the last one, began
        self.dropped_bytes = 0
        self._audio = audio
        self._rest = b""  # less than a frame
        self._is_behind = False

    def add(self, audio: bytes, now_ms: int, out: list[Message]) -> int:
        """Pass audio on. Returns how many milliseconds were cut that waited to be heard; 0 as a rule."""
        audio = self._rest + audio
        whole = len(audio) - len(audio) % self._audio.frame_bytes
        audio, self._rest = audio[:whole], audio[whole:]
        if not audio:
            return 0
        if self.is_speech(audio):
            if not self.is_speaking(now_ms):
                self.began_ms = now_ms
            self.spoke_ms = now_ms
        behind_ms = self.backlog.ms(now_ms)
        self._is_behind = behind_ms > (CAUGHT_UP_MS if self._is_behind else BEHIND_MS)
        cut_ms = self.cut(now_ms, out) if behind_ms > TOO_FAR_MS else 0
        if self._is_behind and not cut_ms:
            audio = self._without_silence(audio)
        if audio:
            out.append(SendMedia(audio))
            if (mark := self.backlog.sent(len(audio), now_ms)) is not None:
                out.append(mark)
        return cut_ms

    def cut(self, now_ms: int, out: list[Message]) -> int:
        """Throw away what the caller has not heard yet. Returns how long it was."""
        behind_ms = self.backlog.ms(now_ms)
        out.append(Clear())
        self.backlog.clear()
        self._is_behind = False
        self._rest = b""
        return behind_ms

    def is_speech(self, audio: bytes) -> bool:
        return loudness.level(audio, self._audio) > SPEECH_LEVEL

    def is_speaking(self, now_ms: int) -> bool:
        """Whether the caller hears speech, or did within the hangover."""
        return self.spoke_ms is not None and now_ms < self.quiet_ms(now_ms)

    def quiet_ms(self, now_ms: int) -> int:
        """When the caller will have heard the end of what was said so far, and the hangover behind it."""
        return (self.spoke_ms or 0) + HANGOVER_MS + self.backlog.ms(now_ms) if self.spoke_ms is not None else 0

    def _without_silence(self, audio: bytes) -> bytes:
        size = self._audio.frame_bytes
        frames = [audio[start : start + size] for start in range(0, len(audio), size)]
        kept = b"".join(frame for frame in frames if self.is_speech(frame))
        self.dropped_bytes += len(audio) - len(kept)
        return kept
