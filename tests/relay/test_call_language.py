"""A guest goes on in another language: what engines are told of how to write the words."""

from __future__ import annotations

from typing import Any

import pytest

from relay import messages as msg
from relay import realtime
from relay.functions import ToolAnswer
from tests.relay.stage import Stage

ENGLISH = {"model": "gpt-4o-mini-transcribe", "language": "en"}
SPANISH = realtime.UpdateSession(
    {"type": "realtime", "audio": {"input": {"transcription": {**ENGLISH, "language": "es"}}}}, "language"
)


def talking(transcription: dict[str, Any] | None = ENGLISH) -> Stage:
    hears = {"format": {"type": "audio/pcmu"}, "transcription": transcription}
    engine_session = {"type": "realtime", "audio": {"input": hears}}
    return Stage().talking(engine_session=engine_session, metadata={"language": "en"})


def changes_language(stage: Stage, language: str, n: int = 1) -> list[msg.Message]:
    stage.calls_tool("set_language", response=f"set_{n}", tool_call_id=f"call_{n}")
    return stage.receive(ToolAnswer(f"call_{n}", ok=True, result={"language": language}, language=language))


def updates(said: list[msg.Message]) -> list[msg.Message]:
    return [message for message in said if isinstance(message, realtime.UpdateSession)]


def test_the_engine_writes_the_callers_words_in_the_language_to_which_they_changed() -> None:
    assert updates(changes_language(talking(), "es")) == [SPANISH]


def test_and_in_the_first_one_again() -> None:
    stage = talking()
    changes_language(stage, "es")
    [english] = updates(changes_language(stage, "en", 2))
    assert isinstance(english, realtime.UpdateSession)
    assert english.session["audio"]["input"]["transcription"] == ENGLISH


def test_other_tools_leave_it_alone() -> None:
    stage = talking()
    stage.calls_tool("search_kb", response="r1")
    assert updates(stage.receive(ToolAnswer("call_1", ok=True, result={}))) == []


@pytest.mark.parametrize("transcription", [None, {"model": "whisper-1"}], ids=["none", "no language"])
def test_what_is_not_pinned_stays_so(transcription: dict[str, Any] | None) -> None:
    assert updates(changes_language(talking(transcription), "es")) == []


def test_the_next_engine_which_was_to_be_configured_for_the_first_language_is_told_as_well() -> None:
    stage = talking()
    changes_language(stage, "es")
    stage.receive(msg.EngineLost(0, "closed"))
    stage.receive(msg.EngineOpened(1))
    assert updates(stage.receive(msg.EngineReady(1))) == [SPANISH]


def test_an_engine_that_is_configured_for_the_language_is_not_told() -> None:
    stage = talking()
    stage.receive(msg.EngineLost(0, "closed"))
    stage.receive(msg.EngineOpened(1))
    assert updates(stage.receive(msg.EngineReady(1))) == []
