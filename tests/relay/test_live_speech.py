"""What the caller hears of a live engine: the greeting, and its voice as it comes."""

import pytest

from relay import caller, live
from relay.faults import Fault
from relay.functions import PostTurn
from relay.live_speech import LONGEST_MUTE_MS
from relay.live_talk import BE_QUIET, THEY_TYPED
from relay.sentence_lost import TAKES_UP_MS
from relay.sentences import ANSWER_AFTER_OPENING, CARRY_ON, SAY_AGAIN
from tests.relay.live_stage import SILENCE, SPEECH, LiveStage
from tests.relay.stage import OPENING

# A millisecond of it.
CLIP = b"\x44" * 8

# --- the greeting ---


def test_the_greeting_is_asked_for_once_and_asked_no_more_when_it_is_heard() -> None:
    stage = LiveStage().ready()
    assert stage.told("commentary") == [OPENING]
    stage.wait(800)
    stage.agent_says("Good evening.")
    stage.wait(6000)
    assert (stage.told("commentary"), stage.told("instructions")) == ([OPENING], [])
    assert stage.attempt.opening_due is False


def test_a_guest_who_typed_before_the_session_began_is_answered_behind_the_greeting() -> None:
    stage = LiveStage()
    stage.receive(caller.Text("When is breakfast?"))
    stage.ready()
    stage.wait(4100)
    greeting = OPENING + ANSWER_AFTER_OPENING
    assert (stage.told("commentary"), stage.told("instructions")) == ([greeting], [greeting])


def test_a_greeting_that_is_not_heard_is_asked_for_once_more_in_another_way() -> None:
    stage = LiveStage().ready()
    stage.wait(3900)
    assert stage.told("instructions") == []
    stage.wait(200)
    assert stage.told("instructions") == [OPENING]
    stage.wait(3700)
    assert stage.talk.connection.trouble is None
    stage.wait(4000)
    assert (stage.told("commentary"), stage.told("instructions")) == ([OPENING], [OPENING])


def test_a_voice_that_never_greets_is_replaced_by_another_engine_that_does() -> None:
    stage = LiveStage().ready()
    stage.wait(8100)
    assert stage.talk.connection.trouble == Fault("silent", "response never began")
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.said.clear()
    stage.ready()
    assert stage.told("commentary") == [OPENING]


def test_a_voice_that_listens_to_the_caller_instead_of_greeting_is_not_taken_for_mute() -> None:
    stage = LiveStage().ready()
    for _ in range(10):
        stage.caller_says("and another thing", ms=1000)
    assert stage.talk.connection.trouble is None
    stage.agent_says("Of course.")
    stage.wait(12_000)
    assert stage.talk.connection.trouble is None


def test_a_later_engine_greets_nobody_who_was_greeted() -> None:
    stage = LiveStage().greeted()
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.said.clear()
    stage.ready()
    assert OPENING not in stage.told("commentary")


def test_an_engine_is_told_of_a_greeting_that_a_clip_has_said() -> None:
    stage = LiveStage()
    stage.configure()
    assert stage.talk.play_opening("Good evening.", b"\x55" * 4000, stage.now_ms, stage.said)
    stage.ready()
    assert OPENING not in stage.told("commentary")
    assert stage.told("thinking") == ['You have said: "Good evening."']
    stage.wait(2000)
    assert stage.ear.heard_bytes >= 4000
    assert [(turn.role, turn.text) for turn in stage.all_of(PostTurn)] == [("assistant", "Good evening.")]


def test_a_greeting_that_was_asked_for_is_not_given_by_the_clip_as_well() -> None:
    stage = LiveStage().ready()
    assert stage.told("commentary") == [OPENING]
    assert stage.talk.play_opening("Good evening.", CLIP * 4000, stage.now_ms, stage.said)
    stage.wait(500)
    stage.agent_says("Good evening.", ms=600)
    stage.wait(2000)
    assert sum(media.audio.count(CLIP) for media in stage.all_of(caller.SendMedia)) == 0
    assert [turn.text for turn in stage.all_of(PostTurn)] == ["Good evening."]


def test_the_first_audio_of_a_call_is_the_clip_that_greets() -> None:
    stage = LiveStage()
    stage.talk.play_opening("Good evening.", CLIP * 1000, stage.now_ms, stage.said)
    stage.wait(20)
    clip_ms = stage.now_ms
    stage.ready()
    stage.wait(3000)
    stage.agent_says("Yes?")
    stage.wait(1000)
    assert stage.attempt.first_audio_ms == clip_ms


