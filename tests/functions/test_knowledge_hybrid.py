"""Knowledge by words and by meaning: OpenAI's embeddings by the official client, kept on disk, never in the way."""

import json
import logging
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from nightdesk import knowledge
from nightdesk.embeddings import DIMENSIONS, CachedEmbedder, OpenAiEmbedder, Vector, likeness
from nightdesk.errors import EmbeddingsError
from nightdesk.knowledge_hybrid import REST_S, HybridKnowledge

from .knowledge_tables import HELD_OUT_CALLERS, HELD_OUT_UNANSWERABLE, TABLE, UNANSWERABLE

MOTEL = "west-bethel-motel"
MEANINGS = ("pets dog beagle dachshund", "pool swim bathe", "breakfast waffles")
DACHSHUND = "Would it bother anybody if our dachshund came with us?"


def vector(text: str) -> Vector:
    """One direction per meaning; a text without one has its own, far from all others."""
    words = text.lower()
    hits = [float(any(word in words for word in meaning.split())) for meaning in MEANINGS]
    rest = [0.0] * (DIMENSIONS - len(hits))
    if not any(hits):
        rest[zlib.crc32(text.encode()) % len(rest)] = 1.0
    length = sum(hit * hit for hit in hits + rest) ** 0.5
    return tuple(value / length for value in hits + rest)


class FakeEmbedder:
    """`fails`: every call does. `asked`: all texts, in order."""

    name = "fake"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False

    def embed(self, texts: Sequence[str], *, timeout_s: float) -> list[Vector]:
        self.asked += texts
        if self.fails:
            raise EmbeddingsError("the service is down")
        return [vector(text) for text in texts]


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def at_once(work: Callable[[], None]) -> None:
    work()


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def hybrid(embedder: FakeEmbedder, clock: Time) -> HybridKnowledge:
    return HybridKnowledge(embedder, start=at_once, clock=clock)


def test_a_question_whose_words_no_page_has_is_found_by_its_meaning(hybrid: HybridKnowledge) -> None:
    assert knowledge.search(MOTEL, DACHSHUND) is None
    answer = hybrid.search(MOTEL, DACHSHUND)
    assert answer is not None
    assert (answer.topic, answer.source) == ("pets", f"{MOTEL}/pets.md")
    assert "Pets are welcome" in answer.text


def test_a_question_that_its_words_answer_asks_nobody(hybrid: HybridKnowledge, embedder: FakeEmbedder) -> None:
    answer = hybrid.search(MOTEL, "do you have a pool")
    assert answer == knowledge.search(MOTEL, "do you have a pool")
    assert embedder.asked == []


def test_what_is_near_to_nothing_is_not_known(hybrid: HybridKnowledge) -> None:
    assert hybrid.search(MOTEL, "is there a helipad for my zeppelin") is None
    assert hybrid.search(MOTEL, "") is None


def test_a_guest_is_answered_in_their_language_where_both_are_as_near(
    embedder: FakeEmbedder, tmp_path: Path, clock: Time
) -> None:
    for name, text in (("pets.md", "Dogs are welcome."), ("es/pets.md", "Los perros (dog) son bienvenidos.")):
        path = tmp_path / "inn" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\ntitle: Pets\n---\n{text}\n", "utf-8")
    inn = HybridKnowledge(embedder, tmp_path, start=at_once, clock=clock)
    found = [inn.search("inn", "my beagle zzz", language) for language in ("en", "es")]
    assert [answer.source for answer in found if answer] == ["inn/pets.md", "inn/es/pets.md"]


def test_no_house_answers_for_another_by_meaning_either(hybrid: HybridKnowledge) -> None:
    hybrid.search(MOTEL, DACHSHUND)
    answer = hybrid.search("hotel-casa-alondra", DACHSHUND)
    assert answer is None or answer.source.startswith("hotel-casa-alondra/")
    assert hybrid.search("nowhere-inn", DACHSHUND) is None


def test_until_the_pages_are_embedded_the_words_answer_and_nobody_waits(embedder: FakeEmbedder) -> None:
    later: list[Callable[[], None]] = []
    hybrid = HybridKnowledge(embedder, start=later.append)
    assert hybrid.search(MOTEL, DACHSHUND) is None
    assert embedder.asked == []
    assert hybrid.search(MOTEL, DACHSHUND) is None
    [work] = later
    work()
    assert hybrid.search(MOTEL, DACHSHUND) is not None


def test_a_service_that_is_down_leaves_the_words_and_is_left_alone_for_a_while(
    hybrid: HybridKnowledge, embedder: FakeEmbedder, clock: Time, caplog: pytest.LogCaptureFixture
) -> None:
    embedder.fails = True
    with caplog.at_level(logging.WARNING):
        assert hybrid.search(MOTEL, DACHSHUND) is None
    assert "embeddings: the service is down" in caplog.text
    asked = len(embedder.asked)
    embedder.fails = False
    assert hybrid.search(MOTEL, DACHSHUND) is None
    assert len(embedder.asked) == asked
    clock.now += REST_S
    assert hybrid.search(MOTEL, DACHSHUND) is not None


def test_a_question_that_fails_after_the_pages_were_embedded_gets_the_words_answer(
    hybrid: HybridKnowledge, embedder: FakeEmbedder, clock: Time
) -> None:
    assert hybrid.search(MOTEL, DACHSHUND) is not None
    embedder.fails = True
    weak = "can you bathe somewhere, is there a pool or something of the sort for aunts"
    assert hybrid.search(MOTEL, weak) == knowledge.search(MOTEL, weak)


