"""The people of the hotel listen to a call or to a message on tape, wherever it is by now."""

import io
import struct
import wave
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from nightdesk.hotel.call_recorder import FakeRecorder
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recording_store import MemoryRecordings
from nightdesk.hotel.recordings import Recording, recording_id_of
from nightdesk.hotel.records import Message
from werkzeug.test import TestResponse

from .conftest import SECRET, SESSION_ID, Clock, Service, Twilio
from .recording_house import (
    RECORDED,
    SID,
    attached,
    call,
    complete,
    jobs,
    kept,
    recorder,
    silent_parts,
    twilio,
    wav,
)

__all__ = ["call", "jobs", "kept", "recorder", "twilio"]

Listen = Callable[[str], TestResponse]


@pytest.fixture
def listen(recorder: FakeRecorder, kept: MemoryRecordings, client: Callable[..., FlaskClient]) -> Listen:
    staff = client("staff", **RECORDED)

    def get(recording_id: str) -> TestResponse:
        return staff.get(f"/voice/recordings/{recording_id}", headers={"Authorization": f"Bearer {SECRET}"})

    return get


def left_a_message(twilio: Twilio, store: MemoryStore) -> Message:
    told = {"RecordingSid": SID, "RecordingDuration": "40", "RecordingUrl": f"https://api.twilio.com/{SID}"}
    assert twilio.post("/voice/twilio/voicemail?attempt=1", **told).status_code == 200
    [message] = store.records(Message, session_id=SESSION_ID)
    return message


def relays(store: MemoryStore, clock: Clock) -> str:
    made = Recording(recording_id_of(SESSION_ID), "west-bethel-motel", SESSION_ID, clock(), "relay", status="kept")
    store.change_record(Recording, made.recording_id, lambda _: made)
    return made.recording_id


def test_a_call_that_twilio_recorded(call: Service, twilio: Twilio, listen: Listen) -> None:
    attached(twilio)
    complete(twilio)
    heard = listen(recording_id_of(SESSION_ID))
    assert (heard.status_code, heard.mimetype, heard.headers["Cache-Control"]) == (200, "audio/wav", "no-store")
    assert heard.data == wav(40)


def test_a_message_on_tape_before_and_after_it_was_brought_home(
    call: Service, twilio: Twilio, jobs: Service, listen: Listen, recorder: FakeRecorder, store: MemoryStore
) -> None:
    tape = recorder.files[SID] = wav(40, channels=1)
    message = left_a_message(twilio, store)
    assert listen(message.recording_id).data == tape, "from Twilio"
    assert jobs.post("/jobs/recordings", {}).get_json()["ok"]
    assert recorder.files == {}
    assert listen(message.recording_id).data == tape, "from where it is kept"


@pytest.mark.parametrize("was_fetched", [False, True])
def test_a_tape_with_a_card_number_on_it_is_silent_wherever_it_is(
    call: Service,
    twilio: Twilio,
    jobs: Service,
    listen: Listen,
    recorder: FakeRecorder,
    kept: MemoryRecordings,
    store: MemoryStore,
    was_fetched: bool,
) -> None:
    """Twilio does not tell where in it the words are."""
    recorder.files[SID] = wav(40, channels=1)
    message = left_a_message(twilio, store)
    if was_fetched:
        jobs.post("/jobs/recordings", {})
    words = {"TranscriptionText": "my card is 4111 1111 1111 1111", "TranscriptionStatus": "completed"}
    assert twilio.post("/voice/twilio/transcription", RecordingSid=SID, **words).status_code == 204
    assert set(listen(message.recording_id).data[44:]) == {0}
    assert jobs.post("/jobs/recordings", {}).get_json()["ok"]
    [content] = kept.files.values()
    assert set(content[44:]) == {0}
    assert recorder.files == {}
    assert set(listen(message.recording_id).data[44:]) == {0}
    [kept_message] = store.records(Message, session_id=SESSION_ID)
    assert kept_message.text == "my card is [card number removed]"


def test_words_that_come_before_the_tape_silence_it_too(
    call: Service, twilio: Twilio, jobs: Service, recorder: FakeRecorder, kept: MemoryRecordings, store: MemoryStore
) -> None:
    recorder.files[SID] = wav(40, channels=1)
    words = {"TranscriptionText": "my card is 4111 1111 1111 1111", "TranscriptionStatus": "completed"}
    assert twilio.post("/voice/twilio/transcription", RecordingSid=SID, **words).status_code == 204
    left_a_message(twilio, store)
    assert jobs.post("/jobs/recordings", {}).get_json()["ok"]
    [content] = kept.files.values()
    assert set(content[44:]) == {0}