def test_a_guest_who_speaks_into_the_clip_hears_the_answer_and_not_the_rest_of_the_clip() -> None:
    stage = LiveStage()
    stage.talk.play_opening("Good evening, and welcome.", CLIP * 5000, stage.now_ms, stage.said)
    stage.ready()
    stage.caller_says("Hello, I need a room.", ms=1000)
    assert stage.all_of(caller.Clear) == [], "the voice is silent, so the clip goes on"
    stage.agent_says("Of course, for how many people?", ms=2000)
    stage.wait(4000)
    assert len(stage.all_of(caller.Clear)) == 1
    assert sum(media.audio.count(SPEECH[:1]) for media in stage.all_of(caller.SendMedia)) == 8 * 2000
    heard = {post.text: (post.heard_ms, post.audio_ms) for post in stage.all_of(PostTurn)}
    assert heard["Of course, for how many people?"] == (2000, 2000)
    [(clip_ms, _)] = [times for text, times in heard.items() if text.startswith("Good")]
    assert 1000 <= clip_ms <= 1300


def test_a_greeting_that_the_network_held_up_is_not_cut_by_a_voice_that_is_silent() -> None:
    stage = LiveStage()
    stage.talk.play_opening("Good evening, and welcome.", CLIP * 2000, stage.now_ms, stage.said)
    stage.wait(500)
    stage.ear_plays = False
    stage.wait(4000)
    stage.ear_plays = True
    stage.ready()
    stage.wait(500)
    assert stage.all_of(caller.Clear) == []
    stage.agent_says("What can I do for you?", ms=1000)
    stage.wait(500)
    assert len(stage.all_of(caller.Clear)) == 1
    assert heard_speech(stage)


def test_what_a_lost_engine_has_said_is_heard_before_the_next_one_is_asked_to_carry_on() -> None:
    stage = LiveStage()
    stage.attempt.opening_due, stage.attempt.owes_reply = False, True
    stage.attempt.playout.add("item_1", 0, CLIP * 2000)
    stage.attempt.playout.finish("item_1")
    stage.ready()
    stage.wait(1800)
    assert stage.told("commentary") == []
    stage.wait(400)
    assert stage.told("commentary") == [CARRY_ON]
    assert stage.all_of(caller.Clear) == []


