"""The Pub/Sub publisher against its REST contract, over a transport without a network."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from nightdesk.errors import PublishError
from nightdesk.sinks import PubSubPublisher

from .conftest import SESSION_ID

EVENT = {"event_id": f"{SESSION_ID}-ended", "event_type": "conversation.ended", "session_id": SESSION_ID, "text": "é"}


def publisher(handler: Callable[[httpx.Request], httpx.Response], auth: str = "none") -> PubSubPublisher:
    return PubSubPublisher("https://pubsub.example.com", "motel", auth, httpx.MockTransport(handler))


def test_a_message_carries_event_key_and_type() -> None:
    seen: list[httpx.Request] = []

    def broker(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"messageIds": ["1"]})

    publisher(broker).publish(EVENT)
    [request] = seen
    assert str(request.url) == "https://pubsub.example.com/v1/projects/motel/topics/conversation-events:publish"
    [message] = json.loads(request.content)["messages"]
    assert json.loads(base64.b64decode(message["data"])) == EVENT
    assert (message["orderingKey"], message["attributes"]) == (SESSION_ID, {"event_type": "conversation.ended"})
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("event_type", "topic"),
    [
        ("conversation.function_call", "function-calls"),
        ("conversation.started", "conversation-events"),
        ("call.completed", "analytics-events"),
        ("anything.else", "analytics-events"),
    ],
)
def test_every_event_has_its_topic(event_type: str, topic: str) -> None:
    seen: list[str] = []

    def broker(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.path)
        return httpx.Response(200, json={})

    publisher(broker).publish({**EVENT, "event_type": event_type})
    assert seen == [f"/v1/projects/motel/topics/{topic}:publish"]


def test_google_is_shown_the_functions_own_token_fetched_once() -> None:
    seen: list[Any] = []

    def google(request: httpx.Request) -> httpx.Response:
        if request.url.host == "metadata.google.internal":
            seen.append(request.headers["Metadata-Flavor"])
            return httpx.Response(200, json={"access_token": "t0k3n", "expires_in": 3599})
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={})

    sink = publisher(google, auth="google")
    sink.publish(EVENT)
    sink.publish(EVENT)
    assert seen == ["Google", "Bearer t0k3n", "Bearer t0k3n"]


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_broker_that_refuses_is_an_error_of_ours(status: int) -> None:
    with pytest.raises(PublishError, match=r"conversation\.ended"):
        publisher(lambda _: httpx.Response(status)).publish(EVENT)


def test_a_broker_that_cannot_be_reached_is_an_error_of_ours() -> None:
    def nobody(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(PublishError):
        publisher(nobody).publish(EVENT)
