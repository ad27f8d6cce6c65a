"""The engines of a call: chosen by the hotel, raced when one is slow, followed by the next when one is lost.

The bounds here are of the call's own clock; how fast a real connection is made is for bench/ to say.
"""

from __future__ import annotations

import pytest

from relay import messages as msg
from relay import realtime
from relay.arbiter import Purpose
from relay.engine_desk import STEP_WAIT_MS
from relay.failover import EngineChoice
from relay.functions import FetchSession, PostThen, RunTool, SessionRefused, ToolAnswer
from relay.sentences import CARRY_ON
from tests.relay.stage import START, THREE, Stage, lines, of_type, session

ANSWERED_BY_MS = 1500
# What a good engine needs for each of its steps.
OPENS_MS = 250
CONFIGURES_MS = 150


def becomes_ready(stage: Stage, line: int, lasts_ms: int = 3_600_000) -> list[msg.Message]:
    """The line takes both steps as fast as a good engine."""
    stage.wait(OPENS_MS)
    stage.receive(msg.EngineOpened(line))
    stage.wait(CONFIGURES_MS)
    return stage.receive(msg.EngineReady(line, lasts_ms))


# --- the hotel chooses ---


def test_a_hotels_engine_answers_though_the_first_of_the_list_was_begun_with() -> None:
    stage = Stage(EngineChoice("first", reachable_before_session=True), *THREE[1:])
    assert lines(stage.receive(START)) == [(0, 0)]
    said = stage.receive(session(engine="third"))
    assert of_type(said, msg.CloseEngine, msg.OpenEngine) == [msg.CloseEngine(0), msg.OpenEngine(1, 2)]
    assert of_type(becomes_ready(stage, 1), msg.UseEngine) == [msg.UseEngine(1)]
    assert not stage.all_of(msg.EngineFailed), "nobody is to blame"


def test_the_others_follow_a_hotels_engine_that_fails() -> None:
    stage = Stage(*THREE)
    stage.receive(START)
    assert lines(stage.receive(session(engine="third"))) == [(0, 2)]
    assert lines(stage.receive(msg.EngineLost(0, "closed 1006"))) == [(1, 0)]
    assert lines(stage.receive(msg.EngineLost(1, "closed 1006"))) == [(2, 1)]


def test_an_engine_that_the_relay_does_not_have_is_passed_over() -> None:
    stage = Stage(*THREE)
    stage.receive(START)
    assert lines(stage.receive(session(engine="fourth"))) == [(0, 0)]


def test_a_hotels_engine_that_speaks_otherwise_gets_a_session_of_its_own() -> None:
    stage = Stage(THREE[0], EngineChoice("live", dialect="live"))
    stage.receive(START)
    said = stage.receive(session(engine="live"))
    assert [message.dialect for message in said if isinstance(message, FetchSession)] == ["live"]
    assert lines(said) == [(0, 1)]


# --- an engine is lost ---


def test_the_next_engine_answers_within_1500_ms_though_one_in_between_is_dead() -> None:
    stage = Stage(*THREE).talking()
    stage.caller_says("Do you have a room?")
    lost_ms = stage.now_ms
    assert lines(stage.receive(msg.EngineLost(0, "closed 1006"))) == [(1, 1)]
    said = stage.wait(480)
    assert lines(said) == [], "the second engine still has time"
    assert lines(stage.wait(40)) == [(2, 2)], "it says nothing, so the third is tried beside it"
    said = becomes_ready(stage, 2)
    assert stage.now_ms - lost_ms <= ANSWERED_BY_MS
    assert of_type(said, msg.CloseEngine, msg.UseEngine) == [msg.CloseEngine(1), msg.UseEngine(2)]
    assert said[-1] == realtime.CreateResponse("create_1", Purpose.REPLY, CARRY_ON)


