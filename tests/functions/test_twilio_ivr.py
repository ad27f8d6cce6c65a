"""The keys of the menu, by the webhooks; and what Twilio asks when something else has failed."""

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import menu, properties, tokens
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher
from nightdesk.targets import twilio as target
from nightdesk.targets.twilio_calls import PhoneCalls
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from .conftest import AUTH_TOKEN, CALL_SID, CALLED, CALLER, KEY, ORIGIN, SESSION_ID, STREAM_SID, Clock, Service, Twilio
from .test_contracts import validator
from .test_properties import write
from .test_twilio import names, said, shown_token, verbs

CASA = properties.load().by_id["hotel-casa-alondra"]
CASA_NUMBER = CASA.phone_numbers[0]
FRONT_DESK = "+12072203502"
IVR = {"choices": [{"key": "1", "does": "agent"}, {"key": "2", "does": "hours"}, {"key": "3", "does": "message"}]}


@pytest.fixture
def menued(client: Callable[..., FlaskClient], tmp_path: Path) -> Callable[..., Twilio]:
    """`menued(when)`: the demo hotel with a menu of keys."""

    def make(when: str, **changes: object) -> Twilio:
        write(tmp_path, "west-bethel-motel.yaml", ivr={"when": when, **IVR}, **changes)
        return Twilio(client("twilio", PROPERTIES_DIR=str(tmp_path)))

    return make


def press(twilio: Twilio, answer: Any, key: str = "", **more: str) -> Any:
    """Press a key where the document listens; "" waits for its Redirect."""
    document = verbs(answer)
    listening = next(verb for verb in document if verb.tag == "Gather")
    url = listening.get("action", "").removeprefix(ORIGIN)
    return twilio.post(url, **({"Digits": key} if key else {}), **more)


def test_the_language_is_asked_without_any_io_and_the_agent_speaks_it(
    twilio: Twilio, store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("I/O between the ring and the answer")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr("builtins.open", forbidden)
    monkeypatch.setattr(type(store), "change_session", forbidden)
    monkeypatch.setattr(type(store), "session", forbidden)
    answer = twilio.post("/voice/twilio/inbound", CallStatus="ringing", To=CASA_NUMBER)
    assert names(answer) == ["Gather", "Redirect"]
    assert verbs(answer)[0][0].text == "Para español, oprima 1."
    chosen = press(twilio, answer, "2", To=CASA_NUMBER)
    claims = tokens.read(shown_token(chosen), KEY, clock())
    assert (claims.language, claims.attempt, claims.property_id) == ("en", 1, "hotel-casa-alondra")


def test_a_notice_is_heard_before_the_menu_whatever_is_pressed(menued: Callable[..., Twilio]) -> None:
    answer = menued("before", consent_notice="This call is recorded.").post("/voice/twilio/inbound")
    assert names(answer) == ["Say", "Gather", "Redirect"]
    assert said(answer) == "This call is recorded."


def test_a_guest_may_live_with_the_menu_alone(menued: Callable[..., Twilio], store: MemoryStore, clock: Clock) -> None:
    twilio = menued("instead")
    languages = twilio.post("/voice/twilio/inbound", CallStatus="ringing")
    main = press(twilio, languages, "2")
    assert "Para hablar con nuestro asistente, oprima 1." in (verbs(main)[0][0].text or "")
    hours = press(twilio, main, "2")
    assert "La entrada es a partir de las 15:00" in said(hours)
    agent = press(twilio, hours, "1")
    assert tokens.read(shown_token(agent), KEY, clock()).language == "es"
    assert store.session(SESSION_ID) is None


def test_a_person_who_does_not_answer_is_followed_by_the_tape_where_no_agent_is(
    menued: Callable[..., Twilio], store: MemoryStore, clock: Clock
) -> None:
    clock.forward(hours=8)
    twilio = menued("instead")
    languages = twilio.post("/voice/twilio/inbound", CallStatus="ringing")
    first, second = (press(twilio, languages, "0") for _ in range(2))
    assert first.data == second.data
    assert verbs(first)[-1][0].text == FRONT_DESK
    assert "Record" in names(twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="no-answer"))
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.rung, session.transferred_to) == ("menu", "")