def test_what_is_still_at_twilio_is_heard_without_card_data(
    call: Service, twilio: Twilio, listen: Listen, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=12)
    call.turn(2, "user", "My card is 4111 1111 1111 1111", audio_start_ms=8000, audio_end_ms=11_000)
    kept.down = True
    complete(twilio)
    assert silent_parts(listen(recording_id_of(SESSION_ID)).data) == [(6.0, 13.0)]


def test_card_data_that_is_told_late_is_heard_by_nobody_from_then_on(
    call: Service, twilio: Twilio, listen: Listen, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=12)
    complete(twilio)
    call.turn(2, "user", "My card is 4111 1111 1111 1111", audio_start_ms=8000, audio_end_ms=11_000)
    assert silent_parts(listen(recording_id_of(SESSION_ID)).data) == [(6.0, 13.0)]


def test_what_the_relay_recorded_is_one_file_with_a_side_for_each(
    listen: Listen, kept: MemoryRecordings, store: MemoryStore, clock: Clock
) -> None:
    name = relays(store, clock)
    kept.files = {
        f"{SESSION_ID}/1-caller-00000.ulaw": b"\x01\x02",
        f"{SESSION_ID}/1-agent-00000.ulaw": b"\x81\x82",
        f"{SESSION_ID}/1-caller-00001.ulaw": b"\x03",
        f"{SESSION_ID}/2-agent-00000.ulaw": b"\x84",
        f"{SESSION_ID}/{SID}.wav": b"a message on tape",
    }
    content = listen(name).data
    header, audio = content[:46], content[46:]
    assert audio == b"\x01\x81\x02\x82" + b"\x03\xff" + b"\xff\x84", "what was never stored is silent"
    assert header[:4] + header[8:16] == b"RIFFWAVEfmt "
    assert struct.unpack_from("<HHIIHH", header, 20) == (7, 2, 8000, 16_000, 2, 8)
    assert struct.unpack_from("<I", header, 4)[0] == len(content) - 8
    assert struct.unpack_from("<I", header, 42)[0] == len(audio)


def test_ten_seconds_of_which_neither_side_was_stored_are_silent_and_not_left_out(
    listen: Listen, kept: MemoryRecordings, store: MemoryStore, clock: Clock
) -> None:
    kept.files = {
        f"{SESSION_ID}/1-{side}-{number:05d}.ulaw": bytes([number]) * 80_000
        for side in ("caller", "agent")
        for number in (1, 3)
    }
    audio = listen(relays(store, clock)).data[-640_000:]
    assert [audio[at] for at in range(0, 640_000, 160_000)] == [0xFF, 1, 0xFF, 3]


def test_a_screens_is_pcm(listen: Listen, kept: MemoryRecordings, store: MemoryStore, clock: Clock) -> None:
    name = relays(store, clock)
    kept.files = {
        f"{SESSION_ID}/1-caller-00000.pcm": struct.pack("<hhh", 1, 2, 3),
        f"{SESSION_ID}/1-agent-00000.pcm": struct.pack("<hhh", -1, -2, -3),
    }
    with wave.open(io.BytesIO(listen(name).data)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 24_000, 2)
        assert struct.unpack("<6h", file.readframes(9)) == (1, -1, 2, -2, 3, -3)


@pytest.mark.parametrize("status", ["starting", "going_on", "failed", "deleted"])
def test_what_is_not_there_is_not_found(listen: Listen, store: MemoryStore, clock: Clock, status: str) -> None:
    name = relays(store, clock)
    store.change_record(Recording, name, lambda r: replace(r, status=status) if r else None)  # type: ignore[arg-type]
    assert listen(name).status_code == 404
    assert listen("rec_nobody").status_code == 404


def test_what_is_out_of_reach_may_be_asked_for_again(
    call: Service, twilio: Twilio, listen: Listen, kept: MemoryRecordings
) -> None:
    attached(twilio)
    complete(twilio)
    kept.down = True
    assert listen(recording_id_of(SESSION_ID)).status_code == 503
    kept.down = False
    assert listen(recording_id_of(SESSION_ID)).status_code == 200


def test_nobody_else_may_listen(client: Callable[..., FlaskClient]) -> None:
    assert client("staff", **RECORDED).get(f"/voice/recordings/{recording_id_of(SESSION_ID)}").status_code == 401


def test_who_listens_is_logged(
    call: Service, twilio: Twilio, listen: Listen, capsys: pytest.CaptureFixture[str]
) -> None:
    attached(twilio)
    complete(twilio)
    listen(recording_id_of(SESSION_ID))
    assert '"= recording heard"' in capsys.readouterr().out
