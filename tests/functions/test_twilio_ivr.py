"""The keys of the menu, by the webhooks."""

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import pytest
from flask.testing import FlaskClient
from nightdesk import properties, tokens
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher

from .conftest import KEY, ORIGIN, SESSION_ID, Clock, Twilio
from .test_properties import write
from .twiml_answers import names, said, shown_token, verbs

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


@pytest.mark.parametrize(("key", "told"), [("1", ""), ("2", "Esta llamada puede ser grabada.")])
def test_who_chooses_another_language_is_told_of_the_recording_in_it(
    menued: Callable[..., Twilio], key: str, told: str
) -> None:
    spanish = {"language": "es", "greeting": "Gracias por llamar."}
    twilio = menued("before", recording=True, languages=[spanish])
    caller = "+14155550142"  # in California everybody is told
    asked = twilio.post("/voice/twilio/inbound", CallStatus="ringing", From=caller)
    assert said(press(twilio, asked, key, From=caller)) == told


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


def test_the_language_that_was_chosen_outlives_a_relay_that_is_out_of_reach(
    menued: Callable[..., Twilio], clock: Clock, store: MemoryStore
) -> None:
    twilio = menued("before", languages=[{"language": "es", "greeting": "Gracias por llamar."}])
    answer = press(twilio, twilio.post("/voice/twilio/inbound", CallStatus="ringing"), "2")
    for _ in range(3):
        action = urldefrag(verbs(answer)[-2].get("action", "")).url.removeprefix(ORIGIN)
        answer = twilio.post(action)
        assert tokens.read(shown_token(answer), KEY, clock()).language == "es"
    assert said(answer) == "Un momento, por favor."


@pytest.mark.parametrize("language", ["xx", ""])
def test_a_language_that_the_hotel_does_not_speak_is_not_chosen(
    menued: Callable[..., Twilio], clock: Clock, language: str
) -> None:
    answer = menued("before").post(f"/voice/twilio/stream-ended?attempt=1&language={language}")
    assert tokens.read(shown_token(answer), KEY, clock()).language == "en"


def test_a_notice_is_heard_before_the_menu_whatever_is_pressed(menued: Callable[..., Twilio]) -> None:
    answer = menued("before", consent_notice="This call is recorded.").post("/voice/twilio/inbound")
    assert names(answer) == ["Say", "Gather", "Redirect"]
    assert verbs(answer)[0].text == "This call is recorded."


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


DESK_BY_DAY = {
    "department": "front_desk",
    "name": "the front desk",
    "number": FRONT_DESK,
    "hours": [{"opens": "07:00", "closes": "11:00"}],
}
HOUSEKEEPING = {"department": "housekeeping", "name": "housekeeping", "number": "+12072203504"}
MANAGER = {"department": "manager", "name": "the manager", "number": "+12072203503"}


@pytest.fixture
def desks(client: Callable[..., FlaskClient], tmp_path: Path) -> Callable[..., Twilio]:
    """`desks(*departments)`: the demo hotel with these alone, at noon; key 2 of its menu is the last of them."""

    def make(*departments: dict[str, Any]) -> Twilio:
        codes = [each["department"] for each in departments]
        menu = {"when": "instead", "choices": [{"key": "2", "does": "department", "department": codes[-1]}]}
        write(tmp_path, "west-bethel-motel.yaml", departments=list(departments), escalation=codes, ivr=menu)
        return Twilio(client("twilio", PROPERTIES_DIR=str(tmp_path)))

    return make


def in_english(twilio: Twilio) -> Any:
    return press(twilio, twilio.post("/voice/twilio/inbound", CallStatus="ringing"), "1")


def test_an_open_department_is_rung_although_the_front_desk_is_closed(desks: Callable[..., Twilio]) -> None:
    twilio = desks(DESK_BY_DAY, HOUSEKEEPING)
    assert verbs(press(twilio, in_english(twilio), "2"))[-1][0].text == HOUSEKEEPING["number"]


def test_who_keys_a_closed_department_comes_to_who_is_there(desks: Callable[..., Twilio]) -> None:
    asleep = {**HOUSEKEEPING, "hours": DESK_BY_DAY["hours"]}
    twilio = desks({**DESK_BY_DAY, "hours": []}, asleep)
    assert verbs(press(twilio, in_english(twilio), "2"))[-1][0].text == FRONT_DESK


def test_zero_is_a_person_who_is_there(desks: Callable[..., Twilio]) -> None:
    twilio = desks(DESK_BY_DAY, MANAGER)
    assert verbs(press(twilio, in_english(twilio), "0"))[-1][0].text == MANAGER["number"]


def test_zero_where_nobody_is_there_is_told_so_before_the_tape(desks: Callable[..., Twilio]) -> None:
    twilio = desks(DESK_BY_DAY)
    following = press(twilio, in_english(twilio), "0")
    assert "nobody can take your call" in said(following)
    assert "Record" in names(following)


def test_a_person_who_does_not_answer_is_followed_by_the_agent_where_one_is(
    menued: Callable[..., Twilio], clock: Clock, store: MemoryStore
) -> None:
    twilio = menued("before")
    answer = twilio.post("/voice/twilio/inbound")
    assert verbs(press(twilio, answer, "0"))[-1].tag == "Dial"
    clock.forward(hours=8)
    again = twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="no-answer")
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
