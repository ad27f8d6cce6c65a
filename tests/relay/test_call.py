"""How a call begins, goes on and is left, as events in and messages out: no socket, no clock."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.arbiter import Purpose
from relay.failover import EngineChoice
from relay.functions import FetchSession, PostThen, PostTurn, SessionRefused, ThenAnswer, ToolAnswer, TurnAnswer
from relay.realtime import CreateResponse
from relay.sentences import IDLE_GOODBYE, STILL_THERE
from tests.relay.stage import FRAME, OPENING, SILENCE, START, Stage, end_of, of_type, session

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
    frames = [caller.Media(bytes([n]) * 800) for n in range(3)]
    stage.receive(START, frames[0], session(), frames[1], msg.EngineOpened(0), frames[2])
    said = stage.receive(msg.EngineReady(0))
    assert of_type(said, realtime.AppendAudio) == [realtime.AppendAudio(frame.audio) for frame in frames]
    assert said[-1] == CreateResponse("create_1", Purpose.OPENING, OPENING)
    assert stage.receive(caller.Media(bytes(160))) == [realtime.AppendAudio(bytes(160))]


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


def test_a_conversation_begins_with_the_first_stream_that_reaches_a_relay() -> None:
    """The one before may have met a relay that was draining: nobody has told of it."""
    stage = Stage().prepared(attempt=2, is_first=True, metadata={"call_sid": "CA1"})
    assert not stage.published("stream.resumed")
    [started] = stage.published("conversation.started")
    assert started.fields["metadata"] == {"call_sid": "CA1", "engine": "first"}


@pytest.mark.parametrize(("attempt", "told"), [(1, "conversation.started"), (2, "stream.resumed")])
def test_a_stream_that_no_engine_served_is_told_of_all_the_same(attempt: int, told: str) -> None:
    """Else who counts conversations counts none of those that fail."""
    stage = Stage()
    stage.receive(START, session(attempt=attempt, metadata={"call_sid": "CA1"}))
    for line in range(4):
        stage.receive(msg.EngineLost(line, "refused", fatal=True))
    assert stage.all_of(PostThen) == [PostThen(reason="engines_lost")]
    stage.receive(ThenAnswer(200), msg.Finish())
    events = [event for event in stage.all_of(msg.Publish) if event.event_type != "engine.failed"]
    assert [event.event_type for event in events] == [told, "stream.ended"]
    about = {"metadata": {"call_sid": "CA1"}} if attempt == 1 else {"stream": {}}
    assert events[0].fields == about


def test_an_item_whose_id_the_engine_would_refuse_is_told_without_it() -> None:
    """Another engine chose it. Source: OpenAI Realtime, ids chosen by the client are at most 32 characters long."""
    ids = ["i" * 32, "i" * 33]
    history = tuple({"type": "message", "role": "user", "text": "A room?", "item_id": item_id} for item_id in ids)
    stage = Stage().prepared(attempt=2, history=history)
    assert [told.item_id for told in stage.all_of(realtime.AddMessage)] == [ids[0], ""]


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


# --- silence, limits, leaving ---


def test_silence_is_asked_about_once_and_then_ends_with_a_goodbye_that_is_heard() -> None:
    stage = Stage()
    stage.frame = SILENCE
    stage.talking(idle_s=5)
    [ask] = of_type(stage.wait(5000), CreateResponse)
    assert ask == CreateResponse("create_2", Purpose.STILL_THERE, STILL_THERE, False)
    stage.agent_says("Are you still there?", response="r1", item="i1", ms=400)
    [bye] = of_type(stage.wait(5500), CreateResponse)
    assert bye == CreateResponse("create_3", Purpose.GOODBYE, IDLE_GOODBYE, False)
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=400)
    assert of_type(stage.wait(380), PostThen) == []
    assert of_type(stage.wait(60), PostThen) == [PostThen(reason="idle")]


def test_a_caller_who_answers_the_question_starts_the_ladder_anew() -> None:
    stage = Stage()
    stage.frame = SILENCE
    stage.talking(idle_s=5)
    stage.wait(5000)
    stage.agent_says("Are you still there?", response="r1", item="i1", ms=400)
    stage.wait(500)
    stage.caller_says("Yes")
    stage.agent_says("Good.", response="r2", item="i2", ms=200)
    stage.wait(5300)
    assert stage.purposes[-1] == "still_there"


def test_a_caller_who_presses_a_key_into_the_goodbye_is_there() -> None:
    stage = Stage().nobody_answers(idle_s=20)
    stage.agent_says("I will hang up now. Goodbye.", response="r2", item="i2", ms=2000)
    stage.wait(1000)
    stage.receive(*[caller.Dtmf(digit) for digit in "42#"])
    stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": "The guest keyed 42."}))
    assert of_type(stage.wait(3000), PostThen) == []
    assert stage.purposes[3:] == ["reply"]


def test_a_stream_without_audio_from_the_caller_is_dead() -> None:
    stage = Stage().talking()
    stage.media_flows = False
    assert end_of(stage.wait(5100)) == msg.HangUp(1011, "no_media")


def test_a_call_that_lasts_too_long_leaves_at_a_turn_boundary() -> None:
    stage = Stage().talking(call_s=3, idle_s=60)
    stage.agent_says("A long story.", response="r", item="i", ms=4000)
    assert of_type(stage.wait(3900), PostThen) == []
    assert of_type(stage.wait(200), PostThen) == [PostThen(reason="over_time")]


def test_draining_waits_for_a_turn_boundary_but_three_and_a_half_seconds_at_most() -> None:
    stage = Stage().talking()
    assert stage.receive(msg.Drain())[-1] == PostThen(reason="draining")
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), msg.Drain())
    assert of_type(stage.wait(3400), PostThen) == []
    assert of_type(stage.wait(200), PostThen) == [PostThen(reason="draining")]


def test_draining_does_not_wait_as_long_as_what_was_to_end_the_call_before() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), TurnAnswer(end="over_budget"))
    stage.wait(1000)
    stage.receive(msg.Drain())
    assert of_type(stage.wait(3400), PostThen) == []
    assert of_type(stage.wait(200), PostThen) == [PostThen(reason="over_budget")]


def test_functions_may_end_a_call_at_its_next_pause() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), TurnAnswer(end="over_budget"))
    assert of_type(stage.wait(1000), PostThen) == []
    stage.receive(realtime.SpeechStopped("user_1", 1000), realtime.Committed("user_1"))
    stage.receive(realtime.Transcribed("user_1", "Hello"))
    stage.agent_says("Good evening.", response="r", item="i", ms=400)
    assert of_type(stage.wait(380), PostThen) == []
    assert of_type(stage.wait(100), PostThen) == [PostThen(reason="over_budget")]


def test_a_turn_that_functions_take_for_an_older_attempts_ends_this_stream_and_posts_no_then() -> None:
    """Another stream has the call: who is not the current attempt may not act."""
    stage = Stage().talking()
    stage.caller_says("A room")
    assert end_of(stage.receive(TurnAnswer(is_stale_attempt=True))) == msg.HangUp(1000, "stale_attempt")
    assert stage.all_of(PostThen) == []


def test_turns_are_posted_before_the_stream_is_left() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), realtime.Committed("user_1"), msg.Drain())
    stage.agent_begins("One two three four.", response="r", item="i", ms=9000)
    said = stage.wait(3600)
    assert [type(m) for m in of_type(said, PostTurn, PostThen, msg.CloseEngine)] == [
        PostTurn,
        PostTurn,
        msg.CloseEngine,
        PostThen,
    ]


def test_a_tool_that_answers_while_the_stream_is_left_is_in_the_record() -> None:
    stage = Stage().talking()
    stage.caller_says("Book it")
    stage.calls_tool("book_room", response="r1")
    stage.receive(realtime.SpeechStarted("user_2", 0), msg.Drain())
    assert of_type(stage.wait(3600), PostThen) == [PostThen(reason="draining")]
    answer = ToolAnswer("call_1", ok=True, result={"code": "AB12"})
    assert stage.receive(answer, answer) == [], "nobody else is told"
    [event] = stage.published("conversation.function_call")
    assert event.fields["function"]["result"] == {"code": "AB12"}


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
