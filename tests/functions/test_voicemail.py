"""A message on tape, and the call back that it brings: one, to whom the hotel may call, from the number they know."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from nightdesk.hotel.records import Callback, Message

from .conftest import CALLED, CALLER, Clock, Service, Twilio
from .outbound_house import HOTEL, CallingHouse, house
from .test_properties import write
from .twiml_answers import said

__all__ = ["house"]
SECOND = "+12072203599"


def leaves_a_message(twilio: Twilio, number: int = 1, **form: str) -> str:
    """Of the `number`-th call; returns what is said then."""
    tape = {"CallSid": f"CA{number:032x}", "RecordingSid": f"RE{number:032x}", "RecordingDuration": "20"}
    return said(twilio.post("/voice/twilio/voicemail?attempt=1", **tape, **form))


def promises(house: CallingHouse) -> list[Callback]:
    return house.store.records(Callback, property_id=HOTEL, status="scheduled")


def test_who_leaves_two_messages_is_called_once(house: CallingHouse, clock: Clock) -> None:
    first = leaves_a_message(house.twilio, 1)
    clock.forward(minutes=2)
    assert leaves_a_message(house.twilio, 2) == first
    assert "we will call you back today at 12:30 PM" in first
    leaves_a_message(house.twilio, 3, From="+12075550143")
    clock.forward(minutes=35)
    assert house.looks()["placed"] == 2
    assert sorted(order.to for order in house.telephony.placed) == [CALLER, "+12075550143"]
    assert len(house.store.records(Message, property_id=HOTEL, status="new")) == 3


@pytest.mark.parametrize("status", ["in-progress", "completed"])
def test_who_hangs_up_behind_the_message_is_called_back_too(house: CallingHouse, clock: Clock, status: str) -> None:
    for _ in range(2):
        assert leaves_a_message(house.twilio, Digits="hangup", CallStatus=status) == ""
    [promise] = promises(house)
    assert (promise.phone, promise.due_at, promise.promised_at) == (CALLER, *[clock() + timedelta(minutes=30)] * 2)


def test_a_call_back_that_was_promised_for_later_does_not_put_this_one_off(house: CallingHouse, clock: Clock) -> None:
    next_week = clock() + timedelta(days=7)
    later = Callback("callback_1", HOTEL, "sess_x", clock(), next_week, CALLER, promised_at=next_week)
    house.store.change_record(Callback, later.callback_id, lambda _: later)
    assert "today at 12:30 PM" in leaves_a_message(house.twilio)
    assert len(promises(house)) == 2


def test_the_call_comes_from_the_number_that_the_guest_has_called(
    house: CallingHouse, client: Callable[..., FlaskClient], clock: Clock, tmp_path: Path
) -> None:
    write(tmp_path, f"{HOTEL}.yaml", phone_numbers=[CALLED, SECOND])
    settings = {"PROPERTIES_DIR": str(tmp_path)}
    leaves_a_message(Twilio(client("twilio", **settings)), To=SECOND)
    clock.forward(minutes=31)
    assert Service(client("jobs", **settings)).post("/jobs/callbacks", {}).get_json()["placed"] == 1
    assert [order.from_ for order in house.telephony.placed] == [SECOND]


def test_staff_read_the_hour_that_was_promised_whatever_was_tried_since(house: CallingHouse, clock: Clock) -> None:
    leaves_a_message(house.twilio)
    for _ in range(3):
        [callback] = promises(house)
        clock.now = callback.due_at
        house.looks()
        clock.forward(seconds=30)
        [call] = house.open_calls()
        house.tells(call, "no-answer")
    told = [message.text for message in house.store.records(Message, property_id=HOTEL, status="new")]
    assert any("They asked for Friday, November 20 at 12:30 PM" in text for text in told), told


@pytest.mark.parametrize("why", ["do_not_call", "blocked", "no_call_country"])
def test_nobody_is_promised_a_call_that_may_not_be_placed(house: CallingHouse, clock: Clock, why: str) -> None:
    if why == "do_not_call":
        house.agrees(may_call=False)
    if why == "blocked":
        house.jobs.post("/jobs/callers/block", {"property_id": HOTEL, "phone": CALLER})
    phone = "+4930901820" if why == "no_call_country" else CALLER
    assert leaves_a_message(house.twilio, From=phone) == "Thank you. Your message goes to our staff. Goodbye."
    assert promises(house) == []
    [message] = house.store.records(Message, property_id=HOTEL, status="new")
    assert (message.phone, message.urgent) == (phone, False)
