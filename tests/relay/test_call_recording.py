"""What a call says to its recording: pause, go on, silence an interval after the fact; and what the last event says."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.functions import ToolAnswer, TurnAnswer
from relay.phases import Phase
from relay.recording import HELD_MS
from tests.relay.stage import Stage


def recording(said: list[msg.Message]) -> list[msg.Message]:
    return [message for message in said if isinstance(message, msg.SetRecording | msg.SilenceRecording)]


@pytest.mark.parametrize(
    ("word", "wanted"), [("pause", [msg.SetRecording(False)]), ("resume", [msg.SetRecording(True)])]
)
def test_a_tools_answer_pauses_the_recording_or_goes_on_with_it(word: str, wanted: list[msg.Message]) -> None:
    stage = Stage().talking()
    stage.receive(realtime.ResponseCreated("r"), realtime.FunctionCalled("r", "i", "call_1", "take_card", "{}"))
    said = stage.receive(ToolAnswer("call_1", ok=True, result={}, recording=word))
    assert recording(said) == wanted
    assert any(isinstance(message, realtime.AddFunctionOutput) for message in said), "and the engine is answered"


def test_a_tools_answer_that_came_too_late_for_the_engine_still_pauses() -> None:
    stage = Stage().talking()
    assert recording(stage.receive(ToolAnswer("call_9", ok=True, result={}, recording="pause"))) == [
        msg.SetRecording(False)
    ]


def test_other_answers_leave_the_recording_alone() -> None:
    stage = Stage().talking()
    said = stage.receive(ToolAnswer("call_1", ok=True, result={}), TurnAnswer("A note."))
    assert recording(said) == []


def test_a_turns_answer_silences_an_interval_even_after_the_end() -> None:
    stage = Stage().talking()
    wanted = [msg.SilenceRecording(5200, 9100)]
    assert recording(stage.receive(TurnAnswer(silence_ms=(5200, 9100)))) == wanted
    stage.receive(msg.CallerGone())
    assert stage.receive(TurnAnswer(silence_ms=(5200, 9100))) == wanted


@pytest.mark.parametrize("kept", [None, {"files": 4, "failed": 0}])
def test_the_last_event_says_what_became_of_the_recording(kept: dict[str, int] | None) -> None:
    stage = Stage().talking()
    stage.receive(msg.CallerGone(), msg.Finish(kept))
    last = [message for message in stage.said if isinstance(message, msg.Publish)][-1]
    assert last.event_type == "stream.ended"
    assert last.fields["stream"].get("recording") == kept


@pytest.mark.parametrize("then", [caller.Dtmf("#"), caller.Stop()], ids=["ended", "hung up"])
@pytest.mark.parametrize(("keys", "is_silenced"), [("4111111111111111", True), ("2075550142", False)])
def test_the_tones_of_a_keyed_card_number_are_silenced(
    keys: str, is_silenced: bool, then: caller.Dtmf | caller.Stop
) -> None:
    stage = Stage().talking()
    stage.wait(3000)
    began_ms = stage.now_ms
    for digit in keys:
        stage.receive(caller.Dtmf(digit))
        stage.wait(300)
    silenced = recording(stage.receive(then))
    assert bool(silenced) == is_silenced
    for silence in silenced:
        assert isinstance(silence, msg.SilenceRecording)
        assert silence.is_received
        assert silence.to_ms - silence.from_ms >= stage.now_ms - began_ms


def keys_in(stage: Stage, keys: str, *, every_ms: int = 300) -> list[tuple[int, int]]:
    """Where in the caller's stream each of them is told."""
    assert stage.call.attempt is not None
    audio, at = stage.call.attempt.caller_audio, []
    for digit in keys:
        at.append(audio.received_ms)
        stage.receive(caller.Dtmf(digit))
        stage.wait(every_ms)
    return [(ms, ms + 200) for ms in at]


def silences(stage: Stage) -> list[tuple[int, int]]:
    """What is silent, in order; what overlaps is one."""
    merged: list[tuple[int, int]] = []
    for since, to in sorted((silence.from_ms, silence.to_ms) for silence in stage.all_of(msg.SilenceRecording)):
        if merged and since <= merged[-1][1]:
            since, to = merged[-1][0], max(merged.pop()[1], to)
        merged.append((since, to))
    return merged


def are_silenced(stage: Stage, tones: list[tuple[int, int]]) -> bool:
    return all(any(since <= began and ended <= to for since, to in silences(stage)) for began, ended in tones)


@pytest.mark.parametrize(("pause_ms", "is_silenced"), [(2500, True), (6000, True), (15_000, False)])
def test_the_tones_of_a_card_number_that_is_keyed_in_groups_are_silenced(pause_ms: int, is_silenced: bool) -> None:
    stage = Stage().talking(idle_s=60)
    stage.wait(3000)
    tones = []
    for group in ("4111", "1111", "1111", "1111"):
        tones += keys_in(stage, group)
        stage.wait(pause_ms)
    assert bool(silences(stage)) == is_silenced
    assert not is_silenced or are_silenced(stage, tones)
    assert sum(to - since for since, to in silences(stage)) < 4 * 5000, "what is said between them is kept"


@pytest.mark.parametrize(
    ("groups", "every_ms", "pause_ms"),
    [
        (["4111111111111111"], 1900, 0),
        (["4111", "1111", "1111", "1111"], 1000, 7000),
        (["41111111", "11111111"], 900, 9000),
    ],
)
def test_the_tones_of_a_card_number_that_is_keyed_slowly_are_silenced_while_they_are_held_back(
    groups: list[str], every_ms: int, pause_ms: int
) -> None:
    stage = Stage().talking(idle_s=600)
    stage.wait(3000)
    tones: list[tuple[int, int]] = []
    out_too_early: list[tuple[int, int]] = []
    for key in [key for group in groups for key in [*group[:-1], f"{group[-1]} "]]:
        tones += keys_in(stage, key[0], every_ms=every_ms)
        stage.wait(pause_ms if key.endswith(" ") else 0)
        out_too_early += [
            tone for tone in tones if tones[-1][0] - tone[0] > HELD_MS and not are_silenced(stage, [tone])
        ]
    assert out_too_early == []
    assert are_silenced(stage, tones)


def test_single_keys_that_choose_something_are_recorded_however_long_it_takes() -> None:
    stage = Stage().talking(idle_s=600)
    for _ in range(4):
        keys_in(stage, "2", every_ms=6000)
    assert silences(stage) == []


def test_the_tones_of_keys_pressed_while_the_stream_is_left_are_silenced() -> None:
    stage = Stage().talking()
    stage.wait(3000)
    began = keys_in(stage, "411111", every_ms=100)
    stage.receive(msg.Drain())
    stage.wait(3500)
    assert stage.call.phase is Phase.LEAVING
    assert are_silenced(stage, began + keys_in(stage, "1111111111"))


def test_a_hash_alone_begins_no_number() -> None:
    stage = Stage().talking(idle_s=60)
    stage.receive(caller.Dtmf("#"))
    stage.wait(9000)
    tones = keys_in(stage, "4111111111111111#")
    [(since, _)] = silences(stage)
    assert since >= tones[0][0] - 1000
