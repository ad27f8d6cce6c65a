"""Spare connections: taken by a call, replaced when taken, closed or old, and gone after a drain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from relay import connections, sockets
from relay.config import EngineSetting
from relay.engines import Engines
from relay.errors import EngineUnavailable
from relay.google_tokens import GoogleTokens
from relay.spares import Spare
from tests.relay import house
from tests.relay.fake_engine import KEY, FakeEngine
from tests.relay.house import until
from tests.relay.phone import call
from tests.relay.tls import trusting


@asynccontextmanager
async def kept(engine: FakeEngine, **changes: float) -> AsyncIterator[Spare]:
    """A spare connection to this engine, with short pauses."""
    setting = EngineSetting("fake", "realtime", engine.url, "bearer", KEY)
    engines = Engines([setting], GoogleTokens(None), connections.tls_context)  # type: ignore[arg-type]  # needs no token

    async def connect(listener: sockets.Listener) -> sockets.Socket:
        return await engines.open(0, None, listener)

    spare = Spare("fake", connect, first_pause_s=0.01, **changes)
    spare.start()
    try:
        yield spare
    finally:
        await spare.close()
        await until(lambda: engine.open_connections == 0)


async def test_a_call_takes_the_spare_connection_and_another_one_is_made() -> None:
    async with house.running(SPARE_ENGINES="1") as home:
        await until(lambda: len(home.engine.connections) == 1)
        spare = home.engine.connections[0]
        async with call(home.port) as line:
            await until(lambda: spare.of_type("response.create"))
            await until(lambda: len(home.engine.connections) == 2)
            assert home.engine.connections[1].received == [], "nothing is sent on one that is not used"
            await until(lambda: len(line.played) > 0)
            await line.hang_up()
    assert home.engine.errors == []


async def test_an_engine_whose_url_needs_the_session_has_no_spare() -> None:
    async with FakeEngine().running() as engine:
        listed = f"engine-0=realtime:{engine.url}&session_id={{session_id}}"
        async with house.running(ENGINES=listed, SPARE_ENGINES="1") as home, call(home.port):
            await engine.connection()
            assert len(engine.connections) == 1


async def test_a_drain_closes_the_spare() -> None:
    async with house.running(SPARE_ENGINES="1") as home:
        await until(lambda: home.engine.open_connections == 1)
        await home.relay.drain()
        await until(lambda: home.engine.open_connections == 0)


async def test_a_spare_that_closes_is_replaced() -> None:
    async with FakeEngine().running() as engine, kept(engine) as spare:
        await until(lambda: spare._waiting is not None)
        first = spare._waiting
        engine.connections[0].socket.transport.abort()
        await until(lambda: spare._waiting not in (None, first))


async def test_an_old_spare_is_replaced() -> None:
    async with FakeEngine().running() as engine, kept(engine, longest_age_s=0.05):
        await until(lambda: len(engine.connections) >= 3)
        await until(lambda: engine.open_connections <= 2)


async def test_one_that_closed_is_not_given_to_a_call() -> None:
    async with FakeEngine().running() as engine, kept(engine) as spare:
        await until(lambda: spare._waiting is not None)
        waiting = spare._waiting
        assert waiting is not None
        engine.connections[0].socket.transport.abort()
        await until(lambda: not waiting.is_open)
        assert spare.take() is not waiting


async def test_one_that_has_said_goodbye_is_not_given_to_a_call_while_tls_still_ends() -> None:
    theirs, ours = trusting()
    done = asyncio.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.write(b"\x88\x02\x03\xe9")  # a close frame with 1001
        connection.transport.pause_reading()
        await done.wait()
        connection.transport.abort()

    async with serve(freeze, "localhost", 0, ssl=theirs) as server:
        url = f"wss://localhost:{next(iter(server.sockets)).getsockname()[1]}/"

        async def connect(listener: sockets.Listener) -> sockets.Socket:
            return await connections.connect(
                "fake", url, listener, headers={}, tls=lambda: ours, timeout_s=2, max_message_bytes=65536
            )

        spare = Spare("fake", connect, first_pause_s=60)
        spare.start()
        await until(lambda: spare._waiting is not None)
        waiting = spare._waiting
        assert waiting is not None
        await asyncio.sleep(0.1)  # a tenth of what the end of TLS may take
        still_ends, taken = not waiting.ended.is_set(), spare.take()
        await until(waiting.ended.is_set)
        done.set()
        await spare.close()
    assert still_ends
    assert taken is None


async def test_what_the_engine_said_meanwhile_reaches_the_call_that_takes_it() -> None:
    class Listener:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def on_open(self, socket: sockets.Socket) -> None:
            self.heard.append("open")

        def on_text(self, data: memoryview) -> None:
            self.heard.append(bytes(data).decode())

        def on_binary(self, data: memoryview) -> None: ...
        def on_bad_frame(self, kind: str) -> None: ...

        def on_closed(self, code: int, reason: str) -> None:
            self.heard.append(f"closed {code}")

    async with FakeEngine().running() as engine, kept(engine) as spare:
        await until(lambda: spare._waiting is not None and spare._waiting._messages)
        waiting = spare.take()
        assert waiting is not None
        listener = Listener()
        waiting.hand_over(listener)
        assert listener.heard[0] == "open"
        assert '"session.created"' in listener.heard[1]
        await engine.connections[0].socket.close()
        await until(lambda: listener.heard[-1] == "closed 1000")


async def test_an_engine_that_refuses_our_key_is_not_asked_again_and_again() -> None:
    tries: list[bool] = []

    async def connect(_: sockets.Listener) -> sockets.Socket:
        tries.append(True)
        raise EngineUnavailable("fake", "upgrade answered 401", fatal=len(tries) == 3)

    spare = Spare("fake", connect, first_pause_s=0)
    spare.start()
    await until(lambda: len(tries) == 3)
    for _ in range(1000):
        await asyncio.sleep(0)
    assert len(tries) == 3
    await spare.close()


async def test_an_engine_that_takes_the_connection_and_then_refuses_our_key_is_told_to_the_operator_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "relay")

    def told() -> list[tuple[str, str]]:
        lines = [record for record in caplog.records if record.getMessage() == "! no spare connection"]
        return [(line.__dict__["fields"]["engine"], line.__dict__["fields"]["kind"]) for line in lines]

    async with FakeEngine().running() as engine:
        engine.hangs_up_with = "invalid_api_key"
        async with kept(engine):
            await until(told)
            for _ in range(1000):
                await asyncio.sleep(0)
        assert told() == [("fake", "bad_key")]
        assert len(engine.connections) == 1, "and not asked again and again"
