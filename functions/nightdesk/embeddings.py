"""Texts as vectors: the port, OpenAI's embeddings by the official client, and what was embedded once kept on disk.

`python -m nightdesk.embeddings` fills the folder of EMBEDDINGS_CACHE with every hotel's pages, so that a process finds
them there and asks for questions alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nightdesk.errors import EmbeddingsError

if TYPE_CHECKING:
    from openai import OpenAI

log = logging.getLogger(__name__)

MODEL = "text-embedding-3-small"
DIMENSIONS = 256  # of the 1,536 it has: enough to tell some dozens of pages apart, and a sixth of the work
Vector = tuple[float, ...]


class Embedder(Protocol):
    name: str
    """What its vectors can be compared with: vectors of another name mean something else."""

    def embed(self, texts: Sequence[str], *, timeout_s: float) -> list[Vector]:
        """One vector of length 1 for each text, in their order. Raises: EmbeddingsError."""
        ...


class OpenAiEmbedder:
    """Source: OpenAI's embeddings API, `dimensions` and `encoding_format`. The package is loaded on first use."""

    def __init__(self, api_key: str, base_url: str = "", model: str = MODEL) -> None:
        self._api_key, self._base_url, self._model = api_key, base_url, model
        self.name = f"{model}-{DIMENSIONS}"

    def embed(self, texts: Sequence[str], *, timeout_s: float) -> list[Vector]:
        import openai

        client = self._client.with_options(timeout=timeout_s)
        try:
            answer = client.embeddings.create(
                model=self._model, input=list(texts), dimensions=DIMENSIONS, encoding_format="float"
            )
        except openai.OpenAIError as error:
            raise EmbeddingsError(f"{type(error).__name__}: {error}") from error
        vectors = [tuple(item.embedding) for item in sorted(answer.data, key=lambda item: item.index)]
        if len(vectors) != len(texts) or any(len(vector) != DIMENSIONS for vector in vectors):
            raise EmbeddingsError(f"{len(texts)} texts brought {len(vectors)} vectors")
        return vectors

    @cached_property
    def _client(self) -> OpenAI:
        from openai import OpenAI

        return OpenAI(api_key=self._api_key, base_url=self._base_url or None, max_retries=0)


class CachedEmbedder:
    """Keeps every vector in a file of its own, named after the text and the embedder. A broken file is made anew."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self.name = embedder.name
        self._embedder, self._folder = embedder, folder

    def embed(self, texts: Sequence[str], *, timeout_s: float) -> list[Vector]:
        known = {text: vector for text in texts if (vector := self._read(text)) is not None}
        if missing := [text for text in dict.fromkeys(texts) if text not in known]:
            made = dict(zip(missing, self._embedder.embed(missing, timeout_s=timeout_s), strict=True))
            for text, vector in made.items():
                self._write(text, vector)
            known |= made
        return [known[text] for text in texts]

    def _path(self, text: str) -> Path:
        return self._folder / f"{hashlib.sha256(f'{self.name}:{text}'.encode()).hexdigest()}.json"

    def _read(self, text: str) -> Vector | None:
        try:
            found = json.loads(self._path(text).read_text("utf-8"))
            return tuple(float(value) for value in found) if isinstance(found, list) and found else None
        except (OSError, ValueError, TypeError):
            return None

    def _write(self, text: str, vector: Vector) -> None:
        """Whole or not at all: two processes may write the same. A folder that cannot be written costs speed alone."""
        path = self._path(text)
        unfinished = path.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps(vector), "utf-8")
            unfinished.replace(path)
        except OSError as error:
            log.warning("! embeddings are not kept: %s", error)


def likeness(one: Vector, other: Vector) -> float:
    """The cosine of two vectors of length 1."""
    return sum(a * b for a, b in zip(one, other, strict=True))


def main() -> None:
    """Embed every hotel's pages. Raises: EmbeddingsError, ConfigError."""
    from nightdesk import config
    from nightdesk.knowledge import POLICIES
    from nightdesk.knowledge_hybrid import HybridKnowledge

    settings = config.load("embeddings")
    knowledge = HybridKnowledge.with_openai(settings)
    for folder in sorted(path for path in POLICIES.iterdir() if path.is_dir()):
        sys.stdout.write(f"{folder.name}: {knowledge.prepare(folder.name)} paragraphs\n")


if __name__ == "__main__":
    main()