def test_a_person_who_does_not_answer_is_followed_by_the_agent_where_one_is(
    twilio: Twilio, clock: Clock, store: MemoryStore
) -> None:
    answer = twilio.post("/voice/twilio/inbound", To=CASA_NUMBER)
    assert verbs(press(twilio, answer, "0", To=CASA_NUMBER))[-1].tag == "Dial"
    clock.forward(hours=8)
    again = twilio.post("/voice/twilio/dial-ended?attempt=1", To=CASA_NUMBER, DialCallStatus="no-answer")
    assert tokens.read(shown_token(again), KEY, clock()).attempt == 2


def test_who_presses_nothing_is_not_left_in_silence(menued: Callable[..., Twilio]) -> None:
    twilio = menued("instead")
    answer = twilio.post("/voice/twilio/inbound", CallStatus="ringing")
    for _ in range(8):
        if "Gather" not in names(answer):
            break
        answer = press(twilio, answer)
    assert verbs(answer)[-1].tag == "Dial"


def test_no_key_is_logged_and_none_is_told(
    menued: Callable[..., Twilio], capsys: pytest.CaptureFixture[str], publisher: MemoryPublisher
) -> None:
    twilio = menued("instead")
    main = press(twilio, twilio.post("/voice/twilio/inbound", CallStatus="ringing"), "1")
    press(twilio, main, "7391")
    assert "7391" not in capsys.readouterr().out + json.dumps(publisher.events)


# -- when something else has failed


def test_the_fallback_is_an_apology_and_the_front_desk_and_asks_nothing_of_the_house(
    twilio: Twilio, store: MemoryStore, publisher: MemoryPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(type(store), "change_session", down)
    monkeypatch.setattr(type(store), "session", down)
    publisher.broken = True
    answer = twilio.post("/voice/twilio/fallback", ErrorCode="11205", ErrorUrl=f"{ORIGIN}/voice/twilio/inbound")
    assert names(answer) == ["Say", "Dial", "Say", "Hangup"]
    assert verbs(answer)[1].text == FRONT_DESK
    assert verbs(answer)[1].get("callerId") is None


@pytest.mark.parametrize("from_", ["anonymous", "+266696687", "sip:guest@example.com", "0142"])
def test_the_fallback_rings_the_front_desk_also_for_who_shows_no_number(twilio: Twilio, from_: str) -> None:
    answer = twilio.post("/voice/twilio/fallback", From=from_)
    assert verbs(answer)[1].get("callerId") == CALLED


def test_the_fallback_apologises_in_the_hotels_language(twilio: Twilio) -> None:
    answer = twilio.post("/voice/twilio/fallback", To=CASA_NUMBER)
    assert said(answer).startswith("Lo siento")
    assert verbs(answer)[0].get("language") == "es-ES"


def test_of_a_call_that_we_placed_the_hotel_is_the_one_that_calls(twilio: Twilio) -> None:
    answer = twilio.post("/voice/twilio/fallback", Direction="outbound-api", From=CALLED, To=CALLER)
    assert verbs(answer)[1].text == FRONT_DESK
    assert verbs(answer)[1].get("callerId") == CALLED


def test_a_stream_that_failed_is_told_once_however_often_it_is_said(
    twilio: Twilio, call: Service, publisher: MemoryPublisher
) -> None:
    form = {"StreamEvent": "stream-error", "StreamSid": STREAM_SID, "StreamError": "31921 - close error"}
    for _ in range(2):
        assert twilio.post("/voice/twilio/stream-status", **form).status_code == 204
    assert {event["event_id"] for event in publisher.events} == {f"{SESSION_ID}-twilio-1-stream-error-{STREAM_SID}"}
    event = publisher.events[0]
    validator("event", "event").validate(event)
    assert (event["event_type"], event["stream"]["problem"]) == ("stream.failed", "31921 - close error")


@pytest.mark.parametrize("what", ["stream-started", "stream-stopped", "something-new", ""])
def test_other_news_of_a_stream_are_acknowledged(twilio: Twilio, publisher: MemoryPublisher, what: str) -> None:
    assert twilio.post("/voice/twilio/stream-status", StreamEvent=what, StreamSid=STREAM_SID).status_code == 204
    assert publisher.events == []


def test_the_stream_says_where_its_news_go(twilio: Twilio) -> None:
    [stream] = verbs(twilio.post("/voice/twilio/inbound"))[0]
    assert stream.get("statusCallback") == f"{ORIGIN}/voice/twilio/stream-status?attempt=1"


# -- signatures, on every path that there is


def paths(client: FlaskClient) -> list[str]:
    """Every webhook of the function, by its own table of routes."""
    from nightdesk import bootstrap

    calls = PhoneCalls(bootstrap.open_house("twilio"))
    return [
        re.sub(r"\(\?P<\w+>[^)]*\)", "x", route.pattern)
        for feature in target._FEATURES
        for route in feature.routes(calls)
        if route.method == "POST"  # what is there to be got, music, anybody may have
    ]


def signed(path: str, form: dict[str, str], token: str = AUTH_TOKEN, origin: str = ORIGIN) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(origin + path, form)}


