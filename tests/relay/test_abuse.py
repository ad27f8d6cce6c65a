"""Peers that have lost their manners, many at once, against a relay in a process of its own.

Afterwards it takes a call as if nothing had been, nothing of them is left, and it has not grown.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.relay import house
from tests.relay.fake_engine import FakeEngine
from tests.relay.fake_functions import FakeFunctions
from tests.relay.fake_responses import Say
from tests.relay.house import environment, until
from tests.relay.page import KIOSK_ORIGIN, opened
from tests.relay.phone import Phone, call, phone, signature, start_message

ROOT = Path(__file__).parent.parent.parent
UPGRADE = (
    "GET /voice/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    f"X-Twilio-Signature: {signature()}\r\n\r\n"
).encode()
# The allocator's own growth levels off after some twenty rounds; after that memory stays where it is: 800 streams that
# left 10 KB each behind would show.
AT_ONCE, ROUNDS_TO_WARM_UP, ROUNDS, GROWTH_MB = 4, 20, 12, 8
# Who still sends when the connection is cut may lose the close frame to the reset that follows. RFC 9293, 3.10.7.
CUT = (1009, 1006)


@asynccontextmanager
async def relay_process(functions: FakeFunctions, engine: FakeEngine, log: Path) -> AsyncIterator[tuple[int, int]]:
    """Its process id and its port. What it logs goes into a file, as a pipe that nobody reads would fill."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = environment(functions, [engine], PORT=str(port), LOG_LEVEL="WARNING", KIOSK_ORIGIN=KIOSK_ORIGIN)
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "relay", cwd=ROOT, env={**os.environ, **settings}, stderr=stderr
        )
    try:
        async with asyncio.timeout(20), httpx.AsyncClient() as http:
            while True:
                assert process.returncode is None
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(f"http://127.0.0.1:{port}/health")).status_code == 200:
                        break
                await asyncio.sleep(0.02)
        yield process.pid, port
        assert process.returncode is None, "it has died"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def stats(port: int) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        answer: dict[str, Any] = (await http.get(f"http://127.0.0.1:{port}/stats")).json()
    return answer


# --- the peers ---


