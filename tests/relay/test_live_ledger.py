"""Fragments of a live transcript become turns: which words belong together, and how."""

import pytest

from relay import live
from relay.functions import PostTurn
from tests.relay.live_stage import LiveStage


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


def test_late_fragments_of_two_utterances_are_put_together_by_the_timeline() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("user", "Two nights", at + 600, at + 1000),
        live.Transcript("user", "Yes.", at, at + 200),
    )
    stage.wait(1000)
    assert [turn.text for turn in stage.all_of(PostTurn)] == ["Yes. Two nights"]
