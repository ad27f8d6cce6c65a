"""The input audio buffer: what was appended, where speech begins and ends in it, and what is cut out of it.

Pure, but for the voice-activity network that it is given. All times are milliseconds of audio appended since the
session began, as the wire counts them.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from audio.g711 import Pcm16, decode
from audio.resample import Resampler
from speech.errors import buffer_too_small
from speech.ids import new_id
from speech.session import BYTES_PER_MS, PCM_HZ
from speech.turns import Began, Ended, TurnDetector, TurnRules
from speech.vad import RATE_HZ, Vad

SLICE_MS = 200
"""As much as is examined at once, so that a client that appends minutes in one message does not stall the others."""
_SHORTEST_COMMIT_MS = 100
_LONGEST_MS = 15 * 60_000
"""What the buffer keeps when nobody commits it."""
_BEFORE_DETECTION_MS = 200
"""Speech is noticed after it began; this much more than the padding is kept."""


@dataclass(frozen=True)
class SpeechStarted:
    """`item_id` is that of the item which this speech will become."""

    item_id: str
    audio_start_ms: int


@dataclass(frozen=True)
class Speech:
    """The next audio of the turn in progress, decoded, from the padding on."""

    item_id: str
    pcm: Pcm16


@dataclass(frozen=True)
class Recording:
    """What was cut out of the buffer to become an item, in the session's format."""

    item_id: str
    audio: bytes
    audio_ms: int


@dataclass(frozen=True)
class SpeechStopped:
    audio_end_ms: int
    recording: Recording


@dataclass(frozen=True)
class Idle:
    """Nobody spoke for the idle time-out. The recording is the last of the silence."""

    audio_start_ms: int
    audio_end_ms: int
    recording: Recording


Heard = SpeechStarted | Speech | SpeechStopped | Idle


