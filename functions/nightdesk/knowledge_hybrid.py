"""The house's pages, found by words first and by meaning where words are not sure. An adapter of the port `Knowledge`.

Never in the call's way: a question that its words answer well asks nobody; pages are embedded in the background, and
until they are, or when the service fails or is late, the words' answer stands. "I don't know" beats invention here,
too: a page must be near enough.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from nightdesk import knowledge
from nightdesk.config import Settings
from nightdesk.embeddings import CachedEmbedder, Embedder, OpenAiEmbedder, Vector, likeness
from nightdesk.errors import EmbeddingsError
from nightdesk.knowledge import LANGUAGES, POLICIES, Answer, Page

log = logging.getLogger(__name__)

SURE = 0.8
"""From this share of its words on, a question is answered by words alone."""
NEAR = 0.45
"""The least likeness of a page that answers a question. For text-embedding-3-small, not measured with a key yet: the
tests marked live measure it with the tables of questions."""
NEARER = 0.05
"""How much nearer another page than the words' own must be."""
QUESTION_S = 0.8
PAGES_S = 30.0
REST_S = 60.0  # after a failure nobody waits for the service again for so long


@dataclass(frozen=True)
class _Known:
    """One paragraph of a page as a vector."""

    page: Page
    place: int
    vector: Vector


def in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="embed-pages", daemon=True).start()


class HybridKnowledge:
    def __init__(
        self,
        embedder: Embedder,
        folder: Path = POLICIES,
        *,
        start: Callable[[Callable[[], None]], None] = in_background,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`start` runs the embedding of a hotel's pages; `clock` in seconds."""
        self._embedder, self._folder, self._start, self._clock = embedder, folder, start, clock
        self._lock = threading.Lock()
        self._known: dict[str, list[_Known]] = {}
        self._begun: set[str] = set()
        self._rests_until = 0.0
        self._question = lru_cache(maxsize=512)(self._embedded)

    @classmethod
    def with_openai(cls, settings: Settings) -> Self:
        embedder: Embedder = OpenAiEmbedder(
            settings.openai_api_key, settings.openai_base_url, settings.embeddings_model
        )
        if settings.embeddings_cache is not None:
            embedder = CachedEmbedder(embedder, settings.embeddings_cache)
        return cls(embedder)

    def topics(self, property_id: str) -> list[str]:
        return knowledge.topics(property_id, self._folder)

    def search(self, property_id: str, question: str, language: str = knowledge.MAIN_LANGUAGE) -> Answer | None:
        by_words = knowledge.search(property_id, question, language, self._folder)
        if (by_words is not None and by_words.score >= SURE) or not question.strip():
            return by_words
        known = self._pages(property_id)
        if not known or self._clock() < self._rests_until:
            return by_words
        try:
            asked = self._question(question.strip().lower())
        except EmbeddingsError as error:
            self._rest(error)
            return by_words
        return _nearest(known, asked, by_words, language)

    def prepare(self, property_id: str) -> int:
        """Embed a hotel's pages; the number of paragraphs. Raises: EmbeddingsError."""
        pages = [page for language in LANGUAGES for page in knowledge.index(property_id, language, self._folder).pages]
        told = [(page, place, f"{page.title}: {text}") for page in pages for place, text in enumerate(page.paragraphs)]
        vectors = self._embedder.embed([text for _, _, text in told], timeout_s=PAGES_S) if told else []
        known = [_Known(page, place, vector) for (page, place, _), vector in zip(told, vectors, strict=True)]
        with self._lock:
            self._known[property_id] = known
        return len(known)

    def _pages(self, property_id: str) -> list[_Known]:
        """What is embedded of a hotel by now. The first question of a hotel begins it; so does one after a failure."""
        with self._lock:
            begin = property_id not in self._begun and self._clock() >= self._rests_until
            if begin:
                self._begun.add(property_id)
        if begin:
            self._start(lambda: self._prepare_or_rest(property_id))
        with self._lock:
            return self._known.get(property_id, [])

    def _prepare_or_rest(self, property_id: str) -> None:
        try:
            self.prepare(property_id)
        except EmbeddingsError as error:
            with self._lock:
                self._begun.discard(property_id)
            self._rest(error)

    def _rest(self, error: EmbeddingsError) -> None:
        log.warning("! embeddings: %s", error)
        self._rests_until = self._clock() + REST_S

    def _embedded(self, question: str) -> Vector:
        return self._embedder.embed([question], timeout_s=QUESTION_S)[0]


def _nearest(known: list[_Known], asked: Vector, by_words: Answer | None, language: str) -> Answer | None:
    """The nearest page, when it is near enough and nearer than the words' own."""
    likenesses = [(likeness(each.vector, asked), each) for each in known]
    tongue = language if language in LANGUAGES else knowledge.MAIN_LANGUAGE
    best = max(
        likenesses,
        key=lambda pair: (round(pair[0], 2), _tongue_of(pair[1].page) == tongue, pair[0]),
        default=None,
    )
    if best is None or best[0] < NEAR:
        return by_words
    if by_words is not None:
        own = max((value for value, each in likenesses if each.page.topic == by_words.topic), default=0.0)
        if best[1].page.topic == by_words.topic or best[0] < own + NEARER:
            return by_words
    return knowledge.answer_of(best[1].page, best[1].place, best[0])


def _tongue_of(page: Page) -> str:
    parts = page.source.split("/")
    return parts[1] if len(parts) == 3 else knowledge.MAIN_LANGUAGE
