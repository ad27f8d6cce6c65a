"""Every rule of the call as events in and messages out: no socket, no clock."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.arbiter import Purpose
from relay.failover import EngineChoice
from relay.functions import (
    FetchSession,
    PostThen,
    PostTurn,
    RunTool,
    SessionRefused,
    ThenAnswer,
    ToolAnswer,
    TurnAnswer,
)
from relay.phases import Phase
from relay.realtime import CreateResponse, DeleteItem, Truncate
from relay.sentences import CARRY_ON, IDLE_GOODBYE, ONE_MOMENT, SAY_AGAIN, STILL_THERE
from tests.relay.stage import FRAME, OPENING, START, Stage, of_type, session


def end_of(messages: list[msg.Message]) -> msg.HangUp:
    [hang_up] = of_type(messages, msg.HangUp)
    assert isinstance(hang_up, msg.HangUp)
    return hang_up


# --- arrival ---


def test_start_asks_for_the_session_and_then_opens_the_engine() -> None:
    stage = Stage()
    assert stage.receive(caller.Connected(), START) == [FetchSession("token-1", "CA1", "MZ1")]
    assert stage.receive(session()) == [msg.OpenEngine(0, 0)]
    configuration = realtime.UpdateSession({"type": "realtime"}, "configure")
    assert stage.receive(msg.EngineOpened(0)) == [msg.ToLine(0, configuration)]


def test_an_engine_whose_url_is_complete_is_opened_beside_the_session() -> None:
    stage = Stage(EngineChoice("first", reachable_before_session=True))
    assert stage.receive(START)[1:] == [msg.OpenEngine(0, 0)]
    assert stage.receive(msg.EngineOpened(0)) == []
    assert of_type(stage.receive(session()), msg.ToLine)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (caller.Start("MZ1", "CA1", ""), "no_token"),
        (caller.Start("MZ1", "CA1", "t", audio=None), "bad_media_format"),
        (FRAME, "media_before_start"),
        (msg.BadInput("not_json"), "bad_input_not_json"),
    ],
)
def test_what_is_no_proper_start_is_closed_as_a_policy_violation(event: msg.Event, reason: str) -> None:
    assert end_of(Stage().receive(event)) == msg.HangUp(1008, reason)


def test_a_second_start_ends_the_stream() -> None:
    assert end_of(Stage().prepared().receive(START)) == msg.HangUp(1008, "second_start")


def test_no_start_within_five_seconds_is_closed() -> None:
    stage = Stage()
    stage.media_flows = False
    assert of_type(stage.wait(4980), msg.HangUp) == []
    assert end_of(stage.wait(40)) == msg.HangUp(1008, "no_start")


def test_a_refused_session_closes_the_stream_so_that_functions_speak() -> None:
    stage = Stage()
    stage.receive(START)
    assert end_of(stage.receive(SessionRefused("refused_busy", 1000))) == msg.HangUp(1000, "refused_busy")
    assert stage.receive(msg.Finish()) == []


def test_a_call_above_the_limit_is_ended_as_busy_after_the_session() -> None:
    stage = Stage()
    stage.call._is_over_capacity = True
    stage.receive(START)
    assert stage.receive(session()) == [PostThen(reason="busy")]
    assert end_of(stage.receive(ThenAnswer(200))) == msg.HangUp(1000, "busy")


def test_bad_messages_are_ignored_until_there_is_no_end_of_them() -> None:
    stage = Stage().talking()
    assert stage.receive(*[msg.BadInput("not_json")] * 100) == []
    assert end_of(stage.receive(msg.BadInput("not_json"))) == msg.HangUp(1008, "bad_input_not_json")


# --- the opening and the caller's first words ---


def test_audio_from_before_the_engine_was_ready_is_sent_to_it_in_order() -> None:
    stage = Stage()
    frames = [caller.Media(f"AAA{n}") for n in range(3)]
    stage.receive(START, frames[0], session(), frames[1], msg.EngineOpened(0), frames[2])
    said = stage.receive(msg.EngineReady(0))
    assert of_type(said, realtime.AppendAudio) == [realtime.AppendAudio(frame.payload) for frame in frames]
    assert said[-1] == CreateResponse("create_1", Purpose.OPENING, OPENING)
    assert stage.receive(caller.Media("AAA9")) == [realtime.AppendAudio("AAA9")]


def test_a_later_attempt_tells_the_engine_the_history_and_resumes() -> None:
    history = (
        {"type": "message", "role": "user", "text": "A room for two.", "item_id": "item_7"},
        {"type": "tool", "tool_call_id": "call_1", "name": "check", "arguments": {"a": 1}, "result": {"n": 2}},
        {"type": "message", "role": "user", "text": ""},
        {"type": "message", "role": "assistant", "text": "There is one."},
    )
    stage = Stage().prepared(attempt=2, history=history)
    assert stage.all_of(realtime.AddMessage) == [
        realtime.AddMessage("user", "A room for two.", "item_7"),
        realtime.AddMessage("assistant", "There is one."),
    ]
    assert stage.all_of(realtime.AddFunctionCall) == [realtime.AddFunctionCall("call_1", "check", '{"a":1}')]
    assert stage.all_of(realtime.AddFunctionOutput) == [realtime.AddFunctionOutput("call_1", '{"n":2}')]
    assert not stage.published("conversation.started")
    assert len(stage.published("stream.resumed")) == 1


def test_a_caller_who_speaks_before_the_greeting_still_gets_it_with_the_answer() -> None:
    stage = Stage().prepared()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    assert stage.receive(realtime.ResponseCreated("resp_0")) == [realtime.CancelResponse()]
    stage.receive(realtime.ResponseDone("resp_0", "cancelled"), realtime.SpeechStopped("user_1", 300))
    [create] = of_type(stage.receive(realtime.Committed("user_1")), CreateResponse)
    assert isinstance(create, CreateResponse)
    assert create.instructions.startswith(OPENING)
    assert "carry on" in create.instructions


def test_a_greeting_is_never_given_twice() -> None:
    stage = Stage().prepared()
    stage.agent_begins("Good evening.", response="resp_0", item="item_0", ms=400)
    stage.wait(200)
    stage.caller_says("Hello")
    stage.receive(realtime.ResponseDone("resp_0", "cancelled"))
    assert stage.purposes == ["opening", "reply"]


def test_a_note_while_the_greeting_is_spoken_does_not_repeat_it() -> None:
    stage = Stage().prepared()
    stage.agent_begins("Good evening.", response="resp_0", item="item_0", ms=400)
    stage.receive(TurnAnswer(note="Mind the step."))
    stage.agent_ends("Good evening.", response="resp_0", item="item_0")
    assert stage.purposes == ["opening", "reply"]


# --- playout ---


def test_playout_stays_within_the_lead_and_every_message_has_its_mark() -> None:
    stage = Stage().prepared()
    said = stage.agent_says("Long.", response="r", item="i", ms=2000)
    assert [len(m.audio) for m in said if isinstance(m, caller.SendMedia)] == [960, 960]
    stage.wait(2200)
    assert sum(len(m.audio) for m in stage.all_of(caller.SendMedia)) == 16000
    assert len(stage.all_of(caller.SendMark)) == len(stage.all_of(caller.SendMedia))
    assert stage.ear.heard_bytes == 16000


def test_only_the_end_of_an_item_is_padded() -> None:
    stage = Stage().prepared()
    stage.receive(realtime.ResponseCreated("r"), realtime.ItemAdded("r", "i", "message"))
    said = stage.receive(realtime.AudioDelta("r", "i", 0, b"\x01" * 250))
    assert of_type(said, caller.SendMedia) == [caller.SendMedia(b"\x01" * 160)]
    said = stage.receive(realtime.AudioDone("r", "i"))
    assert of_type(said, caller.SendMedia) == [caller.SendMedia(b"\x01" * 90 + b"\xff" * 70)]


def test_a_turn_is_posted_when_it_was_heard_not_when_it_was_made() -> None:
    stage = Stage().prepared()
    stage.agent_says("Good evening.", response="r", item="i", ms=400)
    assert stage.all_of(PostTurn) == []
    assert of_type(stage.wait(440), PostTurn) == [PostTurn(1, "assistant", "Good evening.", "i", 400, heard_ms=400)]


def test_marks_that_never_come_back_do_not_hold_a_turn_for_ever() -> None:
    stage = Stage().prepared()
    stage.agent_says("Good evening.", response="r", item="i", ms=200)
    stage.ear.queue.clear()
    assert of_type(stage.wait(2180), PostTurn) == []
    assert len(of_type(stage.wait(40), PostTurn)) == 1


# --- barge-in ---


def test_an_interruption_clears_truncates_to_what_was_heard_and_cancels() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.agent_begins("It is ninety dollars a night.", response="r", item="i", ms=3000)
    stage.wait(500)
    said = stage.receive(realtime.SpeechStarted("user_2", 0))
    assert of_type(said, caller.Clear, Truncate, realtime.CancelResponse) == [
        caller.Clear(),
        Truncate("i", 0, 500),
        realtime.CancelResponse(),
    ]
    [turn] = of_type(said, PostTurn)
    assert isinstance(turn, PostTurn)
    assert (turn.interrupted, turn.heard_ms, turn.text) == (True, 500, "It is")


def test_an_item_nobody_heard_is_deleted_not_truncated() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.agent_says("First.", response="r", item="i1", ms=200)
    stage.receive(realtime.ResponseCreated("r2"))
    stage.agent_says("Second.", response="r2", item="i2", ms=200)
    stage.wait(100)
    said = stage.receive(realtime.SpeechStarted("user_2", 0))
    assert of_type(said, Truncate, DeleteItem) == [Truncate("i1", 0, 100), DeleteItem("i2")]


def test_what_an_interrupted_response_still_says_is_dropped_and_forgotten() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.receive(realtime.ResponseCreated("r"), realtime.ItemAdded("r", "i", "message"))
    assert realtime.CancelResponse() in stage.receive(realtime.SpeechStarted("user_2", 0))
    assert stage.receive(realtime.AudioDelta("r", "i", 0, bytes(1600)), realtime.MessageDone("r", "i")) == []
    assert stage.receive(realtime.ResponseDone("r", "cancelled")) == [DeleteItem("i")]


def test_marks_returned_by_clear_are_not_counted_as_heard() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.agent_begins("It is ninety dollars.", response="r", item="i", ms=1000)
    stage.receive(realtime.SpeechStarted("user_2", 0))
    assert stage.ear.returned
    before = len(stage.all_of(PostTurn))
    stage.wait(20)
    assert len(stage.all_of(PostTurn)) == before


def test_heard_is_the_last_mark_and_the_time_since_but_never_beyond_the_next_mark() -> None:
    stage = Stage().prepared()
    stage.agent_begins("Good evening to you.", response="r", item="i", ms=240)
    stage.media_flows = False
    stage.now_ms += 1000  # time passes, yet no mark came back: the first message may be heard, no more
    said = stage.receive(realtime.SpeechStarted("user_1", 0))
    assert Truncate("i", 0, 120) in said


def test_with_barge_in_off_the_agent_finishes_and_then_answers() -> None:
    stage = Stage().prepared(barge_in="off")
    stage.agent_begins("Good evening.", response="r", item="i", ms=1000)
    assert of_type(stage.caller_says("Hello"), caller.Clear, realtime.CancelResponse) == []
    stage.agent_ends("Good evening.", response="r", item="i")
    assert stage.purposes == ["opening", "reply"]


# --- the arbiter ---


def test_a_reply_waits_for_the_active_response_to_end() -> None:
    stage = Stage().talking(barge_in="off")
    stage.caller_says("One", item="user_1")
    stage.receive(realtime.ResponseCreated("r1"))
    assert of_type(stage.caller_says("Two", item="user_2"), CreateResponse) == []
    assert len(of_type(stage.receive(realtime.ResponseDone("r1", "completed")), CreateResponse)) == 1


def test_being_told_that_a_response_is_active_is_not_fatal_and_the_wish_waits() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello")
    error = realtime.EngineError("conversation_already_has_active_response", "already active", "create_2")
    assert stage.receive(error) == []
    assert stage.call.phase is Phase.TALKING
    assert len(of_type(stage.receive(realtime.ResponseDone("other", "completed")), CreateResponse)) == 1


def test_a_note_reaches_the_engine_and_gets_a_reply() -> None:
    stage = Stage().talking()
    said = stage.receive(TurnAnswer(note="The pool is closed."))
    assert said[0] == realtime.AddMessage("system", "The pool is closed.")
    assert of_type(said, CreateResponse)


def test_nothing_is_asked_of_the_engine_while_the_caller_speaks() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    assert of_type(stage.receive(TurnAnswer(note="Mind the step.")), CreateResponse) == []
    assert len(of_type(stage.receive(realtime.Committed("user_1")), CreateResponse)) == 1


def test_a_request_that_is_refused_after_the_caller_spoke_into_it_is_not_repeated() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello")
    stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.receive(realtime.EngineError("rate_limit_exceeded", "", "create_2"))
    assert len(of_type(stage.receive(realtime.Committed("user_2")), CreateResponse)) == 1
    assert stage.receive(realtime.ResponseCreated("r2")) == []


# --- turns ---


def test_a_user_turn_says_where_in_the_callers_stream_it_was() -> None:
    stage = Stage()
    stage.receive(START, session())
    stage.wait(1000)  # kept, and sent later: the engine's clock and the stream's are the same
    stage.receive(msg.EngineOpened(0), msg.EngineReady(0))
    stage.receive(realtime.SpeechStarted("user_1", 700), realtime.SpeechStopped("user_1", 1500))
    stage.receive(realtime.Committed("user_1"))
    [turn] = of_type(stage.receive(realtime.Transcribed("user_1", "Hello")), PostTurn)
    assert isinstance(turn, PostTurn)
    assert (turn.text, turn.audio_start_ms, turn.audio_end_ms) == ("Hello", 700, 1500)


def test_words_that_do_not_come_within_three_seconds_are_posted_as_not_understood() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), realtime.Committed("user_1"))
    assert of_type(stage.wait(2980), PostTurn) == []
    [turn] = of_type(stage.wait(40), PostTurn)
    assert isinstance(turn, PostTurn)
    assert (turn.role, turn.text) == ("user", "")
    [late] = stage.receive(realtime.Transcribed("user_1", "late"))
    assert isinstance(late, PostTurn)
    assert (late.turn, late.text) == (turn.turn, "late")
    assert len(stage.published("conversation.message")) == 2


def test_turns_are_numbered_when_they_begin() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello")
    stage.agent_says("Yes?", response="r", item="i", ms=200)
    stage.wait(300)
    assert [(turn.turn, turn.role) for turn in stage.all_of(PostTurn)] == [
        (1, "assistant"),
        (2, "user"),
        (3, "assistant"),
    ]


# --- tools ---


def test_a_tool_is_run_answered_and_replied_to() -> None:
    stage = Stage().talking()
    stage.caller_says("A room for two")
    assert of_type(stage.calls_tool("check", response="r"), RunTool) == [RunTool("call_1", "check", {}, 3)]
    said = stage.receive(ToolAnswer("call_1", ok=True, result={"n": 1}))
    assert said[0] == realtime.AddFunctionOutput("call_1", '{"n":1}')
    assert of_type(said, CreateResponse)
    assert len(stage.published("conversation.function_call")) == 1


def test_parallel_tools_get_one_reply_after_the_last_answer() -> None:
    stage = Stage().talking()
    stage.caller_says("Two questions")
    stage.receive(realtime.ResponseCreated("r"))
    for n in (1, 2):
        stage.receive(realtime.FunctionCalled("r", f"fc_{n}", f"call_{n}", "check", "{}"))
    assert of_type(stage.receive(ToolAnswer("call_1", ok=True)), CreateResponse) == []
    assert of_type(stage.receive(realtime.ResponseDone("r", "completed")), CreateResponse) == []
    assert len(of_type(stage.receive(ToolAnswer("call_2", ok=True)), CreateResponse)) == 1


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
    assert len(stage.published("tool.failed")) == 1


def test_arguments_that_are_no_object_are_answered_without_asking_functions() -> None:
    stage = Stage().talking()
    stage.caller_says("A room")
    stage.receive(realtime.ResponseCreated("r"))
    said = stage.receive(realtime.FunctionCalled("r", "fc", "call_1", "check", '["a"]'))
    assert of_type(said, RunTool) == []
    assert len(of_type(said, realtime.AddFunctionOutput)) == 1


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


# --- then ---


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


def test_a_caller_who_interrupts_the_goodbye_keeps_the_line() -> None:
    stage = Stage().talking()
    goodbye(stage)
    stage.agent_begins("Goodbye.", response="r2", item="i2", ms=1000)
    stage.wait(300)
    assert caller.Clear() in stage.caller_says("Wait!", item="user_2")
    stage.receive(realtime.ResponseDone("r2", "cancelled"))
    assert of_type(stage.wait(6000), PostThen) == []


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


# --- engines ---


def test_a_lost_engine_is_followed_by_the_next_with_history_and_tool_results() -> None:
    stage = Stage().talking()
    stage.caller_says("A room for two")
    stage.calls_tool("check", response="r1")
    stage.receive(ToolAnswer("call_1", ok=True, result={"n": 1}))
    stage.agent_says("There is one.", response="r2", item="i2", ms=200)
    stage.wait(300)
    stage.caller_says("How much?", item="user_2")
    said = stage.receive(msg.EngineLost(0, "closed 1006"))
    assert said == [msg.CloseEngine(0), msg.OpenEngine(1, 1)]
    stage.receive(msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert of_type(said, realtime.AddMessage, realtime.AddFunctionCall, realtime.AddFunctionOutput) == [
        realtime.AddMessage("assistant", "Good evening.", "item_0"),
        realtime.AddMessage("user", "A room for two", "user_1"),
        realtime.AddFunctionCall("call_1", "check", "{}"),
        realtime.AddFunctionOutput("call_1", '{"n":1}'),
        realtime.AddMessage("assistant", "There is one.", "i2"),
        realtime.AddMessage("user", "How much?", "user_2"),
    ]
    assert said[-1] == CreateResponse("create_1", Purpose.REPLY, CARRY_ON)
    assert len(stage.published("engine.switched")) == 1


def test_a_caller_whose_words_were_lost_with_the_engine_is_asked_again() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), realtime.Committed("user_1"))
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1))
    assert stage.receive(msg.EngineReady(1))[-1] == CreateResponse("create_1", Purpose.REPLY, SAY_AGAIN)


def test_a_caller_in_mid_sentence_is_heard_by_the_next_engine() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.wait(400)
    stage.receive(msg.EngineLost(0, "closed"))
    stage.wait(200)
    stage.receive(msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert len(of_type(said, realtime.AppendAudio)) == 15 + 20 + 10
    assert of_type(said, CreateResponse) == []


def test_a_tool_that_ends_after_the_switch_is_told_to_the_new_engine_with_its_call() -> None:
    stage = Stage().talking()
    stage.caller_says("A room")
    stage.calls_tool("check", response="r1")
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    said = stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert said[:2] == [realtime.AddFunctionCall("call_1", "check", "{}"), realtime.AddFunctionOutput("call_1", "{}")]


def test_transient_failures_are_tried_again_fatal_ones_are_not() -> None:
    stage = Stage()
    stage.receive(START, session())
    assert msg.OpenEngine(1, 1) in stage.receive(msg.EngineLost(0, "upgrade answered 401", fatal=True))
    assert msg.OpenEngine(2, 1) in stage.receive(msg.EngineLost(1, "timeout"))
    assert of_type(stage.receive(msg.EngineLost(2, "timeout")), PostThen) == [PostThen(reason="engines_lost")]


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


# --- silence, limits, leaving ---


def test_silence_is_asked_about_once_and_then_ends_with_a_goodbye_that_is_heard() -> None:
    stage = Stage().talking(idle_s=5)
    [ask] = of_type(stage.wait(5000), CreateResponse)
    assert ask == CreateResponse("create_2", Purpose.STILL_THERE, STILL_THERE, False)
    stage.agent_says("Are you still there?", response="r1", item="i1", ms=400)
    [bye] = of_type(stage.wait(5500), CreateResponse)
    assert bye == CreateResponse("create_3", Purpose.GOODBYE, IDLE_GOODBYE, False)
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=400)
    assert of_type(stage.wait(380), PostThen) == []
    assert of_type(stage.wait(60), PostThen) == [PostThen(reason="idle")]


def test_a_caller_who_answers_the_question_starts_the_ladder_anew() -> None:
    stage = Stage().talking(idle_s=5)
    stage.wait(5000)
    stage.agent_says("Are you still there?", response="r1", item="i1", ms=400)
    stage.wait(500)
    stage.caller_says("Yes")
    stage.agent_says("Good.", response="r2", item="i2", ms=200)
    stage.wait(5300)
    assert stage.purposes[-1] == "still_there"


def test_a_stream_without_audio_from_the_caller_is_dead() -> None:
    stage = Stage().talking()
    stage.media_flows = False
    assert end_of(stage.wait(5100)) == msg.HangUp(1011, "no_media")


def test_a_call_that_lasts_too_long_leaves_at_a_turn_boundary() -> None:
    stage = Stage().talking(call_s=3, idle_s=60)
    stage.agent_says("A long story.", response="r", item="i", ms=4000)
    assert of_type(stage.wait(3900), PostThen) == []
    assert of_type(stage.wait(200), PostThen) == [PostThen(reason="over_time")]


def test_draining_waits_for_a_turn_boundary_but_six_seconds_at_most() -> None:
    stage = Stage().talking()
    assert stage.receive(msg.Drain())[-1] == PostThen(reason="draining")
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), msg.Drain())
    assert of_type(stage.wait(5900), PostThen) == []
    assert of_type(stage.wait(200), PostThen) == [PostThen(reason="draining")]


def test_functions_may_end_a_call_at_its_next_pause() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), TurnAnswer(end="over_budget"))
    assert of_type(stage.wait(1000), PostThen) == []
    stage.receive(realtime.SpeechStopped("user_1", 1000), realtime.Committed("user_1"))
    stage.receive(realtime.Transcribed("user_1", "Hello"), realtime.ResponseCreated("r"))
    assert of_type(stage.receive(realtime.ResponseDone("r", "completed")), PostThen) == [PostThen(reason="over_budget")]


def test_turns_are_posted_before_the_stream_is_left() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), realtime.Committed("user_1"), msg.Drain())
    stage.agent_begins("One two three four.", response="r", item="i", ms=9000)
    said = stage.wait(6100)
    assert [type(m) for m in of_type(said, PostTurn, PostThen, msg.CloseEngine)] == [
        PostTurn,
        PostTurn,
        msg.CloseEngine,
        PostThen,
    ]


def test_after_the_end_only_events_follow_and_stream_ended_is_the_last() -> None:
    stage = Stage().talking()
    stage.caller_says("A room")
    stage.calls_tool("check", response="r1")
    end_of(stage.receive(caller.Stop()))
    assert stage.receive(ToolAnswer("call_1", ok=True, result={}), msg.CallerGone(), FRAME, msg.Finish()) == []
    last = stage.all_of(msg.Publish)[-1]
    assert last.event_type == "stream.ended"
    stream = last.fields["stream"]
    assert (stream["reason"], stream["turns"], stream["tool_calls"], stream["engine"]) == ("stopped", 2, 1, "first")
    assert [event.n for event in stage.all_of(msg.Publish)] == list(range(1, len(stage.all_of(msg.Publish)) + 1))


def test_a_session_that_is_answered_after_the_caller_hung_up_still_gets_its_last_event() -> None:
    stage = Stage()
    stage.receive(START, caller.Stop())
    assert stage.receive(session(), msg.Finish()) == []
    [last] = stage.published("stream.ended")
    assert last.fields["stream"]["reason"] == "stopped"


def test_an_engine_that_is_open_before_a_slow_session_is_kept() -> None:
    stage = Stage(EngineChoice("first", reachable_before_session=True))
    stage.receive(START, msg.EngineOpened(0))
    stage.wait(4000)
    assert of_type(stage.receive(session()), msg.ToLine)
