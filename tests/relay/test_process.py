"""The relay as a process of its own: it listens, serves a call, and on SIGTERM hands it over and goes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from relay import builds
from tests.relay.fake_engine import FakeEngine
from tests.relay.fake_functions import FakeFunctions
from tests.relay.fake_responses import Say
from tests.relay.house import environment, until
from tests.relay.phone import call

ROOT = Path(__file__).parent.parent.parent


@asynccontextmanager
async def process(
    functions: FakeFunctions, engine: FakeEngine, **changes: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = environment(functions, [engine], PORT=str(port), **changes)
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "relay", cwd=ROOT, env={**os.environ, **settings}, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(20):
            while not await listening(port):
                assert running.returncode is None
                await asyncio.sleep(0.02)
        yield running, port
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def listening(port: int) -> bool:
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


async def test_sigterm_hands_the_call_over_at_a_turn_boundary_and_the_process_goes() -> None:
    async with FakeFunctions().running() as functions, FakeEngine().running() as engine:
        engine.replies.append((Say("Good evening.", 1500),))
        async with process(functions, engine) as (relay, port), call(port) as line:
            await engine.connection()
            await until(lambda: len(line.played) > 1600)
            relay.send_signal(signal.SIGTERM)
            await until(
                lambda: not any(c.status == psutil.CONN_LISTEN for c in psutil.Process(relay.pid).net_connections())
            )
            assert functions.thens == [], "the greeting is not over"
            assert await line.wait_closed() == 1000
            assert len(line.played) == 12_000
            async with asyncio.timeout(10):
                _, lines = await relay.communicate()
        assert relay.returncode == 0
        assert functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]
        assert [turn["text"] for turn in functions.turns] == ["Good evening."]
        assert "stream.ended" in functions.event_types()
        logged = [json.loads(line) for line in lines.decode().splitlines()]
        assert {"< twilio start", "> engine session.update", "= draining", "= stopped"} <= {
            entry["message"] for entry in logged
        }
        assert all("session_id" in entry for entry in logged if entry["message"].startswith("> engine response"))
        (start,) = [entry for entry in logged if entry["message"] == "= listening"]
        assert start["compiled"] is builds.folder().is_dir()


async def test_a_call_that_finds_no_boundary_is_handed_over_within_ten_seconds() -> None:
    async with FakeFunctions().running() as functions, FakeEngine().running() as engine:
        engine.replies.append((Say("A story without an end.", 60_000),))
        async with process(functions, engine) as (relay, port), call(port) as line:
            await engine.connection()
            await until(lambda: len(line.played) > 1600)
            relay.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                await relay.communicate()
        assert relay.returncode == 0
        assert functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]
        assert functions.turns[0]["interrupted"] is True
        assert "stream.ended" in functions.event_types()


async def test_a_port_in_use_is_a_message_not_a_traceback() -> None:
    async with FakeFunctions().running() as functions, FakeEngine().running() as engine:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            settings = environment(functions, [engine], PORT=str(taken.getsockname()[1]))
            relay = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "relay", cwd=ROOT, env={**os.environ, **settings}, stderr=asyncio.subprocess.PIPE
            )
            _, lines = await relay.communicate()
    assert relay.returncode == 1
    assert b"cannot listen" in lines
    assert b"Traceback" not in lines
