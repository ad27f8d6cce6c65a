"""What a call says to its recording: pause, go on, silence an interval after the fact; and what the last event says."""

from __future__ import annotations

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.functions import ToolAnswer, TurnAnswer
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
