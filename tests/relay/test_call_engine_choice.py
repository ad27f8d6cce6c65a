"""Which engine a call asks next, how often, and what becomes of it when none is left; as events in and messages out."""

from __future__ import annotations

import pytest

from relay import messages as msg
from relay import realtime
from relay.desk_line import SERVED_MS
from relay.failover import ENGINE_TRIES, EngineChoice
from relay.functions import PostThen, PostTurn, ToolAnswer
from relay.realtime import CreateResponse
from tests.relay.stage import SILENCE, START, Stage, of_type, session


def test_transient_failures_are_tried_again_fatal_ones_are_not() -> None:
    stage = Stage()
    stage.receive(START, session())
    assert msg.OpenEngine(1, 1) in stage.receive(msg.EngineLost(0, "upgrade answered 401", fatal=True))
    assert msg.OpenEngine(2, 1) in stage.receive(msg.EngineLost(1, "timeout"))
    assert of_type(stage.receive(msg.EngineLost(2, "timeout")), PostThen) == [PostThen(reason="engines_lost")]


def test_an_engine_whose_session_expired_in_use_is_asked_first_for_another_one_however_often() -> None:
    stage = Stage().talking(idle_s=600)
    stage.frame = SILENCE
    for line in range(5):
        stage.wait(SERVED_MS)
        said = stage.receive(msg.EngineLost(line, "session_expired", kind="expired"))
        assert of_type(said, msg.OpenEngine) == [msg.OpenEngine(line + 1, 0)]
        stage.receive(msg.EngineOpened(line + 1), msg.EngineReady(line + 1))


def test_failures_of_engines_that_have_served_well_since_do_not_add_up_over_a_long_call() -> None:
    stage = Stage().talking(idle_s=3600, call_s=3600)
    stage.frame = SILENCE
    for line in range(10):
        stage.wait(SERVED_MS)
        assert len(of_type(stage.receive(msg.EngineLost(line, "closed 1006")), msg.OpenEngine)) == 1
        stage.receive(msg.EngineOpened(line + 1), msg.EngineReady(line + 1))
    assert stage.all_of(PostThen) == []


def test_an_engine_that_was_ruled_out_while_it_served_stays_so() -> None:
    stage = Stage(EngineChoice("only"), renew_before_ms=60_000)
    stage.receive(START, session(idle_s=3600), msg.EngineOpened(0), msg.EngineReady(0, 2 * SERVED_MS))
    stage.agent_says("Good evening.", response="resp_0", item="item_0", ms=400)
    stage.frame = SILENCE
    stage.wait(SERVED_MS + 100)
    stage.receive(msg.EngineLost(1, "upgrade answered 401", fatal=True, kind="bad_key"))
    said = stage.receive(msg.EngineLost(0, "closed 1006"))
    assert of_type(said, msg.OpenEngine, PostThen) == [PostThen(reason="engines_lost")]


@pytest.mark.parametrize("kind", ["expired", "lost"])
@pytest.mark.parametrize("used_ms", [0, 5000])
def test_engines_that_serve_for_a_moment_and_are_gone_are_not_asked_without_end(kind: str, used_ms: int) -> None:
    stage = Stage()
    stage.receive(START, session())
    while not stage.all_of(PostThen):
        assert len(stage.all_of(msg.OpenEngine)) <= 2 * ENGINE_TRIES
        line = stage.all_of(msg.OpenEngine)[-1].line
        stage.receive(msg.EngineOpened(line), msg.EngineReady(line))
        stage.wait(used_ms)
        stage.receive(msg.EngineLost(line, "gone", kind=kind))
    assert [opened.engine for opened in stage.all_of(msg.OpenEngine)] == [0, 1, 0, 1], "each has its turn"
    assert stage.all_of(PostThen) == [PostThen(reason="engines_lost")]


def test_an_engine_that_has_every_session_expire_before_it_is_ready_is_given_up() -> None:
    stage = Stage(EngineChoice("only"))
    stage.receive(START, session(), msg.EngineOpened(0))
    said = stage.receive(msg.EngineLost(0, "session_expired", kind="expired"))
    assert of_type(said, msg.OpenEngine) == [msg.OpenEngine(1, 0)]
    said = stage.receive(msg.EngineOpened(1), msg.EngineLost(1, "session_expired", kind="expired"))
    assert of_type(said, msg.OpenEngine, PostThen) == [PostThen(reason="engines_lost")]


@pytest.mark.parametrize("code", ["insufficient_quota", "invalid_api_key"])
def test_a_fatal_error_goes_to_the_next_engine_and_does_not_come_back(code: str) -> None:
    stage = Stage().talking()
    assert msg.OpenEngine(1, 1) in stage.receive(realtime.EngineError(code, "", ""))
    said = stage.receive(msg.EngineLost(1, "closed", fatal=True))
    assert of_type(said, PostThen) == [PostThen(reason="engines_lost")]


def test_an_engine_that_refuses_the_session_or_never_answers_is_given_up() -> None:
    stage = Stage()
    stage.receive(START, session(), msg.EngineOpened(0))
    assert msg.OpenEngine(1, 1) in stage.receive(msg.EngineLost(0, "session refused: invalid_value", fatal=True))
    assert of_type(stage.wait(3100), msg.OpenEngine) == [msg.OpenEngine(2, 1)]


def test_a_response_that_fails_is_asked_for_once_more_then_the_engine_is_changed() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello")
    stage.receive(realtime.ResponseCreated("r1"))
    said = stage.receive(realtime.ResponseDone("r1", "failed", "server_error"))
    assert len(of_type(said, CreateResponse)) == 1
    stage.receive(realtime.ResponseCreated("r2"))
    assert msg.OpenEngine(1, 1) in stage.receive(realtime.ResponseDone("r2", "failed", "server_error"))


def test_what_the_caller_is_hearing_is_played_to_its_end_when_no_engine_is_left() -> None:
    stage = Stage(EngineChoice("only")).talking()
    stage.caller_says("How much is it?")
    stage.agent_says("Ninety dollars a night.", response="r", item="i", ms=2000)
    stage.wait(300)
    stage.receive(msg.EngineLost(0, "closed", fatal=True))
    assert of_type(stage.wait(1600), PostThen) == []
    assert of_type(stage.wait(200), PostThen) == [PostThen(reason="engines_lost")]
    assert [turn.interrupted for turn in stage.all_of(PostTurn)] == [False] * 3


def test_a_goodbye_that_the_caller_is_hearing_ends_the_call_though_no_engine_is_left() -> None:
    stage = Stage(EngineChoice("only")).talking()
    stage.caller_says("Bye.")
    stage.calls_tool(response="r")
    stage.receive(ToolAnswer("call_1", ok=True, result={"ok": True}, then={"action": "hangup"}))
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=1000)
    stage.wait(300)
    stage.receive(msg.EngineLost(0, "closed", fatal=True))
    assert of_type(stage.wait(1000), PostThen) == [PostThen(tool_call_id="call_1")]


def test_nobody_is_hung_up_on_without_a_goodbye_because_no_engine_is_left() -> None:
    stage = Stage(EngineChoice("only")).talking()
    stage.caller_says("Bye.")
    stage.calls_tool(response="r")
    stage.receive(ToolAnswer("call_1", ok=True, result={"ok": True}, then={"action": "hangup"}))
    stage.receive(realtime.ResponseCreated("r2"))
    assert of_type(stage.receive(msg.EngineLost(0, "closed", fatal=True)), PostThen) == [
        PostThen(reason="engines_lost")
    ]
