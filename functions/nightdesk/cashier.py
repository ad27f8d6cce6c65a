"""Money for a reservation: links to pay by, what the provider's webhooks bring about, and what is given back.

What a link asks for is read from the folio when it is made, kept with it, and held against what came. Money that makes
nothing binding any more (the hold ran out and the house is full, the booking was cancelled or has grown, it was paid
twice) is given back by itself; money is never lost and never kept for nothing.

A webhook may come twice, late, or in the wrong order. So each step may be done again: a payment is marked paid, its
reservation made binding under the payment's own id, and a refund carried out under an id of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from nightdesk.errors import Busy, NightdeskError, NoRoom
from nightdesk.hotel import folio, pricing
from nightdesk.hotel.payments import News, Payments
from nightdesk.hotel.pms import BookingsUnavailable, NotChangeable, PropertyManagement
from nightdesk.hotel.ports import Records
from nightdesk.hotel.reservations import Paid, Payment, Reservation

log = logging.getLogger(__name__)

SHORTEST = timedelta(minutes=35)
"""Stripe's shortest life of a page is 30 minutes; a request that is repeated comes a little later."""
LONGEST = timedelta(hours=23)
TO_PAY = timedelta(minutes=5)
"""A link that ends within this is not sent again: there would be a new one."""
LEASE = timedelta(seconds=30)

Bookings = Callable[[str], PropertyManagement | None]
"""By property_id; None for a hotel that is out of service."""


class NothingToPay(NightdeskError):
    """The folio asks for nothing."""


class WrongAmount(NightdeskError):
    """What came is not what the folio asked for: nothing is done, and people have to look."""


class NoRefund(NightdeskError):
    """There is not so much to be given back."""


