"""What a hotel knows about itself: its pages in `policies/<property_id>/*.md`, found by full-text search.

One file is one topic: a front matter, then short paragraphs, each of which can be said as it is. The first answers
what `title` and `keywords` name; `details` are what only a later one tells. `policies/<property_id>/es/*.md` are the
same in Spanish. The search is SQLite's FTS5 (stemming, bm25). "I don't know" beats invention: a page must cover most
of the question's own words, weighed by how rare they are, so a question about something else does not get the nearest
page.
"""

from __future__ import annotations

import logging
import math
import re
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from nightdesk import knowledge_words as vocabulary

log = logging.getLogger(__name__)

POLICIES = Path(__file__).parent / "policies"
MAIN_LANGUAGE = "en"
LANGUAGES = ("en", "es")
THRESHOLD = 0.5
"""The least share of a question's weight that a page must cover, set by the tables of test_knowledge.py."""

_TITLE_WEIGHT, _KEYWORDS_WEIGHT, _TEXT_WEIGHT = 6.0, 4.0, 1.0  # for bm25


@dataclass(frozen=True)
class Page:
    """One topic of one hotel. `source` names the file, as property/topic.md or property/es/topic.md."""

    topic: str
    source: str
    title: str
    keywords: str
    details: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """`text` can be said as it is, `more` is the rest of the page. `score`: the covered share of the question, 0..1."""

    text: str
    topic: str
    source: str
    score: float
    more: str = ""


def search(property_id: str, question: str, language: str = MAIN_LANGUAGE, folder: Path = POLICIES) -> Answer | None:
    """The page that answers a question about the hotel, or None when none does (or the hotel has no pages).

    Looked up in the pages of the guest's language first, then in the hotel's other ones: a model may ask in English.
    """
    for tongue in sorted(LANGUAGES, key=lambda known: known != language):
        if (answer := index(property_id, tongue, folder).search(question)) is not None:
            return answer
    return None


def topics(property_id: str, folder: Path = POLICIES) -> list[str]:
    """The titles of a hotel's pages, for a model that may word its question anew."""
    return [page.title for page in index(property_id, MAIN_LANGUAGE, folder).pages]


@cache
def index(property_id: str, language: str = MAIN_LANGUAGE, folder: Path = POLICIES) -> Index:
    """One index per property, language and process. An unknown property, or one named like a path, has no pages."""
    if re.fullmatch(r"[a-z0-9-]+", property_id) is None:
        return Index(())
    below = folder / property_id if language == MAIN_LANGUAGE else folder / property_id / language
    return Index(read_pages(sorted(below.glob("*.md")), folder))


class Index:
    """The pages of one hotel in an in-memory SQLite FTS5 table (porter stemming, bm25). Safe in any thread."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self.pages: Sequence[Page] = tuple(pages)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute("CREATE VIRTUAL TABLE page USING fts5(title, keywords, text, tokenize = 'porter unicode61')")
        self._db.execute("CREATE VIRTUAL TABLE paragraph USING fts5(text, tokenize = 'porter unicode61')")
        for number, page in enumerate(self.pages):
            keywords = f"{page.keywords}\n{page.details}"
            fields = (page.title, keywords, "\n".join(page.paragraphs))
            self._db.execute(
                "INSERT INTO page (rowid, title, keywords, text) VALUES (?, ?, ?, ?)", _row(number, *fields)
            )
            about = (f"{page.title}\n{page.keywords}\n{page.paragraphs[0]}", *page.paragraphs[1:])
            for place, paragraph in enumerate(about):
                self._db.execute(
                    "INSERT INTO paragraph (rowid, text) VALUES (?, ?)", _row(_place(number, place), paragraph)
                )

    def search(self, question: str) -> Answer | None:
        """The best page when it covers the question well enough."""
        words = vocabulary.asked(question)
        if not words or not self.pages:
            return None
        with self._lock:
            pages = {word: self._rows("page", word) for word in words}
            paragraphs = {word: self._rows("paragraph", word) for word in words}
            ranked = self._db.execute(
                f"SELECT rowid FROM page WHERE page MATCH ? "
                f"ORDER BY bm25(page, {_TITLE_WEIGHT}, {_KEYWORDS_WEIGHT}, {_TEXT_WEIGHT})",
                (" OR ".join(f'"{word}"' for word in words),),
            ).fetchall()
        weight = {
            word: vocabulary.share(word) * math.log(1 + len(self.pages) / (len(rows) + 0.5))
            for word, rows in pages.items()
        }
        total = sum(weight.values())
        for (number,) in ranked:
            covered = _covered(weight, pages, number) / total
            if covered >= THRESHOLD:
                said = max(
                    range(len(self.pages[number].paragraphs)),
                    key=lambda place: (_covered(weight, paragraphs, _place(number, place)), -place),
                )
                return answer_of(self.pages[number], said, covered)
        return None

    def _rows(self, table: str, word: str) -> set[int]:
        rows = self._db.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", (f'"{word}"',))
        return {row for (row,) in rows}


def answer_of(page: Page, said: int, score: float) -> Answer:
    """The answer that a page gives with its paragraph `said`."""
    rest = [text for place, text in enumerate(page.paragraphs) if place != said]
    return Answer(page.paragraphs[said], page.topic, page.source, round(score, 3), " ".join(rest))


def read_pages(files: Iterable[Path], folder: Path) -> list[Page]:
    """A file that is not a page is left out, and named in the log."""
    pages = []
    for path in files:
        try:
            pages.append(_read(path, folder))
        except (OSError, ValueError, yaml.YAMLError) as error:
            log.warning("! knowledge: %s left out: %s", path.name, " ".join(str(error).split()))
    return pages


def _read(path: Path, folder: Path) -> Page:
    parts = re.split(r"^---\s*$", path.read_text("utf-8"), maxsplit=2, flags=re.MULTILINE)
    head = yaml.safe_load(parts[1]) if len(parts) == 3 else None
    if not isinstance(head, dict) or not head.get("title") or not parts[2].strip():
        raise ValueError("needs a front matter with a title (and keywords), and an answer below it")
    paragraphs = tuple(" ".join(paragraph.split()) for paragraph in parts[2].strip().split("\n\n"))
    source = path.relative_to(folder).as_posix()
    return Page(
        path.stem, source, str(head["title"]), str(head.get("keywords", "")), str(head.get("details", "")), paragraphs
    )


def _row(number: int, *fields: str) -> tuple[int | str, ...]:
    return (number, *(" ".join(vocabulary.words(field)) for field in fields))


def _place(number: int, place: int) -> int:
    return number * 100 + place


def _covered(weight: Mapping[str, float], holds: Mapping[str, set[int]], row: int) -> float:
    return sum(value for word, value in weight.items() if row in holds[word])
