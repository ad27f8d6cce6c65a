"""The lower rungs of the ladder, by the webhooks: turn by turn with the real `tools` behind it, keys, the tape."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from flask.testing import FlaskClient
from nightdesk.config import Settings
from nightdesk.errors import StoreError
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recordings import Recording
from nightdesk.hotel.records import Callback, Message
from nightdesk.sinks import MemoryPublisher
from nightdesk.targets import twilio_gather
from nightdesk.tools_client import ToolsClient
from werkzeug.test import TestResponse

from .conftest import CALLER, ORIGIN, SESSION_ID, Clock, Service, Twilio
from .test_properties import write
from .twiml_answers import names, said, verbs

FRONT_DESK = "+12072203502"
RECORDING = "RE" + "0123456789abcdef" * 2
RECORDING_URL = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Recordings/{RECORDING}"


@pytest.fixture
def joined(client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Twilio]:
    """`joined(**settings)`: the twilio function whose `tools` is the real one, without a network."""

    def make(**settings: str) -> Twilio:
        tools = client("tools", **settings)

        def over_wsgi(settings: Settings) -> ToolsClient:
            return ToolsClient(settings, transport=httpx.WSGITransport(app=tools.application))

        monkeypatch.setattr(twilio_gather, "ToolsClient", over_wsgi)
        return Twilio(client("twilio", **settings))

    return make


@pytest.fixture
def line(joined: Callable[..., Twilio], call: Service) -> Twilio:
    """A call whose engines are lost; attempt 2 of it is to go on turn by turn."""
    twilio = joined()
    assert call.then(reason="engines_lost").status_code == 200
    [redirect] = verbs(twilio.post("/voice/twilio/stream-ended?attempt=1"))
    assert redirect.text == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=0"
    return twilio


def gather(twilio: Twilio, turn: int, attempt: int = 2, silent: int = 0, **heard: str) -> TestResponse:
    """As Twilio asks after a <Gather>: with SpeechResult, with Digits, or by the Redirect without either."""
    more = f"&silent={silent}" if silent else ""
    return twilio.post(f"/voice/twilio/gather?attempt={attempt}&turn={turn}{more}", **heard)


def asked(answer: TestResponse) -> ElementTree.Element:
    """The <Gather>, which is followed by a Redirect to where it sends what it hears."""
    listening, redirect = verbs(answer)
    assert (listening.tag, redirect.tag) == ("Gather", "Redirect")
    assert listening.get("action") == redirect.text
    return listening


def spoken(answer: TestResponse) -> str:
    return " ".join(say.text or "" for say in ElementTree.fromstring(answer.data).iter("Say"))


def session_of(store: MemoryStore) -> Any:
    session = store.session(SESSION_ID)
    assert session is not None
    return session


def test_the_call_goes_on_by_words_and_keys(line: Twilio) -> None:
    listening = asked(gather(line, 0))
    assert set(listening.get("input", "").split()) == {"dtmf", "speech"}
    assert (listening.get("language"), listening[0].get("language")) == ("en-US", "en-US")
    assert listening[0].text == "Thank you for calling West Bethel Motel. How may I help you?"
    assert listening.get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=2"


def test_a_guest_is_told_a_price_and_asked_on(line: Twilio, store: MemoryStore) -> None:
    gather(line, 0)
    answer = gather(
        line, 2, SpeechResult="do you have a room from friday for two nights for two people", Confidence="0.9"
    )
    assert "$" in spoken(answer)
    assert asked(answer).get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=4"
    assert [call.name for call in store.tool_calls(SESSION_ID)] == ["check_availability"]
    assert {turn.attempt for turn in store.turns(SESSION_ID)} == {2}


def test_a_webhook_that_comes_twice_is_answered_the_same_and_done_once(line: Twilio, store: MemoryStore) -> None:
    gather(line, 0)
    first, second = (gather(line, 2, SpeechResult="can i speak to a person") for _ in range(2))
    assert first.data == second.data
    assert len(store.tool_calls(SESSION_ID)) == 1


def test_what_is_likely_to_be_said_next_is_a_hint(line: Twilio) -> None:
    assert asked(gather(line, 0)).get("hints") is None
    answer = gather(line, 2, SpeechResult="do you have a room from friday for two nights")
    assert "two guests" in asked(answer).get("hints", "")
    assert gather(line, 2, SpeechResult="do you have a room from friday for two nights").data == answer.data


def test_a_person_is_promised_and_then_rung(line: Twilio) -> None:
    gather(line, 0)
    say, redirect = verbs(gather(line, 2, SpeechResult="can i speak to a person"))
    assert say.tag == "Say"
    assert redirect.text == f"{ORIGIN}/voice/twilio/stream-ended?attempt=2"
    [dial] = verbs(line.post("/voice/twilio/stream-ended?attempt=2"))
    assert (dial.tag, dial[0].text) == ("Dial", FRONT_DESK)


def test_zero_is_a_person_at_any_time_also_twice(line: Twilio) -> None:
    gather(line, 0)
    for _ in range(2):
        say, dial = verbs(gather(line, 2, Digits="0"))
        assert say.text == "One moment, I am putting you through to the front desk."
        assert (dial.tag, dial[0].text) == ("Dial", FRONT_DESK)


def test_keys_are_taken_and_told_to_nobody(
    line: Twilio, store: MemoryStore, publisher: MemoryPublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    gather(line, 0)
    asked(gather(line, 2, Digits="2075550199", FinishedOnKey="#"))
    assert session_of(store).keypad_phone == "+12075550199"
    assert "2075550199" not in capsys.readouterr().out + json.dumps(publisher.events)


@pytest.mark.parametrize("heard", [{"Digits": "1" * 60}, {"Digits": "A1"}, {"SpeechResult": "and " * 2000}])
def test_whoever_says_or_keys_too_much_keeps_the_clerk(line: Twilio, heard: dict[str, str]) -> None:
    gather(line, 0)
    answer = line.post("/voice/twilio/gather?attempt=2&turn=2", **heard)
    assert names(answer) == ["Gather", "Redirect"]
    assert "with the keys of your telephone" not in said(answer)


def test_silence_is_asked_about_and_then_people_are(line: Twilio) -> None:
    gather(line, 0)
    first = gather(line, 2)
    assert "still there" in spoken(first)
    assert asked(first).get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=4&silent=1"
    asked(gather(line, 4, silent=1))
    assert names(gather(line, 6, silent=2)) == ["Say", "Dial"]


def test_a_word_makes_silence_count_anew(line: Twilio) -> None:
    gather(line, 0)
    answer = gather(line, 6, silent=2, SpeechResult="is there a pool")
    assert asked(answer).get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=8"


def test_a_goodbye_is_said_and_the_call_ends(line: Twilio) -> None:
    gather(line, 0)
    names_ = names(gather(line, 2, SpeechResult="no thank you goodbye"))
    assert names_ == ["Say", "Redirect"]
    assert names(line.post("/voice/twilio/stream-ended?attempt=2")) == ["Hangup"]


def test_a_guest_who_has_hung_up_is_asked_nothing(line: Twilio, store: MemoryStore) -> None:
    assert names(gather(line, 2, CallStatus="completed")) == []
    assert store.turns(SESSION_ID) == []


def test_a_turn_of_an_attempt_that_is_over_gets_what_was_decided(line: Twilio) -> None:
    gather(line, 0)
    decided = gather(line, 2, Digits="0")
    assert gather(line, 2, SpeechResult="is there a pool").data == decided.data


def test_the_engines_are_lost_in_spanish(joined: Callable[..., Twilio], call: Service) -> None:
    twilio = joined()
    call.tool("set_language", "call_1", language="es")
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    listening = asked(gather(twilio, 0))
    assert (listening.get("language"), listening[0].get("language")) == ("es-MX", "es-MX")
    assert (listening[0].text or "").startswith("Gracias por llamar")


# -- without the clerk


def test_without_the_clerk_the_guest_has_keys(call: Service, twilio: Twilio, store: MemoryStore) -> None:
    """`tools` is not reachable: TOOLS_URL of these tests is a closed port."""
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    answer = gather(twilio, 0)
    assert names(answer) == ["Say", "Gather", "Redirect"]
    text = spoken(answer)
    assert "trouble with this line" in text
    assert "For a person, press 0 at any time." in text
    assert "To leave a message, press 3." in text
    assert session_of(store).rung == "menu"
    assert gather(twilio, 0).data == answer.data


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b"{}"),
        (503, b'{"v":1,"ok":false,"error":{"code":"unavailable","message":"x"}}'),
        (200, b"<html>"),
        (200, b'{"v":1}'),
        (401, b'{"v":1,"ok":false,"error":{"code":"unauthenticated","message":"x"}}'),
    ],
)
def test_an_answer_that_is_none_leaves_the_keys(
    line: Twilio, monkeypatch: pytest.MonkeyPatch, status: int, content: bytes
) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=content))
    monkeypatch.setattr(twilio_gather, "ToolsClient", lambda settings: ToolsClient(settings, transport=transport))
    assert names(gather(line, 0)) == ["Say", "Gather", "Redirect"]


def test_one_failure_of_the_clerks_does_not_end_the_conversation(
    joined: Callable[..., Twilio], call: Service, client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio, behind = joined(), httpx.WSGITransport(app=client("tools").application)
    answers = [httpx.Response(503, content=b"no instance")]

    def handle(request: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else behind.handle_request(request)

    monkeypatch.setattr(
        twilio_gather, "ToolsClient", lambda settings: ToolsClient(settings, transport=httpx.MockTransport(handle))
    )
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert "Thank you for calling" in (asked(gather(twilio, 0))[0].text or "")


def test_the_last_menu_offers_no_agent_and_its_keys_do_what_they_say(
    call: Service, client: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    choices = [{"key": "1", "does": "agent"}, {"key": "2", "does": "hours"}, {"key": "7", "does": "message"}]
    write(tmp_path, "west-bethel-motel.yaml", ivr={"choices": choices})
    twilio = Twilio(client("twilio", PROPERTIES_DIR=str(tmp_path)))
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    answer = gather(twilio, 0)
    assert "assistant" not in spoken(answer)
    url = verbs(answer)[1].get("action", "").removeprefix(ORIGIN)
    assert "Check-in is from 3 PM" in spoken(twilio.post(url, Digits="2"))
    assert "not one of the choices" in spoken(twilio.post(url, Digits="1"))
    for _ in range(2):
        assert names(twilio.post(url, Digits="7")) == ["Say", "Record", "Say", "Hangup"]


# -- people, then the tape


def tape(line: Twilio) -> TestResponse:
    gather(line, 0)
    gather(line, 2, Digits="0")
    line.post("/voice/twilio/dial-ended?attempt=2", DialCallStatus="no-answer")
    return line.post("/voice/twilio/dial-ended?attempt=2&dial=2", DialCallStatus="no-answer")


def left(line: Twilio, **more: str) -> TestResponse:
    form = {"RecordingSid": RECORDING, "RecordingUrl": RECORDING_URL, "RecordingDuration": "9", **more}
    return line.post("/voice/twilio/voicemail?attempt=2", **form)


def written(line: Twilio, text: str = "please call me about a wedding", **more: str) -> TestResponse:
    form = {"RecordingSid": RECORDING, "TranscriptionStatus": "completed", "TranscriptionText": text, **more}
    return line.post("/voice/twilio/transcription", **form)


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


def test_no_log_line_tells_what_was_said(line: Twilio, capsys: pytest.CaptureFixture[str]) -> None:
    gather(line, 0)
    gather(line, 2, SpeechResult="my name is rumpelstiltskin")
    tape(line)
    left(line)
    written(line, text="rumpelstiltskin again")
    assert "rumpelstiltskin" not in capsys.readouterr().out
