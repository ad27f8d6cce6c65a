"""What was said, cut into sentences and clauses, each stated or asked. Pure. English and Spanish.

Everything downstream works on one spelling: lower case, no accents, contractions written out. Positions are in that
spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nightdesk.letters import without_accents

_CONTRACTIONS = [
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\b(?:can't|cannot)\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"\b(it|that|what|there|here|everything|which|who)'s\b"), r"\1 is"),
    (re.compile(r"\b([ap])\.\s?m\.?(?=\W|$)"), r"\1m"),
]
# A dot between figures ends nothing. Clauses end where another subject may begin.
_SENTENCE_END = re.compile(r"(?<=[.!?;\u2026])\s+|\n+|\s+[\u2013\u2014]\s+|(?=\u00bf)")
_CLAUSE_END = re.compile(
    r",\s+|:\s+|\s+(?=(?:but|however|pero)\s)|\s+(?=(?:and|y)\s+(?:i|we|your|le|su|he|hemos|ya)\s)"
)
_ASKS_FIRST = re.compile(
    r"^(?:and |or |so |then |well |ok |okay |y |o |entonces )*(?:shall|should|would|will|do|does|did|can|"
    r"could|may|might|is|"
    r"are|was|have|has|what|which|when|where|who|how|why|anything|any|need|like|want|que|cual|cuando|donde|quien|como|"
    r"cuanto|cuantas|quiere|desea|puedo|podria|le gustaria|prefiere|necesita|algo)\b"
)


@dataclass(frozen=True)
class Clause:
    """`start` is where `text` stands in its sentence. `asked`: it is (part of) a question."""

    text: str
    start: int
    asked: bool


@dataclass(frozen=True)
class Sentence:
    """`quote` is as it was said, `text` in our spelling. `cut`: the guest interrupted, its end was not heard."""

    quote: str
    text: str
    clauses: tuple[Clause, ...]
    cut: bool = False


def spelled(text: str) -> str:
    """Lower case, without accents, contractions written out, one blank between words."""
    text = without_accents(text.lower().replace("\u2019", "'").replace("\u2011", "-"))
    for pattern, words in _CONTRACTIONS:
        text = pattern.sub(words, text)
    return " ".join(text.split())


LONGEST = 3_000
"""Characters of a turn that are looked at: some three minutes of speech."""


def sentences(text: str, *, interrupted: bool = False) -> list[Sentence]:
    """All that was said. When it was interrupted, the last sentence is cut."""
    text, interrupted = text[:LONGEST], interrupted or len(text) > LONGEST
    quotes = [quote.strip() for quote in _SENTENCE_END.split(_kept_together(text)) if quote and quote.strip()]
    quotes = [quote.replace("\u0001", ".") for quote in quotes]
    return [
        Sentence(quote, s := spelled(quote), _clauses(s), interrupted and place == len(quotes) - 1)
        for place, quote in enumerate(quotes)
    ]


def _kept_together(text: str) -> str:
    """Dots that end no sentence are hidden while it is cut: "p.m. on Friday", "St. John"."""
    text = re.sub(r"\b([ap])\.\s?m\.(?=\s+[a-z0-9])", "\\1\u0001m\u0001", text, flags=re.IGNORECASE)
    return re.sub(r"\b(Mr|Mrs|Ms|Dr|St|No)\.(?=\s)", "\\1\u0001", text)


def _clauses(text: str) -> tuple[Clause, ...]:
    starts = [0, *(match.end() for match in _CLAUSE_END.finditer(text))]
    parts = [(text[a:b], a) for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    is_question = text.rstrip("\"' ").endswith("?") or text.startswith("\u00bf")
    first_asked = len(parts)
    if is_question:
        asking = [place for place, (part, _) in enumerate(parts) if _ASKS_FIRST.match(part.lstrip("\u00bf\" '"))]
        first_asked = asking[0] if asking else len(parts) - 1
    return tuple(Clause(part, start, place >= first_asked) for place, (part, start) in enumerate(parts))
