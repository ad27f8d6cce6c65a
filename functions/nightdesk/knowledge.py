"""What a hotel knows about itself: its topics in `policies/<property_id>/*.md`, found by full-text search.

One file is one topic: `title` and `keywords` in the front matter, then the answer as it is spoken (the first
paragraph), then more, which is searched but not spoken. "I don't know" beats invention: an answer needs most of the
question's own words, weighed by how rare they are, so a question about something else does not get the nearest topic.
"""

import logging
import math
import re
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

log = logging.getLogger(__name__)

POLICIES = Path(__file__).parent / "policies"
THRESHOLD = 0.5
"""The least share of a question's weight that a topic must cover, set by the tables of test_knowledge.py."""

_TITLE_WEIGHT, _KEYWORDS_WEIGHT, _TEXT_WEIGHT = 6.0, 4.0, 1.0  # for bm25
# Words that tell nothing about a topic. "what", "where" and "when" do not either: the noun beside them does. One
# "room" is a place where something is asked about; "rooms" is a topic.
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
    a about after again all also am an and any anyone anything are as at available be because been before being
    best but by can could day did do does doing down for from get give go going got guy guys had happen happens
    has have having hello hi hotel how i if in into is it its just know let like long make many may me mine more
    motel much must my need now of off ok okay on one only options or our out over own place please possible
    provide question questions recommend room said say see serve shall she should so some somebody someone
    something sort tell than thank thanks that the their them then there these they thing this those time to
    today tomorrow tonight too up us use very want was way we well were what when where which while who whom why
    will with wonder wondering would yes yet you your yours
    """,
    )
)


@dataclass(frozen=True)
class Answer:
    """`text` is spoken as it is. `source` names the file. `score`: the covered share of the question, 0..1."""

    text: str
    topic: str
    source: str
    score: float


def search(property_id: str, question: str, folder: Path = POLICIES) -> Answer | None:
    """The topic that answers a question about the hotel, or None when none does (or the hotel has no topics)."""
    return _index(folder, property_id).search(question)


@cache
def _index(folder: Path, property_id: str) -> "Index":
    """One index per property and process. An unknown property, or one named like a path, has no topics."""
    is_plain = re.fullmatch(r"[a-z0-9-]+", property_id) is not None
    return Index(sorted((folder / property_id).glob("*.md")) if is_plain else [])


class Index:
    """The topics of one hotel in an in-memory SQLite FTS5 table (porter stemming, bm25). Safe in any thread."""

    def __init__(self, files: Iterable[Path]) -> None:
        """A file that is not a topic is left out, and named in the log."""
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute("CREATE VIRTUAL TABLE topic USING fts5(title, keywords, text, tokenize = 'porter unicode61')")
        self._answers: dict[int, tuple[str, str, str]] = {}
        for path in files:
            try:
                title, keywords, text = _read(path)
            except (OSError, ValueError, yaml.YAMLError) as error:
                log.warning("! knowledge: %s left out: %s", path.name, " ".join(str(error).split()))
                continue
            fields = [" ".join(_words(field)) for field in (title, keywords, text)]
            row = self._db.execute("INSERT INTO topic VALUES (?, ?, ?)", fields).lastrowid
            spoken = " ".join(text.split("\n\n", 1)[0].split())
            self._answers[row or 0] = (spoken, path.stem, f"{path.parent.name}/{path.name}")

    def search(self, question: str) -> Answer | None:
        """The best topic when it covers the question well enough."""
        words = list(dict.fromkeys(word for word in _words(question) if word not in _STOP and len(word) > 1))
        if not words or not self._answers:
            return None
        with self._lock:
            holds = {word: self._rows_with(word) for word in words}
            ranked = self._db.execute(
                f"SELECT rowid FROM topic WHERE topic MATCH ? "
                f"ORDER BY bm25(topic, {_TITLE_WEIGHT}, {_KEYWORDS_WEIGHT}, {_TEXT_WEIGHT})",
                (" OR ".join(f'"{word}"' for word in words),),
            ).fetchall()
        weight = {word: math.log(1 + len(self._answers) / (len(rows) + 0.5)) for word, rows in holds.items()}
        total = sum(weight.values())
        for (row,) in ranked:
            covered = sum(weight[word] for word in words if row in holds[word]) / total
            if covered >= THRESHOLD:
                text, topic, source = self._answers[row]
                return Answer(text, topic, source, round(covered, 3))
        return None

    def _rows_with(self, word: str) -> set[int]:
        return {row for (row,) in self._db.execute("SELECT rowid FROM topic WHERE topic MATCH ?", (f'"{word}"',))}


# One thing that is written in several ways, or asked with words that carry nothing alone.
_SAME = [
    (re.compile(r"\bwi[- ]fi\b"), "wifi"),
    (re.compile(r"\bcheck(?:ing)?[- ]?(in|out)\b"), r"check\1"),
    (re.compile(r"\b(?:get|come) (?:there|to you|to the (?:motel|hotel))\b|\bfind you\b"), "directions"),
    (re.compile(r"\bwhere are you\b"), "location"),
    (re.compile(r"\bwork(?:ing)? out\b"), "workout"),
]


def _words(text: str) -> list[str]:
    """Topics and questions in the same spelling: lower case, "wifi", "checkin"."""
    text = text.lower().replace("\u2019", "'").replace("'s", "").replace("'", "")
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return re.findall(r"[a-z0-9]+", text)


def _read(path: Path) -> tuple[str, str, str]:
    parts = re.split(r"^---\s*$", path.read_text("utf-8"), maxsplit=2, flags=re.MULTILINE)
    head = yaml.safe_load(parts[1]) if len(parts) == 3 else None
    if not isinstance(head, dict) or not head.get("title") or not parts[2].strip():
        raise ValueError("needs a front matter with a title (and keywords), and an answer below it")
    return str(head["title"]), str(head.get("keywords", "")), parts[2].strip()
