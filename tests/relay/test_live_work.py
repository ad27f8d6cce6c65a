"""What a live engine delegates to its text model: tools run, outputs go back, and what is never done is given up."""

import pytest

from relay import caller, live
from relay import messages as msg
from relay.faults import Fault
from relay.functions import RunTool, ToolAnswer
from relay.live_backend import BEGINS_MS, ENDS_MS
from relay.live_work import CANNOT
from relay.sentences import CARRY_ON
from tests.relay.live_stage import LiveStage

# --- work of the text model ---


def test_a_call_is_run_once_and_its_output_waits_for_the_end_of_its_response() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", "call_1")
    assert [call.tool_call_id for call in stage.all_of(RunTool)] == ["call_1"]
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    assert stage.all_of(live.AddFunctionOutput) == []
    stage.ends()
    assert [o.output for o in stage.all_of(live.AddFunctionOutput)] == ['{"free":1}']
    assert len(stage.all_of(live.CreateResponse)) == 1
    stage.wait(1000)
    assert len(stage.all_of(live.CreateResponse)) == 1


def test_the_text_model_goes_on_once_when_no_call_of_the_session_is_open() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", "call_2")
    stage.ends()
    stage.receive(ToolAnswer("call_2", ok=True, result={}))
    assert len(stage.all_of(live.AddFunctionOutput)) == 1
    assert stage.all_of(live.CreateResponse) == []
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert len(stage.all_of(live.AddFunctionOutput)) == 2
    assert len(stage.all_of(live.CreateResponse)) == 1


def test_another_delegations_response_keeps_it_waiting_too() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.receive(live.BackendCreated("item_2", "resp_2"))
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert stage.all_of(live.CreateResponse) == []
    stage.receive(live.BackendEnded("item_2", "resp_2", "completed"))
    assert len(stage.all_of(live.CreateResponse)) == 1


def test_what_was_keyed_waits_for_work_that_is_about_to_begin_and_is_acted_upon_behind_it() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.Delegated("item_1", "responses", stage.timeline_ms), caller.Dtmf("1"), caller.Dtmf("#"))
    stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": "The code of Smith."}))
    assert len(stage.all_of(live.AddUserText)) == 1
    stage.receive(live.BackendCreated("item_1", "resp_1"))
    stage.wait(500)
    assert stage.all_of(live.CreateResponse) == []
    stage.ends()
    assert len(stage.all_of(live.CreateResponse)) == 1


def test_what_a_tool_brought_does_not_wait_for_work_that_was_delegated_meanwhile() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.receive(live.Delegated("item_2", "responses", stage.timeline_ms))
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert len(stage.all_of(live.CreateResponse)) == 1


def refused_create(stage: LiveStage) -> None:
    stage.receive(live.EngineError("", "no", stage.all_of(live.CreateResponse)[-1].event_id))


@pytest.mark.parametrize("told_first", [True, False])
def test_leave_to_go_on_that_came_too_early_is_given_again_behind_what_it_met(told_first: bool) -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    [create] = stage.all_of(live.CreateResponse)
    stage.receive(live.Delegated("item_2", "responses", stage.timeline_ms))
    meets = live.EngineError("", "a response is running", create.event_id), live.BackendCreated("item_2", "resp_2")
    stage.receive(*(meets if told_first else reversed(meets)))
    stage.wait(500)
    assert stage.all_of(live.CreateResponse) == [create]
    stage.receive(live.BackendEnded("item_2", "resp_2", "completed"))
    assert len(stage.all_of(live.CreateResponse)) == 2
    assert stage.told("commentary") == []
    refused_create(stage)
    assert stage.told("commentary") == ['{"free":1}']


@pytest.mark.parametrize("status", ["failed", "incomplete"])
@pytest.mark.parametrize("answered_first", [True, False])
def test_calls_of_a_response_that_failed_are_void_and_the_voice_is_told(status: str, answered_first: bool) -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    answer = ToolAnswer("call_1", ok=True, result={"free": 1})
    if answered_first:
        stage.receive(answer)
        stage.ends(status=status)
    else:
        stage.ends(status=status)
        stage.receive(answer)
    assert stage.all_of(live.AddFunctionOutput) == []
    assert [text for text in stage.told("commentary") if '{"free":1}' in text], (
        "the caller waits, and nobody else answers"
    )
    assert CANNOT not in stage.told("commentary")
    assert stage.all_of(live.CreateResponse) == []


def test_a_response_that_failed_without_a_call_is_not_passed_over_in_silence() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.BackendCreated("item_1", "resp_1"))
    stage.ends(status="failed")
    assert stage.told("commentary") == [CANNOT]
    assert stage.talk.connection.trouble is None, "once is forgiven"