@pytest.mark.parametrize("hears", ["the caller go on", "nothing"])
def test_a_caller_whose_sentence_ended_while_no_engine_listened_is_not_met_with_silence(hears: str) -> None:
    stage = LiveStage().greeted()
    stage.caller_says("I would like a room for", ms=1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.said.clear()
    stage.ready(caller_was_speaking=True)
    began_ms = stage.timeline_ms
    stage.wait(TAKES_UP_MS - 600)
    if hears == "the caller go on":
        stage.receive(live.Transcript("user", " next Friday", stage.timeline_ms - began_ms - 400, TAKES_UP_MS - 600))
    stage.wait(400)
    assert stage.told("commentary") == []
    stage.wait(400)
    assert stage.told("commentary") == ([SAY_AGAIN] if hears == "nothing" else [])


def test_a_sentence_that_two_live_engines_were_lost_over_is_asked_for_again() -> None:
    stage = LiveStage().greeted()
    stage.caller_says("I would like a room for", ms=1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready(caller_was_speaking=True)
    stage.wait(500)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.said.clear()
    stage.ready()
    assert stage.told("commentary") == [SAY_AGAIN]


def test_one_that_speaks_of_its_own_accord_is_not_asked_to_carry_on() -> None:
    stage = LiveStage()
    stage.attempt.opening_due, stage.attempt.owes_reply = False, True
    stage.attempt.playout.add("item_1", 0, CLIP * 2000)
    stage.ready()
    stage.agent_says("We have a double room.", ms=1000)
    stage.wait(3000)
    assert stage.told("commentary") == []
    stage.talk.engine_lost(stage.now_ms, stage.said)
    assert not stage.attempt.owes_reply


# --- the voice ---


def test_output_goes_on_at_once_and_whole() -> None:
    stage = LiveStage().ready()
    stage.engine_speaks = False
    [media] = [m for m in stage.receive(live.OutputAudio(SPEECH)) if isinstance(m, caller.SendMedia)]
    assert media.audio == SPEECH
    stage.wait(200)
    sizes = [len(m.audio) for m in stage.receive(live.OutputAudio(SPEECH[:250])) if isinstance(m, caller.SendMedia)]
    assert sizes == [160], "whole frames; the rest follows with the next piece"


def test_a_mark_follows_every_second_of_it() -> None:
    stage = LiveStage().ready()
    stage.said.clear()
    stage.wait(5000)
    assert len(stage.all_of(caller.SendMark)) == 5


def test_after_a_stall_silence_is_left_out_until_the_caller_is_up_to_date() -> None:
    stage = LiveStage().greeted()
    stage.engine_speaks = False
    stage.wait(1500)
    stage.receive(*[live.OutputAudio(SPEECH)] * 8, *[live.OutputAudio(SILENCE)] * 7)
    stage.engine_speaks = True
    assert stage.talk.speech.voice.backlog.ms(stage.now_ms) >= 700
    stage.wait(2000)
    assert stage.talk.speech.voice.backlog.ms(stage.now_ms) < 250
    assert stage.all_of(caller.Clear) == []
    assert stage.talk.speech.voice.dropped_bytes >= 8 * 700


def test_more_than_two_seconds_behind_the_rest_is_thrown_away() -> None:
    stage = LiveStage().greeted()
    stage.engine_speaks = False
    stage.wait(3000)
    stage.receive(*[live.OutputAudio(SPEECH)] * 30)
    stage.engine_speaks = True
    stage.wait(1000)
    assert len(stage.all_of(caller.Clear)) == 1
    assert stage.talk.speech.voice.backlog.ms(stage.now_ms) < 250


def test_a_voice_that_goes_over_into_the_answer_without_a_pause_is_heard_again_in_time() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There is a lot to be said about our rooms.", ms=20_000)
    stage.wait(600)
    stage.receive(caller.Text("How much is it?"))
    stage.said.clear()
    stage.wait(LONGEST_MUTE_MS - 100)
    assert not heard_speech(stage)
    stage.wait(1000)
    assert heard_speech(stage)


def test_a_button_stops_the_agent_until_it_has_fallen_silent_by_itself() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There is a lot to be said about our rooms.", ms=2000)
    stage.wait(600)
    stage.said.clear()
    stage.receive(caller.Interrupt())
    assert stage.told("instructions") == [BE_QUIET]
    assert len(stage.all_of(caller.Clear)) == 1
    stage.wait(1000)
    stage.voice_ms = 0
    stage.wait(300)
    stage.voice_ms = 1000
    stage.wait(1000)
    assert not heard_speech(stage), "it has only drawn breath"
    stage.wait(900)
    stage.voice_ms = 500
    stage.wait(500)
    assert heard_speech(stage)


def test_words_that_are_typed_stop_the_agent_as_the_button_does() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There is a lot", ms=500)
    stage.wait(500)
    stage.agent_says(" to be said", ms=500)
    stage.wait(100)
    stage.said.clear()
    stage.receive(caller.Text("I mean Friday"))
    assert stage.told("instructions") == [THEY_TYPED]
    assert len(stage.all_of(caller.Clear)) == 1
    stage.wait(400)
    stage.agent_says(" about our rooms.", ms=1000)
    stage.wait(2500)
    assert not heard_speech(stage)
    [heard_ms] = [post.heard_ms for post in stage.all_of(PostTurn) if post.role == "assistant"]
    assert heard_ms <= 700, "what was kept from the guest was not heard"


def test_what_of_a_moderated_utterance_is_still_on_its_way_is_not_heard_and_the_session_lives_on() -> None:
    """Source: OpenAI GPT-Live reference, errors: a moderation cut: continue; flush own queue."""
    stage = LiveStage().greeted()
    stage.agent_says("That was not", ms=600)
    stage.wait(600)
    stage.receive(live.EngineError("moderation_blocked", "", ""))
    assert len(stage.all_of(caller.Clear)) == 1
    assert stage.told("instructions") == [], "it has stopped by itself"
    stage.voice_ms = 0
    stage.wait(2500)
    [post] = [post for post in stage.all_of(PostTurn) if post.role == "assistant"]
    assert post.interrupted
    stage.said.clear()
    stage.agent_says("May I help you with something else?", ms=600)
    stage.wait(600)
    assert heard_speech(stage)
    assert stage.talk.connection.trouble is None


def heard_speech(stage: LiveStage) -> bool:
    return any(SPEECH[0] in media.audio for media in stage.all_of(caller.SendMedia))
