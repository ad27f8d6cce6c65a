"""A caller who speaks while the agent does: events in, messages out, on a line whose sound the test makes."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.functions import PostThen, ToolAnswer, TurnAnswer
from relay.realtime import CreateResponse, DeleteItem, Truncate
from relay.sentence_lost import TAKES_UP_MS
from relay.sentences import SAY_AGAIN
from tests.relay.stage import SILENCE, VOICE, Line, interruptions, of_type

COUGH = caller.Media(b"\x15" * 160)  # close to the microphone: four times as loud as `VOICE`

# --- pausing ---


def test_the_agent_pauses_when_somebody_seems_to_speak_and_nothing_is_cleared_yet() -> None:
    line = Line().listening()
    heard_before = line.ear.heard_bytes
    said = line.makes_sound(380)
    assert of_type(said, caller.Clear, Truncate, realtime.CancelResponse) == []
    fed_after = [m for m in of_type(said, caller.SendMedia)][1:]  # the first was due before the engine noticed
    assert fed_after == []
    assert 0 < (line.ear.heard_bytes - heard_before) // 8 <= 380, "the lead plays on"
    assert not line.ear.queue, "and runs dry"


def test_an_interruption_is_decided_within_400_ms_and_truncates_to_what_was_heard() -> None:
    line = Line().listening()
    before = line.ear.heard_bytes
    said = line.makes_sound(500)
    heard_ms = 500 + (line.ear.heard_bytes - before) // 8
    assert interruptions(said) == [caller.Clear(), Truncate("i", 0, heard_ms), realtime.CancelResponse()]
    said = line.falls_silent("When is breakfast?")
    line.receive(realtime.ResponseDone("r", "cancelled"))
    assert line.user_turns[-1] == "When is breakfast?"
    assert line.purposes[-1] == "reply"


def test_the_caller_may_interrupt_with_one_word_when_the_engine_hears_it_while_it_is_spoken() -> None:
    line = Line().listening()
    line.makes_sound(160)
    assert interruptions(line.receive(realtime.TranscribedDelta("user_2", "Stop")))


def test_late_words_of_the_turn_before_are_not_taken_for_those_of_a_cough() -> None:
    line = Line().listening()
    line.makes_sound(160)
    assert interruptions(line.receive(realtime.TranscribedDelta("user_1", " for two people?"))) == []
    assert interruptions(line.falls_silent("")) == []


def test_half_a_word_that_may_become_mm_hmm_interrupts_nobody() -> None:
    line = Line().listening()
    line.makes_sound(160)
    assert interruptions(line.receive(realtime.TranscribedDelta("user_2", "ye"))) == []
    assert interruptions(line.receive(realtime.TranscribedDelta("user_2", "ah"))) == []
    assert of_type(line.wait(200), caller.SendMedia), "the agent goes on"


# --- going on ---


def test_after_mm_hmm_the_agent_goes_on_from_where_it_paused_and_forgets_it() -> None:
    line = Line().listening(ms=3000)
    said = line.makes_sound(300) + line.falls_silent("Mm-hmm.")
    assert interruptions(said) == []
    assert of_type(said, DeleteItem) == [DeleteItem("user_2")]
    line.agent_ends("It is ninety dollars a night for two.", response="r", item="i")
    line.wait(4000)
    assert line.ear.heard_bytes == 8 * (400 + 3000), "every byte was heard, once"
    assert line.purposes == ["opening", "reply"]
    assert line.user_turns == ["How much is it?"]


def test_mm_hmm_while_the_next_sentence_is_still_being_made_does_not_stop_the_agent() -> None:
    line = Line().listening(ms=600)
    line.wait(600)  # the first sentence was heard, and the engine is at the second
    said = line.makes_sound(300) + line.falls_silent("Mm-hmm.")
    assert interruptions(said) == []
    assert of_type(said, DeleteItem) == [DeleteItem("user_2")]
    line.receive(realtime.AudioDelta("r", "i", 0, bytes(8000)))
    line.agent_ends("It is ninety dollars. Breakfast is included.", response="r", item="i")
    line.wait(1600)
    assert line.ear.heard_bytes == 8 * (400 + 600 + 1000)
    assert line.purposes == ["opening", "reply"]


def test_speech_while_the_next_sentence_is_still_being_made_is_an_interruption() -> None:
    line = Line().listening(ms=600)
    line.wait(600)
    said = line.makes_sound(500) + line.falls_silent("When is breakfast?")
    assert interruptions(said) == [Truncate("i", 0, 600), realtime.CancelResponse()]
    line.receive(realtime.ResponseDone("r", "cancelled"))
    assert line.user_turns[-1] == "When is breakfast?"
    assert line.purposes == ["opening", "reply", "reply"]


def test_a_cough_without_words_is_forgotten_after_a_while() -> None:
    line = Line().listening()
    line.makes_sound(200)
    assert of_type(line.falls_silent(), DeleteItem) == []
    assert of_type(line.wait(3100), DeleteItem) == [DeleteItem("user_2")]
    assert line.user_turns == ["How much is it?"]


@pytest.mark.parametrize("words", ["No.", "Tomorrow", "Stop"])
def test_a_short_word_that_means_something_interrupts_once_it_is_understood(words: str) -> None:
    line = Line().listening()
    line.makes_sound(300)
    said = line.falls_silent(words)
    assert [type(m) for m in interruptions(said)] == [caller.Clear, Truncate, realtime.CancelResponse]
    line.receive(realtime.ResponseDone("r", "cancelled"))
    assert line.user_turns[-1] == words
    assert line.purposes == ["opening", "reply", "reply"]
    assert of_type(said, DeleteItem) == []


def test_the_words_of_a_short_utterance_are_waited_for_as_long_as_those_of_any_turn() -> None:
    line = Line().listening(ms=8000)
    line.makes_sound(300)
    line.falls_silent()
    line.wait(2900)
    said = line.receive(realtime.Transcribed("user_2", "No, Friday!"))
    assert [type(m) for m in interruptions(said)] == [caller.Clear, Truncate, realtime.CancelResponse]
    assert line.user_turns[-1] == "No, Friday!"


def test_the_stream_is_not_left_while_the_words_of_a_short_utterance_may_come() -> None:
    line = Line().listening(ms=2500)
    line.agent_ends("It is ninety dollars a night for two.", response="r", item="i")
    line.makes_sound(200)
    line.falls_silent()
    line.receive(msg.Drain())
    assert of_type(line.wait(1600), PostThen) == [], "the agent has been silent for a while"
    line.receive(realtime.Transcribed("user_2", "No, for one."))
    assert line.user_turns[1:] == ["No, for one."]
    assert line.purposes == ["opening", "reply", "reply"]


def test_a_caller_who_goes_on_after_mm_hmm_still_interrupts() -> None:
    line = Line().listening(ms=6000)
    line.makes_sound(260)
    assert of_type(line.wait(200), caller.SendMedia), "the agent has gone on"
    line.frame = VOICE
    assert interruptions(line.wait(700))


def test_the_agent_pauses_again_when_the_caller_begins_again() -> None:
    line = Line().listening(ms=6000)
    line.makes_sound(120)
    assert of_type(line.wait(400), caller.SendMedia), "the agent has gone on"
    line.frame = VOICE
    said = line.wait(160)
    assert interruptions(said) == []
    assert of_type(line.wait(140), caller.SendMedia, caller.Clear) == []


def test_two_short_sounds_with_a_pause_between_them_are_two_mm_hmms() -> None:
    line = Line().listening(ms=6000)
    for item in ("user_2", "user_3"):
        assert interruptions(line.makes_sound(240, item=item) + line.falls_silent("uh-huh", item=item)) == []
    assert [delete.item_id for delete in line.all_of(DeleteItem)] == ["user_2", "user_3"]


def test_a_short_answer_at_the_end_of_the_agents_question_is_a_turn() -> None:
    line = Line().talking()
    line.caller_says("A room, please")
    line.agent_says("Shall I book it?", response="r", item="i", ms=1000)
    line.wait(800)
    said = line.makes_sound(300) + line.falls_silent("Yeah")
    assert interruptions(said) == []
    assert line.user_turns[-1] == "Yeah"
    assert line.purposes == ["opening", "reply", "reply"]


def test_a_short_answer_is_a_turn_when_the_agent_was_done_before_the_engine_had_heard_it_out() -> None:
    line = Line().talking()
    line.caller_says("A room, please")
    line.agent_says("Shall I book it?", response="r", item="i", ms=1500)
    line.wait(800)
    line.makes_sound(260)
    said = line.wait(400)
    assert of_type(said, caller.SendMedia), "there was more to say"
    line.falls_silent("Yeah")
    assert line.user_turns[-1] == "Yeah"
    assert line.purposes == ["opening", "reply", "reply"]


def test_a_caller_who_speaks_while_the_agent_is_silent_takes_an_ordinary_turn() -> None:
    line = Line().talking()
    line.caller_says("I would like a room")
    line.receive(realtime.ResponseCreated("r"))  # in the making; nothing of it was heard
    line.wait(1000)
    line.frame = VOICE
    said = line.receive(realtime.SpeechStarted("user_2", 0))
    assert realtime.CancelResponse() in said
    line.wait(200)
    line.frame = SILENCE
    line.falls_silent("for two")
    line.receive(realtime.ResponseDone("r", "cancelled"))
    assert line.user_turns[-1] == "for two"
    assert line.purposes == ["opening", "reply", "reply"]


def test_the_agent_goes_on_when_the_engine_never_makes_an_item_of_the_sound() -> None:
    line = Line().listening(ms=6000)
    line.makes_sound(200)
    line.receive(realtime.SpeechStopped("user_2", 300))
    line.wait(3500)
    assert line.ear.heard_bytes > 8 * 3000
    assert line.all_of(realtime.CancelResponse) == []


def test_an_engine_that_is_lost_during_the_pause_does_not_leave_the_agent_in_mid_word() -> None:
    line = Line().listening(ms=2000)
    line.makes_sound(120)
    line.receive(msg.EngineLost(0, "closed"))
    line.wait(2500)
    assert line.ear.heard_bytes == 8 * (400 + 2000)


def test_an_answer_lost_with_its_engine_is_not_forgotten_when_the_next_one_hears_only_mm_hmm() -> None:
    line = Line().listening(ms=2000)
    line.makes_sound(120)
    line.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    line.receive(realtime.SpeechStarted("user_3", 0))
    line.falls_silent("Mm-hmm.", item="user_3")
    line.wait(TAKES_UP_MS)
    assert [create.instructions for create in line.all_of(CreateResponse)[2:]] == [SAY_AGAIN]


def test_a_caller_who_goes_on_for_long_to_the_next_engine_is_answered_and_not_asked_to_say_it_again() -> None:
    line = Line().talking()
    line.makes_sound(400, item="user_1")
    line.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    line.makes_sound(2 * TAKES_UP_MS, item="user_2")
    line.falls_silent("I would like a room for Friday.")
    assert [create.instructions for create in line.all_of(CreateResponse)[1:]] == [""]


# --- the property's setting ---


def test_a_cough_into_the_silence_is_not_taken_for_how_loud_the_caller_is() -> None:
    """Or whoever speaks after it is too faint to be the caller, and talked over."""
    line = Line().talking()
    line.makes_sound(300, frame=COUGH, item="cough")
    line.falls_silent("", item="cough")
    line.agent_begins("We have two rooms left for tonight.", response="r", item="i", ms=4000)
    line.wait(500)
    assert interruptions(line.makes_sound(600))


def test_immediate_stops_at_once() -> None:
    line = Line().listening(barge_in="immediate")
    assert [type(m) for m in interruptions(line.makes_sound(80))] == [caller.Clear, Truncate, realtime.CancelResponse]


def test_off_lets_the_agent_finish_and_answers_then() -> None:
    line = Line().listening(barge_in="off", ms=1500)
    said = line.makes_sound(600) + line.falls_silent("And breakfast?")
    line.agent_ends("It is ninety dollars a night for two.", response="r", item="i")
    said += line.wait(1000)
    assert interruptions(said) == []
    assert line.ear.heard_bytes == 8 * (400 + 1500)
    assert line.user_turns[-1] == "And breakfast?"
    assert line.purposes == ["opening", "reply", "reply"]


# --- the end ---


def test_a_transfer_is_neither_paused_nor_stopped() -> None:
    line = Line().talking()
    line.caller_says("A person, please")
    line.calls_tool(response="r1")
    line.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "transfer"}))
    line.agent_says("I will connect you.", response="r2", item="i2", ms=1000)
    line.wait(200)
    said = line.makes_sound(600) + line.wait(400)
    assert interruptions(said) == []
    assert of_type(said, PostThen) == [PostThen(tool_call_id="call_1")]


def test_nothing_new_is_asked_of_the_engine_while_it_is_not_decided_who_speaks() -> None:
    line = Line().listening(ms=400)
    line.agent_ends("It is ninety dollars a night for two.", response="r", item="i")
    line.makes_sound(120)
    assert of_type(line.receive(TurnAnswer(note="Mind the step.")), CreateResponse) == []
    line.wait(500)
    assert of_type(line.falls_silent("what?") + line.wait(40), CreateResponse)
