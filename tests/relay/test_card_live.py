"""A caller who reads out a card number to a live engine: nobody keeps it, and a fresh session goes on without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay import caller, live
from relay import messages as msg
from relay.card_numbers import REMOVED
from relay.functions import AskClerk, PostTurn
from relay.sentences import TIME_IS_SHORT
from tests.relay.fake_functions import OPENING
from tests.relay.house import until
from tests.relay.live_house import dumped, running, said
from tests.relay.live_stage import LiveStage
from tests.relay.phone import call

NUMBER = "four two four two four two four two four two four two four two four two"


def test_a_card_number_spoils_the_session_at_its_sixth_digit() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.Transcript("user", "my card is four two four two four", 2000, 3000))
    assert not stage.attempt.connection.is_spoilt
    stage.receive(live.Transcript("user", " two", 3000, 3200))
    assert stage.attempt.connection.is_spoilt
    assert "secure link" in stage.attempt.notice
    silenced = stage.all_of(msg.SilenceRecording)
    assert silenced[0].is_received
    assert silenced[0].from_ms <= 2000


def test_what_the_agent_was_saying_is_cut() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("Breakfast is from seven to ten.", ms=3000)
    stage.wait(400)
    said = stage.receive(live.Transcript("user", f"card {NUMBER}", 2000, 3000))
    assert caller.Clear() in said


def test_the_turn_and_what_the_clerk_is_asked_are_masked() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says(f"my card is {NUMBER}", delegates="d1")
    stage.wait(3000)
    assert stage.all_of(PostTurn)[-1].text == f"my card is {REMOVED}"
    assert stage.all_of(PostTurn)[-1].card_data
    assert "four two" not in repr(stage.said)


def test_a_number_in_two_turns_is_taken_out_of_both() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("Which card is it?", ms=400)
    stage.wait(2500)
    stage.caller_says("four two four two")
    stage.wait(2500)
    stage.caller_says("four two four two")
    stage.wait(2500)
    last = {post.turn: post.text for post in stage.all_of(PostTurn) if post.role == "user"}
    assert list(last.values()) == [REMOVED, REMOVED]


def test_the_tones_of_one_that_was_half_keyed_at_the_end_are_silenced() -> None:
    stage = LiveStage().greeted()
    stage.receive(*[caller.Dtmf(key) for key in "4242424242424242"])
    out: list[msg.Message] = []
    stage.talk.close(stage.now_ms, out)
    assert [type(message) for message in out].count(msg.SilenceRecording) == 1


@pytest.mark.parametrize("delegation", ["responses", "client"])
def test_one_that_is_typed_is_masked_and_answered_by_the_offer_of_a_link_alone(delegation: str) -> None:
    stage = LiveStage(delegation=delegation).greeted()
    stage.receive(caller.Text("my card is 4242 4242 4242 4242"))
    stage.wait(3000)
    assert [("secure link" in said) for said in stage.told("commentary")] == [True]
    assert stage.told("thinking") == [f"The caller typed: my card is {REMOVED}"]
    assert stage.all_of(live.AddUserText) + stage.all_of(AskClerk) == []
    assert not stage.attempt.connection.is_spoilt, "it was never told"
    assert "4242" not in repr(stage.said)


def test_the_refusal_and_that_time_is_short_are_both_said_whichever_comes_first() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("Breakfast is from seven to ten.", ms=3000)
    stage.wait(400)
    stage.attempt.add_notice(TIME_IS_SHORT)
    stage.receive(caller.Text("my card is 4242 4242 4242 4242"))
    stage.wait(6000)
    [said] = stage.told("commentary")
    assert "secure link" in said
    assert TIME_IS_SHORT in said


def test_one_that_is_typed_while_no_engine_is_there_is_answered_by_the_next() -> None:
    stage = LiveStage().greeted()
    stage.wait(1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.receive(caller.Text("my card is 4242 4242 4242 4242"))
    stage.ready()
    stage.wait(3000)
    assert [("secure link" in said) for said in stage.told("commentary")] == [True]


@pytest.mark.parametrize("is_lost", [False, True])
def test_one_that_the_agent_reads_back_spoils_its_own_session_and_not_the_one_behind_it(is_lost: bool) -> None:
    stage = LiveStage().greeted()
    stage.agent_says("Your card is 4242 4242 4242 4242.", ms=1000)
    stage.wait(600)
    if is_lost:
        stage.talk.engine_lost(stage.now_ms, stage.said)
        stage.ready()  # another one stood by
    stage.wait(2000)
    assert stage.all_of(PostTurn)[-1].text == f"Your card is {REMOVED}."
    assert stage.attempt.connection.is_spoilt != is_lost


def test_one_in_two_turns_is_taken_out_of_both_though_nobody_talked_of_cards() -> None:
    stage = LiveStage().greeted()
    began_ms = stage.timeline_ms
    for _ in range(2):
        stage.caller_says("4242 4242")
        stage.wait(2500)
    assert user_words(stage) == [REMOVED, REMOVED]
    assert min(silence.from_ms for silence in stage.all_of(msg.SilenceRecording)) <= began_ms
    assert stage.attempt.connection.is_spoilt


def user_words(stage: LiveStage) -> list[str]:
    last = {post.turn: post.text for post in stage.all_of(PostTurn) if post.role == "user"}
    return [last[turn] for turn in sorted(last)]


def test_one_that_is_written_in_groups_is_taken_out_of_all_and_spoils_the_session_that_knows_its_beginning() -> None:
    stage = LiveStage().greeted()
    stage.receive(caller.Text("my card is 4242"))
    assert not stage.attempt.connection.is_spoilt
    stage.receive(caller.Text("4242 4242 4242"))
    assert user_words(stage) == [f"my card is {REMOVED}", REMOVED]
    assert stage.attempt.connection.is_spoilt


@pytest.mark.parametrize("is_typed", [False, True], ids=["said", "written"])
def test_no_event_has_the_groups_of_one_that_is_known_by_its_last(is_typed: bool) -> None:
    stage = LiveStage().greeted()
    for group in ("4242", "4242", "4242", "4242"):
        if is_typed:
            stage.receive(caller.Text(group))
        else:
            stage.caller_says(group)
            stage.wait(2500)
    told = [event.fields["message"] for event in stage.all_of(msg.Publish) if "message" in event.fields]
    assert [message["content"] for message in told if message["role"] == "user"] == [REMOVED] * 4


@pytest.mark.parametrize("is_lost", [False, True])
def test_one_that_was_begun_in_writing_or_with_an_engine_that_was_lost_is_taken_out_there(is_lost: bool) -> None:
    stage = LiveStage().greeted()
    began_ms = stage.timeline_ms
    if is_lost:
        stage.caller_says("my card is 4242")
        stage.talk.engine_lost(stage.now_ms, stage.said)
        stage.ready()
    else:
        stage.receive(caller.Text("my card is 4242"))
    stage.caller_says("4242 4242 4242")
    stage.wait(2500)
    assert user_words(stage) == [f"my card is {REMOVED}", REMOVED]
    assert "4242" not in repr(stage.attempt.conversation.seed())
    silenced = min(silence.from_ms for silence in stage.all_of(msg.SilenceRecording))
    assert silenced <= began_ms, "the recording is silent where it began, too"


def test_the_beginning_of_one_is_silenced_where_it_was_said_though_nothing_came_of_the_caller_behind_it() -> None:
    """Silence of ours filled the gap for the engine: it is on its timeline, and in no recording."""
    stage = LiveStage().greeted()
    stage.agent_says("Which card is it?", ms=400)
    stage.wait(2500)
    began_ms = stage.caller_audio.received_ms
    stage.caller_says("four two four two", ms=1000)
    ended_ms = stage.caller_audio.received_ms
    stage.wait(1000)
    stage.media_flows = False
    stage.wait(4000)
    stage.media_flows = True
    stage.caller_says("four two four two", ms=1000)
    stage.wait(2500)
    silenced = stage.all_of(msg.SilenceRecording)
    assert any(silence.from_ms <= began_ms and ended_ms <= silence.to_ms for silence in silenced), silenced


def test_an_ordinary_turn_spoils_nothing() -> None:
    stage = LiveStage().greeted()
    stage.caller_says("My number is two zero seven five five five zero one four two")
    stage.wait(2000)
    assert not stage.attempt.connection.is_spoilt
    assert stage.all_of(msg.SilenceRecording) == []


async def test_a_fresh_session_of_the_same_engine_goes_on_and_offers_a_link(tmp_path: Path) -> None:
    async with running(RECORDINGS=tmp_path.as_uri()) as home, call(home.port) as line:
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await engine.hear("I would like to pay.", ms=600)
        await until(lambda: len(home.functions.turns) >= 2, 10)
        await engine.hear(f"My card is {NUMBER}", ms=1500)
        await until(lambda: len(home.live.connections) == 2, 10)
        fresh = home.live.connections[1]
        await until(lambda: any("secure link" in words for words in fresh.said), 15)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
    assert home.live.errors == []
    [started] = fresh.of_type("session.start")
    told = dumped(started["session"]["input"])
    assert "I would like to pay." in told
    assert REMOVED in told
    assert said(home.functions, "user")[-1].startswith(f"My card is {REMOVED}")
    everything = dumped([*home.functions.turns, *home.functions.events, *home.functions.tool_calls])
    assert "four two" not in everything + told
    assert "engine.failed" not in home.functions.event_types(), "the engine has done nothing wrong"
    assert home.realtime.connections == []
