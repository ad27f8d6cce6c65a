"""The job that settles what came: one payment that fails keeps no other waiting."""

from dataclasses import replace
from typing import Any

import pytest
from nightdesk.bookkeeper import Bookkeeper
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.reservations import Payment

from .booking_guest import Guest, guest, provider, telephony
from .conftest import Clock, Service

__all__ = ["guest", "provider", "telephony"]


def test_a_payment_whose_books_nobody_can_read_keeps_no_other_waiting(
    guest: Guest,
    jobs: Service,
    store: MemoryStore,
    clock: Clock,
    provider: MemoryPayments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = guest.gets("generate_payment_link", **guest.books(rate_plan="non_refundable"), send_by="sms")
    known = store.record(Payment, link["payment_id"])
    assert known is not None
    for name, at in (("payment_unreadable", clock()), (known.payment_id, clock())):
        came = replace(known, payment_id=name, status="paid", provider_charge=f"pi_{name}", paid_at=at, due_at=at)
        store.change_record(Payment, name, lambda _, came=came: came)  # type: ignore[misc]
        clock.forward(seconds=1)
    settle = Bookkeeper._settle

    def broken(bookkeeper: Bookkeeper, payment: Payment) -> Any:
        if payment.payment_id == "payment_unreadable":
            raise KeyError("a document that nobody can read")
        return settle(bookkeeper, payment)

    monkeypatch.setattr(Bookkeeper, "_settle", broken)
    answer = jobs.post("/jobs/payments", {})
    assert (answer.status_code, answer.get_json()["settled"]) == (503, [known.payment_id])
    assert answer.get_json()["failed"] == ["payment_unreadable"]
    assert guest.only().status == "confirmed"
