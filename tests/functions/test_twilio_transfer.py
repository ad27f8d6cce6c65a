"""Warm transfers through the twilio function: the guest waits, is let out or hangs up; and who may ask."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from nightdesk import hold_music
from nightdesk.conversation import Session
from nightdesk.errors import StoreError
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.telephony import CallOrder, FakeTelephony
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from .conftest import AUTH_TOKEN, CALLED, ORIGIN, SESSION_ID, Clock, Service, Twilio
from .staff_phone import (
    FRONT_DESK,
    LEG,
    MAINTENANCE,
    Staff,
    asks,
    puts_through,
    queue_ends,
    session,
    staff,
    telephony,
    twilio,
    waiting,
)
from .twiml_answers import names, said, verbs

__all__ = ["session", "staff", "telephony", "twilio", "waiting"]


# -- it begins


def test_the_guest_waits_while_the_staff_is_called(waiting: TestResponse, telephony: FakeTelephony) -> None:
    assert names(waiting) == ["Enqueue", "Redirect"]
    enqueue = verbs(waiting)[0]
    assert enqueue.text is not None
    assert enqueue.text.startswith(SESSION_ID)
    assert len(enqueue.text) <= 64
    [order] = telephony.placed
    assert (order.to, order.from_, order.ring_s, order.waits_for_beep) == (MAINTENANCE, CALLED, 20, False)


def test_a_webhook_that_comes_twice_calls_the_staff_once(
    twilio: Twilio, waiting: TestResponse, telephony: FakeTelephony
) -> None:
    again = twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert again.data == waiting.data
    assert len(telephony.placed) == 1


def test_other_departments_are_put_through_blind(twilio: Twilio, call: Service, telephony: FakeTelephony) -> None:
    call.tool("transfer_to_human", "call_9", department="front_desk")
    call.then(tool_call_id="call_9")
    assert names(twilio.post("/voice/twilio/stream-ended?attempt=1")) == ["Dial"]
    assert telephony.placed == []


# -- the guest waits


def test_the_guest_hears_music_and_now_and_then_a_word(twilio: Twilio, waiting: TestResponse, clock: Clock) -> None:
    first = asks(twilio, verbs(waiting)[0].get("waitUrl"), QueueTime="0")
    assert names(first) == ["Play", "Play", "Redirect"]
    clock.forward(seconds=20)
    again = asks(twilio, verbs(first)[-1].text)
    assert names(again) == ["Say", "Play", "Play", "Redirect"]
    assert said(again) == "Thank you for waiting. I am still trying to reach maintenance."
    assert [p.text for p in verbs(again)[1:3]] == [f"{ORIGIN}/voice/twilio/hold-music/{n}.wav" for n in (3, 4)]


def test_a_guest_who_speaks_spanish_is_spoken_to_in_spanish(
    twilio: Twilio, waiting: TestResponse, store: MemoryStore
) -> None:
    store.change_session(SESSION_ID, lambda s: replace(s, language="es") if s else None)
    answer = asks(twilio, verbs(waiting)[0].get("waitUrl"), QueueTime="20")
    assert said(answer) == "Gracias por esperar. Sigo intentando hablar con mantenimiento."
    assert verbs(answer)[0].get("language") == "es-MX"


def test_nobody_waits_longer_than_the_hotel_lets_them(
    twilio: Twilio, waiting: TestResponse, telephony: FakeTelephony, session: Callable[[], Session]
) -> None:
    url = verbs(waiting)[0].get("waitUrl")
    last = asks(twilio, url, QueueTime="100")
    assert names(last) == ["Say", "Play", "Redirect"]  # 114 seconds by then
    assert names(asks(twilio, url, QueueTime="114")) == ["Leave"]
    assert telephony.states[LEG].status == "completed"
    assert telephony.updates == []
    back = queue_ends(twilio, waiting, "leave")
    assert names(back) == ["Connect", "Redirect"]
    assert "no answer in time" in session().notes[0].text


def test_the_music_can_be_had_by_anybody_and_nothing_else(twilio: Twilio) -> None:
    answer = twilio.client.get(f"{hold_music.PATH}3.wav")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/wav", hold_music.sound("3"))
    assert twilio.client.get(f"{hold_music.PATH}9.wav").status_code == 404
    assert twilio.client.get(f"{hold_music.PATH}../wait").status_code != 200
    assert twilio.client.post("/voice/twilio/wait").status_code == 403


def test_a_store_that_is_out_of_reach_lets_the_guest_out_of_the_queue(
    twilio: Twilio, waiting: TestResponse, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(store, "change_session", broken)
    assert names(asks(twilio, verbs(waiting)[0].get("waitUrl"), QueueTime="0")) == ["Leave"]
    answer = queue_ends(twilio, waiting, "leave")
    assert "Dial" in names(answer)
    assert ElementTree.fromstring(answer.data).findtext("Dial") == FRONT_DESK


# -- the guest hangs up


def test_a_guest_who_hangs_up_stops_the_ringing(
    twilio: Twilio, waiting: TestResponse, staff: Staff, telephony: FakeTelephony, session: Callable[[], Session]
) -> None:
    answer = queue_ends(twilio, waiting, "hangup", CallStatus="completed")
    assert names(answer) == []
    assert (telephony.states[LEG].status, telephony.updates) == ("completed", [])
    assert names(staff.picks_up()) == ["Say", "Hangup"]
    assert said(staff.presses("1")) == "The guest is not waiting any more. Thank you. Goodbye."
    assert session().transferred_to == ""


def test_a_guest_who_hangs_up_as_the_staff_presses_the_key(
    twilio: Twilio, waiting: TestResponse, staff: Staff, session: Callable[[], Session]
) -> None:
    assert names(staff.presses("1")) == ["Say", "Dial"]
    assert names(queue_ends(twilio, waiting, "hangup", CallStatus="completed")) == []
    left = staff.leaves(DialCallStatus="no-answer", DialBridged="false")
    assert said(left) == "The guest is not waiting any more. Thank you. Goodbye."
    staff.ends()
    assert session().waiting is not None


def test_a_guest_who_hangs_up_while_they_talk_has_been_put_through(
    twilio: Twilio, waiting: TestResponse, staff: Staff, session: Callable[[], Session]
) -> None:
    staff.presses("1")
    assert names(queue_ends(twilio, waiting, "bridged", CallStatus="completed")) == []
    assert names(staff.leaves()) == ["Hangup"]
    assert session().transferred_to == "maintenance"


def quick(telephony: FakeTelephony, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """What happens between Twilio's call to the staff and its answer to us."""
    real = telephony.start_call

    def start_call(order: CallOrder) -> str:
        leg_sid = real(order)
        meanwhile()
        return leg_sid

    monkeypatch.setattr(telephony, "start_call", start_call)


