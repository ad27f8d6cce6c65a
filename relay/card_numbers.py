"""Card numbers in what is said or written: found in figures and in words, English and Spanish, and masked. Pure.

A card number is a run of digits that is long enough for what is being talked about. Sixteen digits are one wherever
they stand; six are one where cards are talked of; a telephone number, a date or a confirmation code is none.
Source: ISO/IEC 7812-1 (a card's number has up to 19 digits, the last of which is a check digit by Luhn); ITU-T E.164
(a telephone number has at most 15).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relay.card_words import FILLERS, ONES, PAIRS, TEENS, TENS, TIMES, WORDS, About

REMOVED = "[card number removed]"

ENOUGH = 6
"""So many digits are enough where cards are talked of: by then it is plain what is being read out."""
_PART = 3  # digits: a group of a number that is read out with pauses has no fewer
SHORTEST, _LONGEST = 13, 19
_PHONES_LONGEST = 15
_NEAR = 4  # words: so far behind a number, a word may still say what it is

# Digits that letters are glued to are an id's.
_TOKEN = re.compile(r"\d{4}-\d\d-\d\d(?!\d)|\d\d?/\d\d?/\d{2,4}|\w+|[+$€£/:]")
_CARDS_NAME = re.compile(r"card|cvv|cvc|tarjeta", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """`text` is masked. `parts`: digits in it that may be the beginning of a number. `about`: what it talks of.

    `groups`: these digits, and those of which nothing says what they are, in one.
    """

    text: str
    is_card: bool
    parts: int
    about: About
    groups: str = ""


def find(text: str, before: About = About.NOTHING, carried: int = 0, *, part: int = _PART) -> Found:
    """Card numbers of a text. `before`: what was talked of; `carried`: digits of a number that is being read out.

    Groups shorter than `part` are no part of a number.
    """
    runs, about = _read(text)
    for run in runs:
        run.about = before if run.about is About.NOTHING else run.about
    groups = [run for run in runs if run.may_be_part and len(run.digits) >= part]
    parts = sum(len(run.digits) for run in groups)
    is_number = before is About.HOT or parts + carried >= ENOUGH
    gone = [run for run in runs if (is_number and run in groups) or _is_code(run) or _is_whole(run)]
    for run in reversed(gone):
        text = text[: run.start] + REMOVED + text[run.end :]
    unclear = [run for run in runs if run in groups or (run.about is About.NOTHING and not run.has_plus)]
    return Found(text, bool(gone), parts, about, "".join(run.digits for run in unclear if len(run.digits) >= part))


def is_card_number(digits: str) -> bool:
    """Whether digits of which nothing says what they are make up a card's number, with nothing before and behind."""
    return SHORTEST <= len(digits) <= _LONGEST and _has_check_digit(digits)


def mask(value: Any, name: str = "") -> Any:
    """A value of JSON without the card numbers in it. `name`: under which it stands, where that says what it is."""
    match value:
        case str():
            return find(value, About.CARD if _CARDS_NAME.search(name) else About.NOTHING).text
        case Mapping():
            return {key: mask(item, str(key)) for key, item in value.items()}
        case list() | tuple():
            return [mask(item, name) for item in value]
        case int() if value >= 10 ** (SHORTEST - 1):
            return REMOVED if find(str(value)).is_card else value
    return value


@dataclass(slots=True)
class _Run:
    """Digits that belong together, from `start` to `end` of the text."""

    start: int
    end: int
    digits: str
    about: About  # by the words of the text itself
    has_plus: bool

    @property
    def may_be_part(self) -> bool:
        return self.about in (About.CARD, About.CODE, About.HOT) and not self.has_plus


def _is_code(run: _Run) -> bool:
    return run.about is About.CODE and len(run.digits) in (3, 4)


def _is_whole(run: _Run) -> bool:
    """A number so long that it is a card's, whatever is talked of."""
    length = len(run.digits)
    if length > _PHONES_LONGEST:
        return True
    if run.has_plus or run.about is About.PHONE or length < SHORTEST - 1:
        return False
    if is_card_number(run.digits):
        return True
    return run.about is About.BOTH or (run.about is About.NOTHING and length > SHORTEST)


def _has_check_digit(digits: str) -> bool:
    """Source: ISO/IEC 7812-1, annex B: the formula of Luhn."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _read(text: str) -> tuple[list[_Run], About]:
    """The runs of digits, each with what it is about: by the nearest word before it, or else behind it."""
    runs: list[_Run] = []
    run: _Run | None = None
    nearest, times, open_tens, previous = About.NOTHING, 1, False, ""
    unknown: list[tuple[_Run, int]] = []  # runs with no word before them, and where they ended, in words
    seen: set[About] = set()
    for words, token in enumerate(_TOKEN.finditer(text.lower())):
        word = token[0]
        if digits := _digits(word):
            if run is None:
                run = _Run(token.start(), token.end(), "", nearest, has_plus=previous == "+")
                runs.append(run)
            if open_tens and word in ONES and digits != "0":
                run.digits = run.digits[:-1]
            run.digits, run.end = run.digits + digits * times, token.end()
            times, open_tens = 1, word in TENS
        elif word in TIMES:
            times = TIMES[word]
        elif run is None or word not in FILLERS:
            if run is not None and run.about is About.NOTHING:
                unknown.append((run, words))
            run, times, open_tens = None, 1, False
            about = PAIRS.get((previous, word)) or WORDS.get(word, About.NOTHING)
            if about is not About.NOTHING:
                nearest = about
                seen.add(about)
                for earlier, ended in unknown:
                    earlier.about = about if words - ended <= _NEAR else earlier.about
                unknown.clear()
        previous = word
    return runs, _together(seen)


def _digits(word: str) -> str:
    if word.isdecimal():
        return word
    return ONES.get(word) or TEENS.get(word) or (TENS[word] + "0" if word in TENS else "")


def _together(seen: set[About]) -> About:
    if seen & {About.CARD, About.CODE}:
        return About.BOTH if seen & {About.PHONE, About.OTHER} else About.CARD
    return About.PHONE if About.PHONE in seen else About.OTHER if seen else About.NOTHING
