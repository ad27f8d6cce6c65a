"""Events while their sink is slow, dead or mad: a real server, the relay's own HTTP, a call that must not notice."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from relay import app, events
from tests.relay import house
from tests.relay.fake_responses import Say
from tests.relay.house import until
from tests.relay.phone import call

REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"messageIds":[]}'


class Sink:
    """Pub/Sub's `publish`. `answers` are given in turn, the last one for ever; b"" is none: it keeps the request."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers) or [OK]
        self.got: list[dict[str, Any]] = []  # what was acknowledged, in order of arrival
        self.requests = 0
        self.refuses = -1  # the number of an event: whatever request holds it is refused
        self.pause_s = 0.0
        self.origin = ""
        self._writers: set[asyncio.StreamWriter] = set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(next(h for h in head.lower().split("\r\n") if h.startswith("content-length:"))[15:])
                messages = json.loads(await reader.readexactly(length))["messages"]
                came = [json.loads(base64.b64decode(message["data"])) for message in messages]
                self.requests += 1
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if self.refuses in map(number_of, came):
                    answer = REFUSAL
                await asyncio.sleep(self.pause_s)
                if not answer:
                    await asyncio.Event().wait()
                if answer == OK:
                    self.got += came
                writer.write(answer)
                if answer != OK:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Sink]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()

    def numbers(self, session_id: str) -> list[int]:
        return [number_of(e) for e in self.got if e["session_id"] == session_id]


def number_of(event: dict[str, Any]) -> int:
    return int(event["event_id"].rpartition("-")[2])


def event(n: int, session_id: str = "sess_1", **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"{session_id}-relay-1-{n}",
        "event_type": "conversation.message",
        "session_id": session_id,
        **more,
    }


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drain of a relay whose sink is dead takes all the time there is."""
    monkeypatch.setattr(app, "DRAIN_S", 0.5)
    monkeypatch.setattr(events, "REQUEST_TIMEOUT_S", 0.3)
    monkeypatch.setattr(events, "LONGEST_PAUSE_S", 0.2)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\ntruncated",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x00\xff\x00\xff",
    ],
    ids=["keeps it", "503", "truncated", "no length", "another protocol", "binary"],
)
async def test_everything_arrives_in_order_once_a_sick_sink_is_well(answer: bytes) -> None:
    sink = Sink(*[answer] * 5, OK)
    async with sink.running(), house.running(PUBSUB_ORIGIN=sink.origin) as home:
        publisher = home.relay.house.publisher
        for n in range(30):
            publisher.publish(event(n, f"sess_{n % 3}"))
        await until(lambda: publisher.queued == 0, timeout_s=20)
    for key in range(3):
        assert sink.numbers(f"sess_{key}") == list(range(key, 30, 3))
    assert publisher.figures() == {"queued": 0, "published": 30, "dropped": 0, "failures": publisher.failures}
    assert publisher.failures >= 3
    assert publisher._failures == {}
    assert publisher._lanes == {}


async def test_an_event_that_is_refused_takes_no_other_with_it() -> None:
    """A request is refused whole, so the one that it was for shows when they are sent one by one."""
    sink = Sink()
    sink.refuses = 2
    async with sink.running(), house.running(PUBSUB_ORIGIN=sink.origin) as home:
        publisher = home.relay.house.publisher
        for n in range(5):
            publisher.publish(event(n))
        await until(lambda: publisher.queued == 0)
    assert sink.numbers("sess_1") == [0, 1, 3, 4]
    assert (publisher.published, publisher.dropped) == (4, 1)


async def test_a_call_hears_nothing_of_a_sink_that_keeps_every_request(caplog: pytest.LogCaptureFixture) -> None:
    """Every frame comes, the turn is stored, the call ends well; the events that were left are counted and logged."""
    sink = Sink(b"")
    caplog.set_level(logging.WARNING, "relay")
    async with sink.running(), house.running(PUBSUB_ORIGIN=sink.origin) as home:
        home.engine.replies.append((Say("Good evening.", 1500),))
        async with call(home.port) as line:
            await until(lambda: len(line.played) == 12_000)
            await until(lambda: len(home.functions.turns) == 1)
            assert sink.requests >= 1
            await line.hang_up()
        await until(lambda: not home.relay.house.bridges)
        publisher = home.relay.house.publisher
        assert publisher.queued >= 3, "started, message, ended"
        waiting = publisher.queued
    assert publisher.dropped == waiting
    lost = [record for record in caplog.records if record.getMessage() == "! events lost"]
    assert sum(record.__dict__["fields"]["count"] for record in lost) == waiting
    assert {record.__dict__["fields"]["session_id"] for record in lost} == {home.functions.session["session_id"]}


async def test_a_sink_that_is_not_there_at_all_is_tried_until_it_is() -> None:
    sink = Sink()
    async with sink.running():
        pass
    async with house.running(PUBSUB_ORIGIN=sink.origin) as home:
        publisher = home.relay.house.publisher
        publisher.publish(event(1))
        await until(lambda: publisher.failures >= 3)
        assert publisher.queued == 1
        port = int(sink.origin.rpartition(":")[2])
        server = await asyncio.start_server(sink._serve, "127.0.0.1", port)
        await until(lambda: sink.numbers("sess_1") == [1])
        server.close()


async def test_a_queue_that_is_full_of_large_events_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "QUEUE_LIMIT_BYTES", 100_000)
    sink = Sink(b"")
    async with sink.running(), house.running(PUBSUB_ORIGIN=sink.origin) as home:
        publisher = home.relay.house.publisher
        for n in range(100):
            publisher.publish(event(n, result="x" * 10_000))
        assert publisher.queued_bytes <= 100_000
        assert 0 < publisher.queued < 10
        assert publisher.dropped == 100 - publisher.queued


async def test_what_comes_after_the_last_flush_is_counted_too() -> None:
    async with house.running() as home:
        publisher = home.relay.house.publisher
    publisher.publish(event(1))
    assert (publisher.dropped, publisher.queued) == (1, 0)


async def test_a_sink_that_keeps_a_request_is_told_as_such(caplog: pytest.LogCaptureFixture) -> None:
    sink = Sink(b"", OK)
    async with sink.running(), house.running(PUBSUB_ORIGIN=sink.origin) as home:
        home.relay.house.publisher.publish(event(1))
        await until(lambda: sink.got)
    [told, *_] = [r.__dict__["fields"] for r in caplog.records if r.getMessage() == "! events not published"]
    assert told["problem"] == "no answer in time"


async def test_a_failure_is_logged_less_and_less_often(caplog: pytest.LogCaptureFixture) -> None:
    sink = Sink(b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n")
    async with sink.running(), house.running(PUBSUB_ORIGIN=sink.origin) as home:
        publisher = home.relay.house.publisher
        publisher.publish(event(1))
        await until(lambda: publisher.failures >= 6, timeout_s=10)
    told = [r.__dict__["fields"]["failures"] for r in caplog.records if r.getMessage() == "! events not published"]
    assert told[:3] == [1, 2, 4]
    assert 3 not in told
