"""The property's clip as the greeting: when the engine's is late, once, and never beside it."""

from __future__ import annotations

from typing import Any

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.arbiter import Purpose
from relay.functions import PostTurn, ToolAnswer
from relay.realtime import AddMessage, CancelResponse, CreateResponse, DeleteItem, ResponseCreated, ResponseDone
from relay.responses import CLIP_ITEM
from tests.relay.stage import START, Stage, of_type, session

URL = "https://clips.example.com/greeting.wav"
TEXT = "Good evening, this is the hotel."
CLIP = msg.Clip(b"\x2a" * 8000)  # one second


def arrived(**changes: Any) -> Stage:
    """A call with a clip at hand, whose engine is not there yet."""
    stage = Stage()
    said = stage.receive(START, session(opening_text=TEXT, clip_url=URL, **changes))
    assert of_type(said, msg.FetchClip) == [msg.FetchClip(URL)]
    stage.receive(CLIP)
    return stage


def engine_comes(stage: Stage) -> list[msg.Message]:
    return stage.receive(msg.EngineOpened(0), msg.EngineReady(0))


def says(stage: Stage, response: str) -> list[msg.Message]:
    """The engine speaks in a response that was created before."""
    return stage.receive(
        realtime.ItemAdded(response, "i0", "message"),
        realtime.TranscriptDelta(response, "i0", "Good evening."),
        realtime.AudioDelta(response, "i0", 0, bytes(3200)),
        realtime.AudioDone(response, "i0"),
        realtime.MessageDone(response, "i0"),
    )


def assert_greeted_once(stage: Stage) -> None:
    """By the clip alone: its one second was heard, and whatever else followed was no opening."""
    assert stage.ear.heard_bytes == 8000
    posts = [(post.role, post.text, post.heard_ms) for post in stage.all_of(PostTurn)]
    assert posts == [("assistant", TEXT, 1000)]


def test_without_an_engine_after_a_second_the_clip_is_heard_and_told_to_the_engine_that_comes() -> None:
    stage = arrived()
    assert of_type(stage.wait(980), caller.SendMedia) == []
    assert of_type(stage.wait(40), caller.SendMedia, caller.SendMark)
    said = engine_comes(stage)
    assert of_type(said, AddMessage) == [AddMessage("assistant", TEXT, CLIP_ITEM)]
    stage.wait(1500)
    assert stage.purposes == [], "it has nothing to say before the caller has"
    assert_greeted_once(stage)


def test_an_engine_that_was_asked_and_says_nothing_is_told_not_to() -> None:
    stage = arrived()
    engine_comes(stage)
    assert stage.purposes == [Purpose.OPENING]
    stage.receive(ResponseCreated("r0"))
    said = stage.wait(1020)
    assert of_type(said, CancelResponse, AddMessage) == [CancelResponse(), AddMessage("assistant", TEXT, CLIP_ITEM)]
    assert of_type(says(stage, "r0"), caller.SendMedia) == []
    assert of_type(stage.receive(ResponseDone("r0", "cancelled")), DeleteItem) == [DeleteItem("i0")]
    stage.wait(1500)
    assert_greeted_once(stage)


def test_an_opening_that_was_asked_for_and_begins_after_the_clip_is_cut() -> None:
    stage = arrived()
    engine_comes(stage)
    stage.wait(1020)
    said = stage.receive(ResponseCreated("r0"))
    assert of_type(said, CancelResponse) == [CancelResponse()]
    says(stage, "r0")
    stage.receive(ResponseDone("r0", "cancelled"))
    stage.wait(1500)
    assert_greeted_once(stage)


def test_an_engine_that_speaks_in_time_leaves_no_use_for_the_clip() -> None:
    stage = arrived()
    engine_comes(stage)
    stage.wait(900)
    stage.agent_says("Good evening.", response="r0", item="i0", ms=3000)
    stage.wait(4000)
    assert stage.ear.heard_bytes == 24_000
    assert of_type(stage.said, CancelResponse) == []
    assert [post.text for post in stage.all_of(PostTurn)] == ["Good evening."]


def test_a_clip_that_comes_late_is_played_when_it_comes_unless_the_engine_was_first() -> None:
    stage = Stage()
    stage.receive(START, session(opening_text=TEXT, clip_url=URL))
    stage.wait(2000)
    assert of_type(stage.receive(CLIP), caller.SendMedia)
    other = Stage()
    other.receive(START, session(opening_text=TEXT, clip_url=URL))
    engine_comes(other)
    other.wait(2000)
    other.agent_begins("Good evening.", response="r0", item="i0", ms=400)
    other.receive(CLIP)
    other.agent_ends("Good evening.", response="r0", item="i0")
    other.wait(3000)
    assert other.ear.heard_bytes == 3200


