"""What goes wrong in whole calls in the live dialect, over real sockets, against a strict fake of the service.

`live_house.running` asserts at its end that nothing of any call is left: no bridge, no task, no open socket.
"""

from __future__ import annotations

import asyncio

import pytest

from relay import engine_line
from tests.relay.fake_functions import OPENING
from tests.relay.fake_live_backend import Backend, BackendCall
from tests.relay.house import until
from tests.relay.live_house import asks, dumped, live_answer, running, said
from tests.relay.phone import call, phone


async def test_errors_unknown_events_and_null_codes_do_not_end_a_call() -> None:
    async with running() as home, call(home.port) as line:
        home.live.made_up.add("session.hologram.delta")
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await engine.send("session.hologram.delta", shape="ghost")
        await engine.error(None, "Something without a code.")
        await engine.error("moderation_blocked", "That was not to be said.")
        engine.speak("We go on.", 600)
        await until(lambda: "We go on." in engine.said)
        await line.hang_up()
    assert len(home.live.connections) == 1


@pytest.mark.parametrize("fault", ["refuses", "never_starts", "drops", "expires"])
async def test_a_call_goes_on_with_the_realtime_engine(fault: str) -> None:
    async with running() as home, call(home.port) as line:
        home.live.refuses_with = "model_not_found" if fault == "refuses" else ""
        home.live.never_starts = fault == "never_starts"
        if fault in ("drops", "expires"):
            engine = await home.live.connection()
            await until(lambda: engine.said == [OPENING])
            asked = Backend(calls=(BackendCall("check_availability", '{"adults":2}', "call_1"),))
            home.live.backend.extend([asked, Backend()])  # it never comes to an answer
            await asks(engine, "Two nights from Friday, please.")
            await until(lambda: engine.calls == {"call_1": "answered"}, 10)
            await until(lambda: said(home.functions, "user"))
            home.live.never_starts = True
            if fault == "drops":
                engine.drop()
            else:
                await engine.close("expired")
        other = await home.realtime.connection()
        await until(lambda: other.of_type("response.create"), 10)
        assert [asked["dialect"] for asked in home.functions.sessions_asked] == ["live", "realtime"]
        items = [event["item"] for event in other.of_type("conversation.item.create")]
        if fault in ("drops", "expires"):
            words = [part["text"] for item in items for part in item.get("content", [])]
            assert words == [OPENING, "Two nights from Friday, please."]
            assert [item["type"] for item in items[2:]] == ["function_call", "function_call_output"]
            assert len(home.functions.tool_calls) == 1, "no tool is run twice"
            assert OPENING not in dumped(other.of_type("response.create"))
        else:
            assert OPENING in dumped(other.of_type("response.create"))
        await until(lambda: len(line.played) > 0)
        await line.hang_up()
    # What was on its way while the service closed met a session that was closing; nothing else of ours may be refused.
    crossed = {"expires": "session_closing"}.get(fault)
    assert [error for error in home.live.errors if error[0] != crossed] == [] or fault == "refuses"


async def test_a_tool_that_was_under_way_when_the_engine_was_lost_is_answered_to_the_next_one() -> None:
    async with running() as home, call(home.port) as line:
        home.live.backend.append(Backend(calls=(BackendCall("check_availability", "{}", "call_1"),)))
        home.functions.held["check_availability"] = asyncio.Event()
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await asks(engine, "Two nights from Friday, please.")
        await until(lambda: home.functions.tool_calls)
        home.live.never_starts = True
        engine.drop()
        other = await home.realtime.connection()
        await until(lambda: other.of_type("response.create"), 10)
        home.functions.held["check_availability"].set()
        await until(lambda: len(other.of_type("response.create")) == 2, 10)
        kinds = [event["item"]["type"] for event in other.of_type("conversation.item.create")]
        assert kinds[-2:] == ["function_call", "function_call_output"]
        await line.hang_up()
    assert len(home.functions.tool_calls) == 1


async def test_a_session_that_is_about_to_expire_is_replaced_between_two_turns_and_nobody_notices() -> None:
    async with running(ENGINES="", ENGINE_RENEW_BEFORE_S="4") as home:
        home.functions.session = live_answer()
        home.live.lasts_s = 6
        async with call(home.port) as line:
            engine = await home.live.connection()
            await until(lambda: engine.said == [OPENING])
            home.live.lasts_s = 7200
            await until(lambda: len(home.live.connections) == 2 and engine.closed, 10)
            second = home.live.connections[1]
            await until(lambda: second.timeline_ms >= 500, 10)
            await second.hear("Are you there?")
            await until(lambda: said(home.functions, "user") == ["Are you there?"], 10)
            await line.hang_up()
    assert home.live.errors == []
    assert [item["content"][0]["text"] for item in second.session["input"]] == [OPENING]
    assert second.appended("commentary") == []
    assert len(engine.of_type("session.close")) == 1
    assert len(home.functions.sessions_asked) == 1
    assert line.cleared == 0


async def test_a_session_of_half_a_minute_is_paid_for_once() -> None:
    async with running() as home, phone(home.port) as line:
        await line.start()
        engine = await home.live.connection()
        for _ in range(1600):
            await line.media()
        await until(lambda: engine.timeline_ms >= 32_000)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
    stream = home.functions.event("stream.ended")["stream"]
    assert stream["usage"]["seconds"] == pytest.approx(engine.timeline_ms / 1000, abs=0.3)
    assert stream["usage_by_model"]["gpt-live-1"]["seconds"] == stream["usage"]["seconds"]
    assert len([event for event in home.live.sent if event["type"] == "session.usage.updated"]) == 2


async def test_a_later_live_session_is_told_what_was_said() -> None:
    async with running(ENGINES="") as home:
        home.functions.session = live_answer()
        async with call(home.port) as line:
            engine = await home.live.connection()
            await until(lambda: engine.said == [OPENING])
            engine.drop()
            await until(lambda: len(home.live.connections) == 2, 10)
            second = home.live.connections[1]
            await until(lambda: second.started.is_set(), 10)
            await line.hang_up()
    assert [item["content"][0]["text"] for item in second.session["input"]] == [OPENING]
    assert OPENING not in dumped(second.received[1:])
    assert home.live.errors == []


async def test_a_session_in_another_format_than_the_callers_is_not_used() -> None:
    """The caller would hear noise."""
    async with running() as home, call(home.port) as line:
        home.live.grants = {"audio": {"format": {"type": "audio/pcm", "rate": 24000}, "output": {"voice": "marin"}}}
        await home.realtime.connection()
        await until(lambda: "engine.failed" in home.functions.event_types())
        failed = home.functions.event("engine.failed")["engine"]
        await line.hang_up()
    assert failed["problem"] == "session has another audio.format.type"


async def test_an_engine_that_never_answers_the_goodbye_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Source: OpenAI GPT-Live reference, ending: wait for session.closed, but not without end."""
    monkeypatch.setattr(engine_line, "GOODBYE_WAIT_S", 0.2)
    async with running() as home:
        home.live.never_closes = True
        async with call(home.port) as line:
            engine = await home.live.connection()
            await until(lambda: engine.said == [OPENING])
            await line.hang_up()
        await until(lambda: home.live.open_connections == 0, 2)
        assert len(engine.of_type("session.close")) == 1
