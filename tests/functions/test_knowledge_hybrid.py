"""Knowledge by words and by meaning: OpenAI's embeddings by the official client, kept on disk, never in the way."""

import json
import logging
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from nightdesk import config, embeddings, knowledge, knowledge_words
from nightdesk.embeddings import DIMENSIONS, MODEL, CachedEmbedder, OpenAiEmbedder, Vector, likeness
from nightdesk.errors import EmbeddingsError
from nightdesk.knowledge_hybrid import REST_S, SURE, HybridKnowledge

from .embeddings_service import API_KEY, EmbeddingsService, serving
from .knowledge_held_out import HELD_OUT_CALLERS, HELD_OUT_CALLERS_2, HELD_OUT_CALLERS_3, HELD_OUT_UNANSWERABLE
from .knowledge_tables import TABLE, UNANSWERABLE

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


@pytest.fixture
def service() -> Iterator[EmbeddingsService]:
    with serving(EmbeddingsService(vector)) as made:
        yield made


def test_the_official_client_asks_as_the_api_wants_it(service: EmbeddingsService) -> None:
    vectors = OpenAiEmbedder("sk-test", service.url).embed(["a dog", "a pool"], timeout_s=5)
    assert [
        round(likeness(made, vector(text)), 6) for made, text in zip(vectors, ("a dog", "a pool"), strict=True)
    ] == [1, 1]
    [request] = service.requests
    assert request == {
        "model": "text-embedding-3-small",
        "input": ["a dog", "a pool"],
        "dimensions": DIMENSIONS,
        "encoding_format": "float",
    }


@pytest.mark.parametrize(
    ("texts", "key", "model"),
    [
        (["a dog", ""], API_KEY, MODEL),
        ([], API_KEY, MODEL),
        (["dog"] * 2049, API_KEY, MODEL),
        (["woof " * 8192], API_KEY, MODEL),
        (["a dog"], "sk-another", MODEL),
        (["a dog"], API_KEY, "text-embedding-ada-002"),
        (["a dog"], API_KEY, "text-embedding-9"),
    ],
    ids=["an empty text", "no text", "too many", "too long", "a wrong key", "dimensions of an older", "no model"],
)
def test_the_stand_in_refuses_what_the_service_refuses(
    service: EmbeddingsService, texts: list[str], key: str, model: str
) -> None:
    with pytest.raises(EmbeddingsError):
        OpenAiEmbedder(key, service.url, model).embed(texts, timeout_s=5)


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_refusal_is_an_error_of_ours_and_is_not_retried(service: EmbeddingsService, status: int) -> None:
    service.status = status
    with pytest.raises(EmbeddingsError):
        OpenAiEmbedder("sk-test", service.url).embed(["a dog"], timeout_s=5)
    assert len(service.requests) == 1


def test_a_service_that_is_late_or_gone_is_an_error_of_ours(service: EmbeddingsService) -> None:
    service.delay_s = 30
    with pytest.raises(EmbeddingsError, match="Timeout"):
        OpenAiEmbedder("sk-test", service.url).embed(["a dog"], timeout_s=0.05)
    with pytest.raises(EmbeddingsError):
        OpenAiEmbedder("sk-test", "http://127.0.0.1:9/v1").embed(["a dog"], timeout_s=1)


def test_the_whole_way_pages_in_the_background_then_a_question(service: EmbeddingsService, tmp_path: Path) -> None:
    hybrid = HybridKnowledge(CachedEmbedder(OpenAiEmbedder("sk-test", service.url), tmp_path))
    hybrid.search(MOTEL, DACHSHUND)
    deadline = time.monotonic() + 30
    while (answer := hybrid.search(MOTEL, DACHSHUND)) is None and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert answer is not None
    assert answer.topic == "pets"


def test_a_deployment_embeds_all_hotels_pages_once_and_then_only_questions(
    service: EmbeddingsService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings_of(service, tmp_path).items():
        monkeypatch.setenv(name, value)
    embeddings.main()
    told = len(service.requests)
    assert told == len([path for path in knowledge.POLICIES.iterdir() if path.is_dir()])
    hybrid = HybridKnowledge.with_openai(config.load("embeddings"))
    hybrid.prepare(MOTEL)
    assert len(service.requests) == told
    answer = hybrid.search(MOTEL, DACHSHUND)
    assert answer is None or answer.topic == "pets"
    assert [request["input"] for request in service.requests[told:]] in ([], [[DACHSHUND.lower()]])


def settings_of(service: EmbeddingsService, folder: Path) -> dict[str, str]:
    return {"OPENAI_API_KEY": API_KEY, "OPENAI_BASE_URL": service.url, "EMBEDDINGS_CACHE": str(folder)}


def words_as_directions(text: str) -> Vector:
    """What a text is about, as far as its words tell: near is what shares many of those that matter."""
    made = [0.0] * DIMENSIONS
    for word in knowledge_words.asked(text):
        made[zlib.crc32(word[:5].encode()) % DIMENSIONS] += knowledge_words.share(word)
    length = sum(value * value for value in made) ** 0.5 or 1.0
    return tuple(value / length for value in made)


def test_over_the_service_the_whole_table_is_asked_and_nine_of_ten_are_found(tmp_path: Path) -> None:
    """Also with vectors that know less than the words do. What such ones invent says nothing of the real."""
    with serving(EmbeddingsService(words_as_directions)) as service:
        hybrid = HybridKnowledge.with_openai(config.load("embeddings", settings_of(service, tmp_path)))
        hybrid.prepare(MOTEL)
        assert found_by(hybrid.search, TABLE) >= 0.9 * len(TABLE)
        for question in UNANSWERABLE + HELD_OUT_UNANSWERABLE:
            answer = hybrid.search(MOTEL, question)
            assert answer is None or answer.source.startswith(f"{MOTEL}/")
        asked = [text for request in service.requests[1:] for text in request["input"]]
        assert len(asked) == len(set(asked)) > len(UNANSWERABLE)
        sure = [q for q, _ in TABLE if (a := knowledge.search(MOTEL, q)) is not None and a.score >= SURE]
        assert set(asked).isdisjoint(question.strip().lower() for question in sure)


def found_by(search: Callable[[str, str], Any], questions: Sequence[tuple[str, str]]) -> int:
    return sum((a := search(MOTEL, question)) is not None and a.topic == topic for question, topic in questions)


if KEY := os.environ.get("OPENAI_API_KEY", ""):

    @pytest.mark.live
    def test_with_a_key_callers_own_words_are_found_too(tmp_path: Path) -> None:
        hybrid = HybridKnowledge(CachedEmbedder(OpenAiEmbedder(KEY), tmp_path), start=at_once)
        hybrid.prepare(MOTEL)
        for questions in (TABLE, HELD_OUT_CALLERS, HELD_OUT_CALLERS_2, HELD_OUT_CALLERS_3):
            assert found_by(hybrid.search, questions) >= 0.9 * len(questions)
        unanswerable = UNANSWERABLE + HELD_OUT_UNANSWERABLE
        assert sum(hybrid.search(MOTEL, question) is not None for question in unanswerable) <= 0.1 * len(unanswerable)
