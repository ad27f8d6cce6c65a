"""A card number that is half said when the stream breaks: the next stream knows it, and masks the other half."""

from typing import Any

import pytest

from relay import live, realtime
from relay import messages as msg
from relay.card_numbers import REMOVED
from relay.functions import PostTurn
from tests.relay.live_stage import LiveStage
from tests.relay.stage import Stage

HALF = "four one one one one one"
TEN = "one two three four five six seven eight nine zero"
CUT_OFF = "I am sorry, we were cut off. Where were we?"


def user(text: str, item_id: str = "") -> dict[str, Any]:
    return {"type": "message", "role": "user", "text": text, **({"item_id": item_id} if item_id else {})}


def agent(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "text": text}


def after_a_break(*history: dict[str, Any]) -> Stage:
    """The second stream of a call; its opening was spoken and heard."""
    stage = Stage().prepared(recording=True, attempt=2, history=history)
    stage.agent_says(CUT_OFF, response="resp_0", item="item_0", ms=400)
    stage.wait(600)
    return stage


def said_by(stage: Any, role: str = "user") -> list[str]:
    last = {post.turn: post.text for post in stage.all_of(PostTurn) if post.role == role}
    return list(last.values())


@pytest.mark.parametrize("rest", ["one one one one", TEN, "one one one", "1111 1111 11"])
def test_the_other_half_is_masked_however_long_it_is(rest: str) -> None:
    stage = after_a_break(agent("How would you like to pay?"), user(f"My card is {REMOVED}"))
    stage.caller_says(rest)
    assert said_by(stage) == [REMOVED]
    stage.receive(realtime.ResponseCreated("resp_1"), realtime.ResponseDone("resp_1", "cancelled"))
    assert "card" in stage.purposes


def test_once_the_agent_has_refused_a_telephone_number_is_one() -> None:
    refused = "I can't take card numbers. What number may I text a link to?"
    stage = after_a_break(user(f"My card is {REMOVED}"), agent(refused))
    stage.caller_says(TEN)
    assert said_by(stage) == [TEN]


def test_after_a_while_it_is_forgotten() -> None:
    others = [user("Yes."), agent("Good."), user("Thank you."), agent("Anything else?"), user("And breakfast?")]
    stage = after_a_break(user(f"My card is {REMOVED}"), agent("I can't take that."), *others, agent("From seven."))
    stage.caller_says("one one one one")
    assert said_by(stage) == ["one one one one"]


def test_without_a_card_before_the_break_nothing_is_masked() -> None:
    stage = after_a_break(agent("What is your number?"), user("It is two zero seven"))
    stage.caller_says("five five five zero one four two")
    assert said_by(stage) == ["five five five zero one four two"]


def test_what_was_talked_of_before_the_break_holds() -> None:
    stage = after_a_break(agent("Which card would you like to use?"))
    stage.caller_says(HALF)
    assert said_by(stage) == [REMOVED]


def test_its_first_group_is_taken_out_of_what_engines_are_told() -> None:
    stage = after_a_break(agent("Which card is it?"), user("four one one one", "item_7"))
    assert realtime.AddMessage("user", "four one one one", "item_7") in stage.said
    stage.caller_says("one one one one")
    assert said_by(stage) == [REMOVED]
    assert realtime.DeleteItem("item_7") in stage.said
    assert stage.all_of(realtime.AddMessage)[-2:] == [realtime.AddMessage("user", REMOVED)] * 2
    stage.receive(msg.EngineLost(0, "gone"))
    told = stage.receive(msg.EngineOpened(1), msg.EngineReady(1))
    assert realtime.AddMessage("user", REMOVED, "item_7") in told


def test_the_turn_is_posted_while_it_is_still_being_said() -> None:
    """Who goes on with the call, should this relay die now, is to know that a number was being said."""
    stage = Stage().talking(recording=True)
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.receive(realtime.TranscribedDelta("user_1", f"my card is {HALF}"))
    stage.receive(realtime.SpeechStopped("user_1", 300), realtime.Committed("user_1"))
    [post] = [post for post in stage.all_of(PostTurn) if post.role == "user"]
    assert (post.text, post.card_data) == (f"my card is {REMOVED}", True)
    stage.receive(realtime.Transcribed("user_1", f"my card is {HALF} one one"))
    assert len(stage.published("conversation.message")) == 2, "the agent's, and the whole turn once"


# --- in the live dialect ---


def live_after_a_break(*history: dict[str, Any]) -> LiveStage:
    stage = LiveStage(attempt=2, history=history).greeted()
    stage.wait(1000)
    return stage


@pytest.mark.parametrize("rest", ["one one one one", TEN])
def test_a_live_engine_hears_the_other_half_in_a_session_that_is_spoilt(rest: str) -> None:
    stage = live_after_a_break(user(f"My card is {REMOVED}"))
    stage.caller_says(rest)
    stage.wait(2500)
    assert said_by(stage) == [REMOVED]
    assert stage.attempt.connection.is_spoilt


def test_a_fresh_live_session_is_told_no_group_of_it() -> None:
    stage = live_after_a_break(agent("Which card is it?"), user("four one one one"))
    stage.caller_says("one one one one")
    assert stage.attempt.connection.is_spoilt
    assert "four one" not in str(stage.attempt.conversation.seed())


def test_a_live_turn_is_posted_while_it_is_still_being_said() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.Transcript("user", f"my card is {HALF}", 2000, 3000))
    assert said_by(stage) == [f"my card is {REMOVED}"]
