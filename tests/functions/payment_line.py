"""A call that leaves for Twilio's payment verb, from a hotel with a connector and a guest with a room to pay for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from nightdesk.bootstrap import House
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.reservations import Payment, Reservation
from werkzeug.test import TestResponse

from .conftest import ORIGIN, SESSION_ID, Clock, Service, Twilio
from .stored import hold
from .test_properties import write

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
    monkeypatch.setattr(House, "payments", payments)
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
def jobs(client: Callable[..., FlaskClient], hotels: Path, payments: MemoryPayments) -> Service:
    return Service(client("jobs", PROPERTIES_DIR=str(hotels)))


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


def sent_to_pay(call: Service, twilio: Twilio, booked: Reservation) -> str:
    """The guest asks to pay by keypad and the call leaves for it: the path where Twilio tells how it went."""
    asked(call, booked)
    return result_path(left(call, twilio))


def result_path(document: TestResponse) -> str:
    pay = ElementTree.fromstring(document.data).find("Pay")
    assert pay is not None
    return pay.get("action", "").removeprefix(ORIGIN)


def kept(store: MemoryStore, booked: Reservation) -> Reservation:
    found = store.reservation(booked.reservation_id)
    assert found is not None
    return found


def the_payment(store: MemoryStore, booked: Reservation) -> Payment:
    (payment,) = store.records(Payment, reservation_id=booked.reservation_id)
    return payment


def note(store: MemoryStore) -> str:
    session = store.session(SESSION_ID)
    assert session is not None
    return session.notes[-1].text