class Cashier:
    """`origin`: where the links of `targets/payments.py` begin. `received` is told of a payment before it is kept."""

    def __init__(
        self,
        records: Records,
        bookings: Bookings,
        payments: Payments,
        origin: str,
        clock: Callable[[], datetime],
        received: Callable[[Payment], None] = lambda _: None,
    ) -> None:
        self._records, self._bookings, self._payments = records, bookings, payments
        self._origin, self._clock, self._received = origin, clock, received

    def link(self, reservation: Reservation, session_id: str, payment_id: str) -> Payment:
        """A payment that the folio asks for now: the open one, or a new one under this id.

        Raises: NothingToPay; PaymentsUnavailable.
        """
        asked = folio.ask(reservation)
        if asked is None:
            raise NothingToPay
        known = self._records.record(Payment, payment_id) or self._open(reservation, asked.amount_cents)
        now = self._clock()
        wanted = known or Payment(
            payment_id=payment_id,
            property_id=reservation.property_id,
            reservation_id=reservation.reservation_id,
            session_id=session_id,
            created_at=now,
            amount_cents=asked.amount_cents,
            currency=reservation.currency,
            provider=self._payments.name,
            url=f"{self._origin}/pay/{payment_id}",
            expires_at=_expires(reservation, now),
        )
        kept = self._records.change_record(Payment, wanted.payment_id, lambda p: None if p else wanted)
        assert kept is not None
        if kept.page_url:
            return kept
        assert kept.expires_at is not None
        page = self._payments.checkout(kept, kept.expires_at, _what(reservation), f"{kept.url}/done")
        return self._change(kept, lambda p: replace(p, provider_id=page.provider_id, page_url=page.url))

    def by_keys(self, reservation: Reservation, session_id: str, payment_id: str) -> Payment:
        """A payment that the folio asks for now, to be made on the telephone, at once: it has no page.

        Raises: NothingToPay.
        """
        asked = folio.ask(reservation)
        if asked is None:
            raise NothingToPay
        now = self._clock()
        wanted = Payment(
            payment_id=payment_id,
            property_id=reservation.property_id,
            reservation_id=reservation.reservation_id,
            session_id=session_id,
            created_at=now,
            amount_cents=asked.amount_cents,
            currency=reservation.currency,
            provider=self._payments.name,
            expires_at=now + SHORTEST,
        )
        kept = self._records.change_record(Payment, payment_id, lambda p: None if p else wanted)
        assert kept is not None
        return kept

    def page(self, payment_id: str) -> tuple[Payment, bool] | None:
        """A payment, and whether it may be paid now; None where there is no such one."""
        payment = self._records.record(Payment, payment_id)
        if payment is None:
            return None
        is_open = _is_open(payment, self._clock())
        try:
            reservation = self._reservation(payment)
        except BookingsUnavailable:  # what is paid meanwhile is booked, or goes back, when they are in reach again
            return payment, is_open
        asked = folio.ask(reservation) if reservation is not None else None
        return payment, is_open and asked == folio.Ask(payment.amount_cents)

    def apply(self, news: News) -> Payment | None:
        """Do what a webhook means, as often as it comes. None: it is about no payment of ours.

        Raises: Busy while another process applies one to the same payment; PaymentsUnavailable; BookingsUnavailable;
        WrongAmount.
        """
        payment = self._find(news)
        if payment is None:
            return None
        match news.kind:
            case "completed":
                _check(payment, news)
                payment = self._completed(payment, news)
            case "expired" | "failed":
                kind = news.kind
                payment = self._change(payment, lambda p: replace(p, status=kind) if p.status == "open" else p)
            case "refunded":
                payment = self._given_back(payment, news.refunded_cents)
            case "refund_failed":
                log.error("! a refund failed: look at it", extra={"fields": {"payment_id": payment.payment_id}})
        return self._change(payment, lambda p: _with_event(p, news.event_id))

    def refund(self, payment: Payment, amount_cents: int, refund_id: str) -> Payment:
        """Give a part of a payment back: at most what is left of it. `refund_id` is the asker's, for asking again.

        Raises: NoRefund; PaymentsUnavailable; BookingsUnavailable.
        """
        if not 0 < amount_cents <= payment.amount_cents - payment.refunded_cents or payment.status != "paid":
            raise NoRefund(f"{payment.payment_id}: {amount_cents} of {payment.amount_cents - payment.refunded_cents}")
        given_back = self._payments.refund(payment, amount_cents, refund_id)
        return self._given_back(payment, given_back)

    def give_back(self, reservation: Reservation, amount_cents: int) -> list[Payment]:
        """Give an amount of a reservation's money back, of its newest payments first; the payments it was taken from.

        Done again after it broke off, it goes on where it was. Raises: NoRefund, before anything is given back;
        PaymentsUnavailable; BookingsUnavailable.
        """
        paid = [p for p in self.payments_of(reservation.reservation_id) if p.status == "paid"]
        if not 0 < amount_cents <= sum(p.amount_cents - p.refunded_cents for p in paid):
            raise NoRefund(f"{reservation.confirmation_code}: {amount_cents} cents cannot be given back")
        given = []
        for payment in paid:
            part = min(amount_cents, payment.amount_cents - payment.refunded_cents)
            if part:
                given.append(self.refund(payment, part, f"{payment.payment_id}-staff-{payment.refunded_cents}-{part}"))
                amount_cents -= part
        return given

    def payments_of(self, reservation_id: str) -> list[Payment]:
        return self._records.records(Payment, reservation_id=reservation_id)

    # a payment that was made

    def _completed(self, payment: Payment, news: News) -> Payment:
        """Mark it paid, make the booking binding or give the money back. One process at a time."""
        now = self._clock()
        mine = False

        def take(p: Payment | None) -> Payment | None:
            nonlocal mine
            assert p is not None
            mine = p.applying_at is None or now - p.applying_at >= LEASE
            charge = p.provider_charge or news.charge
            paid_at = p.paid_at or now
            return replace(p, status="paid", provider_charge=charge, paid_at=paid_at, applying_at=now) if mine else None

        self._received(payment)
        taken = self._records.change_record(Payment, payment.payment_id, take)
        assert taken is not None
        if not mine:
            raise Busy("in_progress", f"{payment.payment_id} is being applied by another process")
        try:
            return self._settle(taken)
        finally:
            self._change(taken, lambda p: replace(p, applying_at=None))

    def _settle(self, payment: Payment) -> Payment:
        """The decision is kept before it is carried out: a room that comes free in between changes it no more."""
        if not payment.settled:
            back = self._book(payment)
            payment = self._change(payment, lambda p: replace(p, settled=True, refund_cents=back))
        missing = payment.refund_cents - payment.refunded_cents
        if missing > 0:
            log.warning("! given back", extra={"fields": {"payment_id": payment.payment_id}})
            payment = self.refund(payment, missing, f"{payment.payment_id}-back-{payment.refunded_cents}")
        return payment

    def _book(self, payment: Payment) -> int:
        """Enter the money into the books; returns how much of the payment goes back, as nothing is owed for it.

        It may be entered already, by a process that died before it could say so: what is missing is asked without it.
        """
        bookings = self._bookings(payment.property_id)
        if bookings is None:
            raise BookingsUnavailable(f"{payment.property_id} is out of service")
        found = bookings.reservation(payment.reservation_id)
        if found is None:
            log.error("! a payment for nothing", extra={"fields": {"payment_id": payment.payment_id}})
            return payment.amount_cents
        others = replace(found, payments=tuple(p for p in found.payments if p.payment_id != payment.payment_id))
        paid = Paid(payment.payment_id, payment.amount_cents, payment.refunded_cents)
        waits = found.status in ("held", "expired")
        bound = None
        if waits and payment.amount_cents >= folio.missing_cents(others):
            bound = self._bound(bookings, found, paid)
        if bound is None and payment.amount_cents:
            bound = bookings.record_payment(found.reservation_id, f"{payment.payment_id}-came", paid)
            if waits:
                return payment.amount_cents
        too_much = max(-folio.folio(bound).balance_cents, 0) if bound else 0
        return min(payment.refunded_cents + too_much, payment.amount_cents) if too_much else 0

    def _bound(self, bookings: PropertyManagement, found: Reservation, paid: Paid) -> Reservation | None:
        """The reservation, binding now; None where it could not be."""
        try:
            return bookings.confirm(found.reservation_id, f"{paid.payment_id}-paid", paid)
        except (NoRoom, NotChangeable):
            return None

    def _given_back(self, payment: Payment, refunded_cents: int) -> Payment:
        """The books learn of it, whoever gave it back; sums only grow, so old news changes nothing."""
        bookings = self._bookings(payment.property_id)
        if bookings is not None and self._reservation(payment) is not None:
            paid = Paid(payment.payment_id, payment.amount_cents, refunded_cents)
            bookings.record_payment(payment.reservation_id, f"{payment.payment_id}-{refunded_cents}", paid)
        return self._change(payment, lambda p: replace(p, refunded_cents=max(p.refunded_cents, refunded_cents)))

    # records

    def _find(self, news: News) -> Payment | None:
        found = self._records.record(Payment, news.payment_id) if news.payment_id else None
        if found is None and news.charge:
            named = self._records.records(Payment, provider=self._payments.name, provider_charge=news.charge, limit=1)
            found = named[0] if named else None
        return found if found is not None and found.provider == self._payments.name else None

    def _open(self, reservation: Reservation, amount_cents: int) -> Payment | None:
        made = self.payments_of(reservation.reservation_id)
        soon = self._clock() + TO_PAY
        open_ = (p for p in made if p.amount_cents == amount_cents and p.url and _is_open(p, soon))
        return next(open_, None)

    def _reservation(self, payment: Payment) -> Reservation | None:
        bookings = self._bookings(payment.property_id)
        return None if bookings is None else bookings.reservation(payment.reservation_id)

    def _change(self, payment: Payment, change: Callable[[Payment], Payment]) -> Payment:
        changed = self._records.change_record(Payment, payment.payment_id, lambda p: change(p) if p else None)
        assert changed is not None
        return changed


