"""Which of several prices is said in a stretch of audio: a forced choice, not a transcription.

Each price is spoken by the text-to-speech program, and the one that fits best into some part of the audio wins
(dynamic time warping over mel spectra). Nothing is believed of any transcript. It is made for the offline engine's
voice; another voice would have to be rendered by its own program.

Tried before: an embedded recogniser with a grammar of the sentence and 21 prices. In telephone audio it takes "sixty"
for "fifty" and was right in 7 of 12; this is right in all that were tried (tests/local/test_listen.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from audio import g711
from local.render import AGENT_RATE_WPM, AGENT_VOICE, speak_all

CHOICES = 20
_HOP, _WINDOW, _BANDS = 80, 200, 24
_CHANCE_DISTANCE = 8.0
"""Per frame, of the best path of a template through speech that does not say it: 5 to 9 were seen, of a match 4."""
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 3700.0

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

Spectra = NDArray[np.float64]
"""A row for each 10 ms, a column for each mel band."""
Speak = Callable[[Sequence[str]], list[bytes]]
"""Texts to mu-law audio."""


@dataclass(frozen=True)
class Heard:
    """`cents` fits best, None in silence; `margin`: by how much worse the next best fits (0.1: a tenth)."""

    cents: int | None
    choices: tuple[int, ...]
    margin: float


def _agent_voice(texts: Sequence[str]) -> list[bytes]:
    return speak_all(texts, AGENT_VOICE, AGENT_RATE_WPM)


def heard_price(ulaw: bytes, cents: int, speak: Speak = _agent_voice) -> Heard:
    """Which of `cents` and 20 other prices is said in `ulaw` (mu-law at 8 kHz). Raises SetupError without a voice."""
    choices = (cents, *other_prices(cents))
    audio = spectra(ulaw)
    templates = [spectra(spoken) for spoken in speak([price_in_words(choice) for choice in choices])]
    if len(audio) < max(len(template) for template in templates) // 2:
        return Heard(None, choices, 0.0)
    fits = [fit(template, audio) for template in templates]
    best, second = sorted(fits, reverse=True)[:2]
    return Heard(choices[fits.index(best)], choices, 1 - second / best)


def other_prices(cents: int, count: int = CHOICES) -> tuple[int, ...]:
    """Plausible other prices: a digit changed, digits swapped, a fee more; all different, none the true one."""
    dollars, rest = divmod(cents, 100)
    near = [
        *(cents + sign * step for step in (1, 10, 100, 200, 1000, 2000, 5000, 10_000) for sign in (1, -1)),
        dollars * 100 + int(f"{rest:02}"[::-1]),
        int(str(dollars)[::-1]) * 100 + rest,
        *(cents + step for step in (2500, -2500, 3333, 4747, 12_345, 22_222, 31_007, 50_000)),
    ]
    return tuple(dict.fromkeys(price for price in near if price > 0 and price != cents))[:count]


def price_in_words(cents: int) -> str:
    """33572 -> "three hundred thirty five dollars and seventy two cents"."""
    dollars, rest = divmod(cents, 100)
    parts = [f"{_in_words(dollars)} dollar{'' if dollars == 1 else 's'}"] if dollars or not rest else []
    parts += [f"{_in_words(rest)} cent{'' if rest == 1 else 's'}"] if rest else []
    return " and ".join(parts)


def _in_words(number: int) -> str:
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = f" {_in_words(number % size)}" if number % size else ""
            return f"{_in_words(number // size)} {name}{rest}"
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")


def spectra(ulaw: bytes) -> Spectra:
    """Mel spectra in logarithms, each band relative to its own mean; silence at both ends is left out."""
    pcm = g711.decode(ulaw).astype(np.float64)
    if len(pcm) < _WINDOW:
        return np.zeros((0, _BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(pcm, _WINDOW)[::_HOP] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(frames, 256)) ** 2
    bands = np.log(power @ _mel_filters().T + 1e4)
    loud = np.flatnonzero(bands.mean(axis=1) > np.log(1e4) + 1.0)
    if not len(loud):
        return np.zeros((0, _BANDS))
    bands = bands[loud[0] : loud[-1] + 1]
    return np.asarray(bands - bands.mean(axis=0))


def fit(template: Spectra, audio: Spectra) -> float:
    """How well the template fits where it fits best: what it explains beyond a chance likeness, summed over its frames.

    A sum, not a mean: "fifty three dollars" fits into "one hundred fifty three dollars" too, but explains less of it.
    Speed may differ by a factor of two either way.
    """
    distance = np.sqrt(np.maximum(0.0, _squares(template)[:, None] + _squares(audio)[None, :] - 2 * template @ audio.T))
    never = np.full(len(audio), np.inf)
    before, last = never, distance[0]
    for row in range(1, len(template)):
        here = distance[row]
        straight = _later(last, 1) + here
        slow = _later(last, 2) + (_later(here, 1) + here) / 2
        fast = _later(before, 1) + distance[row - 1] + here
        before, last = last, np.minimum(np.minimum(straight, slow), fast)
    return float(len(template) * _CHANCE_DISTANCE - last.min())


def _later(row: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    return np.concatenate((np.full(steps, np.inf), row[:-steps]))


def _squares(rows: Spectra) -> NDArray[np.float64]:
    return np.asarray((rows**2).sum(axis=1))


@cache
def _mel_filters() -> Spectra:
    """Overlapping triangles, evenly spaced on the mel scale, over the 129 bins of a 256-point spectrum at 8 kHz."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    hz = np.linspace(0, 4000, 129)
    up = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0.0, np.minimum(up, down)))
