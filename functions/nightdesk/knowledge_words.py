"""The words of questions and pages, made alike: one spelling, and how much a word says about what is asked.

A page's subject is in its nouns. Words that any question may have ("is there", "we would like") say nothing, words that
many may have ("bring", "morning", "husband") say a little; a word that is in neither list and on no page says that the
question is about something else. English and Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from nightdesk.letters import without_accents

_FOLDER = Path(__file__).parent / "vocabulary"
WEAK_SHARE = 0.25

# One thing that is written in several ways, or asked with words that carry nothing alone.
_SAME = [
    (re.compile(r"\bwi[- ]fi\b"), "wifi"),
    (re.compile(r"\bcheck(?:ing)?[- ]?(in|out)\b"), r"check\1"),
    (re.compile(r"\b(?:get|come) (?:there|to you|to the (?:motel|hotel))\b|\bfind you\b"), "directions"),
    (re.compile(r"\bwhere are you\b"), "location"),
    (re.compile(r"\bwork(?:ing)? out\b"), "workout"),
    (re.compile(r"\byears?[- ]olds?\b"), "yearsold"),
    (re.compile(r"\bhair ?dryers?\b"), "hairdryer"),
    (re.compile(r"\b(?:24|twenty[- ]four) hours?\b"), "allday"),
    (re.compile(r"\bwhat(?: is|s)? (?:there )?to do\b|\bthings to do\b"), "sights"),
    (re.compile(r"\bdonde (?:estan|esta el hotel|esta el motel|quedan)\b"), "location"),
    (re.compile(r"\bcomo (?:llego|llegamos|se llega|llegar)\b"), "directions"),
]


def words(text: str) -> list[str]:
    """Topics and questions in the same spelling: lower case, without accents, "wifi", "checkin"."""
    text = without_accents(text.lower().replace("\u2019", "'")).replace("'s", "").replace("'", "")
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    pattern, alike = _alike()
    text = pattern.sub(lambda match: alike[match[1]], text)
    return re.findall(r"[a-z0-9]+", text)


def asked(question: str) -> list[str]:
    """The words of a question that may tell its subject, each once."""
    stop = _listed("stop")
    return list(dict.fromkeys(word for word in words(question) if len(word) > 1 and word not in stop))


def share(word: str) -> float:
    """How much of a word this one counts for."""
    return WEAK_SHARE if word.isdigit() or not _listed("weak").isdisjoint(_bare(word)) else 1.0


def _bare(word: str) -> set[str]:
    """A word and what it may be a form of: travels, travelled and travelling are travel."""
    stems = {word[: -len(ending)] for ending in ("s", "es", "d", "ed", "ing", "ly") if word.endswith(ending)}
    stems |= {stem[:-1] for stem in stems if len(stem) > 3 and stem[-1:] == stem[-2:-1]}
    return {word} | stems | {stem + "e" for stem in stems}


@cache
def _alike() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """A pattern of all that is called in several ways, the longest first, and the word that stands for each."""
    alike: dict[str, str] = {}
    for line in (_FOLDER / "alike.txt").read_text("utf-8").splitlines():
        word, colon, others = line.partition(":")
        if colon and not line.startswith("#"):
            alike |= {other.strip(): word for other in others.split(",")}
    longest_first = sorted(map(re.escape, alike), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(longest_first)})s?\b"), alike


@cache
def _listed(name: str) -> frozenset[str]:
    lines = (_FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
