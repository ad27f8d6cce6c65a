"""The last rung of the ladder, by the webhooks: people, and where nobody answers the tape."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nightdesk.errors import StoreError
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recordings import Recording
from nightdesk.hotel.records import Callback, Message
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLER, ORIGIN, SESSION_ID, Clock, Service, Twilio
from .test_properties import write
from .turn_by_turn_line import FRONT_DESK, RECORDING, gather, joined, left, line, session_of, spoken, tape, written
from .twiml_answers import names, said, verbs

__all__ = ["joined", "line"]


def test_where_nobody_answers_the_guest_may_leave_a_message(line: Twilio) -> None:
    answer = tape(line)
    assert names(answer) == ["Say", "Say", "Record", "Say", "Hangup"]
    record = verbs(answer)[2]
    assert record.get("action") == f"{ORIGIN}/voice/twilio/voicemail?attempt=2#rc=2&rp=ct,5xx"
    assert record.get("transcribeCallback") == f"{ORIGIN}/voice/twilio/transcription"
    assert int(record.get("maxLength", "")) <= 120
    assert "did not hear a message" in spoken(answer)


def test_where_the_house_is_closed_no_telephone_rings(
    joined: Callable[..., Twilio], call: Service, tmp_path: Path, store: MemoryStore
) -> None:
    hours = [{"opens": "01:00", "closes": "02:00"}]
    desk = {"department": "front_desk", "name": "the front desk", "number": FRONT_DESK, "hours": hours}
    write(tmp_path, "west-bethel-motel.yaml", departments=[desk], escalation=["front_desk"], ivr={})
    twilio = joined(PROPERTIES_DIR=str(tmp_path))
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    gather(twilio, 0)
    assert "Record" in names(gather(twilio, 2, Digits="0"))
    assert session_of(store).transferred_to == ""


def test_a_message_goes_to_the_staff_and_a_call_back_is_promised(
    line: Twilio, store: MemoryStore, clock: Clock
) -> None:
    tape(line)
    answer = left(line)
    assert names(answer) == ["Say", "Hangup"]
    assert "we will call you back today at 12:30 PM" in said(answer)
    [message] = store.records(Message, session_id=SESSION_ID)
    assert (message.for_whom, message.phone, message.recording_seconds) == ("the front desk", CALLER, 9)
    recording = store.record(Recording, message.recording_id)
    assert recording is not None
    assert (recording.status, recording.recording_sid, recording.source) == ("to_fetch", RECORDING, "twilio")
    [callback] = store.records(Callback, session_id=SESSION_ID)
    assert (callback.phone, callback.status, callback.phone_source) == (CALLER, "scheduled", "caller_line")
    assert callback.due_at == datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
    assert callback.reason == "a voicemail message"


def test_a_message_comes_once_however_often_it_is_told_and_in_whatever_order(
    line: Twilio, store: MemoryStore, clock: Clock
) -> None:
    tape(line)
    assert written(line).status_code == 204
    first = left(line)
    clock.forward(minutes=5)
    assert left(line).data == first.data
    written(line)
    [message] = store.records(Message, session_id=SESSION_ID)
    assert (message.text, message.recording_seconds) == ("please call me about a wedding", 9)
    assert len(store.records(Callback, session_id=SESSION_ID)) == 1


def test_words_that_could_not_be_written_down_leave_the_tape(line: Twilio, store: MemoryStore) -> None:
    tape(line)
    left(line)
    written(line, text="", TranscriptionStatus="failed")
    [message] = store.records(Message, session_id=SESSION_ID)
    assert "listen to it" in message.text


@pytest.fixture
def fails(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`fails(n)`: so many of the changes that are asked of the store from now on are lost."""
    to_come = [0]

    def losing(name: str) -> None:
        real = getattr(store, name)

        def change(*args: Any) -> Any:
            if to_come[0]:
                to_come[0] -= 1
                raise StoreError("too many rivals")
            return real(*args)

        monkeypatch.setattr(store, name, change)

    losing("change_session")
    losing("change_record")
    return lambda number: to_come.__setitem__(0, number)


