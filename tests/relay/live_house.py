"""A relay in this process whose first engine speaks the live dialect; a realtime one may stand behind it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from relay.app import Relay
from relay.config import read_settings
from tests.relay.fake_engine import FakeEngine
from tests.relay.fake_functions import FakeFunctions, session_answer
from tests.relay.fake_live import Connection, FakeLive
from tests.relay.house import assert_nothing_refused, environment, one_clock, until
from tests.relay.phone import Phone


def live_answer(delegation: str = "responses", **changes: Any) -> dict[str, Any]:
    """POST /session in the live dialect."""
    made: dict[str, Any] = {"type": delegation, "acknowledgement_delay_ms": 600}
    if delegation == "responses":
        tool = {"type": "function", "name": "end_call", "strict": True, "parameters": {"type": "object"}}
        made["responses"] = {"model": "gpt-5.6-terra", "parallel_tool_calls": False, "tools": [tool]}
    engine_session = {
        "model": "gpt-live-1",
        "instructions": "Be brief.",
        "audio": {"format": {"type": "audio/pcmu", "rate": 8000}, "output": {"voice": "marin"}},
        "delegation": made,
        "store": False,
    }
    return session_answer(engine_session=engine_session, **changes)


@dataclass
class LiveHouse:
    relay: Relay
    functions: FakeFunctions
    live: FakeLive
    realtime: FakeEngine

    @property
    def port(self) -> int:
        return self.relay.port


@asynccontextmanager
async def running(*, delegation: str = "responses", **changes: str) -> AsyncIterator[LiveHouse]:
    """Everything started; at the end nothing of any call may be left, and nothing was said that the service refuses."""
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(one_clock())
        functions = await stack.enter_async_context(FakeFunctions().running())
        functions.live_session = live_answer(delegation)
        live = await stack.enter_async_context(FakeLive().running())
        realtime = await stack.enter_async_context(FakeEngine().running())
        settings = environment(functions, [realtime], **changes)
        settings["ENGINES"] = f"live-0=live:{live.url} {settings['ENGINES']}"
        settings["ENGINE_AUTH_LIVE_0"] = "bearer:ENGINE_KEY"
        relay = Relay(read_settings(settings))
        tasks_before = asyncio.all_tasks()
        await relay.start()
        try:
            yield LiveHouse(relay, functions, live, realtime)
            await until(lambda: not relay.house.bridges, 10)
            assert relay.house.counts["bugs"] == 0
            assert functions.problems == []
            assert_nothing_refused(realtime)
            assert live.errors == []
            await until(lambda: not live.open_connections and not realtime.open_connections, 10)
        finally:
            await relay.drain()
        left = {task for task in asyncio.all_tasks() - tasks_before if "relay/" in str(task.get_coro())}
        assert not {task for task in left if "tests/relay" not in str(task.get_coro())}


async def asks(engine: Connection, text: str) -> str:
    """The caller says something, and the voice delegates before the last words of it have come."""
    from_ms = engine.timeline_ms
    await engine.hear(text, ms=600, lag_ms=200)
    await until(lambda: engine.timeline_ms >= from_ms + 500)
    return await engine.delegate()


def heard(line: Phone) -> int:
    """Milliseconds of speech, not of silence, that the caller heard."""
    return sum(byte == 0x55 for byte in line.played) // 8


def marks_pending(line: Phone) -> int:
    """Audio that the caller's client holds and has not played, in milliseconds."""
    return sum(len(entry) for entry in line._queue if isinstance(entry, bytes)) // 8


def sent_audio(line: Phone) -> bytes:
    """All that the relay has sent to the caller, in order."""
    media = [message["media"]["payload"] for message in line.received if message["event"] == "media"]
    return b"".join(base64.b64decode(payload) for payload in media)


def said(functions: FakeFunctions, role: str) -> list[str]:
    """The latest words of every turn of a role, in the order of the turns."""
    latest = {turn["turn"]: turn for turn in functions.turns if turn["role"] == role}
    return [latest[number]["text"] for number in sorted(latest)]


def dumped(events: list[dict[str, Any]]) -> str:
    return json.dumps(events)
