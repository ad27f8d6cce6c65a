"""A call's lines to engines, over real sockets: what the call is told of each, and what nobody hears."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from relay import connections, realtime, sockets
from relay import messages as msg
from relay.caller import PCMU
from relay.config import EngineSetting
from relay.dialects import CONFIGURE
from relay.engine_line import EngineLines
from relay.engines import Engines
from relay.google_tokens import GoogleTokens
from tests.relay.fake_engine import KEY, FakeEngine
from tests.relay.house import until

CONFIGURATION = realtime.UpdateSession({"type": "realtime"}, CONFIGURE)


class Call:
    """What a call would be told."""

    def __init__(self, *engines: FakeEngine, key: str = KEY) -> None:
        settings = [EngineSetting(f"e{n}", "realtime", e.url, "bearer", key) for n, e in enumerate(engines)]
        self.events: list[msg.Event] = []
        self.counted: list[tuple[str, str]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.lines = EngineLines(
            Engines(settings, GoogleTokens(None), connections.tls_context()),  # type: ignore[arg-type]  # needs no token
            spawn=self._spawn,
            handle=self.events.append,
            count=lambda kind, name: self.counted.append((kind, name)),
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def of_type(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def opens(self, number: int, engine: int = 0) -> None:
        self.lines.open(number, engine, None, PCMU)
        await until(lambda: msg.EngineOpened(number) in self.events)

    async def is_ready(self, number: int, engine: int = 0) -> msg.EngineReady:
        await self.opens(number, engine)
        self.lines.send_to(number, CONFIGURATION)
        await until(lambda: any(ready.line == number for ready in self.of_type(msg.EngineReady)))
        ready: msg.EngineReady = next(ready for ready in self.of_type(msg.EngineReady) if ready.line == number)
        return ready


@asynccontextmanager
async def calling(*, engines: int = 1, key: str = KEY) -> AsyncIterator[tuple[Call, list[FakeEngine]]]:
    async with contextlib.AsyncExitStack() as stack:
        fakes = [await stack.enter_async_context(FakeEngine().running()) for _ in range(engines)]
        call = Call(*fakes, key=key)
        yield call, fakes
        call.lines.close_all()
        await until(lambda: not any(fake.open_connections for fake in fakes) and not call.tasks)


async def test_a_line_is_opened_takes_its_configuration_and_is_ready() -> None:
    async with calling() as (call, _):
        ready = await call.is_ready(7)
        assert ready.event == realtime.SessionUpdated()
        assert [type(event) for event in call.events] == [msg.EngineOpened, msg.EngineReady]


async def test_a_session_lasts_as_long_as_the_engine_says_and_never_longer_than_its_rule() -> None:
    async with calling() as (call, [engine]):
        assert (await call.is_ready(0)).lasts_ms == 3_600_000
        engine.session_lasts_s = 900
        assert 890_000 < (await call.is_ready(1)).lasts_ms <= 900_000
        engine.session_lasts_s = 90_000
        assert (await call.is_ready(2)).lasts_ms == 3_600_000
        engine.session_lasts_s = -time.time()  # a clock that is not ours
        assert (await call.is_ready(3)).lasts_ms == 3_600_000


async def test_only_the_line_in_use_is_heard_and_gets_what_has_no_number() -> None:
    async with calling(engines=2) as (call, [first, second]):
        await call.is_ready(0, engine=0)
        await call.is_ready(1, engine=1)
        call.lines.use(0)
        call.lines.send(realtime.CreateResponse("create_1", "reply"))
        call.lines.send_to(1, realtime.AddMessage("user", "A room."))
        await until(lambda: call.of_type(realtime.ResponseDone))
        await until(lambda: second.connections[0].items)
        assert second.connections[0].of_type("response.create") == []
        told = len(call.events)
        await second.connections[0].hear("Nobody listens here.")
        await second.connections[0].socket.send("{nonsense")  # the last of it
        await until(lambda: call.counted)
        call.lines.use(1)
        call.lines.close(0)
        await until(lambda: first.open_connections == 0)
        assert call.events[told:] == [], "what a line said before it was in use, and its end, are no news"
        await second.connections[0].hear("Now somebody does.")
        await until(lambda: call.of_type(realtime.Committed))


class Taking(sockets.ShortWay):
    """Takes all audio, and keeps what it was asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def takes(self, message: bytes) -> bool:
        try:
            event = json.loads(message)
        except ValueError:
            return False
        self.asked.append(str(event.get("item_id")))
        return bool(event["type"] == "response.output_audio.delta")


