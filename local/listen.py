"""Which of several prices is said in a stretch of audio: a forced choice, not a transcription.

Offline recognition cannot be trusted to write down a price, but it tells well which of 21 given prices fits the sound
best in a known sentence. The sentence's other words are taken from the transcript; the price is not.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from pocketsphinx import Config, Decoder, get_model_path

from audio import g711
from audio.resample import Resampler

CHOICES = 20
_DECODER_HZ = 16_000
_FILLER = "sound_"
_DITHER_RMS = 50.0
"""Synthetic speech is digitally silent between words, and the logarithm of nothing misleads the recogniser."""

_SOUNDS = ["AH", "IY", "UW", "EH", "AA", "S", "T", "N", "L", "R", "M", "K", "F", "SIL"]
"""Coarse stand-ins for any word: enough to absorb what is not in the dictionary, few enough to be fast."""

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True)
class Heard:
    """`cents` is the price that fits best, None when none could be placed at all."""

    cents: int | None
    choices: tuple[int, ...]


def heard_price(ulaw: bytes, text: str, true_cents: int) -> Heard:
    """Which of the true price and 20 others is said in `ulaw` (mu-law at 8 kHz), the audio of the turn `text`.

    `text` must have the true price once at least, as "$335.72"; `cents` of the answer is None when it has not.
    """
    choices = (true_cents, *other_prices(true_cents))
    written = f"${true_cents // 100:,}.{true_cents % 100:02}"
    before, found, after = text.partition(written)
    return Heard(_choose(ulaw, _words(before), _words(after), choices) if found else None, choices)


def other_prices(cents: int, count: int = CHOICES) -> tuple[int, ...]:
    """Plausible other prices: a digit changed, digits swapped, a fee more; all different, none the true one."""
    dollars, rest = divmod(cents, 100)
    near = [
        *(cents + sign * step for step in (1, 10, 100, 200, 1000, 2000, 5000, 10_000) for sign in (1, -1)),
        dollars * 100 + int(f"{rest:02}"[::-1]),
        int(str(dollars)[::-1]) * 100 + rest,
        cents + 2500,
        cents - 2500,
        cents // 2,
        cents * 2,
        cents + 3333,
        cents + 4747,
        cents + 12_345,
        cents + 22_222,
    ]
    return tuple(dict.fromkeys(price for price in near if price > 0 and price != cents))[:count]


def wordings(cents: int) -> tuple[str, ...]:
    """The ways in which a price is said in American English."""
    dollars, rest = divmod(cents, 100)
    whole = [f"{words} dollar{'' if dollars == 1 else 's'}" for words in _number(dollars)]
    if not rest:
        return tuple(whole)
    part = f"{_below_hundred(rest)} cent{'' if rest == 1 else 's'}"
    return tuple(f"{start}{joint}{part}" for start in whole for joint in (" ", " and "))


def _number(value: int) -> list[str]:
    """`value` in words, with and without "and"; up to 999,999."""
    thousands, value = divmod(value, 1000)
    hundreds, value = divmod(value, 100)
    words = [f"{_number(thousands)[0]} thousand"] if thousands else [""]
    if hundreds:
        words = [f"{start} {_ONES[hundreds]} hundred" for start in words]
    if value or not (thousands or hundreds):
        joints = (" ", " and ") if thousands or hundreds else (" ",)
        words = [f"{start}{joint}{_below_hundred(value)}" for start in words for joint in joints]
    return [phrase.strip() for phrase in words]


def _below_hundred(value: int) -> str:
    if value < 20:
        return _ONES[value]
    return _TENS[value // 10] + (f" {_ONES[value % 10]}" if value % 10 else "")


def _choose(ulaw: bytes, before: list[str], after: list[str], choices: tuple[int, ...]) -> int | None:
    words_to_cents = {words: cents for cents in choices for words in wordings(cents)}
    decoder = Decoder(
        Config(
            hmm=get_model_path("en-us/en-us"),
            dict=get_model_path("en-us/cmudict-en-us.dict"),
            lm=None,
            loglevel="FATAL",
        )
    )
    for sound in _SOUNDS:
        decoder.add_word(_FILLER + sound, sound, False)
    known = [[word if decoder.lookup_word(word) else "" for word in words] for words in (before, after)]
    arcs, final = _transitions(known[0], known[1], words_to_cents)
    decoder.add_fsg("price", decoder.create_fsg("price", 0, final, arcs))
    decoder.activate_search("price")
    decoder.start_utt()
    decoder.process_raw(_for_decoder(ulaw), full_utt=True)
    decoder.end_utt()
    hypothesis = decoder.hyp()
    if hypothesis is None:
        return None
    heard = [word for word in hypothesis.hypstr.split() if not word.startswith(_FILLER)]
    start, end = sum(map(bool, known[0])), len(heard) - sum(map(bool, known[1]))
    return words_to_cents.get(" ".join(heard[start:end]))


def _words(text: str) -> list[str]:
    """The words of a text; what has a digit in it is said in words that are not known here, and becomes ""."""
    tokens = re.findall(r"[a-z0-9'$.,:/-]*[a-z0-9]", text.lower())
    return [
        "" if re.search(r"\d", token) else word for token in tokens for word in re.split(r"[^a-z0-9']+", token) if word
    ]


def _transitions(
    before: list[str], after: list[str], phrases: Iterable[str]
) -> tuple[list[tuple[int, int, float, str]], int]:
    """The words before, one of the phrases as a tree of words, the words after; and the final state.

    The word "" is one or more sounds. A tree, since the decoder's own expansion of such a grammar has a hundred times
    more arcs and takes minutes.
    """
    arcs: list[tuple[int, int, float, str]] = []
    count = 1

    def chain(start: int, words: list[str]) -> int:
        nonlocal count
        for word in words:
            here, count = count, count + 1
            if word:
                arcs.append((start, here, 1.0, word))
            else:
                arcs.extend((start, here, 0.5 / len(_SOUNDS), _FILLER + sound) for sound in _SOUNDS)
                arcs.extend((here, here, 0.5 / len(_SOUNDS), _FILLER + sound) for sound in _SOUNDS)
            start = here
        return start

    states: dict[tuple[str, ...], int] = {(): chain(0, before)}
    end, count = count, count + 1
    for phrase in phrases:
        words = tuple(phrase.split())
        for length in range(1, len(words)):
            if words[:length] not in states:
                states[words[:length]], count = count, count + 1
                arcs.append((states[words[: length - 1]], states[words[:length]], 1.0, words[length - 1]))
        arcs.append((states[words[:-1]], end, 1.0, words[-1]))
    return arcs, chain(end, after)


def _for_decoder(ulaw: bytes) -> bytes:
    pcm = Resampler(8000, _DECODER_HZ).process(g711.decode(ulaw)).astype(np.float64)
    dither = np.random.default_rng(0).normal(0.0, _DITHER_RMS, len(pcm))
    return np.clip(pcm + dither, -32768, 32767).astype("<i2").tobytes()
