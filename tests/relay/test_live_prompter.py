"""What the voice is told and refuses: it is told once more, and in the end another engine answers."""

import pytest

from relay import live
from relay.faults import Fault
from relay.functions import AskClerk, ClerkAnswer, TurnAnswer
from relay.live_append import LONGEST
from relay.sentences import CARRY_ON
from tests.relay.live_stage import LiveStage


def refuse_last(stage: LiveStage) -> live.Append:
    """Returns what was refused."""
    append = stage.all_of(live.Append)[-1]
    assert isinstance(append, live.Append)
    stage.receive(live.EngineError("", "no", append.event_id))
    return append


def answered(words: str) -> LiveStage:
    """A caller's question was delegated to the clerk, whose answer the voice is to say."""
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("What time is breakfast?", delegates="item_1")
    stage.wait(400)
    stage.receive(ClerkAnswer(stage.all_of(AskClerk)[-1].number, words))
    return stage


def test_an_answer_that_the_voice_refuses_is_told_to_it_again_as_part_of_no_work() -> None:
    stage = answered("From seven to ten.")
    assert refuse_last(stage).delegation_id == "item_1"
    assert [(a.content, a.delegation_id) for a in stage.all_of(live.Append) if a.way == "commentary"] == [
        ("From seven to ten.", "item_1"),
        ("From seven to ten.", ""),
    ]


def test_one_that_was_too_long_after_all_is_told_in_halves() -> None:
    words = " ".join(["1234"] * (LONGEST // 5))
    stage = answered(words)
    refuse_last(stage)
    again = stage.told("commentary")[1:]
    assert len(again) == 2
    assert " ".join(again) == words


def test_an_answer_that_is_refused_twice_is_another_engines_to_give() -> None:
    stage = answered("From seven to ten.")
    refuse_last(stage)
    assert stage.talk.connection.trouble is None
    refuse_last(stage)
    assert stage.talk.connection.trouble == Fault("silent", "response never began")
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    assert stage.told("commentary")[-1] == CARRY_ON


@pytest.mark.parametrize("times", [1, 2])
def test_a_note_that_is_refused_is_told_again_once_and_costs_no_engine(times: int) -> None:
    stage = LiveStage().greeted()
    before = stage.told("instructions")
    stage.receive(TurnAnswer(note="Correction needed."))
    for _ in range(times):
        refuse_last(stage)
    assert stage.told("instructions") == [*before, "Correction needed.", "Correction needed."]
    assert stage.talk.connection.trouble is None