def test_an_engine_that_opens_and_then_says_nothing_costs_no_more() -> None:
    stage = Stage(*THREE).talking()
    stage.caller_says("Do you have a room?")
    lost_ms = stage.now_ms
    stage.receive(msg.EngineLost(0, "closed 1006"))
    stage.wait(OPENS_MS)
    stage.receive(msg.EngineOpened(1))
    assert lines(stage.wait(540)) == [(2, 2)]
    said = becomes_ready(stage, 2)
    assert stage.now_ms - lost_ms <= ANSWERED_BY_MS
    assert of_type(said, realtime.CreateResponse)


def test_an_engine_whose_session_functions_are_slow_to_give_costs_no_more() -> None:
    stage = Stage(THREE[0], EngineChoice("live", "live"), THREE[2]).talking()
    stage.caller_says("Do you have a room?")
    lost_ms = stage.now_ms
    said = stage.receive(msg.EngineLost(0, "closed 1006"))
    assert lines(said) == [(1, 1)]
    assert [asked.dialect for asked in of_type(said, FetchSession) if isinstance(asked, FetchSession)] == ["live"]
    stage.wait(OPENS_MS)
    stage.receive(msg.EngineOpened(1))
    assert lines(stage.wait(540)) == [(2, 2)]
    said = becomes_ready(stage, 2)
    assert stage.now_ms - lost_ms <= ANSWERED_BY_MS
    assert of_type(said, msg.CloseEngine, msg.UseEngine) == [msg.CloseEngine(1), msg.UseEngine(2)]


def test_waiting_for_another_engines_session_is_not_that_engines_fault() -> None:
    stage = Stage(THREE[0], EngineChoice("live", "live")).talking()
    stage.receive(msg.EngineLost(0, "closed 1006"), msg.EngineOpened(1))
    stage.wait(540)
    stage.receive(msg.EngineLost(2, "upgrade answered 503"))
    stage.wait(STEP_WAIT_MS)
    assert [failed.engine for failed in stage.all_of(msg.EngineFailed)] == ["first", "first"]
    stage.receive(session(dialect="live"))
    assert of_type(stage.receive(msg.EngineReady(1)), msg.UseEngine) == [msg.UseEngine(1)]


@pytest.mark.parametrize(("code", "asked"), [("session_unavailable", 2), ("refused_unknown_dialect", 1)])
def test_functions_that_were_out_of_reach_are_asked_for_an_engines_session_once_more(code: str, asked: int) -> None:
    stage = Stage(THREE[0], EngineChoice("live", "live")).talking()
    stage.receive(msg.EngineLost(0, "closed 1006"), msg.EngineOpened(1))
    assert lines(stage.receive(SessionRefused(code, 1011, "live"))) == [(2, 0)]
    stage.receive(msg.EngineLost(2, "closed 1006"))
    assert [each.dialect for each in stage.all_of(FetchSession)] == ["realtime", *["live"] * asked]
    assert len(stage.all_of(PostThen)) == (asked == 1)


def test_one_that_is_late_but_ready_first_is_used_and_the_other_let_go() -> None:
    stage = Stage(*THREE).talking()
    stage.receive(msg.EngineLost(0, "closed 1006"))
    stage.wait(520)
    stage.receive(msg.EngineOpened(1), msg.EngineOpened(2))
    said = stage.receive(msg.EngineReady(1))
    assert of_type(said, msg.CloseEngine, msg.UseEngine) == [msg.CloseEngine(2), msg.UseEngine(1)]
    assert stage.receive(msg.EngineReady(2)) == [], "too late"


def test_a_dead_engine_is_given_up_and_the_next_that_fails_does_not_end_the_call() -> None:
    stage = Stage(*THREE).talking()
    stage.receive(msg.EngineLost(0, "closed 1006"))
    stage.wait(520)
    said = stage.receive(msg.EngineLost(2, "upgrade answered 503"))
    assert lines(said) == [(3, 0)], "the first is asked again"
    assert msg.CloseEngine(1) not in said, "beside the second, which may still come"
    becomes_ready(stage, 3)
    assert stage.all_of(PostThen) == []
    assert stage.published("engine.switched")[0].fields == {"engine": {"from": "first", "to": "first"}}


