"""A card keyed on the telephone: the call leaves the agent for Twilio's payment verb, and comes back to be told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.records import Message
from nightdesk.hotel.reservations import Payment, Reservation
from werkzeug.test import TestResponse

from .conftest import ORIGIN, SESSION_ID, Clock, Service, Twilio
from .stored import hold
from .test_properties import write
from .test_twilio import names, shown_token

PAID = {
    "Result": "success",
    "PaymentConfirmationCode": "ch_1",
    "PaymentCardNumber": "xxxx-xxxxxx-x4001",
    "PaymentCardType": "amex",
    "ExpirationDate": "0527",
    "SecurityCode": "***",
}


@pytest.fixture
def payments(monkeypatch: pytest.MonkeyPatch) -> MemoryPayments:
    payments = MemoryPayments()
    monkeypatch.setattr(bootstrap.House, "payments", payments)
    return payments


@pytest.fixture
def hotels(tmp_path: Path) -> Path:
    """The demo hotel, with a connector."""
    folder = tmp_path / "properties"
    folder.mkdir()
    write(folder, pay_connector="Default")
    next(folder.glob("*.yaml")).rename(folder / "west-bethel-motel.yaml")
    return folder


@pytest.fixture
def twilio(client: Callable[..., FlaskClient], hotels: Path, payments: MemoryPayments) -> Twilio:
    return Twilio(client("twilio", PROPERTIES_DIR=str(hotels)))


@pytest.fixture
def call(
    client: Callable[..., FlaskClient], hotels: Path, payments: MemoryPayments, token: Callable[..., str]
) -> Service:
    tools = Service(client("tools", PROPERTIES_DIR=str(hotels)))
    assert tools.session(token()).status_code == 200
    return tools


@pytest.fixture
def booked(store: MemoryStore, clock: Clock) -> Reservation:
    held = hold(property_id="west-bethel-motel", hold_expires_at=clock() + timedelta(minutes=30), created_at=clock())
    return store.book(replace(held, property_id="west-bethel-motel"), ("101",))


def asked(call: Service, booked: Reservation, send_by: str = "keypad") -> Any:
    given = call.tool(
        "generate_payment_link",
        confirmation_code=booked.confirmation_code,
        last_name=booked.last_name,
        send_by=send_by,
    )
    return given.get_json()


def left(call: Service, twilio: Twilio) -> TestResponse:
    assert call.then(tool_call_id="call_1").status_code == 200
    return twilio.post("/voice/twilio/stream-ended?attempt=1")


def result_path(document: TestResponse) -> str:
    pay = ElementTree.fromstring(document.data).find("Pay")
    assert pay is not None
    return pay.get("action", "").removeprefix(ORIGIN)


def kept(store: MemoryStore, booked: Reservation) -> Reservation:
    found = store.reservation(booked.reservation_id)
    assert found is not None
    return found


def test_the_call_leaves_for_the_payment_line(call: Service, twilio: Twilio, booked: Reservation) -> None:
    answer = asked(call, booked)
    assert answer["ok"], answer
    assert answer["then"] == {"action": "pay", "to": answer["result"]["payment_id"]}
    assert answer["recording"] == "pause"
    document = left(call, twilio)
    assert names(document) == ["Pay", "Redirect"]
    pay = ElementTree.fromstring(document.data)[0]
    assert pay.get("chargeAmount") == "129.00", "the amount is the folio's"
    assert (pay.get("currency"), pay.get("paymentConnector"), pay.get("language")) == ("usd", "Default", "en-US")
    assert pay.get("action", "").startswith(f"{ORIGIN}/voice/twilio/pay?attempt=1&payment_id=payment_")


def test_a_payment_makes_the_booking_binding_and_the_agent_knows(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore, token: Callable[..., str]
) -> None:
    call.turn(1, "assistant", "How may I help you?")
    asked(call, booked)
    back = twilio.post(result_path(left(call, twilio)), **PAID)
    assert names(back) == ["Connect", "Redirect"]
    assert kept(store, booked).status == "confirmed"
    assert kept(store, booked).paid_cents == 12900
    given = call.session(shown_token(back), stream_sid="MZ" + "a" * 32).get_json()
    assert given["attempt"] == 2
    assert "Thank you, that has worked." in given["opening"]["instructions"]
    note = given["history"][-1]["text"]
    assert "paid $129.00 with a card (amex) ending in 4001" in note
    assert "confirmed" in note


def test_only_the_last_four_digits_and_the_providers_name_are_kept(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    asked(call, booked)
    twilio.post(result_path(left(call, twilio)), **PAID)
    (payment,) = store.records(Payment, reservation_id=booked.reservation_id)
    assert (payment.status, payment.provider_charge) == ("paid", "ch_1")
    assert "x4001" not in repr(vars(store))
    assert "0527" not in repr(vars(store))


def test_a_result_that_comes_twice_counts_once(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    asked(call, booked)
    path = result_path(left(call, twilio))
    first, second = twilio.post(path, **PAID), twilio.post(path, **PAID)
    assert names(first) == names(second) == ["Connect", "Redirect"]
    assert kept(store, booked).paid_cents == 12900
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.attempt, len(session.notes)) == (2, 1)


@pytest.mark.parametrize(
    "result", ["too-many-failed-attempts", "payment-connector-error", "caller-interrupted-with-star", ""]
)
def test_a_payment_that_was_not_made_brings_the_guest_back(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore, result: str
) -> None:
    asked(call, booked)
    back = twilio.post(result_path(left(call, twilio)), **({"Result": result} if result else {}))
    assert names(back) == ["Connect", "Redirect"]
    assert kept(store, booked).status == "held"
    session = store.session(SESSION_ID)
    assert session is not None
    assert "Nothing was charged" in session.notes[-1].text
    assert session.returned_from == "not_paid"


def test_who_hung_up_on_the_payment_line_is_gone(call: Service, twilio: Twilio, booked: Reservation) -> None:
    asked(call, booked)
    gone = twilio.post(result_path(left(call, twilio)), Result="caller-hung-up", CallStatus="completed")
    assert names(gone) == []


def test_a_payment_of_another_call_is_none_of_this_one(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    asked(call, booked)
    path = result_path(left(call, twilio))
    foreign = twilio.post(path, CallSid="CA" + "f" * 32, **PAID)
    assert "Connect" not in names(foreign)
    assert kept(store, booked).status == "held"


def test_money_that_could_not_be_entered_is_told_to_the_staff(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightdesk.hotel.pms import BookingsUnavailable

    asked(call, booked)
    path = result_path(left(call, twilio))

    def out_of_reach(*_: object) -> None:
        raise BookingsUnavailable("down")

    monkeypatch.setattr("nightdesk.hotel.pms_own.OwnBooks.confirm", out_of_reach)
    assert names(twilio.post(path, **PAID)) == ["Connect", "Redirect"]
    (message,) = store.records(Message, session_id=SESSION_ID)
    assert message.urgent
    assert "ch_1" in message.text
    (payment,) = store.records(Payment, reservation_id=booked.reservation_id)
    assert payment.status == "paid"


def test_what_was_paid_meanwhile_is_not_asked_for_again(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    answer = asked(call, booked)
    store.change_record(Payment, answer["result"]["payment_id"], lambda p: replace(p, status="expired") if p else None)
    assert names(left(call, twilio)) == ["Redirect"]


def test_a_hotel_without_a_connector_offers_links_alone(
    client: Callable[..., FlaskClient], payments: MemoryPayments, token: Callable[..., str], booked: Reservation
) -> None:
    tools = Service(client("tools"))
    offered = tools.session(token()).get_json()["engine_session"]["tools"]
    link = next(tool for tool in offered if tool["name"] == "generate_payment_link")
    assert link["parameters"]["properties"]["send_by"]["enum"] == ["sms", "screen"]
    assert asked(tools, booked)["error"]["code"] == "invalid_arguments"