def test_who_takes_the_call_before_twilio_has_told_us_of_it_keeps_it(
    twilio: Twilio,
    call: Service,
    staff: Staff,
    telephony: FakeTelephony,
    monkeypatch: pytest.MonkeyPatch,
    session: Callable[[], Session],
) -> None:
    quick(telephony, monkeypatch, lambda: staff.presses("1"))
    assert names(puts_through(twilio, call)) == ["Enqueue", "Redirect"]
    assert telephony.states[LEG].status != "completed"
    waiting = session().waiting
    assert waiting is not None
    assert (waiting.state, waiting.leg_sid) == ("accepted", LEG)


def test_who_is_called_for_a_guest_that_has_gone_meanwhile_is_hung_up(
    twilio: Twilio, call: Service, telephony: FakeTelephony, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(telephony, monkeypatch, lambda: twilio.post("/voice/twilio/status", CallStatus="completed"))
    puts_through(twilio, call)
    assert telephony.states[LEG].status == "completed"


def test_a_call_that_ended_by_its_status_takes_no_staff(twilio: Twilio, waiting: TestResponse, staff: Staff) -> None:
    twilio.post("/voice/twilio/status", CallStatus="completed", CallDuration="30")
    assert names(staff.presses("1")) == ["Say", "Hangup"]


# -- who asks


@pytest.mark.parametrize("path", ["wait", "queue-ended", "staff", "staff-answer", "staff-ended", "staff-status"])
def test_a_wrong_signature_is_forbidden(twilio: Twilio, path: str) -> None:
    assert twilio.post(f"/voice/twilio/{path}", signature="x" * 28).status_code == 403


def test_the_signature_covers_whose_ring_it_is(twilio: Twilio, waiting: TestResponse, telephony: FakeTelephony) -> None:
    url = telephony.placed[0].answered_url
    form = {"CallSid": LEG, "From": CALLED, "To": MAINTENANCE, "Digits": "1"}
    signed = RequestValidator(AUTH_TOKEN).compute_signature(url, form)
    forged = re.sub("session=[^&]+", "session=sess_another", url).removeprefix(ORIGIN)
    answer = twilio.client.post(forged, data=form, headers={"X-Twilio-Signature": signed})
    assert answer.status_code == 403


def test_a_ring_that_there_is_not_is_no_ring(twilio: Twilio) -> None:
    assert names(twilio.post("/voice/twilio/staff")) == ["Say", "Hangup"]
    assert names(twilio.post("/voice/twilio/staff?session=sess_x&attempt=1&dial=1")) == ["Say", "Hangup"]
    assert twilio.post("/voice/twilio/staff-status").status_code == 400
    assert (
        twilio.post("/voice/twilio/staff-status?session=sess_x&attempt=1&dial=1", CallStatus="busy").status_code == 404
    )