def _is_open(payment: Payment, now: datetime) -> bool:
    return payment.status == "open" and (payment.expires_at is None or now < payment.expires_at)


def _expires(reservation: Reservation, now: datetime) -> datetime:
    """With the hold, if the provider's page can be so short: who pays later is honoured or gets the money back."""
    if reservation.status == "held" and reservation.hold_expires_at is not None:
        return min(max(reservation.hold_expires_at, now + SHORTEST), now + LONGEST)
    return now + LONGEST


def _check(payment: Payment, news: News) -> None:
    """Raises: WrongAmount. A card that was only left has no amount, and no currency."""
    came = (news.amount_cents, news.currency or payment.currency)
    if came != (payment.amount_cents, payment.currency):
        raise WrongAmount(f"{payment.payment_id}: {came} instead of {payment.amount_cents} {payment.currency}")


def _with_event(payment: Payment, event_id: str) -> Payment:
    if event_id in payment.provider_events:
        return payment
    return replace(payment, provider_events=(*payment.provider_events, event_id)[-50:])


def _what(reservation: Reservation) -> str:
    """The line beside the amount: no guest's name, since a link may be seen by others."""
    nights = f"{reservation.check_in} to {reservation.check_out}"
    return (
        f"{reservation.quote.name}, {nights}, {pricing.money(reservation.total_cents, reservation.currency)} in total"
    )
