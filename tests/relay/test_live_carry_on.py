"""A live engine that took over a request that is not answered yet: it delegates it, or that is done for it."""

import pytest

from relay import live
from relay.functions import AskClerk
from tests.relay.live_stage import LiveStage


def took_over(*, delegation: str, says: str) -> LiveStage:
    """An engine was lost over a request, and the next one says this; it has had time to delegate."""
    stage = LiveStage(delegation=delegation).greeted()
    stage.caller_says("Is there a room for tonight?", ms=1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    stage.said.clear()
    stage.wait(900)
    if says:
        stage.agent_says(says, ms=1200)
    stage.wait(5000)
    return stage


def asked_for(stage: LiveStage) -> list[str]:
    """Of whoever does the work: the last thing that it is told."""
    asked = [str(ask.history[-1]["text"]) for ask in stage.all_of(AskClerk)]
    return asked + [text.text for text in stage.all_of(live.AddUserText)]


DELEGATION = pytest.mark.parametrize("delegation", ["responses", "client"])
MOMENT = "I am sorry, one moment."


@DELEGATION
def test_a_voice_that_asks_for_a_moment_and_leaves_it_at_that_is_not_waited_for(delegation: str) -> None:
    stage = took_over(delegation=delegation, says=MOMENT)
    assert asked_for(stage) == []
    assert not stage.talk.is_at_boundary, "a session that is renewed now would leave it at that, too"
    stage.wait(400)
    [asked] = asked_for(stage)
    assert "Is there a room for tonight?" in asked
    stage.wait(7000)
    assert len(asked_for(stage)) == 1


@DELEGATION
def test_a_voice_that_says_nothing_at_all_is_not_waited_for_either(delegation: str) -> None:
    stage = took_over(delegation=delegation, says="")
    stage.wait(400)
    assert len(asked_for(stage)) == 1


@DELEGATION
def test_a_voice_that_goes_on_by_itself_is_left_alone(delegation: str) -> None:
    stage = took_over(delegation=delegation, says=f"{MOMENT} There is one, on the first floor.")
    stage.wait(4000)
    assert asked_for(stage) == []


def test_a_request_that_the_voice_passes_on_is_not_passed_on_for_it() -> None:
    stage = took_over(delegation="responses", says=MOMENT)
    stage.calls("call_1")
    stage.ends()
    stage.wait(6000)
    assert asked_for(stage) == []


def test_a_caller_who_speaks_into_the_moment_is_heard_by_the_voice() -> None:
    stage = took_over(delegation="responses", says=MOMENT)
    stage.receive(live.Transcript("user", "Never mind", 6000, 6400))
    stage.wait(6000)
    assert asked_for(stage) == []
