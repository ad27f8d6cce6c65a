"""What the caller hears of a live engine: the greeting, and its voice as it comes."""

from relay import caller, live
from relay.functions import PostTurn
from relay.live_talk import BE_QUIET
from tests.relay.live_stage import SILENCE, SPEECH, LiveStage
from tests.relay.stage import OPENING

# --- the greeting ---


def test_the_greeting_is_asked_for_once_and_asked_no_more_when_it_is_heard() -> None:
    stage = LiveStage().ready()
    assert stage.told("commentary") == [OPENING]
    stage.wait(800)
    stage.agent_says("Good evening.")
    stage.wait(6000)
    assert (stage.told("commentary"), stage.told("instructions")) == ([OPENING], [])
    assert stage.attempt.opening_due is False


def test_a_greeting_that_is_not_heard_is_asked_for_once_more_in_another_way() -> None:
    stage = LiveStage().ready()
    stage.wait(3900)
    assert stage.told("instructions") == []
    stage.wait(200)
    assert stage.told("instructions") == [OPENING]
    stage.wait(8000)
    assert (stage.told("commentary"), stage.told("instructions")) == ([OPENING], [OPENING])


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


def test_a_button_stops_the_agent_until_it_has_fallen_silent_by_itself() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There is a lot to be said about our rooms.", ms=2000)
    stage.wait(600)
    stage.said.clear()
    stage.receive(caller.Interrupt())
    assert stage.told("instructions") == [BE_QUIET]
    assert len(stage.all_of(caller.Clear)) == 1
    stage.wait(1000)
    assert not [media for media in stage.all_of(caller.SendMedia) if set(media.audio) == {0x55}]
    stage.voice_ms = 0
    stage.wait(300)
    stage.voice_ms = 500
    stage.wait(500)
    assert [media for media in stage.all_of(caller.SendMedia) if set(media.audio) == {0x55}]
