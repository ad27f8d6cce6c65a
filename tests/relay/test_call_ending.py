"""What follows a tool's answer is carried out once the reply to it was heard."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.functions import PostThen, ThenAnswer, ToolAnswer, TurnAnswer
from relay.limits import Limits
from relay.realtime import CreateResponse
from tests.relay.stage import Stage, end_of, of_type


def goodbye(stage: Stage, action: str = "hangup") -> None:
    stage.caller_says("Bye")
    stage.calls_tool(response="r1")
    stage.receive(ToolAnswer("call_1", ok=True, result={"ok": True}, then={"action": action}))


def test_then_is_posted_only_after_the_reply_was_heard() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=1000)
    assert of_type(stage.wait(980), PostThen) == []
    assert of_type(stage.wait(60), PostThen) == [PostThen(tool_call_id="call_1")]
    assert end_of(stage.receive(ThenAnswer(200))) == msg.HangUp(1000, "then")


def test_then_is_posted_when_the_marks_do_not_come_back() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=200)
    stage.ear.queue.clear()
    assert of_type(stage.wait(2300), PostThen) == [PostThen(tool_call_id="call_1")]


def test_then_is_posted_when_the_engine_says_nothing_for_five_seconds() -> None:
    stage = Stage().talking()
    goodbye(stage)
    assert of_type(stage.wait(4980), PostThen) == []
    assert of_type(stage.wait(60), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_long_goodbye_that_was_said_before_the_hang_up_was_asked_for_is_heard_to_its_end() -> None:
    """The model says goodbye, calls the tool, and has nothing more to say, or is slow to say it."""
    for is_slow in (False, True):
        stage = Stage().talking()
        stage.caller_says("Bye")
        stage.agent_begins("Thank you. Your room ... Goodbye!", response="r1", item="i1", ms=9000)
        stage.receive(realtime.FunctionCalled("r1", "fc", "call_1", "end_call", "{}"))
        stage.agent_ends("Thank you. Your room ... Goodbye!", response="r1", item="i1")
        stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "hangup"}))
        if not is_slow:
            stage.receive(realtime.ResponseCreated("r2"), realtime.ResponseDone("r2", "completed"))
        assert of_type(stage.wait(8980), PostThen) == []
        assert of_type(stage.wait(60), PostThen) == [PostThen(tool_call_id="call_1")]


def test_an_announcement_is_not_taken_for_the_goodbye() -> None:
    stage = Stage().talking()
    stage.caller_says("Bye")
    stage.calls_tool(response="r1")
    stage.wait(1600)
    stage.receive(realtime.ResponseCreated("announce"))
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "hangup"}))
    stage.agent_says("One moment.", response="announce", item="i1", ms=200)
    assert of_type(stage.wait(400), PostThen) == []
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=200)
    assert of_type(stage.wait(300), PostThen) == [PostThen(tool_call_id="call_1")]


def hangs_up_beside_another_tool() -> Stage:
    """Of the two `end_call` has answered."""
    stage = Stage().talking()
    stage.caller_says("Tell them that I am late. Bye.")
    stage.receive(realtime.ResponseCreated("r1"))
    for tool_call_id, name in (("call_1", "end_call"), ("call_2", "take_message")):
        stage.receive(realtime.FunctionCalled("r1", f"fc_{tool_call_id}", tool_call_id, name, "{}"))
    stage.receive(realtime.ResponseDone("r1", "completed"))
    stage.receive(ToolAnswer("call_1", ok=True, result={"ok": True}, then={"action": "hangup"}))
    return stage


def test_the_goodbye_is_waited_for_while_another_tool_of_the_response_takes_long() -> None:
    stage = hangs_up_beside_another_tool()
    stage.wait(1600)
    stage.agent_says("One moment.", response="announce", item="i1", ms=400)
    assert of_type(stage.wait(6000), PostThen) == []
    stage.receive(ToolAnswer("call_2", ok=True, result={"ok": True}))
    stage.agent_says("I have told them. Goodbye.", response="r2", item="i2", ms=400)
    assert stage.purposes == ["opening", "reply", "announce", "reply"]
    assert of_type(stage.wait(500), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_goodbye_that_never_comes_is_not_waited_for_once_all_tools_have_answered() -> None:
    stage = hangs_up_beside_another_tool()
    stage.receive(ToolAnswer("call_2", ok=True, result={"ok": True}))
    assert of_type(stage.wait(4980), PostThen) == []
    assert of_type(stage.wait(60), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_goodbye_that_was_lost_with_its_engine_before_its_first_word_is_said_by_the_next() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.receive(realtime.ResponseCreated("r2"))
    assert of_type(stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1)), PostThen) == []
    stage.receive(msg.EngineReady(1))
    stage.agent_says("Goodbye.", response="r3", item="i3", ms=600)
    assert of_type(stage.wait(560), PostThen) == []
    assert of_type(stage.wait(100), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_goodbye_to_a_silent_line_that_is_lost_with_its_engine_is_said_before_the_end() -> None:
    stage = Stage().nobody_answers(idle_s=5)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    stage.agent_says("I am sorry, one moment.", response="r2", item="i2", ms=1000)
    assert of_type(stage.wait(4000), PostThen) == []
    stage.wait(3000)
    assert stage.purposes[-1] == "goodbye"
    stage.agent_says("I will hang up now. Goodbye.", response="r3", item="i3", ms=1000)
    assert of_type(stage.wait(2000), PostThen) == [PostThen(reason="idle")]


def test_a_caller_who_interrupts_the_goodbye_keeps_the_line() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_begins("Goodbye.", response="r2", item="i2", ms=1000)
    stage.wait(300)
    assert caller.Clear() in stage.caller_says("Wait!", item="user_2")
    stage.receive(realtime.ResponseDone("r2", "cancelled"))
    assert of_type(stage.wait(6000), PostThen) == []


def asked_to_hang_up(barge_in: str = "immediate") -> Stage:
    """`end_call` is on its way."""
    stage = Stage().talking(barge_in=barge_in)
    stage.caller_says("That is all, thanks.")
    stage.calls_tool(response="r1")
    stage.wait(200)
    return stage


def agrees(stage: Stage, action: str = "hangup") -> list[msg.Message]:
    return stage.receive(ToolAnswer("call_1", ok=True, result={"ok": True}, then={"action": action}))


def goes_on_with_a_question(stage: Stage) -> list[msg.Message]:
    stage.wait(800)
    stage.receive(realtime.SpeechStopped("user_2", 1200), realtime.Committed("user_2"))
    stage.receive(realtime.Transcribed("user_2", "Wait, I need a room for Friday, too."))
    stage.agent_says("Sure, for how many nights?", response="r2", item="i2", ms=1000)
    return stage.wait(6500)


@pytest.mark.parametrize("barge_in", ["immediate", "off"])
def test_a_caller_who_goes_on_while_the_hang_up_is_on_its_way_keeps_the_line(barge_in: str) -> None:
    stage = asked_to_hang_up(barge_in)
    stage.receive(realtime.SpeechStarted("user_2", 0))
    agrees(stage)
    assert of_type(goes_on_with_a_question(stage), PostThen) == []
    assert stage.purposes == ["opening", "reply", "reply"]


def test_nobody_is_hung_up_on_in_mid_sentence() -> None:
    stage = asked_to_hang_up()
    stage.receive(realtime.SpeechStarted("user_2", 0))
    agrees(stage)
    assert of_type(stage.wait(6000), PostThen) == []


@pytest.mark.parametrize("called_first", [True, False])
def test_a_caller_who_interrupts_the_response_that_hangs_up_keeps_the_line(called_first: bool) -> None:
    stage = Stage().talking()
    stage.caller_says("That is all, thanks.")
    stage.agent_begins("Good night!", response="r1", item="i1", ms=2000)
    stage.wait(300)
    steps = [realtime.FunctionCalled("r1", "fc_1", "call_1", "end_call", "{}"), realtime.SpeechStarted("user_2", 0)]
    stage.receive(*(steps if called_first else reversed(steps)))
    stage.receive(realtime.ResponseDone("r1", "cancelled"))
    agrees(stage)
    assert of_type(goes_on_with_a_question(stage), PostThen) == []


def test_a_caller_who_goes_on_before_the_response_that_hangs_up_began_keeps_the_line() -> None:
    stage = Stage().talking()
    stage.caller_says("That is all, thanks.")
    stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.calls_tool(response="r1")
    agrees(stage)
    assert of_type(goes_on_with_a_question(stage), PostThen) == []


def test_a_hang_up_asked_for_once_more_is_carried_out() -> None:
    stage = asked_to_hang_up()
    stage.receive(realtime.SpeechStarted("user_2", 0))
    agrees(stage)
    goes_on_with_a_question(stage)
    stage.caller_says("No, never mind. Bye.", item="user_3")
    stage.calls_tool(response="r3", tool_call_id="call_3")
    stage.receive(ToolAnswer("call_3", ok=True, result={"ok": True}, then={"action": "hangup"}))
    stage.agent_says("Goodbye.", response="r4", item="i4", ms=200)
    assert of_type(stage.wait(400), PostThen) == [PostThen(tool_call_id="call_3")]


GOODBYE_IN_RETURN = "Thank you, good night, bye bye."


def test_a_goodbye_in_return_does_not_keep_the_line_though_it_cuts_the_agents_short() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_begins("Thank you for calling, good night.", response="r2", item="i2", ms=3000)
    stage.wait(1000)
    stage.caller_says(GOODBYE_IN_RETURN, item="user_2")
    stage.receive(realtime.ResponseDone("r2", "cancelled"))
    assert of_type(stage.wait(1000), PostThen) == [], "a reply was asked for"
    stage.agent_says("Bye.", response="r3", item="i3", ms=300)
    assert of_type(stage.wait(400), PostThen) == [PostThen(tool_call_id="call_1")]


@pytest.mark.parametrize("ms", [500, 7000])
@pytest.mark.parametrize("words_come", ["before its audio", "after its first audio", "after its end"])
def test_the_reply_to_a_goodbye_in_return_is_heard_to_its_end_and_no_longer_waited_for(
    ms: int, words_come: str
) -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_begins("Thank you for calling, good night.", response="r2", item="i2", ms=3000)
    stage.wait(1000)
    stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.wait(400)
    stage.receive(realtime.SpeechStopped("user_2", 400), realtime.ResponseDone("r2", "cancelled"))
    stage.receive(realtime.Committed("user_2"), realtime.ResponseCreated("r3"))
    words = realtime.Transcribed("user_2", GOODBYE_IN_RETURN)
    if words_come == "before its audio":
        stage.receive(words)
    stage.receive(realtime.AudioDelta("r3", "i3", 0, bytes(ms * 8)))
    if words_come == "after its first audio":
        stage.receive(words)
    stage.agent_ends("You are welcome.", response="r3", item="i3")
    if words_come == "after its end":
        stage.receive(words)
    assert of_type(stage.wait(ms - 40), PostThen) == []
    assert of_type(stage.wait(100), PostThen) == [PostThen(tool_call_id="call_1")]
    assert stage.purposes == ["opening", "reply", "reply", "reply"]


def test_words_of_which_not_all_are_a_goodbye_keep_the_line() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_begins("Thank you for calling, good night.", response="r2", item="i2", ms=3000)
    stage.wait(1000)
    stage.caller_says("Wait, I need a room.", item="user_2")
    stage.receive(realtime.ResponseDone("r2", "cancelled"))
    stage.agent_says("For when?", response="r3", item="i3", ms=300)
    stage.wait(500)
    stage.caller_says("Good night.", item="user_3")
    assert of_type(stage.wait(6000), PostThen) == [], "that comes too late to mean this hang-up"


@pytest.mark.parametrize("words_first", [True, False])
def test_a_goodbye_in_return_to_a_hang_up_that_is_still_on_its_way_does_not_keep_the_line(words_first: bool) -> None:
    stage = asked_to_hang_up()
    stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.wait(400)
    stage.receive(realtime.SpeechStopped("user_2", 800), realtime.Committed("user_2"))
    words = realtime.Transcribed("user_2", GOODBYE_IN_RETURN)
    if words_first:
        stage.receive(words)
    agrees(stage)
    stage.receive(words)
    stage.agent_says("Good night.", response="r2", item="i2", ms=300)
    assert of_type(stage.wait(5500), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_transfer_that_is_on_its_way_is_carried_out_although_the_caller_goes_on() -> None:
    stage = asked_to_hang_up()
    stage.receive(realtime.SpeechStarted("user_2", 0))
    agrees(stage, "transfer")
    assert of_type(goes_on_with_a_question(stage), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_transfer_is_carried_out_although_the_caller_speaks_into_it() -> None:
    stage = Stage().talking()
    goodbye(stage, action="transfer")
    stage.agent_says("I will connect you.", response="r2", item="i2", ms=1000)
    assert of_type(stage.caller_says("Thanks", item="user_2"), caller.Clear, CreateResponse) == []
    assert of_type(stage.wait(800), PostThen) == [PostThen(tool_call_id="call_1")]
    assert end_of(stage.receive(ThenAnswer(200))) == msg.HangUp(1000, "then")


def test_nothing_more_is_said_before_a_transfer_once_its_reply_has_begun() -> None:
    stage = Stage().talking()
    goodbye(stage, action="transfer")
    stage.agent_begins("I will connect you.", response="r2", item="i2", ms=600)
    stage.receive(TurnAnswer(note="Mind the step."))
    stage.agent_ends("I will connect you.", response="r2", item="i2")
    assert stage.purposes == ["opening", "reply", "reply"]
    assert len(of_type(stage.wait(700), PostThen)) == 1


@pytest.mark.parametrize("status", [409, 0])
def test_a_then_that_is_refused_or_unheard_of_closes_the_stream_all_the_same(status: int) -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.wait(5100)
    assert end_of(stage.receive(ThenAnswer(status))).code == 1000


@pytest.mark.parametrize("action", ["transfer", "hangup"])
def test_what_a_tool_decided_is_carried_out_though_a_limit_overtakes_its_reply(action: str) -> None:
    stage = Stage().talking(limits=Limits(turns=1))
    goodbye(stage, action)
    stage.agent_begins("They will know all about it.", response="r2", item="i2", ms=9000)
    assert of_type(stage.wait(7000), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_guest_who_is_to_be_put_through_is_not_hung_up_on_when_the_model_says_goodbye() -> None:
    stage = Stage().talking()
    goodbye(stage, "transfer")
    stage.calls_tool(response="r2", tool_call_id="call_2")
    stage.receive(ToolAnswer("call_2", ok=True, result={"ok": True}, then={"action": "hangup"}))
    stage.agent_says("One moment, I will connect you. Goodbye.", response="r3", item="i3", ms=1000)
    assert of_type(stage.wait(980), PostThen) == []
    assert of_type(stage.wait(60), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_guest_who_asks_for_a_person_after_all_is_put_through() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.calls_tool("transfer_to_human", response="r2", tool_call_id="call_2")
    stage.receive(ToolAnswer("call_2", ok=True, result={"ok": True}, then={"action": "transfer"}))
    stage.agent_says("I will connect you.", response="r3", item="i3", ms=1000)
    assert of_type(stage.wait(1100), PostThen) == [PostThen(tool_call_id="call_2")]


def test_a_caller_who_presses_a_key_while_the_hang_up_is_on_its_way_keeps_the_line() -> None:
    stage = asked_to_hang_up()
    stage.receive(caller.Dtmf("0"))
    agrees(stage)
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=400)
    assert of_type(stage.wait(6000), PostThen) == []


def test_a_goodbye_of_before_a_key_is_not_taken_for_one_in_return() -> None:
    stage = asked_to_hang_up()
    stage.receive(realtime.SpeechStarted("user_2", 0), realtime.SpeechStopped("user_2", 300))
    stage.receive(realtime.Committed("user_2"), caller.Dtmf("0"), realtime.Transcribed("user_2", GOODBYE_IN_RETURN))
    agrees(stage)
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=400)
    assert of_type(stage.wait(6000), PostThen) == []


@pytest.mark.parametrize("action", ["hangup", "pay"])
def test_a_goodbye_that_is_being_said_when_the_process_has_to_end_ends_the_call(action: str) -> None:
    stage = Stage().talking()
    goodbye(stage, action)
    stage.agent_begins("Thank you for calling, and good night.", response="r2", item="i2", ms=9000)
    stage.wait(500)
    stage.receive(msg.Drain())
    assert of_type(stage.wait(3400), PostThen) == []
    assert of_type(stage.wait(200), PostThen) == [PostThen(tool_call_id="call_1")]


@pytest.mark.parametrize("is_given", [True, False])
def test_a_correction_that_comes_while_the_goodbye_is_said_is_waited_for(is_given: bool) -> None:
    """Of what was said before it, or a message of the staff: whoever is hung up on does not hear it any more."""
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=1000)
    stage.wait(500)
    stage.receive(TurnAnswer("Correction needed. Nothing was sent."))
    assert of_type(stage.wait(1500), PostThen) == []
    if is_given:
        stage.agent_says("I am sorry: it was not sent yet.", response="r3", item="i3", ms=3500)
    assert of_type(stage.wait(3480), PostThen) == []
    assert of_type(stage.wait(60), PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_goodbye_of_which_nothing_was_heard_when_the_process_has_to_end_is_the_next_ones() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.receive(realtime.ResponseCreated("r2"), msg.Drain())
    assert of_type(stage.wait(3600), PostThen) == [PostThen(reason="draining")]