FORM = {"CallSid": CALL_SID, "From": CALLER, "To": CALLED, "CallStatus": "in-progress"}


def test_every_webhook_refuses_what_twilio_has_not_signed(
    twilio: Twilio, store: MemoryStore, publisher: MemoryPublisher
) -> None:
    found = paths(twilio.client)
    assert {"/voice/twilio/inbound", "/voice/twilio/gather", "/voice/twilio/ivr", "/voice/twilio/fallback"} <= set(
        found
    )
    for path in found:
        other = {**FORM, "From": "+12075550199"}
        forgeries = [
            {},
            {"X-Twilio-Signature": ""},
            {"X-Twilio-Signature": "x" * 28},
            signed(path, FORM, token="another-token"),
            signed(path, FORM, origin="https://evil.example.com"),
            signed(path, FORM, origin="http://hotel.example.com"),
            signed(path, other),  # of another call's form
            signed(path + "?attempt=9", FORM),  # of another question about the same call
            signed("/voice/twilio/somewhere", FORM),  # replayed on another path
        ]
        for headers in forgeries:
            answer = twilio.client.post(path, data=FORM, headers=headers)
            assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "bad_signature"), (path, headers)
        good = signed(path, FORM)
        tampered = twilio.client.post(f"{path}?attempt=7", data=FORM, headers=good)
        assert tampered.status_code == 403, path
    assert store.session(SESSION_ID) is None
    assert publisher.events == []


def test_a_signed_request_that_is_replayed_changes_nothing(
    twilio: Twilio, call: Service, store: MemoryStore, publisher: MemoryPublisher
) -> None:
    """Twilio's signature bears no time: whoever has seen a request may send it again, and gets the same answer."""
    replayed = [
        ("/voice/twilio/stream-ended?attempt=1", FORM),
        (f"/voice/twilio/ivr?{menu.Asked('main', 'en').query}", {**FORM, "Digits": "0"}),
        ("/voice/twilio/status", {**FORM, "CallStatus": "completed", "CallDuration": "60"}),
    ]
    for path, form in replayed:
        answers = [twilio.client.post(path, data=form, headers=signed(path, form)) for _ in range(3)]
        assert {answer.status_code for answer in answers} <= {200, 204}
        once = store.session(SESSION_ID)
        again = twilio.client.post(path, data=form, headers=signed(path, form))
        assert again.status_code == answers[0].status_code
        assert store.session(SESSION_ID) == once
    ids = [event["event_id"] for event in publisher.events if event["event_type"] != "call.completed"]
    assert len(ids) == len(set(ids))
