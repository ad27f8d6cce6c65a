"""A call in which card numbers are said, keyed and handed to a tool, and the search for them in all that is left of it.

The relay and the functions are the real ones, over real sockets and an SQLite file; the engine is a strict fake with
scripted transcripts, whichever dialect it speaks.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import functions_framework
import pytest
from aiohttp import web
from flask import Flask
from nightdesk import tokens
from nightdesk.tokens import Claims

from relay.app import Relay
from relay.config import read_settings
from tests.functions.serving import serving_function
from tests.relay.fake_functions import SECRET
from tests.relay.house import environment, until
from tests.relay.phone import Phone, phone

ROOT = Path(__file__).parents[2]
KEY = "a signing key of at least 32 bytes!!"
CALL_SID, STREAM_SID = "CA" + "0123456789abcdef" * 2, "MZ" + "00aa22bb44cc66dd" * 2
SESSION_ID = tokens.session_id_of_call(CALL_SID)
SAID, FIGURES, KEYED, HANDED = "4242424242424242", "378282246310005", "5500000000000004", "6011000990139424"
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
IN_WORDS = " ".join(DIGITS[int(digit)] for digit in SAID)
SILENCE, VOICE = 0xFF, b"\x55" * 160


@dataclass
class Broker:
    """Pub/Sub as far as it is needed: it keeps what is published."""

    events: list[dict[str, Any]] = field(default_factory=list)
    origin: str = ""

    async def publish(self, request: web.Request) -> web.Response:
        messages = (await request.json())["messages"]
        self.events += [json.loads(base64.b64decode(message["data"])) for message in messages]
        return web.json_response({"messageIds": [str(n) for n in range(len(messages))]})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Broker]:
        app = web.Application()
        app.router.add_post("/v1/projects/{project}/topics/{topic}", self.publish)
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.origin = "http://127.0.0.1:{1}".format(*runner.addresses[0])
        try:
            yield self
        finally:
            await runner.cleanup()


def function(target: str, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("FUNCTION_TARGET", target)
    monkeypatch.setenv("FUNCTION_SIGNATURE_TYPE", "http")
    app: Flask = functions_framework.create_app(target, str(ROOT / "functions/main.py"))  # type: ignore[no-untyped-call]
    return app


def token() -> str:
    claims = Claims(
        session_id=SESSION_ID,
        property_id="west-bethel-motel",
        channel="voice",
        direction="inbound",
        attempt=1,
        call_sid=CALL_SID,
        caller="+12075550142",
        called="+12072203501",
        stir="A",
        language="en",
    )
    return tokens.mint(claims, KEY, datetime.now(UTC))


def set_up(monkeypatch: pytest.MonkeyPatch, folder: Path, pubsub: str) -> None:
    settings = {
        "SESSION_SIGNING_KEY": KEY,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": SECRET,
        "STORE": "sqlite",
        "SQLITE_PATH": str(folder / "store.sqlite3"),
        "PUBSUB_PROJECT": "test",
        "PUBSUB_AUTH": "none",
        "PUBSUB_ORIGIN": pubsub,
        "RECORDINGS": (folder / "recordings").as_uri(),
        "CLOUD_SYNC_URL": "http://127.0.0.1:1",
        "CLOUD_SYNC_SECRET": "whsec_" + base64.b64encode(bytes(32)).decode(),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@asynccontextmanager
async def on_the_line(port: int) -> AsyncIterator[Phone]:
    async with phone(port) as line:
        line.stream_sid, line.call_sid = STREAM_SID, CALL_SID
        line.voice = lambda: VOICE
        await line.start(token())
        playing = asyncio.create_task(line.play())
        try:
            yield line
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)


def turns(broker: Broker, role: str) -> int:
    said = [event for event in broker.events if event["event_type"] == "conversation.message"]
    return sum(event["message"]["role"] == role for event in said)


@asynccontextmanager
async def the_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, broker: Broker, engines: Mapping[str, str]
) -> AsyncIterator[Phone]:
    """The phone of a caller, with a relay and the functions behind it; at the end all events are in the store.

    `engines`: the relay's settings of them.
    """
    set_up(monkeypatch, folder, broker.origin)
    with serving_function(function("tools", monkeypatch)) as tools:
        peers: Any = SimpleNamespace(origin=tools)
        recorded = {"RECORDINGS": (folder / "recordings").as_uri(), "PUBSUB_ORIGIN": broker.origin}
        relay = Relay(read_settings(environment(peers, [], **recorded, **engines)))
        await relay.start()
        try:
            async with on_the_line(relay.port) as line:
                yield line
            await until(lambda: not relay.house.bridges)
            assert relay.house.counts["bugs"] == 0
        finally:
            await relay.drain()
    await asyncio.to_thread(project, function("event_sink", monkeypatch), broker)


def found_in(text: str) -> list[str]:
    """The seeded numbers in a text, as figures or as words, whatever stands between the digits."""
    plain = text.lower()
    for value, word in enumerate(DIGITS):
        plain = re.sub(rf"\b{word}\b", str(value), plain)
    plain = re.sub(r"[\s.,\\\"_-]", "", plain)
    return [number for number in (SAID, FIGURES, KEYED, HANDED) if number[:8] in plain or number[-8:] in plain]


def stored(folder: Path) -> dict[str, str]:
    return {path.name: path.read_bytes().decode(errors="replace") for path in folder.glob("store.sqlite3*")}


def side(folder: Path, who: str) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "recordings" / SESSION_ID).glob(f"1-{who}-*")))


def assert_kept_nowhere(
    folder: Path, broker: Broker, told: Iterable[Mapping[str, Any]], log: str, said: Iterable[tuple[int, int]]
) -> None:
    """No number stands in store, events and log, nor in what the engine was `told`; the recording is silent where they

    were `said` (from and to in ms of the stream), and nowhere else.
    """
    kept = stored(folder)
    events = json.dumps(broker.events)
    assert "take_message" in "".join(kept.values()), "the store was written"
    assert "card number removed" in "".join(kept.values())
    assert "call.ended" in "".join(kept.values()), "a webhook is waiting"
    assert "card number removed" in events
    searched = {**kept, "events": events, "engine": json.dumps(list(told)), "log": log}
    assert {name: found_in(text) for name, text in searched.items() if found_in(text)} == {}
    caller, agent = side(folder, "caller"), side(folder, "agent")
    first = min(start_ms for start_ms, _ in said)
    assert set(caller[: first * 8 - 8000]) == {0x55}, "the rest of the call is recorded"
    for start_ms, end_ms in said:
        assert set(caller[start_ms * 8 : end_ms * 8]) | set(agent[start_ms * 8 : end_ms * 8]) == {SILENCE}


def project(sink: Flask, broker: Broker) -> None:
    """All events into the store, as Pub/Sub pushes them, and the end of the call with its webhook."""
    client = sink.test_client()
    ended = {
        "v": 1,
        "event_id": f"{SESSION_ID}-ended",
        "event_type": "conversation.ended",
        "session_id": SESSION_ID,
        "channel": "voice",
        "timestamp": "2026-11-20T17:00:00.000Z",
        "property_id": "west-bethel-motel",
        "attempt": 1,
        "summary": {},
    }
    for event in [*broker.events, ended]:
        message = {"data": base64.b64encode(json.dumps(event).encode()).decode(), "messageId": "1"}
        pushed = client.post("/", json={"message": message}, headers={"Authorization": f"Bearer {SECRET}"})
        assert pushed.status_code == 204, pushed.data
