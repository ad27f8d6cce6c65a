"""A card keyed on the telephone where something is out of reach, or where the money came by another way meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk.bootstrap import House
from nightdesk.errors import Refusal, StoreError
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.pms import BookingsUnavailable
from nightdesk.hotel.records import Message
from nightdesk.hotel.reservations import Payment, Reservation
from nightdesk.sinks import MemoryPublisher

from .conftest import SESSION_ID, Clock, Service, Twilio
from .payment_line import (
    PAID,
    asked,
    booked,
    call,
    hotels,
    jobs,
    kept,
    left,
    note,
    payments,
    result_path,
    sent_to_pay,
    the_payment,
    twilio,
)
from .twiml_answers import names

__all__ = ["booked", "call", "hotels", "jobs", "payments", "twilio"]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """The books are out of reach, until this is called."""

    def out_of_reach(*_: object) -> None:
        raise BookingsUnavailable("down")

    with monkeypatch.context() as patch:
        patch.setattr("nightdesk.hotel.pms_own.OwnBooks.confirm", out_of_reach)
        yield patch.undo


def received(publisher: MemoryPublisher) -> list[dict[str, Any]]:
    return [event for event in publisher.events if event["event_type"] == "payment.received"]


def test_money_that_could_not_be_entered_is_entered_later_once(
    call: Service,
    twilio: Twilio,
    jobs: Service,
    booked: Reservation,
    store: MemoryStore,
    clock: Clock,
    closed: Callable[[], None],
    publisher: MemoryPublisher,
) -> None:
    path = sent_to_pay(call, twilio, booked)
    assert names(twilio.post(path, **PAID)) == ["Connect", "Redirect"]
    assert "do not take the payment again" in note(store)
    assert (the_payment(store, booked).status, the_payment(store, booked).provider_charge) == ("paid", "ch_1")
    assert received(publisher) == [], "not before it is known what becomes of it"
    payment_id = the_payment(store, booked).payment_id
    assert jobs.post("/jobs/payments", {}).get_json() == {"v": 1, "ok": True, "settled": [], "failed": []}, (
        "not yet due"
    )
    clock.forward(minutes=1)
    failed = jobs.post("/jobs/payments", {})
    assert (failed.status_code, failed.get_json()["failed"]) == (503, [payment_id])
    closed()
    assert jobs.post("/jobs/payments", {}).get_json()["settled"] == [], "each try waits for its time"
    clock.forward(minutes=1)
    assert jobs.post("/jobs/payments", {}).get_json()["settled"] == [payment_id]
    assert (kept(store, booked).status, kept(store, booked).paid_cents) == ("confirmed", 12900)
    for _ in range(2):
        clock.forward(hours=2)
        assert jobs.post("/jobs/payments", {}).get_json()["settled"] == []
        twilio.post(path, **PAID)
    assert kept(store, booked).paid_cents == 12900
    assert len({event["event_id"] for event in received(publisher)}) == 1
    assert store.records(Message, session_id=SESSION_ID) == []


def test_people_are_told_once_of_money_that_cannot_be_entered_for_long(
    call: Service,
    twilio: Twilio,
    jobs: Service,
    booked: Reservation,
    store: MemoryStore,
    clock: Clock,
    closed: Callable[[], None],
) -> None:
    twilio.post(sent_to_pay(call, twilio, booked), **PAID)
    tries = 0
    for _ in range(180):
        clock.forward(minutes=1)
        tries += bool(jobs.post("/jobs/payments", {}).get_json()["failed"])
    assert 6 <= tries <= 10, "less and less often"
    (message,) = store.records(Message, session_id=SESSION_ID)
    assert message.urgent
    assert "ch_1" in message.text


def test_what_nothing_can_be_booked_for_goes_back_by_who_has_the_key(
    client: Callable[..., FlaskClient],
    call: Service,
    jobs: Service,
    hotels: Path,
    booked: Reservation,
    store: MemoryStore,
    clock: Clock,
    payments: MemoryPayments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The function that Twilio asks has none."""
    asked(call, booked)
    with monkeypatch.context() as patch:
        patch.setattr(House, "payments", property(no_account))
        twilio = Twilio(client("twilio", PROPERTIES_DIR=str(hotels)))
        path = result_path(left(call, twilio))
        store.change_reservation(booked.reservation_id, lambda r: r.cancelled(clock(), 0), change_id="gone")
        twilio.post(path, **PAID)
    assert "$129.00 goes back to the card by itself" in note(store)
    assert payments.refunds == {}
    clock.forward(minutes=1)
    assert jobs.post("/jobs/payments", {}).get_json()["ok"]
    assert [cents for _, cents in payments.refunds.values()] == [12900]
    assert (kept(store, booked).paid_cents, kept(store, booked).refunded_cents) == (12900, 12900)
    clock.forward(hours=2)
    assert jobs.post("/jobs/payments", {}).get_json()["settled"] == []


def no_account(house: House) -> MemoryPayments:
    raise Refusal("no_payments", "no account")


def test_a_charge_is_in_the_log_even_where_nothing_can_be_stored(
    call: Service,
    twilio: Twilio,
    booked: Reservation,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = sent_to_pay(call, twilio, booked)

    def lost(*_: object) -> None:
        raise StoreError("down")

    monkeypatch.setattr(MemoryStore, "record", lost)
    twilio.post(path, **PAID)
    assert '"charge": "ch_1"' in capsys.readouterr().out


def test_what_was_paid_meanwhile_is_not_asked_for_again(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    answer = asked(call, booked)
    store.change_record(Payment, answer["result"]["payment_id"], lambda p: replace(p, status="expired") if p else None)
    assert names(left(call, twilio)) == ["Redirect"]


def paid_by_link(store: MemoryStore, booked: Reservation) -> None:
    store.change_reservation(
        booked.reservation_id, lambda r: r.with_payment("payment_by_link", 12900, 0).confirmed(r.created_at)
    )


def test_a_deposit_that_came_by_another_way_meanwhile_is_not_asked_for_again(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    asked(call, booked)
    paid_by_link(store, booked)
    assert names(left(call, twilio)) == ["Redirect"]


def test_who_paid_by_link_and_by_keys_hears_that_it_goes_back(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore, payments: MemoryPayments
) -> None:
    path = sent_to_pay(call, twilio, booked)
    paid_by_link(store, booked)
    twilio.post(path, **PAID)
    assert [cents for _, cents in payments.refunds.values()] == [12900]
    assert "$129.00 goes back to the card by itself" in note(store)
    assert "is confirmed" in note(store)
