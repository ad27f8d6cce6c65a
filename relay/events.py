"""What happened in a call, published to Pub/Sub over REST. Audio never waits for it, and nothing is lost in silence.

A bounded queue; order is kept per session and topic, by one request in flight for each; a failed request is
repeated with a growing pause. Ids are deterministic, so a redelivery changes nothing. What is left when the process
must stop is counted and logged.
Source: Pub/Sub REST, `projects.topics.publish`: all messages of one request must carry the same ordering key.
"""

from __future__ import annotations

import asyncio
import base64
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from relay import log
from relay.errors import RelayError
from relay.messages import Publish, Session

QUEUE_LIMIT = 10_000
BATCH = 100
WORKERS = 8
REQUEST_TIMEOUT_S = 5.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

_Lane = tuple[str, str]  # topic, session_id


def topic_of(event_type: str) -> str:
    if event_type == "conversation.function_call":
        return "function-calls"
    return "conversation-events" if event_type.startswith("conversation.") else "analytics-events"


def envelope(session: Session, event: Publish, at: datetime) -> dict[str, Any]:
    """The event as it travels. `at` is aware; the id is `{session_id}-relay-{attempt}-{n}`."""
    return {
        "v": 1,
        "event_id": f"{session.session_id}-relay-{session.attempt}-{event.n}",
        "event_type": event.event_type,
        "session_id": session.session_id,
        "channel": session.channel,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "property_id": session.property_id,
        "attempt": session.attempt,
        **event.fields,
    }


class Publisher:
    """Start with `start`, stop with `flush`. `authorization` gives the header, or "" where none is needed."""

    def __init__(
        self, http: httpx.AsyncClient, origin: str, project: str, authorization: Callable[[], Awaitable[str]]
    ) -> None:
        self._http = http
        self._topics = f"{origin}/v1/projects/{project}/topics"
        self._authorization = authorization
        self._lanes: dict[_Lane, deque[bytes]] = {}
        self._ready: asyncio.Queue[_Lane] = asyncio.Queue()
        self._queued = 0
        self._failures: dict[_Lane, int] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._pauses: set[asyncio.TimerHandle] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.dropped = 0

    def start(self) -> None:
        self._workers = [asyncio.create_task(self._work(), name=f"publish-{n}") for n in range(WORKERS)]

    def publish(self, event: Mapping[str, Any]) -> None:
        """Queue one event; returns at once. When the queue is full the event is dropped, counted and logged."""
        if self._queued >= QUEUE_LIMIT:
            self._drop(1, "queue full", str(event["session_id"]))
            return
        message = orjson.dumps(
            {
                "data": base64.b64encode(orjson.dumps(event)).decode(),
                "orderingKey": event["session_id"],
                "attributes": {"event_type": event["event_type"]},
            }
        )
        key = topic_of(str(event["event_type"])), str(event["session_id"])
        self._queued += 1
        self._empty.clear()
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes[key] = deque([message])
            self._ready.put_nowait(key)
        else:
            lane.append(message)

    async def flush(self, deadline_s: float) -> int:
        """Wait until everything is out, `deadline_s` at most, then stop. Returns how many events could not be sent."""
        try:
            async with asyncio.timeout(deadline_s):
                await self._empty.wait()
        except TimeoutError:
            pass
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        for pause in self._pauses:
            pause.cancel()
        left, self._queued = self._queued, 0
        if left:
            self._drop(left, "not sent in time", "")
        self._lanes.clear()
        return left

    async def _work(self) -> None:
        while True:
            key = await self._ready.get()
            lane = self._lanes[key]
            batch = list(lane)[:BATCH]
            retry = await self._send(key, batch)
            if retry:
                self._pause(key)
                continue
            self._failures.pop(key, None)
            for _ in batch:
                lane.popleft()
            self._queued -= len(batch)
            if lane:
                self._ready.put_nowait(key)
            else:
                del self._lanes[key]
            if not self._queued:
                self._empty.set()

    async def _send(self, key: _Lane, batch: list[bytes]) -> bool:
        """Publish one batch. Returns whether to try again; a request that can never succeed is dropped and counted."""
        topic, session_id = key
        content = b'{"messages":[' + b",".join(batch) + b"]}"
        try:
            headers = {"Content-Type": "application/json"}
            if authorization := await self._authorization():
                headers["Authorization"] = authorization
            response = await self._http.post(
                f"{self._topics}/{topic}:publish", content=content, headers=headers, timeout=REQUEST_TIMEOUT_S
            )
        except (httpx.TransportError, RelayError) as problem:
            log.warn("! events not published", topic=topic, session_id=session_id, problem=type(problem).__name__)
            return True
        if response.is_success:
            return False
        log.warn("! events not published", topic=topic, session_id=session_id, problem=response.status_code)
        if response.status_code == 400:
            self._drop(len(batch), "refused", session_id)
            return False
        return True

    def _pause(self, key: _Lane) -> None:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        pause_s = min(FIRST_PAUSE_S * 2 ** min(failures - 1, 10), LONGEST_PAUSE_S) * random.uniform(0.5, 1)

        def resume() -> None:
            self._pauses.discard(handle)
            self._ready.put_nowait(key)

        handle = asyncio.get_running_loop().call_later(pause_s, resume)
        self._pauses.add(handle)

    def _drop(self, count: int, why: str, session_id: str) -> None:
        self.dropped += count
        log.warn("! events lost", count=count, why=why, session_id=session_id)
