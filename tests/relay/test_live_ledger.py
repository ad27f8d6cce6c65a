"""Fragments of a live transcript become turns: which words belong together, and how."""

import pytest

from relay import live
from relay import messages as msg
from relay.functions import PostTurn
from tests.relay.live_stage import LiveStage


def test_fragments_become_turns_by_the_gaps_between_them() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("user", "I need", at, at + 200),
        live.Transcript("user", " a room", at + 400, at + 600),
        live.Transcript("user", "for two", at + 1500, at + 1700),
    )
    stage.wait(1000)
    turns = stage.all_of(PostTurn)
    assert [(turn.role, turn.text) for turn in turns] == [("user", "I need a room"), ("user", "for two")]
    assert turns[0].audio_ms == 600
    assert turns[0].turn < turns[1].turn


@pytest.mark.parametrize(
    ("fragments", "text"),
    [
        ([(" a room", 200, 400), ("I need", 0, 200)], "I need a room"),
        ([("Two nights", 600, 1000), ("Yes.", 0, 200)], "Yes. Two nights"),  # of two utterances
    ],
)
def test_words_are_put_in_the_order_in_which_they_were_said(fragments: list[tuple[str, int, int]], text: str) -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(*(live.Transcript("user", words, at + start, at + end) for words, start, end in fragments))
    stage.wait(1000)
    assert [turn.text for turn in stage.all_of(PostTurn)] == [text]


def test_a_turn_that_was_said_earlier_is_numbered_before_one_whose_words_came_earlier() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("assistant", "Which nights?", at + 900, at + 1100),
        live.Transcript("user", "A room.", at, at + 400),
    )
    stage.wait(1000)
    turns = {turn.role: turn.turn for turn in stage.all_of(PostTurn)}
    assert turns["user"] < turns["assistant"]


def test_a_caller_who_was_answered_is_known_to_be_though_the_answers_words_came_first() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.wait(1500)
    stage.agent_says("We have one.")
    stage.wait(200)
    stage.receive(live.Transcript("user", "A room for tonight?", at, at + 800))
    stage.wait(3000)
    assert stage.talk.is_at_boundary
    stage.talk.engine_lost(stage.now_ms, stage.said)
    told = [item["content"][0]["text"] for item in stage.configuration().session["input"]]
    assert told == ["Good evening.", "A room for tonight?", "We have one."], "or the next voice answers once more"
    stage.ready()
    stage.wait(1000)
    assert stage.told("commentary") == []


def test_a_late_word_mends_the_turn_and_is_no_second_message() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(live.Transcript("user", "Two nights", at, at + 400))
    stage.wait(1000)
    stage.receive(live.Transcript("user", " please", at + 400, at + 600))
    stage.wait(1000)
    posts = stage.all_of(PostTurn)
    assert [(post.turn, post.text) for post in posts] == [(2, "Two nights"), (2, "Two nights please")]
    assert len([e for e in stage.all_of(msg.Publish) if e.event_type == "conversation.message"]) == 1


def test_an_agent_that_falls_silent_when_the_caller_speaks_was_interrupted() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("assistant", "We have a lot of", at, at + 1400),
        live.Transcript("user", "Stop!", at + 1000, at + 1300),
    )
    stage.wait(1200)
    assert {turn.role: turn.interrupted for turn in stage.all_of(PostTurn)} == {"assistant": True, "user": False}


def test_where_in_the_callers_stream_a_turn_lies_leaves_out_our_silence() -> None:
    stage = LiveStage()
    stage.wait(2000)
    stage.ready()
    stage.media_flows = False
    stage.wait(1200)
    stage.media_flows = True
    stage.wait(500)
    stage.receive(live.Transcript("user", "Hello", 1200, 1500))
    stage.wait(1000)
    [turn] = stage.all_of(PostTurn)
    assert turn.audio_start_ms == pytest.approx(2000 + 1200 - 1100, abs=120)


def test_where_a_turn_lies_stays_so_though_it_is_mended_behind_a_gap() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.caller_says("Two nights")
    stage.wait(1000)
    stage.media_flows = False
    stage.wait(3000)
    stage.receive(live.Transcript("user", " please", at + 600, at + 800))
    stage.wait(1000)
    first, mended = [post for post in stage.all_of(PostTurn) if post.role == "user"]
    assert (first.audio_start_ms, first.audio_end_ms) == (at, at + 600)
    assert (mended.audio_start_ms, mended.audio_end_ms) == (at, at + 800)


@pytest.mark.parametrize(
    ("first", "second", "gap_ms", "text"),
    [
        ("Yes.", "Two nights", 400, "Yes. Two nights"),  # each utterance begins without a space
        ("Yes,", " two nights", 400, "Yes, two nights"),  # a pause within one
        ("Two ", "nights", 400, "Two nights"),
        ("Satur", "day", 0, "Saturday"),  # a word goes on
        ("Two nights", ".", 200, "Two nights."),
        ("Sí.", "¿Cuánto es?", 400, "Sí. ¿Cuánto es?"),
    ],
)
def test_two_quick_utterances_are_one_turn_and_their_words_stay_two(
    first: str, second: str, gap_ms: int, text: str
) -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("user", first, at, at + 200),
        live.Transcript("user", second, at + 200 + gap_ms, at + 400 + gap_ms),
    )
    stage.wait(1000)
    assert [turn.text for turn in stage.all_of(PostTurn)] == [text]
