"""A stand-in for Pub/Sub: its REST publish on one side, its push delivery on the other.

It decides when a message is delivered and again delivered; it refuses what the service refuses, and knows nothing of
what the events mean. Not modelled: pull, filters, dead letters, and the service's default pace of redelivery, which is
ten times slower. Source: Pub/Sub REST reference, `projects.topics.publish` and "Push subscriptions".
"""

import asyncio
import base64
import binascii
import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import aiohttp
from aiohttp import web

TOPICS = ("conversation-events", "function-calls", "analytics-events")
DELAY_S = 0.15
MAX_REQUEST_BYTES = 10_000_000
MAX_MESSAGES = 1000
MAX_PENDING = 20_000
_PUSH_TIMEOUT_S = 10.0
_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 5.0
_ACKS = (102, 200, 201, 202, 204)

Listener = Callable[[str, dict[str, Any]], None]
"""Called with the topic and the decoded event at the moment of publishing, before any delay."""


@dataclass
class Delivery:
    """How messages with one ordering key travel. `twice`: every message is delivered again, as the service may."""

    delay_s: float = DELAY_S
    twice: bool = False


@dataclass
class _Message:
    topic: str
    message_id: str
    data: str
    attributes: dict[str, str]
    ordering_key: str
    due: float
    deliveries: int = 1


@dataclass
class Counts:
    published: int = 0
    delivered: int = 0
    refused_by_subscriber: int = 0
    refused_at_publish: int = 0


@dataclass
class _Lane:
    """The messages of one ordering key, delivered one at a time."""

    messages: deque[_Message] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class PubSub:
    """`await start()`, then publish to `http://127.0.0.1:{port}`; each topic has one push subscription, `push_url`."""

    def __init__(self, *, project: str, push_url: str, push_secret: str, log: Path, port: int = 0) -> None:
        self.port = port
        self.counts = Counts()
        self.listeners: list[Listener] = []
        self.delivery: dict[str, Delivery] = {}
        """Deliveries that differ from the ordinary, by ordering key."""
        self._project = project
        self._push_url = push_url
        self._headers = {"Authorization": f"Bearer {push_secret}"}
        self._log_path = log
        self._log: TextIO | None = None
        self._lanes: dict[str, _Lane] = {}
        self._pending = 0
        self._next_id = 1
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_get("/health", self._health)
        app.router.add_post(r"/v1/projects/{project}/topics/{topic:[^/:]+}:publish", self._publish)
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log = self._log_path.open("a", encoding="utf-8", buffering=1)
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_PUSH_TIMEOUT_S))
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stops at once; what was not delivered is lost with the run."""
        if self._runner:
            await self._runner.cleanup()
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._http:
            await self._http.close()
        if self._log:
            self._log.close()

    async def drained_for(self, key: str, timeout_s: float) -> bool:
        """True as soon as nothing with this ordering key waits for delivery, False after `timeout_s`."""
        lane = self._lanes.get(key)
        if lane is not None and lane.task is not None:
            await asyncio.wait({lane.task}, timeout=timeout_s)
        return key not in self._lanes

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True, "pending": self._pending, **vars(self.counts)})

    async def _publish(self, request: web.Request) -> web.Response:
        topic, project = request.match_info["topic"], request.match_info["project"]
        try:
            if project != self._project or topic not in TOPICS:
                raise _Refusal(404, "NOT_FOUND", f"Resource not found (resource={topic}).")
            messages = _checked(await self._body(request))
            if self._pending + len(messages) > MAX_PENDING:
                raise _Refusal(429, "RESOURCE_EXHAUSTED", "Too many messages wait for delivery.")
        except _Refusal as refusal:
            self.counts.refused_at_publish += 1
            return web.json_response({"error": refusal.body}, status=refusal.status)
        return web.json_response({"messageIds": [self._take(topic, message) for message in messages]})

    async def _body(self, request: web.Request) -> Any:
        try:
            return await request.json()
        except web.HTTPRequestEntityTooLarge:
            raise _Refusal(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 10000000 bytes.") from None
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise _Refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.") from None

    def _take(self, topic: str, message: Mapping[str, Any]) -> str:
        key = message.get("orderingKey", "")
        delivery = self.delivery.get(key, Delivery())
        accepted = _Message(
            topic=topic,
            message_id=str(self._next_id),
            data=message.get("data", ""),
            attributes=dict(message.get("attributes", {})),
            ordering_key=key,
            due=time.monotonic() + delivery.delay_s,
            deliveries=2 if delivery.twice else 1,
        )
        self._next_id += 1
        self.counts.published += 1
        self._tell(topic, accepted)
        self._pending += 1
        # Without a key there is no order: each message is a lane of its own.
        lane = self._lanes.setdefault(key or f"\0{accepted.message_id}", _Lane())
        lane.messages.append(accepted)
        if lane.task is None:
            lane.task = asyncio.create_task(self._deliver(key or f"\0{accepted.message_id}", lane))
        return accepted.message_id

    def _tell(self, topic: str, message: _Message) -> None:
        with contextlib.suppress(ValueError):
            event = json.loads(base64.b64decode(message.data))
            assert self._log is not None
            print(json.dumps({"topic": topic, "at": datetime.now(UTC).isoformat(), "event": event}), file=self._log)
            if isinstance(event, dict):
                for listener in list(self.listeners):
                    listener(topic, event)

    async def _deliver(self, key: str, lane: _Lane) -> None:
        """Deliver one lane in order. A message that is refused holds up those behind it, as an ordering key does."""
        retry_s = _FIRST_RETRY_S
        while lane.messages:
            message = lane.messages[0]
            await asyncio.sleep(max(0.0, message.due - time.monotonic()))
            if await self._push(message):
                retry_s = _FIRST_RETRY_S
                message.deliveries -= 1
                if message.deliveries == 0:
                    lane.messages.popleft()
                    self._pending -= 1
                    self.counts.delivered += 1
            else:
                self.counts.refused_by_subscriber += 1
                await asyncio.sleep(retry_s)
                retry_s = min(_LAST_RETRY_S, retry_s * 2)
        self._lanes.pop(key, None)

    async def _push(self, message: _Message) -> bool:
        assert self._http is not None
        envelope = {
            "message": {
                "data": message.data,
                "attributes": message.attributes,
                "messageId": message.message_id,
                "message_id": message.message_id,
                "publishTime": datetime.now(UTC).isoformat(),
                **({"orderingKey": message.ordering_key} if message.ordering_key else {}),
            },
            "subscription": f"projects/{self._project}/subscriptions/{message.topic}-event-sink",
        }
        try:
            async with self._http.post(self._push_url, json=envelope, headers=self._headers) as answer:
                return answer.status in _ACKS
        except (aiohttp.ClientError, TimeoutError):
            return False


class _Refusal(Exception):
    """An answer in the shape of Google's APIs."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": status, "message": message, "status": code}