class Listener:
    """`vad` makes a detector for a new stretch of sound."""

    def __init__(self, vad: Callable[[], Vad], audio_format: str, rules: TurnRules | None) -> None:
        self._make_vad = vad
        self._inbox: deque[bytes] = deque()
        self._received_ms = 0.0
        self._item_id: str | None = None
        self.configure(audio_format, rules)

    def configure(self, audio_format: str, rules: TurnRules | None) -> str | None:
        """A new format or other rules: like `clear`, since audio of another kind follows."""
        self.format = audio_format
        self.rules = rules
        self._bytes_per_ms = BYTES_PER_MS[audio_format]
        return self.clear()

    def clear(self) -> str | None:
        """Drop everything that is not committed. Answers the id of the turn that was in progress."""
        interrupted = self._item_id
        self._inbox.clear()
        self._half_sample = b""
        self._start_afresh()
        return interrupted

    def _start_afresh(self) -> None:
        self._buffer = bytearray()
        self._origin_ms = int(self._received_ms)
        self._fed_ms = self._origin_ms
        self._item_id = None
        self._idle_from_ms: int | None = None
        self._vad = self._make_vad()
        self._to_vad = Resampler(self.rate_hz, RATE_HZ)
        self._turns = TurnDetector(self.rules, self._origin_ms) if self.rules else None

    @property
    def rate_hz(self) -> int:
        return PCM_HZ if self.format == "audio/pcm" else RATE_HZ

    @property
    def is_speaking(self) -> bool:
        return self._item_id is not None

    @property
    def now_ms(self) -> int:
        return int(self._received_ms)

    @property
    def has_more(self) -> bool:
        """Is there appended audio that `listen` has not examined?"""
        return bool(self._inbox)

    def append(self, audio: bytes) -> None:
        """Take the client's next audio, in the session's format. `listen` examines it."""
        if self.format == "audio/pcm":
            audio = self._half_sample + audio
            audio, self._half_sample = audio[: len(audio) & ~1], audio[len(audio) & ~1 :]
        slice_bytes = SLICE_MS * self._bytes_per_ms
        for start in range(0, len(audio), slice_bytes):
            self._inbox.append(audio[start : start + slice_bytes])

    def listen(self) -> list[Heard]:
        """Examine the next slice of what was appended."""
        if not self._inbox:
            return []
        audio = self._inbox.popleft()
        self._buffer += audio
        self._received_ms += len(audio) / self._bytes_per_ms
        if self._turns is None:
            self._forget_before(self.now_ms - _LONGEST_MS)
            return []
        heard: list[Heard] = []
        for probability in self._vad.feed(self._to_vad.process(self.decode(audio))):
            match self._turns.feed(probability):
                case Began(at_ms):
                    heard.append(self._begin(at_ms))
                case Ended(at_ms):
                    heard += self._end(at_ms)
        heard += self._speech_until(self.now_ms)
        return heard or self._idle()

    def decode(self, audio: bytes) -> Pcm16:
        """PCM16 at `rate_hz`."""
        return decode(audio) if self.format == "audio/pcmu" else np.frombuffer(audio, dtype="<i2")

    def commit(self) -> Recording:
        """Cut out the turn in progress, or all that was examined. Raises ClientError for less than 100 ms."""
        buffered_ms = len(self._buffer) / self._bytes_per_ms
        if buffered_ms < _SHORTEST_COMMIT_MS:
            raise buffer_too_small(buffered_ms)
        item_id = self._item_id or new_id("item")
        recording = Recording(item_id, bytes(self._buffer), int(buffered_ms))
        self._start_afresh()
        return recording

    def answered(self, playback_ends_ms: int) -> None:
        """An answer will have been played by then: the idle time-out counts from there."""
        self._idle_from_ms = max(playback_ends_ms, self.now_ms)

    def _begin(self, at_ms: int) -> SpeechStarted:
        assert self.rules is not None
        self._idle_from_ms = None
        self._item_id = new_id("item")
        self._forget_before(at_ms - self.rules.prefix_padding_ms)
        self._fed_ms = self._origin_ms
        return SpeechStarted(self._item_id, self._origin_ms)

    def _end(self, at_ms: int) -> list[Heard]:
        heard = self._speech_until(at_ms)
        item_id, self._item_id = self._item_id, None
        assert item_id is not None
        return [*heard, SpeechStopped(at_ms, self._cut(item_id, at_ms))]

    def _speech_until(self, until_ms: int) -> list[Heard]:
        """The audio of the turn in progress not passed on yet. Without one, what no padding will need is dropped."""
        if self._item_id is None:
            padding_ms = self.rules.prefix_padding_ms if self.rules else 0
            self._forget_before(until_ms - padding_ms - _BEFORE_DETECTION_MS)
            return []
        if until_ms <= self._fed_ms:
            return []
        audio, self._fed_ms = self._between(self._fed_ms, until_ms), until_ms
        return [Speech(self._item_id, self.decode(audio))]

    def _idle(self) -> list[Heard]:
        if self.rules is None or self.rules.idle_timeout_ms is None or self._idle_from_ms is None:
            return []
        if self._item_id is not None or self.now_ms < self._idle_from_ms + self.rules.idle_timeout_ms:
            return []
        start_ms, self._idle_from_ms = self._idle_from_ms, None
        return [Idle(start_ms, self.now_ms, self._cut(new_id("item"), self.now_ms))]

    def _cut(self, item_id: str, until_ms: int) -> Recording:
        """What follows `until_ms` stays in the buffer."""
        recording = Recording(item_id, self._between(self._origin_ms, until_ms), until_ms - self._origin_ms)
        self._forget_before(until_ms)
        return recording

    def _between(self, start_ms: int, end_ms: int) -> bytes:
        first, last = ((ms - self._origin_ms) * self._bytes_per_ms for ms in (start_ms, end_ms))
        return bytes(self._buffer[max(0, first) : max(0, last)])

    def _forget_before(self, ms: int) -> None:
        if ms > self._origin_ms:
            del self._buffer[: (ms - self._origin_ms) * self._bytes_per_ms]
            self._origin_ms = ms
