import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from local.pubsub import Delivery, PubSub

TOPIC = "/v1/projects/demo/topics/conversation-events:publish"


class Subscriber:
    """Takes pushes; answers with the next of `answers`, then 204."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.pushes: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.url = ""
        self._arrived = asyncio.Condition()

    async def receive(self, request: web.Request) -> web.Response:
        self.pushes.append(await request.json())
        self.authorizations.append(request.headers.get("Authorization", ""))
        async with self._arrived:
            self._arrived.notify_all()
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    @property
    def events(self) -> list[Any]:
        return [json.loads(base64.b64decode(push["message"]["data"])) for push in self.pushes]

    async def has(self, count: int) -> None:
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.pushes) >= count)


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    it = Subscriber()
    app = web.Application()
    app.router.add_post("/", it.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield it
    await runner.cleanup()


@pytest.fixture
async def pubsub(subscriber: Subscriber, tmp_path: Path) -> AsyncIterator[PubSub]:
    it = PubSub(project="demo", push_url=subscriber.url, push_secret="s3cret", log=tmp_path / "events.jsonl")
    await it.start()
    yield it
    await it.stop()


async def publish(pubsub: PubSub, body: Any, path: str = TOPIC) -> httpx.Response:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{pubsub.port}") as client:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await client.post(path, content=content, headers={"Content-Type": "application/json"})


def message(event: Any, key: str = "sess_1") -> dict[str, Any]:
    data = base64.b64encode(json.dumps(event).encode()).decode()
    return {"data": data, "orderingKey": key, "attributes": {"event_type": "x.y"}}


async def test_a_published_event_is_pushed_in_the_envelope_of_the_service(
    pubsub: PubSub, subscriber: Subscriber
) -> None:
    answer = await publish(pubsub, {"messages": [message({"n": 1})]})
    assert answer.status_code == 200
    await subscriber.has(1)
    push = subscriber.pushes[0]
    assert subscriber.events == [{"n": 1}]
    assert push["message"]["messageId"] == answer.json()["messageIds"][0]
    assert push["message"]["orderingKey"] == "sess_1"
    assert push["message"]["attributes"] == {"event_type": "x.y"}
    assert push["subscription"] == "projects/demo/subscriptions/conversation-events-event-sink"
    assert subscriber.authorizations == ["Bearer s3cret"]


async def test_a_refused_event_is_delivered_again_before_those_behind_it(
    pubsub: PubSub, subscriber: Subscriber
) -> None:
    subscriber.answers = [500, 403]
    await publish(pubsub, {"messages": [message(n) for n in (1, 2, 3)]})
    await subscriber.has(5)
    assert subscriber.events == [1, 1, 1, 2, 3]


async def test_a_refused_event_does_not_hold_up_other_keys(pubsub: PubSub, subscriber: Subscriber) -> None:
    subscriber.answers = [500]
    await publish(pubsub, {"messages": [message("first", "a"), message("other", "b")]})
    await subscriber.has(3)
    assert subscriber.events.index("other") < len(subscriber.events) - 1


async def test_a_key_can_be_delivered_twice_and_in_order(pubsub: PubSub, subscriber: Subscriber) -> None:
    pubsub.delivery["sess_1"] = Delivery(delay_s=0.0, twice=True)
    await publish(pubsub, {"messages": [message(n) for n in (1, 2)]})
    await subscriber.has(4)
    assert subscriber.events == [1, 1, 2, 2]
    assert await pubsub.drained_for("sess_1", 5)


async def test_a_listener_hears_of_an_event_before_it_is_delivered(pubsub: PubSub, subscriber: Subscriber) -> None:
    pubsub.delivery["sess_1"] = Delivery(delay_s=30.0)
    heard: list[Any] = []
    pubsub.listeners.append(lambda topic, event: heard.append((topic, event)))
    await publish(pubsub, {"messages": [message({"n": 1})]})
    assert heard == [("conversation-events", {"n": 1})]
    assert subscriber.pushes == []
    assert not await pubsub.drained_for("sess_1", 0.05)


async def test_every_event_is_written_to_the_log(pubsub: PubSub, tmp_path: Path) -> None:
    await publish(pubsub, {"messages": [message({"n": 1}), message({"n": 2})]})
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "Invalid JSON"),
        ({}, "message_count"),
        ({"messages": []}, "message_count"),
        ({"messages": ["x"]}, "must be an object"),
        ({"messages": [{"data": "not base64!"}]}, "Base64"),
        ({"messages": [{"data": ""}]}, "empty"),
        ({"messages": [{"data": "eA==", "colour": 1}]}, 'Unknown name "colour"'),
        ({"messages": [{"data": "eA==", "attributes": {"n": 1}}]}, "Attribute values"),
        ({"messages": [{"data": "eA==", "attributes": {"goog": "x"}}]}, "goog"),
        ({"messages": [{"data": "eA==", "orderingKey": "k" * 1025}]}, "ordering key"),
        ({"messages": [{"data": "eA=="}] * 1001}, "1001 messages"),
        (b" " * 10_000_001, "10000000 bytes"),
    ],
)
async def test_what_the_service_refuses_is_refused(
    pubsub: PubSub, subscriber: Subscriber, body: Any, words: str
) -> None:
    answer = await publish(pubsub, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert words in answer.json()["error"]["message"]
    assert pubsub.counts.published == 0


@pytest.mark.parametrize(
    "path", ["/v1/projects/demo/topics/other:publish", "/v1/projects/else/topics/analytics-events:publish"]
)
async def test_a_topic_that_does_not_exist_is_not_found(pubsub: PubSub, path: str) -> None:
    answer = await publish(pubsub, {"messages": [message(1)]}, path)
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