class Peers:
    def __init__(self, port: int) -> None:
        self.port = port
        self._streams = 0

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Phone]:
        """A stream with a token of its own, whose audio flows as long as it is not abused."""
        self._streams += 1
        number = self._streams
        async with phone(self.port) as line:
            line.stream_sid = f"MZ{number}"
            await line.start(f"token-{number}")
            await line.media()
            yield line

    async def raw(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        writer.write(data)
        return reader, writer

    async def say(self, line: Phone, *texts: str | bytes) -> None:
        with contextlib.suppress(ConnectionClosed):
            for text in texts:
                await line.socket.send(text)

    async def broken_json(self) -> None:
        async with self.started() as line:
            await self.say(line, *["{nonsense", "\x00", "[]", "7", '"event"', "null"] * 10)

    async def too_much_broken_json(self) -> None:
        async with self.started() as line:
            await self.say(line, *["{nonsense"] * 150)
            assert await line.wait_closed() == 1008

    async def broken_json_first(self) -> None:
        async with phone(self.port) as line:
            await self.say(line, "{nonsense")
            assert await line.wait_closed() == 1008

    async def unknown_events(self) -> None:
        async with self.started() as line:
            await self.say(line, *[json.dumps({"event": f"hologram-{n}", "data": "x" * 1000}) for n in range(80)])

    async def missing_fields(self) -> None:
        async with self.started() as line:
            events = ("media", "mark", "dtmf", "stop_", "start_")
            await self.say(line, *[json.dumps({"event": event}) for event in events])
            await self.say(line, '{"event":"media","media":{}}', '{"event":"media","media":{"payload":7}}', "{}")

    async def base64_garbage(self) -> None:
        async with self.started() as line:
            for payload in ("!!!!", "====", "A===", "AA", "AAAA" * 10 + "A=AA", "ÄÖÜß"):
                await line.send({"event": "media", "streamSid": line.stream_sid, "media": {"payload": payload}})

    async def strange_sizes(self) -> None:
        async with self.started() as line:
            for size in (1, 7, 159, 161, 20_000, 3):
                await line.media(bytes(size))

    async def out_of_order(self) -> None:
        async with self.started() as line:
            for count in (9, 3, 7, 3, 2**80, 0):
                payload = base64.b64encode(bytes(160)).decode()
                media = {"track": "inbound", "chunk": "1", "timestamp": str(count * 20), "payload": payload}
                sent = {"event": "media", "sequenceNumber": str(count), "streamSid": line.stream_sid, "media": media}
                await line.send(sent)

    async def two_starts(self) -> None:
        async with self.started() as line:
            await line.send(start_message("MZ0", "CA0", "token-0"))
            assert await line.wait_closed() == 1008

    async def media_first(self) -> None:
        async with phone(self.port) as line:
            await line.media()
            assert await line.wait_closed() == 1008

    async def megabyte(self) -> None:
        async with self.started() as line:
            await self.say(line, "x" * 1_000_000)
            assert await line.wait_closed() in CUT

    async def megabyte_in_pieces(self) -> None:
        async def pieces() -> AsyncIterator[str]:
            for _ in range(200):
                yield "x" * 8192

        async with self.started() as line:
            with contextlib.suppress(ConnectionClosed):
                await line.socket.send(pieces())
            assert await line.wait_closed() in CUT

    async def pings(self) -> None:
        async with self.started() as line:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(300):
                    await line.socket.ping()

    async def vanishes(self) -> None:
        async with self.started() as line:
            line.socket.transport.abort()

    async def page_of_nonsense(self) -> None:
        self._streams += 1
        number = self._streams
        async with opened(self.port) as page:
            await page.send("start", v=1, token=f"token-{number}", audio={"format": "pcm", "rate": 24_000})
            for size in (1, 3, 959, 961, 60_000):
                await page.send_raw(bytes(size))
            for text in (
                "{nonsense",
                "[]",
                "{}",
                '{"type":"hologram"}',
                '{"type":"played","ms":-7}',
                '{"type":"text"}',
            ):
                await page.send_raw(text)
            await page.send_raw(json.dumps({"type": "text", "text": "x" * 50_000}))
            for _ in range(30):
                await page.send("interrupt")

    async def page_of_a_stranger(self) -> None:
        with contextlib.suppress(InvalidStatus):
            async with opened(self.port, "https://elsewhere.example.com"):
                raise AssertionError("it was let in")

    async def unsigned(self) -> None:
        _, writer = await self.raw(UPGRADE.replace(b"X-Twilio-Signature", b"X-Other"))
        writer.close()

    async def no_http(self) -> None:
        reader, writer = await self.raw(b"\x16\x03\x01\x02\x00\x01\x00" + bytes(500))
        await asyncio.wait_for(reader.read(), 15)
        writer.close()

    # These take their time, so they are tried once.

    async def never_closes(self) -> None:
        reader, writer = await self.raw(UPGRADE + b"\x81\x82\x00\x00\x00\x00{x")
        await until_cut(reader)
        writer.close()

    async def never_starts(self) -> None:
        reader, writer = await self.raw(UPGRADE)
        await until_cut(reader)
        writer.close()

    async def never_speaks(self) -> None:
        """A connection on which nothing comes, not even a request."""
        reader, writer = await self.raw(b"")
        await until_cut(reader)
        writer.close()

    async def never_reads(self) -> None:
        """A stream that was started and then stands still: nothing comes from it and nothing is taken."""
        message = json.dumps(start_message("MZ-slow", "CA-slow", "token-slow")).encode()
        frame = b"\x81\xfe" + len(message).to_bytes(2, "big") + bytes(4) + message
        reader, writer = await self.raw(UPGRADE + frame)
        writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        await until_gone(writer)

    @property
    def quick(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            self.broken_json,
            self.too_much_broken_json,
            self.broken_json_first,
            self.unknown_events,
            self.missing_fields,
            self.base64_garbage,
            self.strange_sizes,
            self.out_of_order,
            self.two_starts,
            self.media_first,
            self.megabyte,
            self.megabyte_in_pieces,
            self.pings,
            self.vanishes,
            self.page_of_nonsense,
            self.page_of_a_stranger,
            self.unsigned,
        ]

    @property
    def patient(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.never_closes, self.never_starts, self.never_speaks, self.never_reads, self.no_http]


async def until_cut(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionResetError):
            while await reader.read(1024):
                pass


async def until_gone(writer: asyncio.StreamWriter) -> None:
    """The other end has given this connection up: writing to it fails."""
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"\x8a\x80\x00\x00\x00\x00")  # an unsolicited pong
                await writer.drain()
                await asyncio.sleep(0.1)


