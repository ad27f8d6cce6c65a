"""SIGTERM to a relay of its own process: whatever hangs, it is gone within the time that the platform gives.

Source: Cloud Run container contract: SIGTERM, 10 s, SIGKILL.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from relay import app
from relay.recording_store import Content, FolderStore
from tests.relay import house
from tests.relay.fake_engine import Connection, FakeEngine
from tests.relay.fake_functions import OPENING, FakeFunctions
from tests.relay.fake_responses import CallTool, Say
from tests.relay.house import until
from tests.relay.phone import Phone, call, signature, start_message
from tests.relay.test_process import process

GRACE_S = 10


@asynccontextmanager
async def on_the_line(
    functions: FakeFunctions, engine: FakeEngine
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Phone, Connection]]:
    """A relay with one call that was greeted."""
    engine.replies.append((Say(OPENING, 200),))
    async with process(functions, engine) as (relay, port), call(port) as line:
        connection = await engine.connection()
        await until(lambda: len(functions.turns) == 1)
        yield relay, line, connection


async def ends(relay: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    """Tell it to stop, and wait for that. Returns what it logged."""
    relay.send_signal(signal.SIGTERM)
    async with asyncio.timeout(GRACE_S):
        _, lines = await relay.communicate()
    assert relay.returncode == 0
    logged = [json.loads(line) for line in lines.decode().splitlines()]
    assert logged[-1]["message"] == "= stopped"
    return logged


async def test_a_caller_who_never_stops_talking_is_handed_over_in_mid_sentence() -> None:
    async with (
        FakeFunctions().running() as functions,
        FakeEngine().running() as engine,
        on_the_line(functions, engine) as (relay, line, connection),
    ):
        await connection.speech_starts()
        await ends(relay)
        assert functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]
        assert "stream.ended" in functions.event_types()
        assert await line.wait_closed() == 1000


async def test_a_tool_that_hangs_does_not_hold_the_process() -> None:
    async with (
        FakeFunctions().running() as functions,
        FakeEngine().running() as engine,
        on_the_line(functions, engine) as (relay, line, connection),
    ):
        engine.replies.append((CallTool("slow"),))
        functions.held["slow"] = asyncio.Event()
        await connection.hear("Something slow, please.")
        await until(lambda: functions.tool_calls)
        await ends(relay)
        assert functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]
        assert {"conversation.function_call", "stream.ended"} <= set(functions.event_types()), "on the record"
        assert await line.wait_closed() == 1000


async def test_slow_functions_are_told_what_was_said_and_that_the_call_is_handed_over() -> None:
    """Each from a cold start, in the middle of a long answer."""
    async with (
        FakeFunctions().running() as functions,
        FakeEngine().running() as engine,
        on_the_line(functions, engine) as (relay, line, connection),
    ):
        engine.replies.append((Say("a very long answer " * 20, 12_000),))
        await connection.hear("Tell me everything.")
        await until(lambda: len(functions.turns) == 2)
        functions.slow_s = 1.2
        await ends(relay)
        assert [(turn["turn"], turn["role"]) for turn in functions.turns[2:]] == [(3, "assistant")]
        assert functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]
        assert await line.wait_closed() == 1000


async def test_functions_that_answer_nothing_any_more_do_not_hold_the_process() -> None:
    async with (
        FakeFunctions().running() as functions,
        FakeEngine().running() as engine,
        on_the_line(functions, engine) as (relay, line, connection),
    ):
        functions.mute = {"/session", "/tools", "/sessions"}
        await connection.hear("Hello?")
        await ends(relay)
        assert "stream.ended" in functions.event_types()
        assert await line.wait_closed() is not None


async def test_a_pubsub_that_answers_nothing_does_not_hold_the_process_and_what_is_lost_is_counted() -> None:
    async with (
        FakeFunctions().running() as functions,
        FakeEngine().running() as engine,
        on_the_line(functions, engine) as (relay, line, _),
    ):
        functions.mute = {"/v1/"}
        logged = await ends(relay)
        assert functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]
        assert await line.wait_closed() == 1000
        assert logged[-1]["events_lost"] >= 1
        assert any(entry["message"] == "! events lost" for entry in logged)


async def test_everything_out_of_reach_at_once_does_not_hold_the_process() -> None:
    async with FakeFunctions().running() as functions:
        async with FakeEngine().running() as engine, on_the_line(functions, engine) as (relay, line, connection):
            functions.mute = {"/"}
            await connection.speech_starts()
            connection.socket.transport.abort()
            await ends(relay)
            assert await line.wait_closed() is not None


async def test_a_peer_that_does_not_close_does_not_hold_the_process() -> None:
    async with FakeFunctions().running() as functions, FakeEngine().running() as engine:
        async with process(functions, engine) as (relay, port):
            async with a_peer_that_only_talks(port) as heard:
                await engine.connection()
                await ends(relay)
                assert b"\x88" in heard, "it was asked to close"
        assert functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]


async def test_a_call_that_arrives_during_the_drain_is_refused_and_one_without_its_start_is_closed() -> None:
    async with (
        FakeFunctions().running() as functions,
        FakeEngine().running() as engine,
        process(functions, engine) as (relay, port),
        a_peer_that_only_talks(port, says_start=False) as heard,
    ):
        relay.send_signal(signal.SIGTERM)
        await until(lambda: b"\x88" in heard)
        await ends(relay)
        assert functions.thens == []


async def test_a_call_that_is_cut_has_its_last_event_though_its_recording_is_not_stored_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "HAND_OVER_S", 0.1)
    write = FolderStore._write

    def slowly(store: FolderStore, name: str, read: Content) -> None:
        time.sleep(0.5)
        write(store, name, read)

    async with house.running(recordings=tmp_path) as home, call(home.port):
        home.functions.session["recording"] = {"on": True}
        home.engine.replies.append((Say(OPENING, 200),))
        await until(lambda: len(home.functions.turns) == 1)
        monkeypatch.setattr(FolderStore, "_write", slowly)
        home.functions.mute = {"/sessions"}
        await home.relay.drain()
        assert home.functions.event_types()[-1] == "stream.ended"
        assert home.functions.events[-1]["stream"]["recording"]["waiting"] == 2
        assert home.count("recording_files") == 2


@asynccontextmanager
async def a_peer_that_only_talks(port: int, *, says_start: bool = True) -> AsyncIterator[bytearray]:
    """A stream that sends its start and audio and answers nothing, not even a close. Gives what it was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    upgrade = (
        "GET /voice/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"X-Twilio-Signature: {signature()}\r\n\r\n"
    )
    writer.write(upgrade.encode())
    await reader.readuntil(b"\r\n\r\n")
    if says_start:
        writer.write(text_frame(start_message("MZ1", "CA1", "token-1")))
    heard = bytearray()
    media = {"event": "media", "streamSid": "MZ1", "media": {"payload": "/////////////w=="}}

    async def listen() -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                heard.extend(data)

    async def talk() -> None:
        with contextlib.suppress(OSError):
            while says_start:
                writer.write(text_frame(media))
                await asyncio.sleep(0.02)

    tasks = [asyncio.create_task(listen()), asyncio.create_task(talk())]
    try:
        yield heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        writer.close()


def text_frame(message: dict[str, Any]) -> bytes:
    """One text frame of a client, masked with zeros."""
    payload = json.dumps(message).encode()
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
    return b"\x81" + size + bytes(4) + payload
