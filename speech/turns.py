"""When a turn begins and ends, from the probabilities of speech alone. Pure: time is counted in the steps."""

from dataclasses import dataclass
from typing import Any

from speech.session import SEMANTIC_SILENCE_MS
from speech.vad import STEP_MS

_STEPS_TO_START = 2
"""One step of 32 ms may be a click; two are a sound."""
_RELEASE = 0.15
"""Speech goes on until the probability falls this far below the threshold: the middle of a word may be weak."""
_SEMANTIC_THRESHOLD, _SEMANTIC_PADDING_MS = 0.5, 300


@dataclass(frozen=True)
class TurnRules:
    """What `turn_detection` says, for both of its types."""

    threshold: float
    prefix_padding_ms: int
    silence_ms: int
    idle_timeout_ms: int | None
    create_response: bool
    interrupt_response: bool

    @classmethod
    def of(cls, wire: dict[str, Any]) -> "TurnRules":
        flags = wire["create_response"], wire["interrupt_response"]
        if wire["type"] == "semantic_vad":
            return cls(_SEMANTIC_THRESHOLD, _SEMANTIC_PADDING_MS, SEMANTIC_SILENCE_MS[wire["eagerness"]], None, *flags)
        return cls(
            float(wire["threshold"]),
            wire["prefix_padding_ms"],
            wire["silence_duration_ms"],
            wire["idle_timeout_ms"],
            *flags,
        )


@dataclass(frozen=True)
class Began:
    """Speech is going on; its first step began at `at_ms`."""

    at_ms: int


@dataclass(frozen=True)
class Ended:
    """The silence that ends a turn is complete at `at_ms`."""

    at_ms: int


class TurnDetector:
    """Feed it the probability of each step, in order."""

    def __init__(self, rules: TurnRules, start_ms: int = 0) -> None:
        """`start_ms` is where in the stream the first step begins."""
        self._rules = rules
        self._now_ms = start_ms
        self._steps_of_speech = 0
        self._silence_ms = 0
        self.speaking = False

    def feed(self, probability: float) -> Began | Ended | None:
        self._now_ms += STEP_MS
        if not self.speaking:
            self._steps_of_speech = self._steps_of_speech + 1 if probability >= self._rules.threshold else 0
            if self._steps_of_speech < _STEPS_TO_START:
                return None
            self.speaking, self._silence_ms = True, 0
            return Began(self._now_ms - self._steps_of_speech * STEP_MS)
        if probability >= max(0.01, self._rules.threshold - _RELEASE):
            self._silence_ms = 0
            return None
        self._silence_ms += STEP_MS
        if self._silence_ms < self._rules.silence_ms:
            return None
        self.stop()
        return Ended(self._now_ms)

    def stop(self) -> None:
        """The turn was ended from outside, by a commit."""
        self.speaking, self._steps_of_speech, self._silence_ms = False, 0, 0
