"""Events on their way to Pub/Sub: shape, order per session, repeats, and nothing lost in silence."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import jsonschema
import pytest

from relay import events
from relay.caller import Stop
from relay.errors import TokensUnavailable
from relay.events import Publisher, envelope, topic_of
from relay.functions import Session
from relay.messages import Finish, Publish
from tests.relay import golden
from tests.relay.house import until
from tests.relay.mock_http import MockHttp
from tests.relay.stage import Stage

SESSION_ID = "sess_dwwvcqlv5huuipgg3u474f77jl"


def a_session() -> Session:
    return Session(SESSION_ID, "west-bethel-motel", 1, {}, "Say hello.", metadata=METADATA)


METADATA = golden.answer("session_answer")[1]["metadata"]


def event(n: int, session_id: str = SESSION_ID, event_type: str = "conversation.message") -> dict[str, Any]:
    return {"event_id": f"{session_id}-relay-1-{n}", "event_type": event_type, "session_id": session_id}


class PubSub:
    def __init__(self) -> None:
        self.got: list[tuple[str, str, int]] = []  # topic, session, number
        self.requests: list[httpx.Request] = []
        self.fail: Callable[[httpx.Request], int] = lambda request: 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (status := self.fail(request)) != 200:
            return httpx.Response(status)
        messages = json.loads(request.content)["messages"]
        assert len({message["orderingKey"] for message in messages}) == 1
        for message in messages:
            data = json.loads(base64.b64decode(message["data"]))
            assert message["attributes"] == {"event_type": data["event_type"]}
            topic = request.url.path.rpartition("/")[2].removesuffix(":publish")
            self.got.append((topic, message["orderingKey"], int(data["event_id"].rpartition("-")[2])))
        return httpx.Response(200, json={"messageIds": ["1"] * len(messages)})


@asynccontextmanager
async def publisher(pubsub: PubSub) -> AsyncIterator[Publisher]:
    async def no_authorization() -> str:
        return ""

    running = Publisher(MockHttp(pubsub), "http://pubsub.test", "hotel", no_authorization)
    running.start()
    yield running
    await running.flush(1)


@pytest.mark.parametrize(
    ("event_type", "topic"),
    [
        ("conversation.started", "conversation-events"),
        ("conversation.message", "conversation-events"),
        ("conversation.function_call", "function-calls"),
        ("stream.ended", "analytics-events"),
        ("engine.switched", "analytics-events"),
        ("engine.failed", "analytics-events"),
    ],
)
def test_each_event_has_its_topic(event_type: str, topic: str) -> None:
    assert topic_of(event_type) == topic


def test_the_envelope_is_the_golden_one() -> None:
    expected = golden.body("functions", "event_started")
    fields = {"metadata": expected["metadata"]}
    at = datetime(2026, 11, 20, 20, 15, 0, 900_000, UTC)
    assert envelope(a_session(), Publish("conversation.started", 1, fields), at) == expected


def test_every_event_of_a_call_obeys_the_schema() -> None:
    schema = json.loads((golden.CONTRACT.parent.parent / "functions/contracts/event.json").read_text())
    validator = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/event"})
    stage = Stage().talking(session_id=SESSION_ID, metadata=METADATA)
    stage.caller_says("A room")
    stage.calls_tool("check", response="r1")
    stage.agent_says("One moment.", response="r2", item="i2", ms=100)
    stage.wait(13_000)
    stage.receive(Stop(), Finish())
    published = stage.all_of(Publish)
    assert {event.event_type for event in published} >= {"conversation.function_call", "tool.failed", "stream.ended"}
    for each in published:
        validator.validate(envelope(a_session(), each, datetime.now(UTC)))


async def test_order_is_kept_per_session_and_topic_though_requests_fail() -> None:
    pubsub = PubSub()
    pubsub.fail = lambda request: 503 if len(pubsub.requests) in (1, 2, 5) else 200
    async with publisher(pubsub) as running:
        for n in range(30):
            running.publish(event(n, f"sess_{n % 3}"))
        await until(lambda: len(pubsub.got) == 30)
        assert running._lanes == {}
    for key in range(3):
        assert [n for _, session_id, n in pubsub.got if session_id == f"sess_{key}"] == list(range(key, 30, 3))


async def test_what_cannot_be_sent_by_the_deadline_is_counted() -> None:
    pubsub = PubSub()
    pubsub.fail = lambda request: 500
    async with publisher(pubsub) as running:
        running.publish(event(1))
        running.publish(event(2))
        assert await running.flush(0.3) == 2
        assert running.dropped == 2


async def test_a_request_that_can_never_succeed_does_not_block_its_session() -> None:
    pubsub = PubSub()
    pubsub.fail = lambda request: 400 if len(pubsub.requests) == 1 else 200
    async with publisher(pubsub) as running:
        running.publish(event(1))
        await until(lambda: running.dropped == 1)
        running.publish(event(2))
        await until(lambda: len(pubsub.got) == 1)


async def test_a_full_queue_drops_and_counts_instead_of_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "QUEUE_LIMIT", 3)
    async with publisher(PubSub()) as running:
        for n in range(5):
            running.publish(event(n))
        assert running.dropped == 2


async def test_a_bug_of_ours_costs_one_batch_and_neither_its_session_nor_the_end() -> None:
    tokens: list[Exception | str] = [TokensUnavailable("503"), RuntimeError("a bug"), ""]

    async def authorization() -> str:
        token = tokens.pop(0) if len(tokens) > 1 else tokens[0]
        if isinstance(token, Exception):
            raise token
        return token

    pubsub = PubSub()
    running = Publisher(MockHttp(pubsub), "http://pubsub.test", "hotel", authorization)
    running.start()
    running.publish(event(1))
    await until(lambda: running.dropped == 1)
    assert running._failures == {}, "nothing of it is left"
    running.publish(event(2))
    await until(lambda: pubsub.got == [("conversation-events", SESSION_ID, 2)])
    assert await running.flush(1) == 0


async def test_what_was_sent_makes_room_for_what_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "QUEUE_LIMIT", 2)
    monkeypatch.setattr(events, "QUEUE_LIMIT_BYTES", 1000)
    pubsub = PubSub()
    async with publisher(pubsub) as running:
        for n in range(20):
            running.publish(event(n))
            await until(lambda: running.queued == 0)
    assert (len(pubsub.got), running.dropped) == (20, 0)


async def test_a_session_of_which_an_event_was_refused_goes_on_like_any_other() -> None:
    pubsub = PubSub()
    pubsub.fail = lambda request: 400 if len(pubsub.requests) <= 2 else 200  # the batch, then the first of it
    async with publisher(pubsub) as running:
        for n in range(3):
            running.publish(event(n))
        await until(lambda: running.queued == 0)
        assert ([n for _, _, n in pubsub.got], running.dropped) == ([1, 2], 1)
        before = len(pubsub.requests)
        for n in range(3, 6):
            running.publish(event(n))
        await until(lambda: running.queued == 0)
        assert len(pubsub.requests) == before + 1, "in one request again"


async def test_more_bugs_than_workers_leave_somebody_to_send_the_rest() -> None:
    bugs = [RuntimeError("a bug")] * (events.WORKERS + 1)

    async def authorization() -> str:
        if bugs:
            raise bugs.pop()
        return ""

    pubsub = PubSub()
    running = Publisher(MockHttp(pubsub), "http://pubsub.test", "hotel", authorization)
    running.start()
    for n in range(events.WORKERS + 1):
        running.publish(event(n))
        await until(lambda dropped=n + 1: running.dropped == dropped)  # type: ignore[misc]
    running.publish(event(99))
    await until(lambda: [n for _, _, n in pubsub.got] == [99])
    assert await running.flush(1) == 0


async def test_at_the_end_what_pauses_after_failures_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "FIRST_PAUSE_S", 60.0)
    monkeypatch.setattr(events, "LONGEST_PAUSE_S", 60.0)
    pubsub = PubSub()
    pubsub.fail = lambda request: 503 if len(pubsub.requests) == 1 else 200
    async with publisher(pubsub) as running:
        running.publish(event(1))
        await until(lambda: running.failures == 1)
        assert await running.flush(1) == 0
        assert len(pubsub.got) == 1
