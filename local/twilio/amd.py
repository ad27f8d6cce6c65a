"""Answering machine detection: who picked up, judged by ear. A pure detector, and the wait for its answer.

A person says something short and then listens; a machine talks on, and then beeps. What is heard decides, not who is
there, so a talkative person is taken for a machine here too.
Source: Twilio's page "Answering Machine Detection": the parameters, the values of AnsweredBy, and the fields of
AsyncAmdStatusCallback, which are CallSid, AccountSid, AnsweredBy and MachineDetectionDuration (ms), and no numbers.
That a call which ends before the answer is known gets no callback is our reading: the page does not say.
"""

from dataclasses import dataclass

import numpy as np

from audio import g711, levels
from audio.g711 import FRAME_BYTES
from local.twilio.calls import Call
from local.twilio.clock import FRAME_MS
from local.twilio.phone import VOICE_FRAMES, VOICE_LEVEL

_BEEP_FRAMES = 8
_BEEP_PURITY = 0.85
_LOWEST_BEEP_BIN = 6
"""300 Hz: below it lies the hum of a line."""


@dataclass(frozen=True)
class Detection:
    """What was ordered. `callback` is where the answer goes when nobody waits for it (`asynchronous`)."""

    until_message_end: bool = False
    timeout_s: int = 30
    speech_threshold_ms: int = 2400
    speech_end_ms: int = 1200
    silence_ms: int = 5000
    asynchronous: bool = False
    callback: str = ""
    method: str = "POST"


class Detector:
    """Feed it what the called side says, frame by frame, until `answered_by` is no longer ""."""

    def __init__(self, order: Detection) -> None:
        self.answered_by = ""
        self.elapsed_ms = 0
        self._order = order
        self._is_machine = False
        self._speech_ms = 0
        self._silence_ms = 0
        self._loud_run = 0
        self._beep_run = 0

    def frame(self, audio: bytes) -> None:
        if self.answered_by:
            return
        self.elapsed_ms += FRAME_MS
        self._loud_run = self._loud_run + 1 if levels.level(audio) > VOICE_LEVEL else 0
        if self._loud_run >= VOICE_FRAMES:
            self._speech_ms += FRAME_MS
            self._silence_ms = 0
        else:
            self._silence_ms += FRAME_MS
        self._beep_run = self._beep_run + 1 if _is_pure(audio) else 0
        self.answered_by = self._message_end() if self._is_machine else self._first_words()
        if not self.answered_by and self.elapsed_ms >= self._order.timeout_s * 1000:
            self.answered_by = "machine_end_other" if self._is_machine else "unknown"

    def _first_words(self) -> str:
        if self._speech_ms >= self._order.speech_threshold_ms or self._beep_run >= _BEEP_FRAMES:
            if not self._order.until_message_end:
                return "machine_start"
            self._is_machine = True
            return self._message_end()
        if self._speech_ms and self._silence_ms >= self._order.speech_end_ms:
            return "human"
        return "unknown" if not self._speech_ms and self._silence_ms >= self._order.silence_ms else ""

    def _message_end(self) -> str:
        if self._beep_run >= _BEEP_FRAMES:
            return "machine_end_beep"
        return "machine_end_silence" if self._silence_ms >= self._order.silence_ms else ""


async def detect(call: Call, order: Detection) -> str:
    """Who has picked up; `call` knows it from then on. Raises CallOver when the call ends first."""
    detector, at = Detector(order), 0

    def heard() -> bool:
        nonlocal at
        said = call.phone.said
        while at + FRAME_BYTES <= len(said):
            detector.frame(bytes(said[at : at + FRAME_BYTES]))
            at += FRAME_BYTES
        return detector.answered_by != ""

    await call.phone.until(heard)
    call.detected(detector.answered_by, detector.elapsed_ms)
    return detector.answered_by


def _is_pure(audio: bytes) -> bool:
    """Is this frame one tone, as an answering machine's beep is?"""
    if levels.level(audio) <= VOICE_LEVEL:
        return False
    samples = g711.decode(audio).astype(np.float64)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(np.argmax(power))
    if peak < _LOWEST_BEEP_BIN:
        return False
    return bool(power[peak - 2 : peak + 3].sum() >= _BEEP_PURITY * power.sum())