def test_the_same_question_is_embedded_once(hybrid: HybridKnowledge, embedder: FakeEmbedder) -> None:
    hybrid.search(MOTEL, DACHSHUND)
    hybrid.search(MOTEL, f" {DACHSHUND.upper()} ")
    assert embedder.asked.count(DACHSHUND.lower()) == 1


def test_vectors_are_kept_on_disk_by_text_and_embedder(tmp_path: Path) -> None:
    first = FakeEmbedder()
    made = CachedEmbedder(first, tmp_path / "cache").embed(["a dog", "a pool", "a dog"], timeout_s=1)
    assert first.asked == ["a dog", "a pool"]
    second = FakeEmbedder()
    again = CachedEmbedder(second, tmp_path / "cache")
    assert again.embed(["a pool", "a dog", "a waffle"], timeout_s=1) == [made[1], made[0], vector("a waffle")]
    assert second.asked == ["a waffle"]
    other = FakeEmbedder()
    other.name = "another model"
    CachedEmbedder(other, tmp_path / "cache").embed(["a dog"], timeout_s=1)
    assert other.asked == ["a dog"]


def test_a_broken_file_of_the_cache_is_made_anew_and_a_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = FakeEmbedder()
    cached = CachedEmbedder(embedder, tmp_path / "cache")
    cached.embed(["a dog"], timeout_s=1)
    [path] = (tmp_path / "cache").iterdir()
    path.write_text("{")
    assert cached.embed(["a dog"], timeout_s=1) == [vector("a dog")]
    assert json.loads(path.read_text()) == list(vector("a dog"))
    (tmp_path / "file").write_text("")
    assert CachedEmbedder(embedder, tmp_path / "file").embed(["a dog"], timeout_s=1) == [vector("a dog")]
    assert "embeddings are not kept" in caplog.text


# the official client


class Service:
    """OpenAI's embeddings endpoint as its documentation has it. `status` other than 200 is an error of the service."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status, self.delay_s = 200, 0.0
        self.released = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.requests.append({"path": self.path, **body})
                service.keys.append(self.headers["Authorization"])
                service.released.wait(service.delay_s)
                data = [
                    {"object": "embedding", "index": index, "embedding": vector(text)}
                    for index, text in enumerate(body["input"])
                ]
                answer: dict[str, Any] = {"object": "list", "model": body["model"], "data": data[::-1]}
                answer["usage"] = {"prompt_tokens": 1, "total_tokens": 1}
                if service.status != 200:
                    answer = {"error": {"message": "no", "type": "server_error", "code": None, "param": None}}
                payload = json.dumps(answer).encode()
                self.send_response(service.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.released.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_the_official_client_asks_as_the_api_wants_it(service: Service) -> None:
    vectors = OpenAiEmbedder("sk-test", service.url).embed(["a dog", "a pool"], timeout_s=5)
    assert [
        round(likeness(made, vector(text)), 6) for made, text in zip(vectors, ("a dog", "a pool"), strict=True)
    ] == [1, 1]
    [request] = service.requests
    assert request == {
        "path": "/v1/embeddings",
        "model": "text-embedding-3-small",
        "input": ["a dog", "a pool"],
        "dimensions": DIMENSIONS,
        "encoding_format": "float",
    }
    assert service.keys == ["Bearer sk-test"]


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_refusal_is_an_error_of_ours_and_is_not_retried(service: Service, status: int) -> None:
    service.status = status
    with pytest.raises(EmbeddingsError):
        OpenAiEmbedder("sk-test", service.url).embed(["a dog"], timeout_s=5)
    assert len(service.requests) == 1


def test_a_service_that_is_late_or_gone_is_an_error_of_ours(service: Service) -> None:
    service.delay_s = 30
    with pytest.raises(EmbeddingsError, match="Timeout"):
        OpenAiEmbedder("sk-test", service.url).embed(["a dog"], timeout_s=0.05)
    with pytest.raises(EmbeddingsError):
        OpenAiEmbedder("sk-test", "http://127.0.0.1:9/v1").embed(["a dog"], timeout_s=1)


def test_the_whole_way_pages_in_the_background_then_a_question(service: Service, tmp_path: Path) -> None:
    hybrid = HybridKnowledge(CachedEmbedder(OpenAiEmbedder("sk-test", service.url), tmp_path))
    hybrid.search(MOTEL, DACHSHUND)
    deadline = time.monotonic() + 30
    while (answer := hybrid.search(MOTEL, DACHSHUND)) is None and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert answer is not None
    assert answer.topic == "pets"


@pytest.mark.live
@pytest.mark.skipif("OPENAI_API_KEY" not in os.environ, reason="needs a key")
def test_with_a_key_callers_own_words_are_found_too(tmp_path: Path) -> None:
    hybrid = HybridKnowledge(CachedEmbedder(OpenAiEmbedder(os.environ["OPENAI_API_KEY"]), tmp_path), start=at_once)
    hybrid.prepare(MOTEL)
    for questions in (TABLE, HELD_OUT_CALLERS):
        found = [topic for question, topic in questions if (a := hybrid.search(MOTEL, question)) and a.topic == topic]
        assert len(found) >= 0.9 * len(questions)
    unanswerable = UNANSWERABLE + HELD_OUT_UNANSWERABLE
    assert sum(hybrid.search(MOTEL, question) is not None for question in unanswerable) <= 0.1 * len(unanswerable)
