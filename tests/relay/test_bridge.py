"""The relay over real sockets on 127.0.0.1, between a small Twilio, a strict engine and a fake of functions.

`house.running` asserts at its end that nothing of any call is left: no bridge, no task, no open socket.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from tests.relay import house
from tests.relay.fake_engine import FakeEngine
from tests.relay.fake_functions import OPENING, SESSION_ID, session_answer
from tests.relay.fake_responses import CallTool, Say
from tests.relay.house import until
from tests.relay.phone import FRAME, call, phone

# --- a whole call ---


async def test_a_caller_is_greeted_asks_and_is_answered_with_a_tool() -> None:
    async with house.running() as home, call(home.port) as line:
        home.engine.replies.extend([(Say(OPENING, 400),), (CallTool("check_availability", '{"adults":2}'),)])
        home.functions.answers["check_availability"] = {"ok": True, "result": {"total": "$335.72"}}
        engine = await home.engine.connection()
        await until(lambda: len(line.played) == 3200)
        home.engine.replies.append((Say("That is $335.72.", 600),))
        await engine.hear("Two nights from Friday, please.")
        await until(lambda: len(line.played) == 8000)
        await until(lambda: len(home.functions.turns) == 3)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
    assert home.engine.errors == []
    purposes = [create["response"]["metadata"]["purpose"] for create in engine.of_type("response.create")]
    assert purposes == ["opening", "reply", "reply"]
    assert [(turn["role"], turn["text"]) for turn in home.functions.turns] == [
        ("assistant", OPENING),
        ("user", "Two nights from Friday, please."),
        ("assistant", "That is $335.72."),
    ]
    [tool_call] = home.functions.tool_calls
    assert tool_call["arguments"] == {"adults": 2}
    assert tool_call["key"] == f"{SESSION_ID}:{tool_call['tool_call_id']}"
    assert sorted(home.functions.event_types()) == [
        "conversation.function_call",
        *["conversation.message"] * 3,
        "conversation.started",
        "stream.ended",
    ]
    stream = home.functions.event("stream.ended")["stream"]
    assert (stream["turns"], stream["tool_calls"], stream["engine"], stream["model"]) == (3, 1, "engine-0", "fake")
    assert stream["usage"]["total_tokens"] == 90
    assert stream["frames_out"] == 50


async def test_an_event_that_has_waited_says_when_it_happened() -> None:
    """Digits may be the beginning of a card number, until the caller says something else."""
    async with house.running() as home, call(home.port) as line:
        engine = await home.engine.connection()
        await until(lambda: len(home.functions.turns) == 1)
        await engine.hear("4242")
        await until(lambda: len(home.functions.turns) == 3)
        await engine.hear("The room, I mean.")
        await until(lambda: len(home.functions.turns) == 5)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
    told = [event for event in home.functions.events if event["event_type"] == "conversation.message"]
    assert [event["turn"] for event in told] == [1, 3, 2, 4, 5]
    assert [event["turn"] for event in sorted(told, key=lambda event: str(event["timestamp"]))] == [1, 2, 3, 4, 5]


async def test_the_callers_audio_reaches_the_engine_whole_from_the_first_frame() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        for n in range(50):
            await line.media(bytes([n]) * 160)
        engine = await home.engine.connection()
        for n in range(50, 60):
            await line.media(bytes([n]) * 160)
        await until(lambda: engine.audio_ms == 1200)
        assert engine.audio == b"".join(bytes([n]) * 160 for n in range(60))


async def test_an_interrupted_answer_is_truncated_to_what_the_caller_heard() -> None:
    async with house.running() as home, call(home.port) as line:
        home.engine.replies.append((Say("A very long greeting, without any end to it.", 6000, speed=3),))
        engine = await home.engine.connection()
        await until(lambda: len(line.played) >= 8 * 700)
        item = await engine.speech_starts()
        await until(lambda: line.cleared == 1)
        [truncate] = engine.of_type("conversation.item.truncate")
        assert abs(truncate["audio_end_ms"] - len(line.played) / 8) <= 60
        await engine.speech_stops(item, "Stop!")
        await until(lambda: len(engine.of_type("response.create")) == 2)
        await until(lambda: len(home.functions.turns) >= 2)
        assert home.functions.turns[0]["interrupted"] is True
    assert home.engine.errors == []


async def test_keys_become_a_tool_call_and_their_digits_appear_nowhere_else(capfd: pytest.CaptureFixture[str]) -> None:
    async with house.running() as home, call(home.port) as line:
        note = "The guest keyed a phone number ending in 99."
        home.functions.answers["handle_ivr_menu"] = {"ok": True, "result": {"note": note}}
        engine = await home.engine.connection()
        await line.press("2075550199#")
        await until(lambda: engine.of_type("conversation.item.create"))
        assert home.functions.tool_calls[0]["arguments"] == {"keys": "2075550199"}
        assert home.functions.tool_calls[0]["tool_call_id"] == "dtmf-1-1"
        await until(lambda: "conversation.function_call" in home.functions.event_types())
    assert "2075550199" not in json.dumps(home.functions.events) + json.dumps(engine.received)
    assert "2075550199" not in "".join(capfd.readouterr())


async def test_a_goodbye_is_heard_then_posted_and_the_stream_closed() -> None:
    async with house.running() as home, call(home.port) as line:
        home.engine.replies.extend([(Say(OPENING, 200),), (CallTool("end_call"),), (Say("Goodbye.", 1000),)])
        home.functions.answers["end_call"] = {"ok": True, "result": {"ok": True}, "then": {"action": "hangup"}}
        engine = await home.engine.connection()
        await until(lambda: len(home.functions.turns) == 1)
        await engine.hear("Bye.")
        await until(lambda: home.functions.thens)
        assert len(line.played) == 8 * 1200
        assert home.functions.thens == [
            {"v": 1, "attempt": 1, "tool_call_id": home.functions.tool_calls[0]["tool_call_id"]}
        ]
        assert await line.wait_closed() == 1000
    assert [turn["text"] for turn in home.functions.turns] == [OPENING, "Bye.", "Goodbye."]


async def test_nothing_waits_for_a_slow_tool() -> None:
    async with house.running(TOOL_ANNOUNCE_MS="100") as home, call(home.port):
        home.engine.replies.extend([(Say(OPENING, 100),), (CallTool("slow"),), (Say("One moment.", 200),)])
        home.functions.held["slow"] = asyncio.Event()
        engine = await home.engine.connection()
        await until(lambda: len(home.functions.turns) == 1)
        await engine.hear("Something slow, please.")
        await until(lambda: home.functions.tool_calls)
        before = engine.audio_ms
        await until(lambda: engine.audio_ms - before > 500 and len(engine.of_type("response.create")) == 3)
        home.functions.held["slow"].set()
        await until(lambda: len(engine.of_type("response.create")) == 4)
        purposes = [create["response"]["metadata"]["purpose"] for create in engine.of_type("response.create")]
        assert purposes == ["opening", "reply", "announce", "reply"]
    assert home.engine.errors == []


async def test_both_sides_are_recorded_byte_for_byte(tmp_path: Path) -> None:
    async with house.running(recordings=tmp_path) as home, phone(home.port) as line:
        with house.stopped_clock():  # a caller who is silent before they hang up is recorded for as long
            await line.start()
            for n in range(520):
                await line.media(bytes([n % 256]) * 160)
            await until(lambda: home.engine.connections and home.engine.connections[0].audio_ms == 10_400)
            await line.hang_up()
            await until(lambda: not home.relay.house.bridges)
    files = sorted((tmp_path / SESSION_ID).iterdir())
    names = [f"1-{side}-0000{n}.ulaw" for side in ("agent", "caller") for n in (0, 1)]
    assert [file.name for file in files] == names
    assert [file.stat().st_size for file in files] == [80_000, 3_200] * 2
    assert b"".join(file.read_bytes() for file in files[2:]) == bytes(home.engine.connections[0].audio)
    assert home.functions.event("stream.ended")["stream"]["recording"] == {
        "duration_ms": 10_400,
        "files": 4,
        "failed": 0,
        "waiting": 0,
        "pauses": 0,
    }


async def test_a_session_that_is_not_to_be_recorded_leaves_no_file(tmp_path: Path) -> None:
    async with house.running(recordings=tmp_path) as home:
        home.functions.session = session_answer(recording={"on": False})
        async with phone(home.port) as line:
            await line.start()
            await line.media()
            await home.engine.connection()
            await line.hang_up()
    assert os.listdir(tmp_path) == []
    assert "recording" not in home.functions.event("stream.ended")["stream"]


# --- engines ---


async def test_a_lost_engine_is_replaced_and_told_everything() -> None:
    async with house.running(engines=2) as home, call(home.port) as line:
        first, second = home.engines
        first.replies.extend([(Say(OPENING, 200),), (CallTool("check", "{}", "call_1"),), (Say("There is one.", 200),)])
        home.functions.answers["check"] = {"ok": True, "result": {"free": 1}}
        engine = await first.connection()
        await until(lambda: len(home.functions.turns) == 1)
        await engine.hear("A room, please.")
        await until(lambda: len(home.functions.turns) == 3)
        lost_at = asyncio.get_running_loop().time()
        engine.socket.transport.abort()
        other = await second.connection()
        assert asyncio.get_running_loop().time() - lost_at < 1.5
        await until(lambda: len(other.items) == 5)
        assert [(item.kind, item.role, item.text) for item in other.items.values()] == [
            ("message", "assistant", OPENING),
            ("message", "user", "A room, please."),
            ("function_call", "", "check"),
            ("function_call_output", "", '{"free":1}'),
            ("message", "assistant", "There is one."),
        ]
        await other.hear("And breakfast?")
        await until(lambda: len(home.functions.turns) == 5)
        assert len(line.played) > 0
        await until(lambda: "engine.switched" in home.functions.event_types())
    assert first.errors == second.errors == []


async def test_an_engine_that_refuses_our_key_is_followed_by_the_next_which_never_sees_that_key() -> None:
    async with (
        house.running(engines=2, ENGINE_AUTH_ENGINE_0="bearer:OTHER_KEY", OTHER_KEY="a-key-for-another-house") as home,
        call(home.port),
    ):
        await home.engines[1].connection()
        assert home.engines[0].refused_keys == ["Bearer a-key-for-another-house"]
        assert home.engines[1].refused_keys == []


async def test_without_any_engine_the_call_is_given_back() -> None:
    async with house.running(ENGINE_KEY="wrong") as home, phone(home.port) as line:
        await line.start()
        assert await line.wait_closed() == 1000
        assert home.functions.thens == [{"v": 1, "attempt": 1, "reason": "engines_lost"}]


async def test_the_engines_url_is_filled_in_from_the_session() -> None:
    async with FakeEngine().running() as engine:
        url = engine.url + "&property_id={property_id}&session_id={session_id}"
        async with house.running(ENGINES=f"engine-0=realtime:{url}") as home, call(home.port):
            await engine.connection()
    assert engine.paths == [f"/v1/realtime?model=fake&property_id=west-bethel-motel&session_id={SESSION_ID}"]


# --- admission and leaving ---


async def test_a_refused_session_closes_the_stream_for_functions_to_speak() -> None:
    async with house.running() as home, phone(home.port) as line:
        home.functions.session = {"v": 1, "ok": False, "error": {"code": "busy", "say": "All our lines are busy."}}
        await line.start()
        assert await line.wait_closed() == 1000
        assert home.count("ended_refused_busy") == 1


async def test_one_call_too_many_is_given_back_as_busy() -> None:
    async with house.running(MAX_CALLS="1") as home, call(home.port) as first:
        await home.engine.connection()
        async with phone(home.port) as second:
            second.stream_sid = "MZ2"
            await second.start("token-2")
            assert await second.wait_closed() == 1000
        assert home.functions.thens == [{"v": 1, "attempt": 1, "reason": "busy"}]
        await first.hang_up()


async def test_a_drain_hands_the_call_over_with_its_history_and_loses_no_event() -> None:
    async with house.running() as home, call(home.port) as line:
        await home.engine.connection()
        await until(lambda: len(home.functions.turns) == 1)
        await home.relay.drain()
        assert await line.wait_closed() == 1000
        assert home.functions.thens == [{"v": 1, "attempt": 1, "reason": "draining"}]
        assert "stream.ended" in home.functions.event_types()


async def test_health_says_how_many_calls_there_are() -> None:
    async with house.running() as home, call(home.port):
        await home.engine.connection()
        reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = (await reader.read()).decode()
        writer.close()
        assert answer.startswith("HTTP/1.1 200 ")
        assert json.loads(answer.partition("\r\n\r\n")[2])["calls"] == 1


async def test_a_hang_up_closes_the_engine_within_a_second() -> None:
    async with house.running() as home, call(home.port) as line:
        await home.engine.connection()
        await line.media(FRAME)
        await line.hang_up()
        await until(lambda: home.engine.open_connections == 0, timeout_s=1)
