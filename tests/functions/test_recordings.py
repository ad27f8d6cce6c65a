"""Recordings that Twilio makes: started, paused around card data, fetched, silenced, kept; and how long they stay."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk.hotel.call_recorder import FakeRecorder
from nightdesk.hotel.leads import Clip, Lead
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recording_store import MemoryRecordings
from nightdesk.hotel.recordings import Recording
from nightdesk.hotel.records import Message
from nightdesk.tools import TOOLBOX
from nightdesk.tools.registry import Outcome

from .conftest import CALL_SID, SESSION_ID, Clock, Service, Twilio
from .recording_house import (
    RECORDED,
    SID,
    attached,
    call,
    complete,
    jobs,
    kept,
    recorder,
    recording,
    silent_parts,
    twilio,
    wav,
)

__all__ = ["call", "jobs", "kept", "recorder", "twilio"]


@pytest.mark.parametrize(("source", "on"), [("relay", True), ("twilio", False), ("off", False)])
def test_the_relay_records_only_where_it_is_the_one(
    client: Callable[..., FlaskClient], token: Callable[..., str], source: str, on: bool
) -> None:
    answer = Service(client("tools", **{**RECORDED, "RECORDING_SOURCE": source})).session(token())
    assert answer.get_json()["recording"] == {"on": on, "source": source}


def test_it_begins_with_the_first_stream_and_once(twilio: Twilio, recorder: FakeRecorder, store: MemoryStore) -> None:
    twilio.post("/voice/twilio/inbound")
    assert recorder.asked == [], "the ring is answered without a word to Twilio"
    attached(twilio)
    attached(twilio)
    attached(twilio, attempt=2)
    assert recorder.asked == [("start", CALL_SID)]
    assert (recording(store).status, recording(store).recording_sid) == ("going_on", SID)


def test_the_stream_says_whose_call_it_is(twilio: Twilio) -> None:
    document = twilio.post("/voice/twilio/inbound").data.decode()
    assert "stream-status?attempt=1&amp;property_id=west-bethel-motel" in document


def test_nothing_is_asked_of_twilio_where_the_relay_records(
    recorder: FakeRecorder, kept: MemoryRecordings, client: Callable[..., FlaskClient]
) -> None:
    twilio = Twilio(client("twilio"))
    attached(twilio)
    assert recorder.asked == []


def test_a_call_that_is_over_is_not_recorded(twilio: Twilio, recorder: FakeRecorder, store: MemoryStore) -> None:
    recorder.over = True
    attached(twilio)
    assert recording(store).status == "failed"


def test_one_that_was_refused_begins_with_the_next_stream(
    call: Service, twilio: Twilio, recorder: FakeRecorder, store: MemoryStore
) -> None:
    recorder.over = True
    attached(twilio)
    recorder.over = False
    attached(twilio, attempt=2)
    attached(twilio, attempt=3)
    assert recorder.asked == [("start", CALL_SID)]
    assert (recording(store).status, recording(store).last_error) == ("going_on", "")


def test_one_that_begins_while_a_card_is_read_out_begins_with_a_pause(
    call: Service, twilio: Twilio, recorder: FakeRecorder, token: Callable[..., str]
) -> None:
    recorder.over = True
    attached(twilio)
    call.turn(2, "user", "[card number removed]", card_data=True)
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    recorder.over = False
    attached(twilio, attempt=2)
    assert [what for what, _ in recorder.asked] == ["start", "pause"]
    assert call.session(token(attempt=2), stream_sid="MZ" + "2" * 32).status_code == 200
    call.turn(1, "user", "Yes, please.", attempt=2)
    assert [what for what, _ in recorder.asked] == ["start", "pause", "resume"]


def test_it_is_fetched_kept_and_deleted_at_twilio(
    call: Service, twilio: Twilio, recorder: FakeRecorder, kept: MemoryRecordings, store: MemoryStore
) -> None:
    attached(twilio)
    complete(twilio)
    complete(twilio)
    name = f"{SESSION_ID}/{SID}.wav"
    assert list(kept.files) == [name]
    assert silent_parts(kept.files[name]) == []
    assert recorder.asked[1:] == [("fetch", SID), ("delete", SID)]
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.recording_url == f"memory://{name}"
    assert recording(store).delete_at == recording(store).created_at + timedelta(days=30)


def test_card_data_pauses_it_and_the_next_turn_resumes(
    call: Service, twilio: Twilio, recorder: FakeRecorder, clock: Clock
) -> None:
    attached(twilio)
    call.turn(2, "user", "[card number removed]", card_data=True, audio_start_ms=5000, audio_end_ms=9000)
    call.turn(3, "user", "[card number removed]", card_data=True, audio_start_ms=9000, audio_end_ms=11_000)
    call.turn(4, "assistant", "I can text you a link.")
    call.turn(5, "user", "Yes, please.")
    call.turn(6, "user", "Thank you.")
    assert [what for what, _ in recorder.asked] == ["start", "pause", "resume"]


def test_card_data_is_silent_in_what_is_kept(
    call: Service, twilio: Twilio, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=12)
    call.turn(2, "user", "My card is 4111 1111 1111 1111", audio_start_ms=8000, audio_end_ms=11_000)
    complete(twilio)
    (content,) = kept.files.values()
    assert silent_parts(content) == [(6.0, 13.0)], "and a little on both sides"


def test_card_data_that_is_told_late_is_silent_in_what_is_kept_already(
    call: Service, twilio: Twilio, jobs: Service, recorder: FakeRecorder, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=12)
    complete(twilio)
    for _ in range(2):
        call.turn(2, "user", "My card is 4111 1111 1111 1111", audio_start_ms=8000, audio_end_ms=11_000)
        jobs.post("/jobs/recordings", {})
    (content,) = kept.files.values()
    assert silent_parts(content) == [(6.0, 13.0)]
    assert [what for what, _ in recorder.asked].count("fetch") == 1, "it was deleted there"


def test_card_data_that_is_told_while_it_is_brought_home_is_silent_after_the_job(
    call: Service,
    twilio: Twilio,
    jobs: Service,
    recorder: FakeRecorder,
    kept: MemoryRecordings,
    store: MemoryStore,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attached(twilio)
    clock.forward(seconds=12)
    deletes = recorder.delete

    def delete(recording_sid: str) -> None:
        call.turn(2, "user", "My card is 4111 1111 1111 1111", audio_start_ms=8000, audio_end_ms=11_000)
        deletes(recording_sid)

    monkeypatch.setattr(recorder, "delete", delete)
    complete(twilio)
    assert recording(store).status == "to_fetch"
    assert jobs.post("/jobs/recordings", {}).get_json()["fetched"] == [SESSION_ID]
    (content,) = kept.files.values()
    assert silent_parts(content) == [(6.0, 13.0)]
    assert recording(store).status == "kept"


def test_what_twilio_did_not_pause_is_silent_all_the_same(
    call: Service, twilio: Twilio, recorder: FakeRecorder, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=12)
    recorder.down = True
    call.turn(2, "user", "[card number removed]", card_data=True, audio_start_ms=10_000, audio_end_ms=12_000)
    clock.forward(seconds=8)
    call.turn(3, "user", "Yes, please.")
    recorder.down = False
    complete(twilio)
    (content,) = kept.files.values()
    assert silent_parts(content) == [(8.0, 20.0)]


def test_a_new_stream_does_not_end_the_pause_of_a_card(
    call: Service, twilio: Twilio, recorder: FakeRecorder, token: Callable[..., str]
) -> None:
    """The number may have been half said when the stream broke."""
    attached(twilio)
    call.turn(2, "user", "[card number removed]", card_data=True)
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    attached(twilio, attempt=2)
    assert [what for what, _ in recorder.asked] == ["start", "pause"]
    assert call.session(token(attempt=2), stream_sid="MZ" + "2" * 32).status_code == 200
    call.turn(1, "user", "Yes, please.", attempt=2)
    assert [what for what, _ in recorder.asked] == ["start", "pause", "resume"]


@pytest.mark.parametrize(("keys", "silent"), [("4111111111111111#", [(13.0, 62.0)]), ("2075550142#", [])])
def test_the_tones_of_a_keyed_card_number_are_silent(
    call: Service,
    twilio: Twilio,
    recorder: FakeRecorder,
    kept: MemoryRecordings,
    clock: Clock,
    keys: str,
    silent: list[Any],
) -> None:
    recorder.files[SID] = wav(70)
    attached(twilio)
    clock.forward(seconds=60)
    keyed = {"v": 1, "session_id": SESSION_ID, "attempt": 1, "tool_call_id": "dtmf-1-1", "arguments": {"keys": keys}}
    assert call.post("/tools/handle_ivr_menu", keyed).status_code == 200
    complete(twilio)
    (content,) = kept.files.values()
    assert silent_parts(content) == silent


def test_a_tools_outcome_pauses_it_too(
    call: Service, twilio: Twilio, recorder: FakeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached(twilio)
    pausing = replace(TOOLBOX.tools["end_call"], function=lambda desk, *, reason: Outcome({}, recording="pause"))
    monkeypatch.setitem(TOOLBOX.tools, "end_call", pausing)
    call.tool("end_call", "call_1")
    call.tool("end_call", "call_1")
    assert [what for what, _ in recorder.asked] == ["start", "pause"]


@pytest.mark.parametrize("broken", ["recorder", "kept"])
def test_what_could_not_be_fetched_is_fetched_by_the_job(
    call: Service, twilio: Twilio, jobs: Service, recorder: FakeRecorder, kept: MemoryRecordings, broken: str
) -> None:
    attached(twilio)
    port: Any = {"recorder": recorder, "kept": kept}[broken]
    port.down = True
    complete(twilio)
    assert kept.files == {}
    assert jobs.post("/jobs/recordings", {}).status_code == 503
    port.down = False
    assert jobs.post("/jobs/recordings", {}).get_json()["fetched"] == [SESSION_ID]
    assert list(kept.files) == [f"{SESSION_ID}/{SID}.wav"]
    assert recorder.files == {}


def test_one_that_was_kept_but_not_deleted_there_is_not_fetched_again(
    call: Service, twilio: Twilio, jobs: Service, recorder: FakeRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached(twilio)
    deletes = recorder.delete
    monkeypatch.setattr(recorder, "delete", lambda sid: FakeRecorder(down=True).delete(sid))
    complete(twilio)
    monkeypatch.setattr(recorder, "delete", deletes)
    assert jobs.post("/jobs/recordings", {}).status_code == 200
    assert [what for what, _ in recorder.asked] == ["start", "fetch", "delete"]


def test_a_message_on_tape_is_brought_home_too_and_goes_with_the_rest(
    call: Service,
    twilio: Twilio,
    jobs: Service,
    recorder: FakeRecorder,
    kept: MemoryRecordings,
    store: MemoryStore,
    clock: Clock,
) -> None:
    recorder.files[SID] = wav(40, channels=1)
    told = {"RecordingSid": SID, "RecordingDuration": "40", "RecordingUrl": f"https://api.twilio.com/{SID}"}
    assert twilio.post("/voice/twilio/voicemail?attempt=1", **told).status_code == 200
    assert jobs.post("/jobs/recordings", {}).get_json()["fetched"] == [SESSION_ID]
    [message] = store.records(Message, session_id=SESSION_ID)
    tape = store.record(Recording, message.recording_id)
    assert tape is not None
    assert (tape.status, list(kept.files)) == ("kept", [f"{SESSION_ID}/{SID}.wav"])
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.recording_url == ""
    clock.forward(days=31)
    assert jobs.post("/jobs/retention", {}).get_json()["files"] == 1


def test_an_absent_one_is_no_recording(call: Service, twilio: Twilio, store: MemoryStore) -> None:
    attached(twilio)
    complete(twilio, "absent")
    assert recording(store).status == "failed"


def test_after_its_days_it_is_deleted_with_what_refers_to_it(
    call: Service, twilio: Twilio, jobs: Service, kept: MemoryRecordings, store: MemoryStore, clock: Clock
) -> None:
    attached(twilio)
    call.turn(2, "user", "Ada Byron", audio_start_ms=5000, audio_end_ms=9000)
    store.put_lead(
        Lead("l", SESSION_ID, "west-bethel-motel", clock(), "Ada", False, "", "spoken", name_clip=Clip(1, 5000, 9000))
    )
    complete(twilio)
    clock.forward(days=29)
    assert jobs.post("/jobs/retention", {}).get_json()["recordings"] == 0
    clock.forward(days=1)
    assert jobs.post("/jobs/retention", {}).get_json()["files"] == 1
    assert kept.files == {}
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.recording_url, recording(store).status, recording(store).url) == ("", "deleted", "")
    assert store.leads(SESSION_ID)[0].name_clip is None
    assert store.turns(SESSION_ID)[0].audio_start_ms is None
    assert store.turns(SESSION_ID)[0].text == "Ada Byron"
    assert jobs.post("/jobs/retention", {}).get_json()["recordings"] == 0


def test_one_that_cannot_be_deleted_is_tried_again(
    call: Service, twilio: Twilio, jobs: Service, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    complete(twilio)
    clock.forward(days=31)
    kept.down = True
    assert jobs.post("/jobs/retention", {}).status_code == 503
    kept.down = False
    assert jobs.post("/jobs/retention", {}).get_json()["recordings"] == 1


def test_one_that_nobody_could_fetch_is_deleted_at_twilio(
    call: Service, twilio: Twilio, jobs: Service, recorder: FakeRecorder, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    kept.down = True
    complete(twilio)
    clock.forward(days=31)
    kept.down = False
    assert jobs.post("/jobs/retention", {}).get_json()["abandoned"] == [SESSION_ID]
    assert recorder.files == {}


def test_one_that_twilio_does_not_delete_goes_here_in_time_and_there_when_it_can(
    call: Service,
    twilio: Twilio,
    jobs: Service,
    recorder: FakeRecorder,
    kept: MemoryRecordings,
    store: MemoryStore,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attached(twilio)
    deletes = recorder.delete
    monkeypatch.setattr(recorder, "delete", lambda sid: FakeRecorder(down=True).delete(sid))
    complete(twilio)
    assert len(kept.files) == 1
    clock.forward(days=31)
    for _ in range(2):
        said = jobs.post("/jobs/retention", {})
        assert (said.status_code, said.get_json()["failed"], kept.files) == (503, [SESSION_ID], {})
        assert jobs.post("/jobs/recordings", {}).status_code == 200
    assert kept.files == {}, "nor does it come home again"
    monkeypatch.setattr(recorder, "delete", deletes)
    assert jobs.post("/jobs/retention", {}).get_json()["abandoned"] == [SESSION_ID]
    assert (recording(store).status, recorder.files) == ("deleted", {})


def test_the_oldest_of_many_that_twilio_does_not_delete_go_too(
    call: Service, twilio: Twilio, jobs: Service, recorder: FakeRecorder, store: MemoryStore, clock: Clock
) -> None:
    attached(twilio)
    oldest = recording(store)
    for number in range(1, 121):
        later = replace(oldest, recording_id=f"rec_{number}", created_at=clock() + timedelta(hours=number))
        store.change_record(Recording, later.recording_id, partial(lambda later, _: later, later))
    clock.forward(days=30)
    assert jobs.post("/jobs/retention", {}).get_json()["abandoned"] == [SESSION_ID]
    assert recording(store).status == "deleted"
