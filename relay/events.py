"""What happened in a call, published to Pub/Sub over REST. Audio never waits for it, and nothing is lost in silence.

A queue bounded in number and size; order is kept per session and topic, by one request in flight for each; a failed
request is repeated with a growing pause. Ids are deterministic, so a redelivery changes nothing. What is refused, does
not fit, or is left when the process must stop is counted and logged.
Source: Pub/Sub REST, `projects.topics.publish`: all messages of one request must carry the same ordering key.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from itertools import islice
from typing import Any

import orjson

from relay import log
from relay.errors import RelayError
from relay.functions import Session
from relay.http_client import Http
from relay.messages import Publish

QUEUE_LIMIT = 10_000
QUEUE_LIMIT_BYTES = 32 << 20
BATCH = 100
WORKERS = 8
REQUEST_TIMEOUT_S = 5.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0

_Lane = tuple[str, str]  # topic, session_id


class _Sent(Enum):
    YES = auto()
    NOT_NOW = auto()
    NEVER = auto()


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
    """Start with `start`, stop with `flush`. `authorization` gives the header, or "" where none is needed.

    A lane is what must stay in order: one session's events of one topic. Of each lane one request is under way.
    """

    def __init__(self, http: Http, origin: str, project: str, authorization: Callable[[], Awaitable[str]]) -> None:
        self._http = http
        self._topics = f"{origin}/v1/projects/{project}/topics"
        self._authorization = authorization
        self._lanes: dict[_Lane, deque[bytes]] = {}
        self._ready: asyncio.Queue[_Lane] = asyncio.Queue()
        self._failures: dict[_Lane, int] = {}  # in a row
        self._one_by_one: set[_Lane] = set()  # something in their next batch was refused
        self._workers: set[asyncio.Task[None]] = set()
        self._pauses: dict[_Lane, asyncio.TimerHandle] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self._is_closed = False
        self.queued = 0
        self.queued_bytes = 0
        self.published = 0
        self.dropped = 0
        self.failures = 0

    def start(self) -> None:
        for _ in range(WORKERS):
            self._start_worker()

    def _start_worker(self) -> None:
        worker = asyncio.create_task(self._work(), name="publish")
        self._workers.add(worker)
        worker.add_done_callback(self._on_worker_done)

    def _on_worker_done(self, worker: asyncio.Task[None]) -> None:
        """They end when they are cancelled; anything else is a bug of ours, which costs one batch and not the rest."""
        self._workers.discard(worker)
        if not worker.cancelled() and (bug := worker.exception()) is not None:
            log.logger.error("! bug", exc_info=bug)
            self._start_worker()

    def figures(self) -> dict[str, int]:
        return {
            "queued": self.queued,
            "published": self.published,
            "dropped": self.dropped,
            "failures": self.failures,
        }

    def publish(self, event: Mapping[str, Any]) -> None:
        """Queue one event; returns at once. When the queue is full the event is dropped, counted and logged."""
        session_id = str(event["session_id"])
        message = orjson.dumps(
            {
                "data": base64.b64encode(orjson.dumps(event)).decode(),
                "orderingKey": session_id,
                "attributes": {"event_type": event["event_type"]},
            }
        )
        if self._is_closed or self.queued >= QUEUE_LIMIT or self.queued_bytes + len(message) > QUEUE_LIMIT_BYTES:
            self._drop(1, "too late" if self._is_closed else "queue full", session_id)
            return
        key = topic_of(str(event["event_type"])), session_id
        self.queued += 1
        self.queued_bytes += len(message)
        self._empty.clear()
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes[key] = deque([message])
            self._ready.put_nowait(key)
        else:
            lane.append(message)

    async def flush(self, deadline_s: float) -> int:
        """Wait until everything is out, `deadline_s` at most, then stop. Returns how many events could not be sent.

        What pauses after a failure is tried at once: it may be able to leave by now.
        """
        for key in list(self._pauses):
            self._resume(key)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), deadline_s)
        self._is_closed = True
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for pause in self._pauses.values():
            pause.cancel()
        for (_, session_id), lane in self._lanes.items():
            self._drop(len(lane), "not sent in time", session_id)
        left = self.queued
        self._lanes.clear()
        self.queued = self.queued_bytes = 0
        return left

    async def _work(self) -> None:
        while True:
            key = await self._ready.get()
            lane = self._lanes[key]
            batch = list(islice(lane, 1 if key in self._one_by_one else BATCH))
            try:
                sent = await self._send(key, batch)
            except Exception:  # ours: its lane goes on with another worker, which takes this one's place
                self._drop(len(batch), "bug", key[1])
                self._done_with(key, lane, batch)
                raise
            match sent:
                case _Sent.NOT_NOW:
                    self._pause(key)
                    continue
                case _Sent.NEVER if len(batch) > 1:  # which of them it was shows when they are sent one by one
                    self._one_by_one.add(key)
                    self._ready.put_nowait(key)
                    continue
                case _Sent.NEVER:
                    self._drop(1, "refused", key[1])
                case _Sent.YES:
                    self.published += len(batch)
            self._done_with(key, lane, batch)

    def _done_with(self, key: _Lane, lane: deque[bytes], batch: list[bytes]) -> None:
        self._failures.pop(key, None)
        for _ in batch:
            lane.popleft()
        self.queued -= len(batch)
        self.queued_bytes -= sum(map(len, batch))
        if lane:
            self._ready.put_nowait(key)
        else:
            del self._lanes[key]
            self._one_by_one.discard(key)
        if not self.queued:
            self._empty.set()

    async def _send(self, key: _Lane, batch: list[bytes]) -> _Sent:
        """Publish one batch, whole or not at all."""
        topic, _ = key
        content = b'{"messages":[' + b",".join(batch) + b"]}"
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                headers = {"Content-Type": "application/json"}
                if authorization := await self._authorization():
                    headers["Authorization"] = authorization
                url = f"{self._topics}/{topic}:publish"
                response = await self._http.request(
                    "POST", url, content=content, headers=headers, timeout_s=REQUEST_TIMEOUT_S
                )
        except (TimeoutError, RelayError) as trouble:
            return self._failed(key, str(trouble) or "no answer in time")
        if response.is_success:
            return _Sent.YES
        if response.status_code in (400, 413):  # the messages themselves; no repetition will make them better
            log.warn("! events refused", topic=topic, session_id=key[1], status=response.status_code)
            return _Sent.NEVER
        return self._failed(key, str(response.status_code))

    def _failed(self, key: _Lane, problem: str) -> _Sent:
        """Logged at the 1st, 2nd, 4th, 8th ... failure in a row: a sink that stays dead is no news."""
        self.failures += 1
        before = self._failures.get(key, 0)
        self._failures[key] = before + 1
        if before & (before + 1) == 0:
            log.warn("! events not published", topic=key[0], session_id=key[1], problem=problem, failures=before + 1)
        return _Sent.NOT_NOW

    def _pause(self, key: _Lane) -> None:
        pause_s = min(FIRST_PAUSE_S * 2 ** min(self._failures[key] - 1, 10), LONGEST_PAUSE_S) * random.uniform(0.5, 1)
        self._pauses[key] = asyncio.get_running_loop().call_later(pause_s, self._resume, key)

    def _resume(self, key: _Lane) -> None:
        self._pauses.pop(key).cancel()
        self._ready.put_nowait(key)

    def _drop(self, count: int, why: str, session_id: str) -> None:
        self.dropped += count
        log.warn("! events lost", count=count, why=why, session_id=session_id)
