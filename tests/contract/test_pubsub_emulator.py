"""Both publishers and the sink against Google's own Pub/Sub emulator, read back by Google's own client.

The emulator comes with the gcloud command line and needs Java. A machine without it skips these tests; one that
calls itself CI must have it.
"""

import asyncio
import json
import os
import ssl
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import functions_framework
import google.cloud.pubsub_v1 as pubsub_v1
import pytest
from nightdesk.sinks import PubSubPublisher

from local import emulator
from relay.events import Publisher
from relay.http_client import HttpClient

ROOT = Path(__file__).parents[2]
SECRET = "service-secret"
EVENT: dict[str, Any] = json.loads((ROOT / "tests/contract/functions/event_started.json").read_text())["body"]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator on a free port; it ends with the module."""
    if why := emulator.missing("pubsub"):
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with emulator.started("pubsub", tmp_path_factory.mktemp("pubsub") / "emulator.log") as host:
        yield f"http://{host}"


class Broker:
    """A fresh project: topics and subscriptions by the official client."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.project = f"t-{uuid.uuid4().hex[:12]}"
        os.environ["PUBSUB_EMULATOR_HOST"] = origin.removeprefix("http://")
        try:
            self._topics, self._subscriptions = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        finally:
            del os.environ["PUBSUB_EMULATOR_HOST"]

    def subscribe(self, topic: str, push_to: str = "") -> str:
        name = self._topics.topic_path(self.project, topic)
        self._topics.create_topic(name=name)
        subscription: str = self._subscriptions.subscription_path(self.project, f"{topic}-sub")
        request: dict[str, Any] = {"name": subscription, "topic": name, "enable_message_ordering": True}
        if push_to:
            request["push_config"] = {"push_endpoint": push_to}
        self._subscriptions.create_subscription(request=request)
        return subscription

    def pull(self, subscription: str, count: int) -> list[tuple[dict[str, Any], str, dict[str, str]]]:
        """Events, ordering keys and attributes in the order of delivery."""
        got: list[tuple[dict[str, Any], str, dict[str, str]]] = []
        for _ in range(20):
            answer = self._subscriptions.pull(
                request={"subscription": subscription, "max_messages": count}, timeout=10, retry=None
            )
            for one in answer.received_messages:
                got.append((json.loads(one.message.data), one.message.ordering_key, dict(one.message.attributes)))
            ids = [one.ack_id for one in answer.received_messages]
            if ids:
                self._subscriptions.acknowledge(request={"subscription": subscription, "ack_ids": ids})
            if len(got) >= count:
                break
        return got

    def close(self) -> None:
        self._subscriptions.close()
        self._topics.transport.close()


@pytest.fixture
def broker(origin: str) -> Iterator[Broker]:
    made = Broker(origin)
    yield made
    made.close()


async def test_the_relays_events_arrive_in_order_under_their_session(broker: Broker) -> None:
    subscription = broker.subscribe("conversation-events")
    events = [EVENT | {"event_id": f"{EVENT['session_id']}-relay-1-{n}"} for n in range(1, 31)]

    async def no_authorization() -> str:
        return ""

    http = HttpClient(ssl.create_default_context)
    publisher = Publisher(http, broker.origin, broker.project, no_authorization)
    publisher.start()
    for event in events:
        publisher.publish(event)
    assert await publisher.flush(10) == 0
    await http.aclose()
    got = await asyncio.to_thread(broker.pull, subscription, len(events))
    assert [event for event, _, _ in got] == events
    assert {key for _, key, _ in got} == {events[0]["session_id"]}
    assert {attributes["event_type"] for _, _, attributes in got} == {"conversation.started"}


def test_what_functions_publish_is_pushed_as_the_sink_expects_it(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[bytes] = []
    arrived = threading.Event()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            pushed.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        broker.subscribe("conversation-events", push_to=f"http://127.0.0.1:{server.server_address[1]}/")
        PubSubPublisher(broker.origin, broker.project, "none").publish(EVENT)
        assert arrived.wait(20)
        server.shutdown()

    settings = {
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": SECRET,
        "STORE": "sqlite",
        "SQLITE_PATH": str(tmp_path / "nightdesk.sqlite3"),
        "PUBSUB_PROJECT": broker.project,
        "PUBSUB_AUTH": "none",
        "PUBSUB_ORIGIN": broker.origin,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FUNCTION_TARGET", "event_sink")
    app = functions_framework.create_app("event_sink", str(ROOT / "functions/main.py"))  # type: ignore[no-untyped-call]
    answer = app.test_client().post(
        "/", data=pushed[0], headers={"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
    )
    assert answer.status_code == 204
