"""An answer whose engine is lost in the middle of it is told as one that was not heard to its end."""

import pytest

from relay import messages as msg
from relay import realtime
from relay.functions import PostThen, PostTurn
from relay.sentences import CARRY_ON
from tests.relay.live_stage import LiveStage
from tests.relay.stage import Stage


@pytest.mark.parametrize(
    "heard_ms", [300, 1000], ids=["of which more had come", "of which all that had come was heard"]
)
def test_the_last_engine_is_lost_in_mid_answer(heard_ms: int) -> None:
    stage = Stage().talking()
    stage.caller_says("Do you allow pets?")
    stage.agent_begins("Dogs are", response="r1", item="i1", ms=600)
    stage.wait(heard_ms)
    fatal = [msg.EngineLost(line, "closed", fatal=True) for line in (0, 1)]
    stage.receive(*fatal)
    stage.wait(1000 - heard_ms)
    assert stage.all_of(PostThen) == [PostThen(reason="engines_lost")]
    answer = stage.all_of(PostTurn)[-1]
    assert (answer.role, answer.interrupted) == ("assistant", True)


def test_an_answer_that_was_whole_when_the_engine_was_lost_is_not_broken() -> None:
    stage = Stage().talking()
    stage.caller_says("Do you allow pets?")
    stage.agent_says("Dogs are welcome.", response="r1", item="i1", ms=600)
    stage.wait(300)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    stage.wait(1000)
    answer = stage.all_of(PostTurn)[-1]
    assert (answer.text, answer.interrupted) == ("Dogs are welcome.", False)


def test_the_next_engine_is_asked_to_go_on_with_what_was_broken_off() -> None:
    stage = Stage().talking()
    stage.caller_says("Do you allow pets?")
    stage.agent_begins("Dogs are", response="r1", item="i1", ms=600)
    stage.wait(1000)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    assert stage.all_of(PostTurn)[-1].interrupted
    assert stage.all_of(realtime.CreateResponse)[-1].instructions == CARRY_ON


def test_a_live_session_is_lost_in_mid_answer() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("Dogs are")
    stage.wait(300)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    assert stage.all_of(PostTurn)[-1].interrupted


def test_a_live_agent_that_had_ended_is_not_broken_off() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("Dogs are welcome.")
    stage.wait(2000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    assert not stage.all_of(PostTurn)[-1].interrupted


@pytest.mark.parametrize("how", ["lost", "interrupted"])
def test_words_of_which_no_sound_had_come_are_not_told_to_the_next_engine_as_said(how: str) -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.receive(realtime.ResponseCreated("r1"), realtime.ItemAdded("r1", "i1", "message"))
    stage.receive(realtime.TranscriptDelta("r1", "i1", "It is ninety dollars"))
    if how == "interrupted":
        stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    told = [said.text for said in stage.all_of(realtime.AddMessage) if said.role == "assistant"]
    assert told == ["Good evening."]