def _checked(body: Any) -> list[dict[str, Any]]:
    """The messages of a publish request, or a _Refusal in the service's manner."""
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages:
        raise _invalid("The value for message_count is too small. You passed 0 in the request, but the minimum is 1.")
    if len(messages) > MAX_MESSAGES:
        raise _invalid(f"You passed {len(messages)} messages in the request, but the maximum is {MAX_MESSAGES}.")
    for message in messages:
        if not isinstance(message, dict):
            raise _invalid("A message must be an object.")
        _check_message(message)
    return messages


def _check_message(message: Mapping[str, Any]) -> None:
    if unknown := message.keys() - {"data", "attributes", "orderingKey", "messageId", "publishTime"}:
        raise _invalid(f'Invalid JSON payload received. Unknown name "{min(unknown)}" at "messages".')
    data, attributes, key = message.get("data", ""), message.get("attributes", {}), message.get("orderingKey", "")
    if not isinstance(data, str) or not _is_base64(data):
        raise _invalid("Invalid value at 'messages.data' (TYPE_BYTES), Base64 decoding failed.")
    if not isinstance(attributes, dict) or not all(isinstance(v, str) and len(v) <= 1024 for v in attributes.values()):
        raise _invalid("Attribute values must be strings of at most 1024 bytes.")
    if len(attributes) > 100 or not all(0 < len(name) <= 256 and not name.startswith("goog") for name in attributes):
        raise _invalid("A message has at most 100 attributes; names have 1 to 256 bytes and do not begin with goog.")
    if not isinstance(key, str) or len(key.encode()) > 1024:
        raise _invalid("The ordering key must be a string of at most 1024 bytes.")
    if not data and not attributes:
        raise _invalid("Some messages are empty: a message needs data or at least one attribute.")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _invalid(message: str) -> _Refusal:
    return _Refusal(400, "INVALID_ARGUMENT", message)