def test_a_text_model_that_is_out_of_credit_is_not_asked_a_second_time_and_the_operator_reads_why() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.BackendCreated("item_1", "resp_1"))
    stage.ends(status="failed", error_code="insufficient_quota")
    assert stage.talk.connection.trouble == Fault("quota", "insufficient_quota", is_fatal=True)
    assert [line.fields["code"] for line in stage.all_of(msg.Log) if line.line == "! text model failed"] == [
        "insufficient_quota"
    ]


@pytest.mark.parametrize("how", ["fails", "never ends"])
def test_what_a_tool_brought_is_told_to_the_voice_when_the_response_that_was_to_act_upon_it_does_not(how: str) -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", name="hold_booking")
    stage.ends()
    stage.receive(ToolAnswer("call_1", ok=True, result={"held": 1}), live.BackendCreated("item_1", "resp_2"))
    if how == "fails":
        stage.ends("resp_2", status="failed")
    else:
        stage.wait(ENDS_MS + 100)
    assert stage.told("commentary") == ['{"held":1}'], "nobody is told that it failed: the room is held"


def test_a_text_model_that_fails_twice_in_a_row_is_another_engines_to_replace() -> None:
    stage = LiveStage().greeted()
    for _ in range(2):
        stage.receive(live.BackendCreated("item_1", "resp_1"))
        stage.ends(status="failed")
    assert stage.talk.connection.trouble == Fault("failing", "delegation failed")
    assert stage.told("commentary") == [CANNOT], "the second time there is nobody left to say it"
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    assert stage.told("commentary") == [CANNOT, CARRY_ON]


def test_an_output_that_is_refused_is_told_to_the_voice() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.receive(live.EngineError("", "no such call", "out_call_1"))
    assert stage.told("commentary") == ['{"free":1}']


@pytest.mark.parametrize("meets_other_work", [False, True])
def test_typed_words_that_the_text_model_may_not_act_upon_do_not_leave_the_caller_in_silence(
    meets_other_work: bool,
) -> None:
    stage = LiveStage().greeted()
    stage.receive(caller.Text("A room, please"))
    if meets_other_work:
        stage.receive(live.Delegated("item_1", "responses", stage.timeline_ms), live.BackendCreated("item_1", "resp_1"))
        refused_create(stage)
        assert stage.told("commentary") == []
        stage.ends()
    refused_create(stage)
    assert stage.told("commentary") == [CANNOT]
    [event] = stage.all_of(msg.Publish)[-1:]
    assert (event.event_type, event.fields) == ("delegation.failed", {"delegation": {"problem": "never went on"}})
    assert stage.talk.connection.trouble is None, "once is forgiven"
    stage.wait(BEGINS_MS)
    assert len(stage.all_of(live.CreateResponse)) == 1 + meets_other_work
    assert stage.told("commentary") == [CANNOT]


def test_a_text_model_that_may_never_act_is_another_engines_to_replace() -> None:
    stage = LiveStage().greeted()
    for words in ("A room, please", "Hello?"):
        stage.receive(caller.Text(words))
        refused_create(stage)
    assert stage.talk.connection.trouble == Fault("failing", "delegation never went on")
    assert stage.told("commentary") == [CANNOT], "the second time there is nobody left to say it"
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    assert stage.told("commentary") == [CANNOT, CARRY_ON]


def test_what_a_tool_brought_is_told_to_the_voice_once_when_the_text_model_may_not_go_on() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.receive(live.EngineError("", "no such call", "out_call_1"))
    refused_create(stage)
    assert stage.told("commentary") == ['{"free":1}']


def test_tokens_of_the_text_model_are_counted_by_its_name() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    assert stage.attempt.journal.meter.by_model["gpt-5.6-terra"] == {"input_tokens": 20, "output_tokens": 5}


def test_a_slow_tool_is_announced_and_fails_politely_in_the_end() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.wait(1400)
    assert stage.told("commentary") == []
    stage.wait(200)
    assert len(stage.told("commentary")) == 1
    stage.wait(11_000)
    [output] = stage.all_of(live.AddFunctionOutput)
    assert "tool_timeout" in output.output
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert len(stage.all_of(live.AddFunctionOutput)) == 1


def test_a_slow_tool_is_not_announced_just_after_the_voice_has_done_so_by_itself() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.agent_says("Let me look that up.", ms=500)
    stage.wait(2800)
    assert stage.told("commentary") == []
    stage.wait(400)
    assert len(stage.told("commentary")) == 1