# --- the tests ---


async def test_no_peer_harms_the_relay_or_leaves_anything_behind(tmp_path: Path) -> None:
    log = tmp_path / "relay.log"
    async with (
        FakeFunctions().running() as functions,
        FakeEngine().running() as engine,
        relay_process(functions, engine, log) as (pid, port),
    ):
        peers, relay = Peers(port), psutil.Process(pid)
        idle = (await stats(port))["tasks"]

        async def nothing_is_left() -> dict[str, Any]:
            async with asyncio.timeout(20):
                told = await stats(port)
                while told["calls"] or told["tasks"] > idle or told["events"]["queued"]:
                    await asyncio.sleep(0.05)
                    told = await stats(port)
            await until(lambda: engine.open_connections == 0)
            ours = [c for c in relay.net_connections() if c.laddr and c.laddr.port == port and c.status != "LISTEN"]
            assert not [c for c in ours if c.status == psutil.CONN_ESTABLISHED]
            return told

        await asyncio.gather(*[peer() for peer in peers.quick], *[peer() for peer in peers.patient])
        for _ in range(ROUNDS_TO_WARM_UP):
            await asyncio.gather(*[peer() for peer in peers.quick * AT_ONCE])
        await nothing_is_left()
        warm_mb = relay.memory_info().rss / 1e6
        for _ in range(ROUNDS):
            await asyncio.gather(*[peer() for peer in peers.quick * AT_ONCE])
        told = await nothing_is_left()
        assert relay.memory_info().rss / 1e6 < warm_mb + GROWTH_MB
        assert told["counts"].get("bugs", 0) == 0
        assert told["counts"]["twilio_out_of_order"] >= 2
        for kind in ("not_json", "missing_field", "bad_media", "too_big"):
            assert told["counts"][f"bad_twilio_{kind}"] >= 1, kind
        assert told["counts"]["bad_kiosk_not_json"] >= 1
        assert told["counts"]["refused_bad_origin"] >= 1
        assert len(told["counts"]) < 60, "counters are named by us, not by peers"

        engine.replies.append((Say("Good evening.", 600),))
        async with call(port, "token-good", "MZ-good") as line:
            await until(lambda: len(line.played) >= 4800, timeout_s=10)
            await line.hang_up()
        await nothing_is_left()
    assert "Traceback" not in log.read_text()


async def test_what_is_wrong_is_logged_once_per_kind_and_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "relay")
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        await home.engine.connection()
        for _ in range(40):
            await line.socket.send("{nonsense")
            await line.send({"event": "media", "streamSid": "MZ1", "media": {}})
            await line.send({"event": "hologram"})
        await line.media()
        await until(lambda: home.count("unknown_twilio") == 40)
        await line.hang_up()
    told = [record.__dict__["fields"] for record in caplog.records if record.getMessage() == "! bad message"]
    assert sorted((fields["kind"], fields["name"]) for fields in told) == [
        ("bad_twilio_missing_field", ""),
        ("bad_twilio_not_json", ""),
        ("unknown_twilio", "hologram"),
    ]


async def test_a_peer_that_invents_a_new_name_each_time_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "relay")
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        await home.engine.connection()
        for n in range(500):
            await line.send({"event": f"hologram-{n}"})
        await until(lambda: home.count("unknown_twilio") == 500)
        await line.hang_up()
    assert len([record for record in caplog.records if record.getMessage() == "! bad message"]) <= 50


async def test_media_out_of_sequence_is_counted_and_taken_as_it_comes() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        engine = await home.engine.connection()
        for count in (1, 2, 5, 4, 6):
            payload = base64.b64encode(bytes([count]) * 160).decode()
            await line.send({"event": "media", "sequenceNumber": str(count), "media": {"payload": payload}})
        await until(lambda: len(engine.audio) == 800)
        assert engine.audio[::160] == bytes([1, 2, 5, 4, 6])
        assert home.count("twilio_out_of_order") == 1
        await line.hang_up()