def test_a_clip_that_could_not_be_had_changes_nothing() -> None:
    stage = Stage()
    stage.receive(START, session(opening_text=TEXT, clip_url=URL), msg.Clip(b""))
    engine_comes(stage)
    stage.wait(3000)
    assert stage.purposes == [Purpose.OPENING]
    assert of_type(stage.said, caller.SendMedia, CancelResponse) == []


def test_a_caller_who_cuts_the_clip_short_is_answered_and_the_engine_knows_how_far_it_came() -> None:
    stage = arrived(barge_in="immediate")
    engine_comes(stage)
    stage.receive(ResponseCreated("r0"))
    stage.wait(1520)
    said = stage.receive(realtime.SpeechStarted("u1", 0))
    assert of_type(said, caller.Clear, realtime.Truncate, DeleteItem) == [caller.Clear(), DeleteItem(CLIP_ITEM)]
    [told] = of_type(said, AddMessage)
    assert isinstance(told, AddMessage)
    assert told.text
    assert TEXT.startswith(told.text)
    assert told.text != TEXT
    stage.receive(ResponseDone("r0", "cancelled"))
    stage.receive(realtime.SpeechStopped("u1", 400), realtime.Committed("u1"), realtime.Transcribed("u1", "A room!"))
    assert stage.purposes == [Purpose.OPENING, Purpose.REPLY], "it was heard in part, so it is not said again"


def test_a_clip_of_which_nothing_was_heard_gives_way_to_the_engines_greeting_with_the_answer() -> None:
    stage = arrived(barge_in="immediate")
    engine_comes(stage)
    stage.receive(ResponseCreated("r0"))
    stage.wait(1000)
    stage.receive(msg.Tick(), realtime.SpeechStarted("u1", 0), ResponseDone("r0", "cancelled"))
    said = stage.receive(realtime.Committed("u1"))
    [create] = of_type(said, CreateResponse)
    assert isinstance(create, CreateResponse)
    assert create.purpose == Purpose.OPENING


def test_the_clip_does_not_speak_into_the_callers_words() -> None:
    stage = arrived(barge_in="immediate")
    engine_comes(stage)
    stage.receive(ResponseCreated("r0"), realtime.SpeechStarted("u1", 0))
    stage.wait(2000)
    assert of_type(stage.said, caller.SendMedia) == []


def test_an_engine_that_is_lost_while_the_clip_plays_does_not_greet_again() -> None:
    stage = arrived()
    engine_comes(stage)
    stage.receive(ResponseCreated("r0"))
    stage.wait(1200)
    stage.receive(msg.EngineLost(0, "closed 1006"), msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert of_type(said, AddMessage) == [AddMessage("assistant", TEXT, CLIP_ITEM)]
    stage.wait(1500)
    assert of_type(said, CreateResponse) == []
    assert_greeted_once(stage)


@pytest.mark.parametrize("changes", [{"clip_url": ""}, {"opening_text": ""}, {"channel": "kiosk"}])
def test_without_a_clip_its_words_or_a_phone_nothing_is_fetched(changes: dict[str, str]) -> None:
    stage = Stage()
    given = {"opening_text": TEXT, "clip_url": URL, **changes}
    assert of_type(stage.receive(START, session(**given)), msg.FetchClip) == []


@pytest.mark.parametrize("is_keyed", [False, True], ids=["typed", "keyed"])
@pytest.mark.parametrize("comes_after_ms", [200, 1500], ids=["during the clip", "after the clip"])
def test_what_a_guest_asked_before_the_clip_is_answered_by_the_engine_that_comes(
    is_keyed: bool, comes_after_ms: int
) -> None:
    stage = arrived()
    if is_keyed:
        stage.receive(caller.Dtmf("4"), caller.Dtmf("#"))
        stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": "The guest keyed 4."}))
    else:
        stage.receive(caller.Text("Have you a room?"))
    stage.wait(1000 + comes_after_ms)
    engine_comes(stage)
    assert stage.purposes == [Purpose.REPLY]


def test_what_a_guest_asked_before_the_clip_is_answered_by_an_engine_that_was_late_to_greet() -> None:
    stage = arrived()
    engine_comes(stage)
    stage.receive(caller.Text("Have you a room?"))
    stage.receive(ResponseCreated("r0"), ResponseDone("r0", "cancelled"), ResponseCreated("r1"))
    stage.wait(1020)
    stage.receive(ResponseDone("r1", "cancelled"))
    assert stage.purposes == [Purpose.OPENING, Purpose.OPENING, Purpose.REPLY]
