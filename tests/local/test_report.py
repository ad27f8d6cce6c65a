import json
import wave
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from local import report
from local.callers.scene import Expectation
from local.facts import Facts
from local.live import LiveView
from local.report import Report
from tests.local.facts_helpers import EVENTS, SESSION, facts, tone


@pytest.fixture
def made(tmp_path: Path) -> Report:
    return report.make(facts(), tmp_path, tmp_path / "recordings")


def test_a_calls_folder_has_everything_that_the_document_names(made: Report, tmp_path: Path) -> None:
    assert made.folder == tmp_path / "calls" / SESSION
    for name in ("audio", "events", "transcript", "timeline", "report"):
        assert Path(made.document["paths"][name]).is_file(), name


def test_the_document_says_all_that_a_machine_wants_to_know(made: Report) -> None:
    document = made.document
    assert (document["session_id"], document["scene"], document["ok"], document["failures"]) == (
        SESSION,
        "made_up",
        True,
        [],
    )
    assert document["outcome"] == "lead_created"
    assert [turn["role"] for turn in document["turns"]] == ["assistant", "user", "assistant"]
    assert [call["name"] for call in document["tool_calls"]] == ["check_availability", "create_lead"]
    assert document["tool_calls"][0]["arguments"] == {"check_in": "2026-11-27", "adults": 2}
    assert document["tool_calls"][0]["result"]["nights"] == 2
    assert document["events"] == [event["event_type"] for event in EVENTS]
    assert document["times"]["answer_to_first_audio_ms"] == 400
    assert document["times"]["reply_median_ms"] == 1200
    assert json.loads((made.folder / "report.json").read_text()) == document


def test_the_audio_has_the_caller_left_and_the_agent_right(made: Report) -> None:
    with wave.open(str(made.folder / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 88_000)


def test_the_events_are_kept_as_they_were_published(made: Report) -> None:
    lines = (made.folder / "events.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == EVENTS


def test_the_transcript_is_in_the_order_of_the_call(made: Report) -> None:
    lines = (made.folder / "transcript.txt").read_text().splitlines()
    assert lines[2] == "   2.90  guest   says do you have a room"
    assert lines[-1] == "  12.00  event   conversation.ended"
    assert any("tool    create_lead" in line for line in lines)


def test_the_picture_is_not_empty_and_grows_with_the_call(made: Report, tmp_path: Path) -> None:
    picture = Image.open(made.folder / "timeline.png")
    colours = picture.convert("RGB").getcolors(1 << 20) or []
    assert len(colours) > 4
    longer = facts()
    object.__setattr__(longer.record, "heard", longer.record.heard + tone(40_000))
    object.__setattr__(longer.record, "said", longer.record.said + tone(40_000))
    second = Image.open(report.make(longer, tmp_path / "second", tmp_path).folder / "timeline.png")
    assert second.height > picture.height
    assert second.width == picture.width


def test_a_failed_expectation_makes_the_report_a_failure(tmp_path: Path) -> None:
    failed = report.make(facts(Expectation(outcome="transferred")), tmp_path, tmp_path)
    assert not failed.ok
    assert failed.failures == failed.document["failures"] != []


def test_a_call_without_a_single_event_or_sound_can_be_reported(tmp_path: Path) -> None:
    call = facts(events=[])
    object.__setattr__(call.record, "heard", b"")
    object.__setattr__(call.record, "said", b"")
    assert not report.make(call, tmp_path, tmp_path).ok


def with_clip(start_ms: int, end_ms: int) -> Facts:
    return facts(leads=[{"lead_id": "lead_1", "name_clip": {"attempt": 1, "start_ms": start_ms, "end_ms": end_ms}}])


def test_the_name_is_cut_from_the_relays_recording(tmp_path: Path) -> None:
    folder = tmp_path / SESSION
    folder.mkdir()
    (folder / "1-caller-00000.ulaw").write_bytes(bytes([1]) * 80_000)
    (folder / "1-caller-00001.ulaw").write_bytes(bytes([2]) * 80_000)
    clip = report.name_clip(with_clip(9_500, 11_000), tmp_path)
    margin = report.CLIP_MARGIN_MS * 8
    assert clip == bytes([1]) * (4_000 + margin) + bytes([2]) * (8_000 + margin)


def test_without_a_clip_or_its_recording_there_is_no_name(tmp_path: Path) -> None:
    assert report.name_clip(facts(), tmp_path) is None
    assert report.name_clip(with_clip(0, 1000), tmp_path) is None


def test_the_live_view_shows_who_says_what_and_the_tools(made: Report) -> None:
    out = StringIO()
    view = LiveView(Console(file=out, width=120))
    for event in EVENTS:
        view.show({"at_ms": 0, "kind": "event", "detail": {"event": event}})
    view.show({"at_ms": 1500, "kind": "guest", "detail": {"action": "says", "text": "a [room], please"}})
    view.show({"at_ms": 1500, "kind": "twilio", "detail": {"entry": "webhook"}})
    view.report(made.document)
    shown = out.getvalue()
    assert "   1.50  guest  a [room], please" in shown
    assert "agent  The Standard Queen is $335.72 in total." in shown
    assert 'tool   create_lead {"name": "Alex"} 5 ms' in shown
    assert '-> {"lead_id": "lead_1"}' in shown
    assert "conversation.message x2" in shown
    assert "everything was as expected" in shown


def test_a_quiet_view_shows_nothing(made: Report) -> None:
    out = StringIO()
    view = LiveView(Console(file=out), quiet=True)
    view.show({"at_ms": 0, "kind": "call", "detail": {"state": "answered"}})
    view.say("hello")
    view.report(made.document)
    assert out.getvalue() == ""
