"""Whole calls with real audio, graded by what they leave behind: the store, the published events, the guest's audio."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from audio import g711
from local.callers import script
from local.sound import stretches
from tests.e2e.conftest import Document

pytestmark = pytest.mark.scene


@pytest.mark.parametrize("scene", [name for name in script.names() if script.load(name).ci])
def test_the_call_leaves_behind_what_the_scene_expects(documents: dict[str, Document], scene: str) -> None:
    document = documents[scene]
    transcript = Path(document["paths"]["transcript"]).read_text()
    assert document["failures"] == [], f"\n{transcript}\n{document['paths']['folder']}"


@pytest.mark.parametrize("scene", ["availability_and_lead"])
def test_the_first_call_can_be_followed_in_the_files_that_it_leaves(documents: dict[str, Document], scene: str) -> None:
    document = documents[scene]
    events = [json.loads(line) for line in Path(document["paths"]["events"]).read_text().splitlines()]
    ended = [event for event in events if event["event_type"] == "conversation.ended"]
    assert [event["event_id"] for event in ended] == [f"{document['session_id']}-ended"]
    assert ended[0]["summary"]["outcome"] == "lead_created"
    assert ended[0]["summary"]["lead_created"] is True
    assert [lead["session_id"] for lead in document["leads"]] == [document["session_id"]]
    with wave.open(document["paths"]["audio"]) as file:
        assert file.getnchannels() == 2
        both = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2).astype(np.int16)
    assert len(stretches(g711.encode(both[:, 0]))) >= 5
    assert len(stretches(g711.encode(both[:, 1]))) >= 5


@pytest.mark.parametrize("scene", ["availability_and_lead"])
def test_the_name_is_kept_as_it_was_spoken(documents: dict[str, Document], scene: str) -> None:
    with wave.open(documents[scene]["paths"]["name"]) as file:
        assert file.getframerate() == 8000
        spoken = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
    sound = stretches(g711.encode(spoken))
    assert sum(stretch.length_ms for stretch in sound) > 500


@pytest.mark.parametrize("scene", ["lead_by_keypad"])
def test_what_is_keyed_is_in_no_event_and_no_log(documents: dict[str, Document], scene: str) -> None:
    folder = Path(documents[scene]["paths"]["folder"])
    written = [Path(documents[scene]["paths"]["events"]), *(folder.parents[1] / "logs").glob("*.log")]
    assert len(written) > 5
    assert [path.name for path in written if "2075550199" in path.read_text(errors="replace")] == []


@pytest.mark.parametrize("scene", ["interruption"])
def test_the_agent_falls_silent_when_the_guest_cuts_in(documents: dict[str, Document], scene: str) -> None:
    turns = documents[scene]["turns"]
    cut = [turn for turn in turns if turn["interrupted"]]
    assert len(cut) == 1
    assert "in total" not in cut[0]["text"], "the agent remembers words that nobody heard"
    assert len(documents[scene]["times"]["barge_in_to_silence_ms"]) == 1


@pytest.mark.parametrize("scene", ["relay_killed"])
def test_a_killed_relay_costs_neither_the_conversation_nor_a_second_write(
    documents: dict[str, Document], scene: str
) -> None:
    document = documents[scene]
    calls = [(call["name"], call["tool_call_id"]) for call in document["tool_calls"] if not call["replayed"]]
    assert len(calls) == len(set(calls))
    assert document["summary"]["recovered"] is True
    assert len(document["leads"]) == 1
