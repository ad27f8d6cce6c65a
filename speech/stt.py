"""The port between the speech server and whatever turns a caller's words into text.

It fixes what is asked (an utterance in a dialogue state) and what comes back (`Heard`); it knows no decoder, no grammar
and no process.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

State = Literal["open", "yes_no", "dates", "guests", "name", "digits"]
STATES: tuple[State, ...] = get_args(State)

SAMPLE_RATES_HZ = (8000, 16000, 24000)


@dataclass(frozen=True)
class Heard:
    """What one utterance was.

    `text` is lower-case words with single spaces, or "" when nothing was said, nothing was understood, or what was
    understood is not to be trusted. The two hypotheses are for measurements: no decision may rest on them.
    """

    text: str
    agreed: bool = True
    grammar_text: str = ""
    lm_text: str = ""
    duration_ms: int = 0


class Utterance(Protocol):
    """One stretch of a caller's speech, from the voice-activity detector's start to its end.

    Either of `finish` and `cancel` ends it. `cancel` may also follow `finish`, or come twice, and then does nothing.
    """

    def feed(self, pcm16: bytes) -> None:
        """Take the next samples: 16-bit little-endian mono, whole samples, any length. Returns at once."""

    async def finish(self) -> Heard:
        """No more audio is coming: what was said? Bad audio and a lost worker raise nothing; they are `text == ""`."""

    async def cancel(self) -> None:
        """Nobody wants the answer any more: free what the utterance holds."""


class Recogniser(Protocol):
    """Hands out utterances. Many may be open at once, from many calls."""

    async def start(self) -> None:
        """Be ready to hear: load models, start workers. Raises `RecogniserError` when that is not possible."""

    async def close(self) -> None:
        """Stop for good and leave nothing running. Utterances still open come back as `text == ""`."""

    async def open(self, state: State, rate_hz: int) -> Utterance:
        """Begin an utterance in which something of `state` is expected, at one of `SAMPLE_RATES_HZ`.

        Raises `ValueError` for a state or rate it does not know.
        """


class RecogniserError(Exception):
    """The recogniser cannot do its work at all (no model, no worker would start)."""
