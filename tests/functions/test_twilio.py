"""The twilio function through the framework: signed webhooks in, TwiML out."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from nightdesk import tokens
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher

from .conftest import CALL_SID, CALLED, CALLER, KEY, ORIGIN, SESSION_ID, STREAM_SID, Clock, Service, Twilio
from .schemas import validator
from .test_properties import write
from .twiml_answers import names, said, shown_token, verbs

FRONT_DESK = "+12072203502"
AFTER_HOURS = {"hours": 8}
"""When the front desk alone is there."""


def test_the_ring_is_answered_with_a_stream(twilio: Twilio, clock: Clock) -> None:
    answer = twilio.post("/voice/twilio/inbound", CallStatus="ringing", StirVerstat="TN-Validation-Passed-A")
    connect, redirect = verbs(answer)
    ended = f"{ORIGIN}/voice/twilio/stream-ended?attempt=1#rc=2&rp=ct,5xx"
    assert (connect.tag, connect.get("action"), redirect.tag, redirect.text) == ("Connect", ended, "Redirect", ended)
    assert connect[0].get("url") == "wss://relay.example.com/voice/stream"
    claims = tokens.read(shown_token(answer), KEY, clock())
    assert (claims.session_id, claims.call_sid, claims.attempt) == (SESSION_ID, CALL_SID, 1)
    assert (claims.property_id, claims.caller, claims.called, claims.stir) == ("west-bethel-motel", CALLER, CALLED, "A")


def test_the_ring_is_answered_without_any_io(
    client: Callable[..., FlaskClient], store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio = Twilio(client("twilio"))

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("I/O between the ring and the answer")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr("builtins.open", forbidden)
    monkeypatch.setattr(type(store), "change_session", forbidden)
    monkeypatch.setattr(type(store), "session", forbidden)
    assert names(twilio.post("/voice/twilio/inbound", CallStatus="ringing")) == ["Connect", "Redirect"]


@pytest.mark.parametrize("withheld", ["anonymous", "+266696687"])
def test_a_withheld_number_is_welcome(twilio: Twilio, clock: Clock, withheld: str) -> None:
    answer = twilio.post("/voice/twilio/inbound", From=withheld)
    assert tokens.read(shown_token(answer), KEY, clock()).caller == ""


@pytest.mark.parametrize("path", ["inbound", "stream-ended", "dial-ended", "status"])
def test_a_wrong_signature_is_forbidden(twilio: Twilio, path: str, store: MemoryStore) -> None:
    answer = twilio.post(f"/voice/twilio/{path}", signature="x" * 28)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "bad_signature")
    assert store.session(SESSION_ID) is None


def test_the_host_header_has_no_say_in_the_signature(twilio: Twilio) -> None:
    form = {"CallSid": CALL_SID, "To": CALLED, "From": CALLER}
    from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

    from .conftest import AUTH_TOKEN

    forged = RequestValidator(AUTH_TOKEN).compute_signature("https://evil.example.com/voice/twilio/inbound", form)
    headers = {"X-Twilio-Signature": forged, "Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com"}
    assert twilio.client.post("/voice/twilio/inbound", data=form, headers=headers).status_code == 403


def test_a_number_of_nobody_is_refused_politely_and_reported(twilio: Twilio, publisher: MemoryPublisher) -> None:
    answer = twilio.post("/voice/twilio/inbound", To="+12075550000")
    assert names(answer) == ["Say", "Hangup"]
    [event] = publisher.events
    assert event["event_type"] == "property.unknown"
    validator("event", "event").validate(event)


def test_a_number_of_nobody_is_refused_even_when_events_cannot_be_told(
    twilio: Twilio, publisher: MemoryPublisher
) -> None:
    publisher.broken = True
    assert names(twilio.post("/voice/twilio/inbound", To="+12075550000")) == ["Say", "Hangup"]


def test_a_broken_property_file_is_loud_and_its_calls_are_refused_politely(
    client: Callable[..., FlaskClient], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "properties"
    folder.mkdir()
    write(folder, "broken.yaml", greeting=None, phone_numbers=["+12075559999"])
    write(folder, "good.yaml")
    twilio = Twilio(client("twilio", PROPERTIES_DIR=str(folder)))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(line["severity"] == "ERROR" and "broken.yaml: greeting is missing" in line["message"] for line in lines)
    assert names(twilio.post("/voice/twilio/inbound", To="+12075559999")) == ["Say", "Hangup"]
    assert names(twilio.post("/voice/twilio/inbound")) == ["Connect", "Redirect"]


def test_a_consent_notice_is_spoken_before_the_stream(client: Callable[..., FlaskClient], tmp_path: Path) -> None:
    folder = tmp_path / "properties"
    folder.mkdir()
    write(folder, consent_notice="This call is recorded.")
    answer = Twilio(client("twilio", PROPERTIES_DIR=str(folder))).post("/voice/twilio/inbound")
    assert names(answer) == ["Say", "Connect", "Redirect"]
    assert said(answer) == "This call is recorded."


def test_a_request_that_makes_no_sense_still_gets_twiml(twilio: Twilio) -> None:
    answer = twilio.post("/voice/twilio/inbound", CallSid="nonsense")
    assert names(answer) == ["Say", "Dial", "Say", "Hangup"]
    assert verbs(answer)[1].text == FRONT_DESK


@pytest.mark.parametrize("path", ["stream-ended?attempt=1", "dial-ended?attempt=1"])
def test_when_the_store_is_down_the_guest_gets_people(
    twilio: Twilio, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def down(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(type(store), "change_session", down)
    answer = twilio.post(f"/voice/twilio/{path}")
    assert names(answer) == ["Say", "Dial", "Say", "Hangup"]
    assert "sorry" in said(answer)
    assert verbs(answer)[1].get("action") is None


def test_a_stream_that_broke_is_attached_again(twilio: Twilio, call: Service, store: MemoryStore, clock: Clock) -> None:
    answer = twilio.post("/voice/twilio/stream-ended?attempt=1")
    claims = tokens.read(shown_token(answer), KEY, clock())
    assert (claims.attempt, claims.session_id, claims.caller) == (2, SESSION_ID, CALLER)
    assert (verbs(answer)[0].get("action") or "").startswith(f"{ORIGIN}/voice/twilio/stream-ended?attempt=2#")


def test_a_break_is_told_once(twilio: Twilio, call: Service, publisher: MemoryPublisher) -> None:
    for _ in range(2):
        twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert [event["event_id"] for event in publisher.events] == [f"{SESSION_ID}-twilio-1-broken"]
    validator("event", "event").validate(publisher.events[0])


def test_a_repeated_stream_ended_mints_for_the_same_attempt(
    twilio: Twilio, call: Service, store: MemoryStore, clock: Clock
) -> None:
    first, second = (twilio.post("/voice/twilio/stream-ended?attempt=1") for _ in range(2))
    assert [tokens.read(shown_token(a), KEY, clock()).attempt for a in (first, second)] == [2, 2]
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.attempt, session.breaks) == (2, 1)


def test_a_stream_whose_relay_was_never_reached_is_tried_again_and_goes_on_turn_by_turn(twilio: Twilio) -> None:
    answers = [twilio.post(f"/voice/twilio/stream-ended?attempt={attempt}") for attempt in range(1, 5)]
    assert [names(answer)[0] for answer in answers] == ["Connect", "Say", "Say", "Redirect"]
    assert said(answers[1]) == "One moment, please."
    assert verbs(answers[-1])[0].text == f"{ORIGIN}/voice/twilio/gather?attempt=5&turn=0"


def test_a_call_that_is_over_gets_an_empty_answer(twilio: Twilio, call: Service, store: MemoryStore) -> None:
    for path in ("stream-ended?attempt=1", "dial-ended?attempt=1"):
        assert names(twilio.post(f"/voice/twilio/{path}", CallStatus="completed")) == []
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.breaks == 0


def test_a_transfer_that_was_heard_is_dialled_without_more_words(twilio: Twilio, call: Service) -> None:
    call.tool("transfer_to_human", "call_7")
    assert call.then(tool_call_id="call_7").status_code == 200
    [dial] = verbs(twilio.post("/voice/twilio/stream-ended?attempt=1"))
    assert (dial.tag, dial[0].text) == ("Dial", FRONT_DESK)
    assert dial.get("action") == f"{ORIGIN}/voice/twilio/dial-ended?attempt=1#rc=2&rp=ct,5xx"


def test_who_shows_no_number_is_put_through_by_the_hotels(
    twilio: Twilio, tools: Service, token: Callable[..., str]
) -> None:
    tools.session(token(caller=""))
    tools.tool("transfer_to_human", "call_7")
    dial = verbs(twilio.post("/voice/twilio/stream-ended?attempt=1", From="anonymous"))[-1]
    assert dial.get("callerId") == CALLED


def test_a_desk_that_does_not_answer_is_followed_by_who_is_there(twilio: Twilio, call: Service) -> None:
    call.tool("transfer_to_human", "call_7")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    again = twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="no-answer")
    assert said(again) == "I am sorry, nobody is answering there. I am putting you through to the manager."
    dial = verbs(again)[-1]
    assert dial[0].text == "+12072203503"
    assert dial.get("action") == f"{ORIGIN}/voice/twilio/dial-ended?attempt=1&dial=2#rc=2&rp=ct,5xx"
    back = twilio.post("/voice/twilio/dial-ended?attempt=1&dial=2", DialCallStatus="busy")
    assert names(back) == ["Connect", "Redirect"]


def test_after_a_transfer_nobody_took_the_agent_knows_it(
    twilio: Twilio, call: Service, token: Callable[..., str], clock: Clock
) -> None:
    clock.forward(**AFTER_HOURS)
    call.turn(1, "assistant", "Thank you for calling.")
    call.tool("transfer_to_human", "call_7")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    again = twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="no-answer")
    session = call.session(shown_token(again), stream_sid="MZ" + "f" * 32).get_json()
    assert session["attempt"] == 2
    assert "nobody took the call" in session["history"][-1]["text"]
    assert session["history"][-1]["role"] == "system"
    assert "nobody at the front desk" in session["opening"]["text"]


def test_a_guest_who_comes_back_is_told_so_in_one_language(
    twilio: Twilio, tools: Service, token: Callable[..., str], clock: Clock
) -> None:
    clock.forward(**AFTER_HOURS)
    tools.session(token(language="es"))
    tools.turn(1, "assistant", "Gracias por llamar.")
    tools.tool("transfer_to_human", "call_7")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    again = twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="no-answer")
    session = tools.session(shown_token(again), stream_sid="MZ" + "f" * 32).get_json()
    assert session["opening"]["text"] == "Lo siento, en este momento nadie en la recepción puede atenderle."


def test_a_goodbye_that_was_heard_hangs_up(twilio: Twilio, call: Service) -> None:
    call.tool("end_call", "call_8")
    call.then(tool_call_id="call_8")
    assert names(twilio.post("/voice/twilio/stream-ended?attempt=1")) == ["Hangup"]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("engines_lost", ["Redirect"]),
        ("busy", ["Say", "Dial"]),
        ("over_budget", ["Say", "Dial"]),
        ("over_time", ["Say", "Dial"]),
        ("over_turns", ["Say", "Dial"]),
        ("no_progress", ["Say", "Dial"]),
        ("no_guest", ["Say", "Hangup"]),
        ("draining", ["Connect", "Redirect"]),
    ],
)
def test_a_call_given_back_is_never_left_in_silence(
    twilio: Twilio, call: Service, reason: str, expected: list[str]
) -> None:
    assert call.then(reason=reason).status_code == 200
    assert names(twilio.post("/voice/twilio/stream-ended?attempt=1")) == expected


def test_a_guest_who_holds_comes_back_to_the_agent(
    twilio: Twilio, call: Service, store: MemoryStore, clock: Clock
) -> None:
    call.turn(1, "assistant", "Thank you for calling.")
    call.tool("play_hold_music", "call_9", seconds=20)
    assert call.then(tool_call_id="call_9").status_code == 200
    answer = twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert names(answer) == ["Play", "Play", "Connect", "Redirect"]
    assert [play.text for play in verbs(answer)[:2]] == [f"{ORIGIN}/voice/twilio/hold-music/{n}.wav" for n in (1, 2)]
    claims = tokens.read(shown_token(answer), KEY, clock())
    assert claims.attempt == 2
    again = call.session(shown_token(answer), stream_sid="MZ" + "f" * 32).get_json()
    assert again["opening"]["text"] == "Thank you for holding."


def test_a_hotel_with_music_plays_it(client: Callable[..., FlaskClient], call: Service, tmp_path: Path) -> None:
    write(tmp_path, hold_music="https://sounds.example.com/waltz.mp3", phone_numbers=[CALLED])
    (tmp_path / f"{(next(tmp_path.glob('*.yaml'))).stem}.yaml").rename(tmp_path / "west-bethel-motel.yaml")
    twilio = Twilio(client("twilio", PROPERTIES_DIR=str(tmp_path)))
    call.tool("play_hold_music", "call_9", seconds=20)
    call.then(tool_call_id="call_9")
    play, *rest = verbs(twilio.post("/voice/twilio/stream-ended?attempt=1"))
    assert (play.tag, play.text, [verb.tag for verb in rest]) == (
        "Play",
        "https://sounds.example.com/waltz.mp3",
        ["Connect", "Redirect"],
    )


def test_a_silent_guest_hears_the_agents_goodbye_and_no_second_one(twilio: Twilio, call: Service) -> None:
    assert call.then(reason="idle").status_code == 200
    assert names(twilio.post("/voice/twilio/stream-ended?attempt=1")) == ["Hangup"]


def test_progress_is_published_once_per_status(twilio: Twilio, publisher: MemoryPublisher) -> None:
    for status in ("initiated", "ringing", "in-progress", "in-progress"):
        assert twilio.post("/voice/twilio/status", CallStatus=status).status_code == 204
    ids = [(event["event_type"], event["event_id"]) for event in publisher.events]
    assert ids == [
        ("call.ringing", f"{SESSION_ID}-twilio-1-ringing"),
        ("call.answered", f"{SESSION_ID}-twilio-1-in-progress"),
        ("call.answered", f"{SESSION_ID}-twilio-1-in-progress"),
    ]
    for event in publisher.events:
        validator("event", "event").validate(event)


def test_a_terminal_status_is_kept(twilio: Twilio, call: Service, store: MemoryStore) -> None:
    twilio.post("/voice/twilio/status", CallStatus="completed", CallDuration="92")
    twilio.post("/voice/twilio/status", CallStatus="failed")
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.status, session.duration_seconds) == ("completed", 92)


def test_a_status_for_a_number_of_nobody_is_acknowledged(twilio: Twilio, store: MemoryStore) -> None:
    assert twilio.post("/voice/twilio/status", To="+12075550000", CallStatus="completed").status_code == 204
    assert store.session(SESSION_ID) is None


def test_a_guest_who_hangs_up_while_the_desk_rings_was_not_transferred(
    twilio: Twilio, call: Service, store: MemoryStore
) -> None:
    call.tool("transfer_to_human", "call_7")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="no-answer", CallStatus="completed")
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.transferred_to, session.attempt) == ("", 1)


def test_no_log_line_holds_the_callers_number(
    twilio: Twilio, call: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    twilio.post("/voice/twilio/inbound")
    twilio.post("/voice/twilio/inbound", To="+12075550000")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    written = capsys.readouterr().out
    assert SESSION_ID in written
    assert "2075550142" not in written
    assert STREAM_SID not in written
