"""What is said and heard in a call, as events in and messages out: playout, barge-in, whose turn it is, the record."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.functions import PostTurn, TurnAnswer
from relay.phases import Phase
from relay.realtime import CreateResponse, DeleteItem, Truncate
from tests.relay.stage import START, Stage, of_type, session

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


def test_what_is_truncated_is_the_part_of_the_item_that_was_spoken() -> None:
    """An item may have words in front of its audio."""
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.receive(realtime.ResponseCreated("r"), realtime.ItemAdded("r", "i", "message"))
    stage.receive(realtime.AudioDelta("r", "i", 1, bytes(3000 * 8)))
    stage.wait(500)
    said = stage.receive(realtime.SpeechStarted("user_2", 0))
    assert of_type(said, Truncate) == [Truncate("i", 1, 500)]


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


def test_an_interruption_while_the_engine_stalls_in_mid_sentence_is_one_of_what_was_heard_so_far() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.agent_begins("It is ninety dollars a night.", response="r", item="i", ms=360)
    stage.wait(600)  # all that came was heard, and no more comes
    said = stage.receive(realtime.SpeechStarted("user_2", 0))
    assert of_type(said, Truncate, realtime.CancelResponse) == [Truncate("i", 0, 360), realtime.CancelResponse()]
    stage.receive(realtime.AudioDelta("r", "i", 0, bytes(8000)))  # what was on its way
    stage.agent_ends("It is ninety dollars a night.", response="r", item="i")
    stage.wait(600)
    [turn] = [post for post in stage.all_of(PostTurn) if post.item_id == "i"]
    assert (turn.interrupted, turn.heard_ms) == (True, 360)


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


def is_busy(request: int = 2) -> realtime.EngineError:
    code = "conversation_already_has_active_response"
    return realtime.EngineError(code, "already active", f"create_{request}")


def test_being_told_that_a_response_is_active_is_not_fatal_and_the_wish_waits() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello")
    assert stage.receive(is_busy()) == []
    assert stage.call.phase is Phase.TALKING
    assert len(of_type(stage.receive(realtime.ResponseDone("other", "completed")), CreateResponse)) == 1


def test_an_active_response_of_which_nothing_comes_is_waited_for_two_seconds_and_then_the_next_engine_answers() -> None:
    """Its end may have been sent before the error was."""
    stage = Stage().talking()
    stage.caller_says("Hello")
    stage.receive(is_busy())
    assert of_type(stage.wait(1980), CreateResponse) == []
    assert len(of_type(stage.wait(40), CreateResponse)) == 1
    stage.receive(is_busy(3))
    assert len(of_type(stage.wait(2040), CreateResponse, msg.OpenEngine)) == 1
    assert stage.all_of(msg.OpenEngine)[-1].engine == 1
    stage.receive(msg.EngineOpened(1), msg.EngineReady(1))
    assert stage.purposes == ["opening", "reply", "reply", "reply"]


def test_where_there_is_nothing_to_cancel_no_response_is_in_the_way() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello")
    stage.receive(is_busy())
    assert realtime.CancelResponse() in stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.receive(realtime.EngineError("response_cancel_not_active", "none", ""))
    said = stage.receive(realtime.SpeechStopped("user_2", 300), realtime.Committed("user_2"))
    assert len(of_type(said, CreateResponse)) == 1


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


@pytest.mark.parametrize("words", ["A room for two.", None], ids=["late", "never"])
def test_the_event_of_a_turn_has_its_words_however_late_they_come(words: str | None) -> None:
    """The turn is posted without them after a while, and again; an event is told once."""
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), realtime.Committed("user_1"))
    stage.agent_says("Of course.", response="r1", item="i1", ms=400)
    stage.wait(3100)
    assert [post.text for post in stage.all_of(PostTurn) if post.role == "user"] == [""]
    if words is not None:
        stage.receive(realtime.Transcribed("user_1", words))
    stage.receive(caller.Stop())
    told = [event.fields["message"] for event in stage.published("conversation.message")]
    assert [message["content"] for message in told if message["role"] == "user"] == [words or ""]


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
