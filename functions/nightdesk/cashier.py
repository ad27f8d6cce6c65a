"""What a guest is asked to pay: links that lead to the provider's page, and payments by the keys of a telephone.

An amount is read from the folio when it is asked for, kept with the payment, and held against what comes. Whoever asks
twice finds the open link again. What becomes of money that came is `bookkeeper.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from nightdesk.bookkeeper import Bookings
from nightdesk.errors import NightdeskError
from nightdesk.hotel import folio, pricing
from nightdesk.hotel.payments import Payments
from nightdesk.hotel.pms import BookingsUnavailable
from nightdesk.hotel.ports import Records
from nightdesk.hotel.reservations import Payment, Reservation

PAGE_LIVES = timedelta(minutes=30)
"""A page of Stripe's at least, from when it is made. Source: Stripe API reference, Checkout Sessions, expires_at."""
SHORTEST = PAGE_LIVES + timedelta(minutes=5)
"""A payment: a request for its page that is repeated comes a little later."""
A_MOMENT = timedelta(minutes=1)
"""More than a request takes, with its repetition."""
LONGEST = timedelta(hours=23)
TO_PAY = timedelta(minutes=5)
"""A link that ends within this is not sent again: there would be a new one."""


class NothingToPay(NightdeskError):
    """The folio asks for nothing."""


class Page(NamedTuple):
    """How a payment stands: whether it may be made now; whether the room was lost, as the hold ran out."""

    payment: Payment
    may_pay: bool
    is_lost: bool = False


def page(records: Records, bookings: Bookings, payment_id: str, now: datetime) -> Page | None:
    """A payment is made as long as the folio asks for just this; None where there is no such one."""
    payment = records.record(Payment, payment_id)
    if payment is None:
        return None
    is_open = _is_open(payment, now)
    try:
        books = bookings(payment.property_id)
        reservation = None if books is None else books.reservation(payment.reservation_id)
    except BookingsUnavailable:  # what is paid meanwhile is booked, or goes back, when they are in reach again
        return Page(payment, is_open)
    if reservation is None:
        return Page(payment, may_pay=False)
    is_asked = folio.ask(reservation) == _asks(payment)
    return Page(payment, is_open and is_asked, is_lost=reservation.status == "expired")


def open_link(records: Records, reservation: Reservation, now: datetime) -> Payment | None:
    """A link that leads to a page which asks for just what the folio asks for now, and for long enough to be paid."""
    made = records.records(Payment, reservation_id=reservation.reservation_id)
    asked = folio.ask(reservation)
    return next((p for p in made if p.page_url and _asks(p) == asked and _is_open(p, now + TO_PAY)), None)


class Cashier:
    """`origin`: where the links of `targets/payments.py` begin."""

    def __init__(
        self, records: Records, bookings: Bookings, payments: Payments, origin: str, clock: Callable[[], datetime]
    ) -> None:
        self._records, self._bookings, self._payments = records, bookings, payments
        self._origin, self._clock = origin, clock

    def link(self, reservation: Reservation, session_id: str, payment_id: str) -> Payment:
        """A payment that the folio asks for now: the open one, or a new one under this id.

        An open one that has no page yet, and too little time left for one, is followed by another.
        Raises: NothingToPay; PaymentsUnavailable.
        """
        asked = _asked(reservation)
        known = self._records.record(Payment, payment_id) or self._open(reservation, asked)
        now = self._clock()
        wanted = known or replace(
            self._new(reservation, session_id, payment_id, asked, _expires(reservation, now)),
            url=f"{self._origin}/pay/{payment_id}",
        )
        kept = self._kept(wanted)
        if kept.page_url:
            return kept
        assert kept.expires_at is not None
        page = self._payments.checkout(kept, kept.expires_at, _what(reservation), f"{kept.url}/done")
        found = self._records.change_record(
            Payment,
            kept.payment_id,
            lambda p: replace(p, provider_id=page.provider_id, page_url=page.url) if p else None,
        )
        assert found is not None
        return found

    def by_keys(self, reservation: Reservation, session_id: str, payment_id: str) -> Payment:
        """A payment that the folio asks for now, to be made on the telephone, at once: it has no page.

        Raises: NothingToPay.
        """
        asked = _asked(reservation)
        return self._kept(self._new(reservation, session_id, payment_id, asked, self._clock() + SHORTEST))

    def _new(
        self, reservation: Reservation, session_id: str, payment_id: str, asked: folio.Ask, expires_at: datetime
    ) -> Payment:
        return Payment(
            payment_id=payment_id,
            property_id=reservation.property_id,
            reservation_id=reservation.reservation_id,
            session_id=session_id,
            created_at=self._clock(),
            amount_cents=asked.amount_cents,
            binds=asked.binds,
            currency=reservation.currency,
            provider=self._payments.name,
            expires_at=expires_at,
        )

    def _kept(self, wanted: Payment) -> Payment:
        """The payment under this id: the one that is kept, where there is one."""
        kept = self._records.change_record(Payment, wanted.payment_id, lambda p: None if p else wanted)
        assert kept is not None
        return kept

    def _open(self, reservation: Reservation, asked: folio.Ask) -> Payment | None:
        made = self._records.records(Payment, reservation_id=reservation.reservation_id)
        now = self._clock()

        def has_time(p: Payment) -> bool:
            return _is_open(p, now + (TO_PAY if p.page_url else PAGE_LIVES + A_MOMENT))

        return next((p for p in made if _asks(p) == asked and p.url and has_time(p)), None)


def _asked(reservation: Reservation) -> folio.Ask:
    asked = folio.ask(reservation)
    if asked is None:
        raise NothingToPay
    return asked


def _asks(payment: Payment) -> folio.Ask:
    return folio.Ask(payment.amount_cents, payment.binds)


def _is_open(payment: Payment, now: datetime) -> bool:
    return payment.status == "open" and (payment.expires_at is None or now < payment.expires_at)


def _expires(reservation: Reservation, now: datetime) -> datetime:
    """With the hold, if the provider's page can be so short: who pays later is honoured or gets the money back."""
    if reservation.status == "held" and reservation.hold_expires_at is not None:
        return min(max(reservation.hold_expires_at, now + SHORTEST), now + LONGEST)
    return now + LONGEST


def _what(reservation: Reservation) -> str:
    """The line beside the amount: no guest's name, since a link may be seen by others."""
    nights = f"{reservation.check_in} to {reservation.check_out}"
    return (
        f"{reservation.quote.name}, {nights}, {pricing.money(reservation.total_cents, reservation.currency)} in total"
    )