def test_a_message_of_a_guest_who_has_hung_up_is_asked_about_again_where_the_store_fails(
    line: Twilio, store: MemoryStore, fails: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    tape(line)
    fails(1)
    assert left(line, Digits="hangup", CallStatus="completed").status_code == 503
    assert RECORDING in capsys.readouterr().out, "where all tries fail, people find it"
    assert names(left(line, Digits="hangup", CallStatus="completed")) == []
    assert len(store.records(Message, session_id=SESSION_ID)) == 1


def test_a_message_of_a_guest_who_listens_is_asked_about_once_more_where_the_store_fails(
    line: Twilio, store: MemoryStore, fails: Callable[[int], None]
) -> None:
    tape(line)
    fails(1)
    [redirect] = verbs(left(line))
    assert "we will call you back" in said(line.post((redirect.text or "").removeprefix(ORIGIN)))
    [message] = store.records(Message, session_id=SESSION_ID)
    assert message.recording_seconds == 9


def test_who_hears_that_a_message_cannot_be_kept_is_not_asked_for_ever(
    line: Twilio, fails: Callable[[int], None]
) -> None:
    tape(line)
    fails(9)
    [redirect] = verbs(left(line))
    assert "something went wrong" in said(line.post((redirect.text or "").removeprefix(ORIGIN)))


def test_a_guest_who_hangs_up_after_the_message_has_left_it(line: Twilio, store: MemoryStore) -> None:
    tape(line)
    assert names(left(line, Digits="hangup", CallStatus="completed")) == []
    assert len(store.records(Message, session_id=SESSION_ID)) == 1


def test_a_tape_that_there_is_not_is_no_message(line: Twilio, store: MemoryStore) -> None:
    tape(line)
    assert names(line.post("/voice/twilio/voicemail?attempt=2", Digits="hangup", RecordingUrl="")) == []
    answer = line.post("/voice/twilio/voicemail?attempt=2", RecordingUrl="", RecordingSid="")
    assert names(answer) == ["Say", "Hangup"]
    assert "did not hear a message" in said(answer)
    assert store.records(Message, session_id=SESSION_ID) == []


def test_who_shows_no_number_is_promised_no_call(
    joined: Callable[..., Twilio], tools: Service, token: Callable[..., str], store: MemoryStore
) -> None:
    twilio = joined()
    tools.session(token(caller=""))
    assert names(left(twilio, From="anonymous")) == ["Say", "Hangup"]
    assert store.records(Callback, session_id=SESSION_ID) == []
    [message] = store.records(Message, session_id=SESSION_ID)
    assert message.phone == ""


def test_a_tape_in_spanish_is_not_written_down(joined: Callable[..., Twilio], call: Service) -> None:
    twilio = joined()
    call.tool("set_language", "call_1", language="es")
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    answer = tape(twilio)
    record = next(verb for verb in verbs(answer) if verb.tag == "Record")
    assert record.get("transcribeCallback") is None
    assert "deje un mensaje" in spoken(answer)


def test_who_is_called_back_about_a_tape_is_told_so_in_their_language(
    joined: Callable[..., Twilio], call: Service, store: MemoryStore
) -> None:
    twilio = joined()
    call.tool("set_language", "call_1", language="es")
    left(twilio)
    [callback] = store.records(Callback, session_id=SESSION_ID)
    assert (callback.language, callback.reason) == ("es", "un mensaje en el contestador")


def test_the_staff_of_a_spanish_hotel_is_told_of_a_tape_in_spanish(
    joined: Callable[..., Twilio], store: MemoryStore
) -> None:
    left(joined(), To="+34930000100")
    [message] = store.records(Message, session_id=SESSION_ID)
    assert message.text == "Un mensaje en el contestador: no está transcrito, escúchenlo, por favor."


def test_the_conversation_ends_as_a_message_that_was_taken(
    line: Twilio, store: MemoryStore, publisher: MemoryPublisher, clock: Clock
) -> None:
    tape(line)
    left(line)
    clock.forward(minutes=1)
    line.post("/voice/twilio/status", CallStatus="completed", CallDuration="60")
    clock.forward(minutes=1)
    line.post("/voice/twilio/status", CallStatus="completed", CallDuration="60")
    [ended] = [event for event in publisher.events if event["event_type"] == "conversation.ended"]
    assert ended["summary"]["outcome"] == "message_taken"