async def test_audio_has_its_short_ways_to_and_from_the_line_in_use_alone() -> None:
    async with calling(engines=2) as (call, engines):
        call.lines.short_way = way = Taking()
        for number in (0, 1):
            await call.is_ready(number, engine=number)
        first, second = (engine.connections[0] for engine in engines)

        async def both_speak(name: str) -> None:
            told = len(call.counted)
            for number, line in enumerate((first, second)):
                place = {"response_id": "r", "output_index": 0, "content_index": 0}
                await line.send("response.output_audio.delta", item_id=f"{name} {number}", delta="AAAA", **place)
                await line.socket.send("{nonsense")  # the last of it
            await until(lambda: len(call.counted) == told + 2)

        await both_speak("nobody")
        call.lines.ear.hear(b"AAAA")
        for number in (0, 1):
            call.lines.use(number)
            await both_speak(f"with {number}")
            call.lines.ear.hear(b"////")
        await until(lambda: len(second.audio) == 3)
        call.lines.close(1)
        call.lines.ear.hear(b"AAAA")
        await until(lambda: second.engine.open_connections == 0)
        assert way.asked == ["with 0 0", "with 1 1"]
        assert [bytes(line.audio) for line in (first, second)] == [b"\xff" * 3] * 2
        assert call.of_type(realtime.AudioDelta) == []


async def test_a_configuration_that_is_refused_loses_the_line_for_good() -> None:
    async with calling() as (call, [engine]):
        engine.refuses_sessions = True
        await call.opens(0)
        call.lines.send_to(0, CONFIGURATION)
        await until(lambda: call.of_type(msg.EngineLost))
        assert call.of_type(msg.EngineLost) == [
            msg.EngineLost(0, "session refused: invalid_value", fatal=True, kind="refused")
        ]
        await until(lambda: engine.open_connections == 0)


@pytest.mark.parametrize(
    ("place", "changed"),
    [
        ("input.format.type", {"format": {"type": "audio/pcm", "rate": 24000}}),
        ("input.turn_detection.create_response", {"turn_detection": {"type": "server_vad", "create_response": True}}),
        ("input.turn_detection.create_response", {"turn_detection": None}),
    ],
    ids=["format", "responses of its own", "no turns"],
)
async def test_a_session_that_is_not_as_asked_for_loses_the_line_for_good(place: str, changed: dict[str, Any]) -> None:
    """The caller would hear noise, or two answers at once, or none."""
    hears = {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad", "create_response": False}}
    async with calling() as (call, [engine]):
        engine.grants = {"audio": {"input": {**hears, **changed}}}
        await call.opens(0)
        call.lines.send_to(0, realtime.UpdateSession({"type": "realtime", "audio": {"input": hears}}, CONFIGURE))
        await until(lambda: len(call.events) > 1)
        assert call.events[1:] == [msg.EngineLost(0, f"session has another audio.{place}", fatal=True, kind="refused")]


async def test_a_session_with_another_voice_or_one_that_says_nothing_of_itself_will_do() -> None:
    asked = {"type": "realtime", "audio": {"output": {"format": {"type": "audio/pcmu"}, "voice": "cedar"}}}
    async with calling() as (call, [engine]):
        for number, granted in enumerate(({"output": {"voice": "marin"}}, None)):
            engine.grants = {"audio": granted}
            await call.opens(number)
            call.lines.send_to(number, realtime.UpdateSession(asked, CONFIGURE))
        await until(lambda: [ready.line for ready in call.of_type(msg.EngineReady)] == [0, 1])


async def test_a_key_that_is_refused_loses_the_line_for_good() -> None:
    async with calling(key="wrong") as (call, _):
        call.lines.open(0, 0, None, PCMU)
        await until(lambda: call.events)
        assert call.events == [msg.EngineLost(0, "upgrade answered 401", fatal=True, kind="bad_key")]


@pytest.mark.parametrize(
    ("code", "reason", "kind", "fatal"),
    [(1001, "session_expired", "expired", False), (4000, "beta_api_shape_disabled", "refused", True)],
)
async def test_a_close_says_what_it_was_for(code: int, reason: str, kind: str, fatal: bool) -> None:
    async with calling() as (call, [engine]):
        await call.is_ready(0)
        call.lines.use(0)
        await engine.connections[0].socket.close(code, reason)
        await until(lambda: call.of_type(msg.EngineLost))
        assert call.of_type(msg.EngineLost) == [msg.EngineLost(0, f"closed {code} {reason}", fatal, kind)]


async def test_a_line_that_is_let_go_of_while_it_connects_is_never_heard_of_again() -> None:
    async with calling() as (call, [engine]):
        call.lines.open(0, 0, None, PCMU)
        call.lines.close(0)
        await call.opens(1)
        assert call.events == [msg.EngineOpened(1)]
        await until(lambda: engine.open_connections == 1)


async def test_messages_that_we_cannot_use_are_counted_and_nothing_more() -> None:
    async with calling() as (call, [engine]):
        await call.is_ready(0)
        call.lines.use(0)
        told = len(call.events)
        socket = engine.connections[0].socket
        await socket.send("{nonsense")
        await socket.send('{"type":"response.output_audio.delta"}')
        await socket.send('{"type":"hologram.delta"}')
        await socket.send('{"type":"rate_limits.updated","rate_limits":[]}')
        await socket.send(b"\x00")
        await until(lambda: len(call.counted) == 4)
        assert call.counted == [
            ("bad_engine_not_json", ""),
            ("bad_engine_missing_field", ""),
            ("unknown_engine", "hologram.delta"),
            ("bad_engine_binary", ""),
        ]
        assert call.events[told:] == []