def test_a_calls_first_engine_has_more_time_before_another_is_asked() -> None:
    stage = Stage(*THREE)
    stage.receive(START, session())
    assert lines(stage.wait(1480)) == []
    assert lines(stage.wait(40)) == [(1, 1)]


def test_waiting_for_functions_is_not_the_engines_fault() -> None:
    stage = Stage(EngineChoice("first", reachable_before_session=True), EngineChoice("second"))
    stage.receive(START, msg.EngineOpened(0))
    assert lines(stage.wait(3500)) == []
    assert of_type(stage.receive(session()), msg.ToLine)


def test_a_tool_in_flight_is_run_once_and_its_result_reaches_the_engine_that_follows() -> None:
    stage = Stage(*THREE).talking()
    stage.caller_says("A room")
    stage.calls_tool("hold_booking", response="r1")
    stage.receive(msg.EngineLost(0, "closed 1006"))
    stage.wait(520)
    stage.receive(msg.EngineOpened(2), msg.EngineReady(2))
    said = stage.receive(ToolAnswer("call_1", ok=True, result={"id": 7}))
    assert said[:2] == [
        realtime.AddFunctionCall("call_1", "hold_booking", "{}"),
        realtime.AddFunctionOutput("call_1", '{"id":7}'),
    ]
    assert len(stage.all_of(RunTool)) == 1


def test_an_answer_between_two_engines_is_among_what_the_next_is_told() -> None:
    stage = Stage(*THREE).talking()
    stage.caller_says("A room")
    stage.calls_tool("hold_booking", response="r1")
    stage.receive(msg.EngineLost(0, "closed"), ToolAnswer("call_1", ok=True, result={"id": 7}), msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert of_type(said, realtime.AddFunctionOutput) == [realtime.AddFunctionOutput("call_1", '{"id":7}')]
    assert len(stage.all_of(RunTool)) == 1


# --- alerts ---


def test_each_kind_of_failure_is_told_once_in_a_call_though_it_is_counted_each_time() -> None:
    stage = Stage(EngineChoice("first"), EngineChoice("second"))
    stage.receive(START, msg.EngineLost(0, "upgrade answered 401", fatal=True, kind="bad_key"))
    stage.receive(session())
    failed = [message for message in stage.all_of(msg.EngineFailed)]
    assert stage.published("engine.failed") == [] == failed, "no line was opened before the session"
    stage.receive(msg.EngineLost(0, "upgrade answered 401", fatal=True, kind="bad_key"))
    stage.receive(msg.EngineLost(1, "timeout", kind="unavailable"), msg.EngineLost(2, "timeout", kind="unavailable"))
    assert [event.fields["engine"] for event in stage.published("engine.failed")] == [
        {"name": "first", "kind": "bad_key", "problem": "upgrade answered 401", "fatal": True},
        {"name": "second", "kind": "unavailable", "problem": "timeout", "fatal": False},
    ]
    assert len(stage.all_of(msg.EngineFailed)) == 3


def test_a_failure_from_before_the_session_is_told_once_there_is_one() -> None:
    stage = Stage(EngineChoice("first", reachable_before_session=True), EngineChoice("second"))
    stage.receive(START, msg.EngineLost(0, "upgrade answered 401", fatal=True, kind="bad_key"))
    assert stage.published("engine.failed") == []
    stage.receive(session())
    assert stage.published("engine.failed")[0].fields["engine"]["kind"] == "bad_key"


@pytest.mark.parametrize("kind", ["bad_key", "quota"])
def test_there_is_no_end_less_asking_of_engines_that_refuse_us(kind: str) -> None:
    stage = Stage(*THREE)
    stage.receive(START, session())
    for line in range(3):
        stage.receive(msg.EngineLost(line, "no", fatal=True, kind=kind))
    assert len(stage.all_of(msg.OpenEngine)) == 3
    assert stage.all_of(PostThen) == [PostThen(reason="engines_lost")]
