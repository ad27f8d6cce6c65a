"""What Twilio notices while it listens to a caller: keys, speech, silence. A line that counts frames, no clock, no I/O.

`Ear` gives the caller what its `inner` line plays and keeps what it hears. `Listening` decides when the caller has
finished; the executors of `<Gather>`, `<Record>` and `<Pay>` wait for its `done`.
Source: twilio.md 4.2 and 4.7 (timeouts, finishOnKey, numDigits); Twilio's page on <Gather>.
"""

import asyncio
from collections.abc import Callable

from audio import levels
from audio.g711 import FRAME_BYTES
from local.twilio.clock import FRAME_MS
from local.twilio.lines import Line, Silence
from local.twilio.phone import VOICE_FRAMES, VOICE_LEVEL

_PADDING_FRAMES = 15
"""Speech is kept from so long before it was noticed, and to so long after its last sound."""
_AUTO_SILENCE_S = 1.0
_PARTIAL_FRAMES = 50


class Ear:
    """A line that plays `inner` and tells of keys and of every frame that was said."""

    def __init__(self, on_key: Callable[[str], None], on_frame: Callable[[bytes], None]) -> None:
        self.inner: Line = Silence()
        self._on_key, self._on_frame = on_key, on_frame

    @property
    def speaks(self) -> bool:
        return self.inner.speaks

    def frame(self, spoken: bytes) -> bytes:
        self._on_frame(spoken)
        return self.inner.frame(spoken)

    def key(self, digit: str) -> None:
        self._on_key(digit)


class Voice:
    """Tells speech from silence in one direction of a call, frame by frame."""

    def __init__(self) -> None:
        self.silent_frames = 0
        self._loud_run = 0
        self.speech_began = False

    def frame(self, audio: bytes) -> None:
        loud = levels.level(audio) > VOICE_LEVEL
        self._loud_run = self._loud_run + 1 if loud else 0
        if self._loud_run >= VOICE_FRAMES:
            self.speech_began, self.silent_frames = True, 0
        else:
            self.silent_frames += 1


class Listening:
    """One wait for input. `done` is set with the reason: "digits", "speech", "nothing", or "stopped" by `stop_key`.

    Waiting for nothing counts from `prompted` on; keys and speech count at once. `on_began` is told of the first key
    ("dtmf") and of the beginning of speech ("speech"), `on_partial` of speech that has gone on for another second.
    """

    def __init__(
        self,
        *,
        keys: bool,
        speech: bool,
        timeout_s: float,
        speech_timeout_s: float | None = None,
        max_speech_s: float = 60,
        num_digits: int = 0,
        finish_on_key: str = "#",
        stop_key: str = "",
        on_began: Callable[[str], None] = lambda kind: None,
        on_partial: Callable[[bytes], None] = lambda audio: None,
    ) -> None:
        self.digits = ""
        self.finished_on_key = ""
        self.done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.ear = Ear(self._key, self._frame)
        self._keys, self._speech = keys, speech
        self._timeout_frames = _frames(timeout_s)
        self._speech_timeout_frames = _frames(_AUTO_SILENCE_S if speech_timeout_s is None else speech_timeout_s)
        self._max_speech_frames = _frames(max_speech_s)
        self._num_digits, self._finish_on_key, self._stop_key = num_digits, finish_on_key, stop_key
        self._on_began, self._on_partial = on_began, on_partial
        self._voice = Voice()
        self._audio = bytearray()
        self._speech_frames = 0
        self._waited_frames = 0
        self._prompted = False

    def prompted(self) -> None:
        """The prompts are over, or were cut short: the time-out begins."""
        self._prompted, self._waited_frames = True, 0

    @property
    def is_speaking(self) -> bool:
        return self._voice.speech_began

    @property
    def speech(self) -> bytes:
        """What was said, with a little silence around it."""
        excess = self._voice.silent_frames - _PADDING_FRAMES
        return bytes(self._audio[: len(self._audio) - max(0, excess) * FRAME_BYTES])

    def _key(self, digit: str) -> None:
        if not self._keys or self.done.done():
            return
        if digit == self._stop_key:
            self.done.set_result("stopped")
            return
        if digit == self._finish_on_key:
            # It ends digits; without any it is no input at all.
            if self.digits:
                self.finished_on_key = digit
                self.done.set_result("digits")
            return
        if not self.digits:
            self._on_began("dtmf")
        self.digits += digit
        self._waited_frames = 0
        if len(self.digits) == self._num_digits:
            self.done.set_result("digits")

    def _frame(self, spoken: bytes) -> None:
        if self.done.done():
            return
        self._waited_frames += 1
        if self.digits:  # keys win over speech
            if self._waited_frames >= self._timeout_frames:
                self.done.set_result("digits")
        elif self._speech and self._hears(spoken):
            self._speech_goes_on()
        elif self._prompted and self._waited_frames >= self._timeout_frames:
            self.done.set_result("nothing")

    def _hears(self, spoken: bytes) -> bool:
        began = self._voice.speech_began
        self._voice.frame(spoken)
        self._audio += spoken
        if not self._voice.speech_began:
            del self._audio[: -_PADDING_FRAMES * FRAME_BYTES]
        elif not began:
            self._on_began("speech")
        return self._voice.speech_began

    def _speech_goes_on(self) -> None:
        self._speech_frames += 1
        if self._voice.silent_frames >= self._speech_timeout_frames or self._speech_frames >= self._max_speech_frames:
            self.done.set_result("speech")
        elif self._speech_frames % _PARTIAL_FRAMES == 0:
            self._on_partial(self.speech)


def _frames(seconds: float) -> int:
    return int(seconds * 1000) // FRAME_MS