# --- work that is not done ---


def silence_after(stage: LiveStage, what: str) -> int:
    """Something is asked of the text model, of which nothing more is heard. Returns how long that is waited for."""
    match what:
        case "never began":
            stage.receive(live.Delegated("item_1", "responses", 0))
            return BEGINS_MS
        case "never ended":
            stage.receive(live.Delegated("item_1", "responses", 0), live.BackendCreated("item_1", "resp_1"))
            return ENDS_MS
        case _:
            stage.calls("call_1")
            stage.ends()
            stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
            return BEGINS_MS


NOT_DONE = pytest.mark.parametrize("what", ["never began", "never ended", "never went on"])


@NOT_DONE
def test_work_of_which_nothing_is_heard_is_given_up_in_time_told_to_the_voice_and_published(what: str) -> None:
    stage = LiveStage().greeted()
    waits_ms = silence_after(stage, what)
    stage.wait(waits_ms - 100)
    assert (stage.told("commentary"), stage.talk.is_at_boundary) == ([], False)
    stage.wait(200)
    assert stage.told("commentary") == ['{"free":1}' if what == "never went on" else CANNOT]
    [event] = stage.all_of(msg.Publish)[-1:]
    assert (event.event_type, event.fields) == ("delegation.failed", {"delegation": {"problem": what}})
    assert stage.talk.connection.trouble is None, "once is forgiven"
    stage.agent_says("I am sorry, I could not look that up.")
    stage.wait(3000)
    assert stage.talk.is_at_boundary
    stage.wait(BEGINS_MS + ENDS_MS)
    assert len([event for event in stage.all_of(msg.Publish) if event.event_type == "delegation.failed"]) == 1


@NOT_DONE
def test_a_second_piece_of_work_that_is_given_up_is_another_engines_to_do(what: str) -> None:
    stage = LiveStage().greeted()
    stage.wait(silence_after(stage, "never began") + 100)
    stage.said.clear()
    stage.wait(silence_after(stage, what) + 100)
    assert stage.talk.connection.trouble == Fault("failing", f"delegation {what}")
    assert stage.told("commentary") == [], "there is nobody left to say it"
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    assert stage.told("commentary") == [CARRY_ON]


def test_work_that_is_done_after_all_is_no_sign_of_trouble() -> None:
    stage = LiveStage().greeted()
    for _ in range(3):
        stage.wait(silence_after(stage, "never began") + 100)
        stage.receive(live.BackendCreated("item_1", "resp_1"))
        stage.ends()
    assert stage.talk.connection.trouble is None


@pytest.mark.parametrize("delegation_id", ["item_2", ""])
def test_what_begins_for_a_newer_delegation_or_for_none_that_is_named_serves_the_ones_before(
    delegation_id: str,
) -> None:
    stage = LiveStage().greeted()
    stage.receive(live.Delegated("item_1", "responses", 0), live.Delegated("item_2", "responses", 100))
    stage.receive(live.BackendCreated(delegation_id, "resp_1"))
    stage.ends()
    stage.wait(BEGINS_MS + 200)
    assert stage.told("commentary") == []
    assert stage.all_of(msg.Publish) == []


def test_what_goes_on_after_a_tool_begins_no_delegation_that_came_meanwhile() -> None:
    stage = LiveStage().greeted()
    silence_after(stage, "never went on")
    stage.receive(live.Delegated("item_2", "responses", 0), live.BackendCreated("", "resp_2"))
    stage.receive(live.BackendEnded("", "resp_2", "completed"))
    stage.wait(BEGINS_MS + 200)
    assert stage.told("commentary") == [CANNOT]


def test_a_response_that_never_ends_still_gets_what_its_tools_bring() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.wait(ENDS_MS + 100)
    assert [output.output for output in stage.all_of(live.AddFunctionOutput)] == ['{"free":1}']
    assert stage.told("commentary") == []


def test_a_call_whose_id_fits_in_no_header_is_answered_at_once() -> None:
    stage = LiveStage().greeted()
    for number, tool_call_id in enumerate(("call\r\nHost: x", "call_\u00e9")):
        stage.calls(tool_call_id, response=f"resp_{number}")
        stage.ends(f"resp_{number}")
        output = stage.all_of(live.AddFunctionOutput)[number]
        assert (output.tool_call_id, "invalid_tool_call_id" in output.output) == (tool_call_id, True)
        stage.receive(live.BackendCreated("item_1", f"more_{number}"))
        stage.ends(f"more_{number}")
    assert stage.all_of(RunTool) == []
