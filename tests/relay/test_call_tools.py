"""Tools and keys in a talk that does not stand still: several at once, called into an interruption, slow, repeated."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.arbiter import Purpose
from relay.departure import DRAIN_WAIT_MS
from relay.functions import PostThen, RunTool, ToolAnswer
from relay.realtime import CreateResponse
from relay.sentences import ONE_MOMENT
from tests.relay.stage import SILENCE, START, Stage, end_of, of_type, session


def calls(stage: Stage, *tool_call_ids: str, response: str = "r") -> list[msg.Message]:
    """The engine begins a response and calls these tools in it."""
    said = stage.receive(realtime.ResponseCreated(response))
    for tool_call_id in tool_call_ids:
        said += stage.receive(realtime.FunctionCalled(response, f"fc_{tool_call_id}", tool_call_id, "check", "{}"))
    return said


def outputs(stage: Stage) -> list[str]:
    return [output.tool_call_id for output in stage.all_of(realtime.AddFunctionOutput)]


def asked() -> Stage:
    stage = Stage().talking(idle_s=60)
    stage.caller_says("Two questions")
    return stage


# --- one at a time ---


def test_a_tool_is_run_answered_and_replied_to() -> None:
    stage = Stage().talking()
    stage.caller_says("A room for two")
    assert of_type(stage.calls_tool("check", response="r"), RunTool) == [RunTool("call_1", "check", {}, 3)]
    said = stage.receive(ToolAnswer("call_1", ok=True, result={"n": 1}))
    assert said[0] == realtime.AddFunctionOutput("call_1", '{"n":1}')
    assert of_type(said, CreateResponse)
    assert len(stage.published("conversation.function_call")) == 1


def test_a_slow_tool_is_announced_once_then_fails_politely_and_its_late_answer_is_dropped() -> None:
    stage = Stage().talking(idle_s=60)
    stage.caller_says("A room")
    stage.calls_tool("check", response="r")
    said = stage.wait(1600)
    assert of_type(said, CreateResponse) == [CreateResponse("create_3", Purpose.ANNOUNCE, ONE_MOMENT, False)]
    stage.agent_says("One moment.", response="r2", item="i2", ms=400)
    [output] = of_type(stage.wait(11_000), realtime.AddFunctionOutput)
    assert isinstance(output, realtime.AddFunctionOutput)
    assert "tool_timeout" in output.output
    assert stage.purposes == ["opening", "reply", "announce", "reply"]
    assert stage.receive(ToolAnswer("call_1", ok=True, result={})) == []
    [failed] = stage.published("tool.failed")
    function = {"name": "check", "tool_call_id": "call_1", "code": "tool_timeout"}
    assert failed.fields == {"turn": 3, "function": function}, "as functions tell of it"


def test_arguments_that_are_no_object_are_answered_without_asking_functions() -> None:
    stage = Stage().talking()
    stage.caller_says("A room")
    stage.receive(realtime.ResponseCreated("r"))
    said = stage.receive(realtime.FunctionCalled("r", "fc", "call_1", "check", '["a"]'))
    assert of_type(said, RunTool) == []
    assert len(of_type(said, realtime.AddFunctionOutput)) == 1


def test_nobody_is_asked_whether_they_are_there_who_waits_for_a_tool() -> None:
    stage = Stage().talking(idle_s=3)
    stage.frame = SILENCE
    stage.caller_says("A room")
    stage.calls_tool("check", response="r1")
    stage.wait(3000)
    stage.agent_says("One moment.", response="r2", item="i2", ms=400)
    stage.wait(4500)
    assert stage.purposes[-2:] == ["reply", "announce"], "there is nothing they could say"


def test_a_tool_that_has_not_answered_when_its_call_is_cleared_away_is_in_the_record_all_the_same() -> None:
    stage = Stage().talking()
    stage.caller_says("A room")
    stage.calls_tool("create_reservation", response="r")
    stage.receive(caller.Stop())
    assert stage.receive(msg.Finish()) == []
    [event] = stage.published("conversation.function_call")
    function = event.fields["function"]
    assert (function["name"], function["ok"], function["result"]["error"]["code"]) == (
        "create_reservation",
        False,
        "tool_timeout",
    )
    assert [event.event_type for event in stage.all_of(msg.Publish)][-3:] == [
        "conversation.function_call",
        "tool.failed",
        "stream.ended",
    ]


def test_a_tool_of_an_older_attempt_ends_this_stream() -> None:
    stage = Stage().talking()
    stage.caller_says("A room")
    stage.calls_tool("check", response="r")
    stale = ToolAnswer("call_1", ok=False, error={"code": "stale_attempt"}, is_stale_attempt=True)
    assert end_of(stage.receive(stale)) == msg.HangUp(1000, "stale_attempt")


def test_keys_become_one_tool_call_and_only_its_note_reaches_the_engine() -> None:
    stage = Stage().talking()
    said = stage.receive(*[caller.Dtmf(digit) for digit in "2075550199#"])
    assert said == [RunTool("dtmf-1-1", "handle_ivr_menu", {"keys": "2075550199"}, 1)]
    note = "The guest keyed a phone number ending in 99."
    said = stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": note}))
    assert said[0] == realtime.AddMessage("system", note)
    assert of_type(said, CreateResponse)
    assert "2075550199" not in repr(stage.published("conversation.function_call"))


def test_keys_end_with_a_pause_of_two_seconds() -> None:
    stage = Stage().talking()
    stage.receive(caller.Dtmf("4"), caller.Dtmf("2"))
    assert of_type(stage.wait(1980), RunTool) == []
    assert of_type(stage.wait(40), RunTool) == [RunTool("dtmf-1-1", "handle_ivr_menu", {"keys": "42"}, 1)]


# --- several at once ---


@pytest.mark.parametrize("done_after", [0, 1, 2])
def test_one_reply_is_asked_for_once_all_tools_of_a_response_have_answered(done_after: int) -> None:
    stage = asked()
    calls(stage, "call_1", "call_2")
    steps: list[msg.Event] = [ToolAnswer("call_2", ok=True), ToolAnswer("call_1", ok=True)]
    steps.insert(done_after, realtime.ResponseDone("r", "completed"))
    for step in steps[:-1]:
        assert of_type(stage.receive(step), CreateResponse) == []
    assert len(of_type(stage.receive(steps[-1]), CreateResponse)) == 1
    assert outputs(stage) == ["call_2", "call_1"]


def test_a_tool_that_fails_beside_one_that_answers_does_not_hold_the_reply() -> None:
    stage = asked()
    calls(stage, "call_1", "call_2")
    stage.receive(realtime.ResponseDone("r", "completed"), ToolAnswer("call_1", ok=True))
    stage.wait(1600)
    stage.agent_says("One moment.", response="r2", item="i2", ms=400)
    assert len(of_type(stage.wait(11_000), CreateResponse)) == 1
    assert sorted(outputs(stage)) == ["call_1", "call_2"]


def test_two_slow_tools_are_announced_together() -> None:
    stage = asked()
    calls(stage, "call_1", "call_2")
    stage.receive(realtime.ResponseDone("r", "completed"))
    assert len(of_type(stage.wait(1600), CreateResponse)) == 1
    stage.agent_says("One moment.", response="r2", item="i2", ms=400)
    assert of_type(stage.wait(4000), CreateResponse) == []
    assert stage.purposes == ["opening", "reply", "announce"]


# --- and the caller speaks ---


def test_a_tool_called_in_a_response_that_is_being_interrupted_runs_and_its_result_is_given() -> None:
    stage = asked()
    stage.agent_begins("Let me see.", response="r", item="i", ms=1000)
    stage.wait(200)
    stage.receive(realtime.SpeechStarted("user_2", 0))
    said = stage.receive(realtime.FunctionCalled("r", "fc", "call_1", "check", "{}"))
    assert of_type(said, RunTool) == [RunTool("call_1", "check", {}, 3)]
    stage.receive(realtime.ResponseDone("r", "cancelled"))
    said = stage.receive(ToolAnswer("call_1", ok=True, result={"n": 1}))
    assert of_type(said, realtime.AddFunctionOutput) == [realtime.AddFunctionOutput("call_1", '{"n":1}')]
    assert of_type(said, CreateResponse) == [], "the caller is speaking"
    said = stage.receive(realtime.SpeechStopped("user_2", 900), realtime.Committed("user_2"))
    assert len(of_type(said, CreateResponse)) == 1
    stage.agent_says("There is one.", response="r2", item="i2", ms=200)
    assert of_type(stage.wait(1000), CreateResponse) == [], "one reply for both"


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_a_call_that_is_cut_off_before_it_is_whole_is_forgotten_by_the_engine(is_interrupted: bool) -> None:
    """It is not run, so no answer comes: an engine that remembers it waits for one, or takes it for done."""
    stage = Stage().talking()
    stage.caller_says("Book it")
    whole = realtime.FunctionCalled("r1", "fc_1", "call_1", "check_availability", "{}")
    stage.receive(realtime.ResponseCreated("r1"), realtime.ItemAdded("r1", "fc_1", "function_call"), whole)
    stage.receive(realtime.ItemAdded("r1", "fc_2", "function_call"))
    if is_interrupted:
        stage.receive(realtime.SpeechStarted("user_2", 0))
    said = stage.receive(realtime.ResponseDone("r1", "cancelled" if is_interrupted else "incomplete"))
    assert of_type(said, realtime.DeleteItem) == [realtime.DeleteItem("fc_2")]


def test_a_caller_who_speaks_while_a_tool_runs_gets_an_answer_and_then_the_result() -> None:
    stage = asked()
    calls(stage, "call_1")
    stage.receive(realtime.ResponseDone("r", "completed"))
    stage.caller_says("Are you there?", item="user_2")
    stage.receive(realtime.ResponseCreated("r2"))
    assert of_type(stage.receive(ToolAnswer("call_1", ok=True)), CreateResponse) == [], "one at a time"
    stage.agent_begins("Yes, I am looking.", response="r2", item="i2", ms=200)
    said = stage.agent_ends("Yes, I am looking.", response="r2", item="i2")
    assert len(of_type(said, CreateResponse)) == 1
    assert len(stage.all_of(RunTool)) == 1


def test_a_tool_call_that_is_told_twice_runs_once() -> None:
    stage = asked()
    calls(stage, "call_1")
    stage.receive(realtime.FunctionCalled("r", "fc_call_1", "call_1", "check", "{}"))
    stage.receive(realtime.ResponseDone("r", "completed"), ToolAnswer("call_1", ok=True))
    stage.receive(ToolAnswer("call_1", ok=True))
    assert len(stage.all_of(RunTool)) == 1
    assert outputs(stage) == ["call_1"]
    assert stage.purposes == ["opening", "reply", "reply"]


def test_nobody_is_told_to_wait_while_speaking() -> None:
    stage = asked()
    calls(stage, "call_1")
    stage.receive(realtime.ResponseDone("r", "completed"), realtime.SpeechStarted("user_2", 0))
    assert of_type(stage.wait(3000), CreateResponse) == []
    said = stage.receive(realtime.SpeechStopped("user_2", 3000), realtime.Committed("user_2"))
    assert [create.purpose for create in of_type(said, CreateResponse)] == [Purpose.REPLY]  # type: ignore[union-attr]


# --- patience ---


def test_how_long_a_tool_may_take_is_a_setting() -> None:
    stage = Stage(tool_announce_ms=500, tool_timeout_ms=3000).talking(idle_s=60)
    stage.caller_says("A room")
    stage.calls_tool("check", response="r")
    assert of_type(stage.wait(480), CreateResponse) == []
    assert of_type(stage.wait(40), CreateResponse) == [CreateResponse("create_3", Purpose.ANNOUNCE, ONE_MOMENT, False)]
    stage.agent_says("One moment.", response="r2", item="i2", ms=400)
    assert of_type(stage.wait(2400), realtime.AddFunctionOutput) == []
    [output] = of_type(stage.wait(100), realtime.AddFunctionOutput)
    assert isinstance(output, realtime.AddFunctionOutput)
    assert "tool_timeout" in output.output
    assert stage.purposes[-1] == "reply"


def test_a_tool_that_answers_while_it_is_announced_is_answered_after_the_announcement() -> None:
    stage = asked()
    calls(stage, "call_1")
    stage.receive(realtime.ResponseDone("r", "completed"))
    stage.wait(1600)
    stage.agent_begins("One moment.", response="r2", item="i2", ms=800)
    assert of_type(stage.receive(ToolAnswer("call_1", ok=True)), CreateResponse) == []
    assert len(of_type(stage.agent_ends("One moment.", response="r2", item="i2"), CreateResponse)) == 1
    assert stage.all_of(caller.Clear) == []


# --- then ---


@pytest.mark.parametrize("action", ["transfer", "hold", "keys", "pay"])
def test_whatever_is_no_hang_up_is_carried_out_though_the_caller_speaks(action: str) -> None:
    stage = asked()
    calls(stage, "call_1")
    stage.receive(realtime.ResponseDone("r", "completed"))
    stage.receive(ToolAnswer("call_1", ok=True, then={"action": action}))
    stage.agent_says("One moment.", response="r2", item="i2", ms=600)
    stage.receive(realtime.SpeechStarted("user_2", 0))
    assert of_type(stage.wait(560), PostThen) == []
    assert of_type(stage.wait(100), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_later_then_takes_the_place_of_an_earlier_one() -> None:
    stage = asked()
    calls(stage, "call_1", "call_2")
    stage.receive(realtime.ResponseDone("r", "completed"))
    stage.receive(ToolAnswer("call_1", ok=True, then={"action": "hangup"}))
    stage.receive(ToolAnswer("call_2", ok=True, then={"action": "transfer"}))
    stage.agent_says("I will connect you.", response="r2", item="i2", ms=200)
    assert of_type(stage.wait(400), PostThen) == [PostThen(tool_call_id="call_2")]


def test_a_hang_up_that_was_withdrawn_may_be_asked_for_again() -> None:
    stage = asked()
    for n, item in ((1, "user_2"), (2, "user_3")):
        calls(stage, f"call_{n}", response=f"r{n}")
        stage.receive(realtime.ResponseDone(f"r{n}", "completed"))
        stage.receive(ToolAnswer(f"call_{n}", ok=True, then={"action": "hangup"}))
        stage.agent_begins("Goodbye.", response=f"bye_{n}", item=f"bye_{n}", ms=600)
        if n == 1:
            stage.wait(200)
            stage.caller_says("Wait", item=item)
            stage.receive(realtime.ResponseDone("bye_1", "cancelled"))
    stage.agent_ends("Goodbye.", response="bye_2", item="bye_2")
    assert of_type(stage.wait(800), PostThen) == [PostThen(tool_call_id="call_2")]


def test_a_number_that_is_being_keyed_is_not_cut_in_two_by_a_process_that_stops() -> None:
    stage = Stage().talking()
    for digit in "2075":
        stage.receive(caller.Dtmf(digit))
        stage.wait(300)
    stage.receive(msg.Drain())
    for digit in "550142":
        stage.receive(caller.Dtmf(digit))
        stage.wait(300)
    stage.receive(caller.Dtmf("#"))
    assert [dict(run.arguments) for run in stage.all_of(RunTool)] == [{"keys": "2075550142"}]
    stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={}))
    stage.wait(100)
    assert [then.reason for then in stage.all_of(PostThen)] == ["draining"]


def test_a_caller_who_never_stops_keying_does_not_hold_the_process_up() -> None:
    stage = Stage().talking()
    stage.receive(caller.Dtmf("1"), msg.Drain())
    for _ in range(DRAIN_WAIT_MS // 500 + 1):
        stage.receive(caller.Dtmf("1"))
        stage.wait(500)
    assert [then.reason for then in stage.all_of(PostThen)] == ["draining"]


def test_a_key_that_is_pressed_before_the_session_is_there_is_kept_as_the_voice_is() -> None:
    stage = Stage()
    stage.receive(START, caller.Dtmf("0"))
    stage.wait(1000)
    stage.receive(session(), msg.EngineOpened(0), msg.EngineReady(0))
    stage.wait(2100)
    assert [dict(run.arguments) for run in stage.all_of(RunTool)] == [{"keys": "0"}]
