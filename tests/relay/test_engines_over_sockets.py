"""Engines over real sockets: followed when they are lost, renewed before their limit, greeted for when they are late.

What follows what is asserted here; how fast it is, bench/ measures.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.relay import house
from tests.relay.fake_engine import KEY, FakeEngine
from tests.relay.fake_functions import OPENING, session_answer
from tests.relay.fake_responses import CallTool, Say
from tests.relay.house import until
from tests.relay.phone import call


@asynccontextmanager
async def deaf() -> AsyncIterator[tuple[str, list[asyncio.StreamWriter]]]:
    """A server that takes connections and never says a word. Gives its URL and who came."""
    came: list[asyncio.StreamWriter] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime", came
    finally:
        server.close()


async def test_behind_a_dead_engine_the_next_is_asked_at_once_told_everything_and_gets_the_answer_of_the_tool() -> None:
    async with FakeEngine().running() as first, FakeEngine().running() as third, deaf() as (dead, came):
        listed = f"a=realtime:{first.url} b=realtime:{dead} c=realtime:{third.url}"
        async with (
            house.running(
                ENGINES=listed,
                ENGINE_AUTH_A="bearer:ENGINE_KEY",
                ENGINE_AUTH_B="bearer:ENGINE_KEY",
                ENGINE_AUTH_C="bearer:ENGINE_KEY",
            ) as home,
            call(home.port),
        ):
            first.replies.extend([(Say(OPENING, 100),), (CallTool("hold_booking", "{}", "call_1"),)])
            home.functions.held["hold_booking"] = asyncio.Event()
            engine = await first.connection()
            await until(lambda: len(home.functions.turns) == 1)
            await engine.hear("The room, please.")
            await until(lambda: home.functions.tool_calls)
            engine.socket.transport.abort()
            await until(lambda: came)
            other = await third.connection()
            await until(lambda: other.of_type("conversation.item.create"))
            home.functions.held["hold_booking"].set()
            await until(lambda: "function_call_output" in [item.kind for item in other.items.values()])
            await until(lambda: "engine.switched" in home.functions.event_types())
        assert [call["name"] for call in home.functions.tool_calls] == ["hold_booking"], "run once"
        told = [(item.kind, item.text) for item in other.items.values() if item.text != "All right."]
        assert told == [
            ("message", OPENING),
            ("message", "The room, please."),
            ("function_call", "hold_booking"),
            ("function_call_output", '{"done":true}'),
        ]
        failed = [event["engine"] for event in home.functions.events if event["event_type"] == "engine.failed"]
        assert failed[0]["name"] == "a"
        assert first.errors == third.errors == []


async def test_an_engine_that_hangs_up_in_place_of_an_answer_is_followed_by_the_next() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server, FakeEngine().running() as second:
        broken = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"
        async with (
            house.running(
                ENGINES=f"a=realtime:{broken} b=realtime:{second.url}",
                ENGINE_AUTH_A="bearer:ENGINE_KEY",
                ENGINE_AUTH_B="bearer:ENGINE_KEY",
            ) as home,
            call(home.port) as line,
        ):
            second.replies.append((Say(OPENING, 100),))
            await until(lambda: len(line.played) > 0)
            await until(lambda: "engine.failed" in home.functions.event_types())
        failed = [event["engine"] for event in home.functions.events if event["event_type"] == "engine.failed"]
        assert [(each["name"], each["fatal"]) for each in failed] == [("a", False)]


async def test_a_bad_key_is_told_to_an_operator_once() -> None:
    async with (
        house.running(engines=2, ENGINE_AUTH_ENGINE_0="bearer:OTHER_KEY", OTHER_KEY="wrong") as home,
        call(home.port) as line,
    ):
        await home.engines[1].connection()
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
    alerts = [event["engine"] for event in home.functions.events if event["event_type"] == "engine.failed"]
    assert alerts == [{"name": "engine-0", "kind": "bad_key", "problem": "upgrade answered 401", "fatal": True}]
    assert home.engines[0].refused_keys == ["Bearer wrong"]
    assert KEY != "wrong"


async def test_a_session_is_renewed_before_its_limit_without_a_second_greeting() -> None:
    async with house.running() as home:
        home.engine.session_lasts_s = 12.0
        async with call(home.port) as line:
            home.engine.replies.append((Say(OPENING, 200),))
            first = await home.engine.connection()
            await until(lambda: len(home.functions.turns) == 1)
            await first.hear("Good evening.")
            await until(lambda: len(home.functions.turns) == 3)
            await until(lambda: len(home.engine.connections) == 2, timeout_s=12)
            second = await home.engine.connection()
            await until(lambda: len(second.items) == 3)
            await until(lambda: first.socket.close_code is not None)
            heard_ms = second.audio_ms
            await until(lambda: second.audio_ms > heard_ms + 200)
            await second.hear("Are you still the same?")
            await until(lambda: len(home.functions.turns) == 5)
            await line.hang_up()
            await until(lambda: "stream.ended" in home.functions.event_types())
    assert home.functions.event_types().count("engine.rolled_over") == 1
    assert "engine.switched" not in home.functions.event_types()
    purposes = [create["response"]["metadata"]["purpose"] for create in second.of_type("response.create")]
    assert purposes == ["reply"]
    assert home.engine.errors == []


async def test_the_hotels_clip_greets_the_caller_when_the_engine_does_not(tmp_path: Path) -> None:
    clip = tmp_path / "greeting.ulaw"
    clip.write_bytes(b"\x2a" * 4000)
    async with house.running() as home:
        home.engine.ignores_sessions = True
        opening = {"instructions": "Say hello.", "text": OPENING, "clip_url": clip.as_uri()}
        home.functions.session = session_answer(opening=opening)
        async with call(home.port) as line:
            await until(lambda: len(home.functions.turns) == 1)
            assert bytes(line.played) == b"\x2a" * 4000
            [turn] = home.functions.turns
            assert (turn["role"], turn["text"], turn["heard_ms"]) == ("assistant", OPENING, 500)
            await line.hang_up()


async def test_a_call_that_an_interruption_cuts_off_in_its_arguments_is_not_made_and_its_engine_forgets_it() -> None:
    async with house.running() as home, call(home.port):
        half = CallTool("hold_room", '{"room_type":"queen"}', ms=60_000)
        home.engine.replies.extend([(Say("Good evening.", 100),), (half,), (Say("Two queens, then.", 200),)])
        engine = await home.engine.connection()
        await until(lambda: len(home.functions.turns) == 1)
        await engine.hear("A queen, please.")
        await until(lambda: any(item.kind == "function_call" for item in engine.items.values()))
        await engine.hear("No, two of them.")
        await until(lambda: "Two queens, then." in [turn["text"] for turn in home.functions.turns])
        assert not any(item.kind == "function_call" for item in engine.items.values())
        assert home.functions.tool_calls == []
