"""Money that has come: entered into a hotel's books, or given back where nothing is owed for it.

Money that makes nothing binding any more (the hold ran out and the house is full, the booking was cancelled or has
grown, it was paid twice, a deposit also where the balance is still owed) is given back by itself; money is never lost
and never kept for nothing.

News of a payment may come twice, late, or in the wrong order. So each step may be done again: a payment is marked paid,
its reservation made binding under the payment's own id, and a refund carried out under an id of its own. What broke off
after the first step is due again a while later (`Payment.due_at`), whoever brought the news.
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
from nightdesk.hotel.records import Message
from nightdesk.hotel.reservations import Paid, Payment, PaymentStatus, Reservation

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
"""Between tries to settle a payment: as long again as it has taken so far, within these."""
FIRST_HAND = timedelta(minutes=5)
"""So long a payment by keys is left to the call in which it is made; then the provider's news count as well."""
TELL_AFTER = timedelta(minutes=30)
"""People are asked to look at what could not be settled for so long."""

Bookings = Callable[[str], PropertyManagement | None]
"""By property_id; None for a hotel that is out of service."""


class WrongAmount(NightdeskError):
    """What came is not what the folio asked for: nothing is done, and people have to look."""


class Bookkeeper:
    """`received` is told of a payment before it is kept."""

    def __init__(
        self,
        records: Records,
        bookings: Bookings,
        payments: Payments,
        clock: Callable[[], datetime],
        received: Callable[[Payment], None] = lambda _: None,
    ) -> None:
        self._records, self._bookings, self._payments = records, bookings, payments
        self._clock, self._received = clock, received

    def apply(self, news: News) -> Payment | None:
        """Do what a webhook of the provider's means, as often as it comes. None: it is no payment of ours, or no news.

        Raises: WrongAmount; Busy where it is told too early; and what `paid` does.
        """
        payment = self._find(news)
        if payment is None:
            return None
        match news.kind:
            case "completed":
                _check(payment, news)
                payment = self.paid(payment, news.charge)
            case "charged" if payment.status == "paid" and news.event_id not in payment.provider_events:
                return None
            case "charged":
                if payment.status != "paid" and self._clock() - payment.created_at < FIRST_HAND:
                    raise Busy("in_progress", f"{payment.payment_id} is still told of by who asked for it")
                _check(payment, news)
                payment = self.paid(payment, news.charge)
            case "expired" | "failed":
                payment = self.not_made(payment, news.kind)
            case "refunded":
                payment = self._given_back(payment, news.refunded_cents)
            case "refund_failed":
                log.error("! a refund failed", extra={"fields": {"payment_id": payment.payment_id}})
                self._tell_of_failed_refund(payment, news)
        return self._change(payment, lambda p: _with_event(p, news.event_id))

    def paid(self, payment: Payment, charge: str) -> Payment:
        """Mark it paid, make the booking binding or give the money back. One process at a time.

        `charge` is what a refund names. Marked it is first: from then on it is due until it is settled.
        Raises: Busy while another process is at it; PaymentsUnavailable; BookingsUnavailable.
        """
        now = self._clock()
        mine = False

        def take(p: Payment | None) -> Payment | None:
            nonlocal mine
            assert p is not None
            mine = p.applying_at is None or now - p.applying_at >= LEASE
            if not mine:
                return None
            paid_at = p.paid_at or now
            wait = min(max(now - paid_at, FIRST_WAIT), LONGEST_WAIT)
            return replace(
                p,
                status="paid",
                provider_charge=p.provider_charge or charge,
                paid_at=paid_at,
                applying_at=now,
                due_at=now + wait,
            )

        self._received(payment)
        taken = self._records.change_record(Payment, payment.payment_id, take)
        assert taken is not None
        if not mine:
            raise Busy("in_progress", f"{payment.payment_id} is being applied by another process")
        settled = False
        try:
            self._settle(taken)
            settled = True
        finally:
            left = self._change(taken, lambda p: replace(p, applying_at=None, due_at=None if settled else p.due_at))
        return left

    def unsettled(self, limit: int) -> list[Payment]:
        """Payments that were made, and whose next try to enter them or to give them back is due, longest waiting first.

        `again` is that try.
        """
        return self._records.due_records(Payment, self._clock(), limit)

    def again(self, payment: Payment) -> Payment:
        """The next try; where it fails for long, people are told of it, once. Raises: what `paid` does."""
        try:
            return self.paid(payment, payment.provider_charge)
        except NightdeskError:
            if payment.paid_at is not None and self._clock() - payment.paid_at >= TELL_AFTER:
                self._tell_of_unsettled(payment)
            raise

    def not_made(self, payment: Payment, status: str = "failed") -> Payment:
        """It has come to nothing, unless money has come all the same."""
        kind: PaymentStatus = "expired" if status == "expired" else "failed"
        return self._change(payment, lambda p: replace(p, status=kind) if p.status == "open" else p)

    def refund(self, payment: Payment, amount_cents: int, refund_id: str) -> Payment:
        """Give a part of a payment back. `refund_id` is the asker's: asked again under it, nothing more goes back.

        Raises: PaymentsUnavailable, also where so much is not left of it; BookingsUnavailable.
        """
        return self._given_back(payment, self._payments.refund(payment, amount_cents, refund_id))

    # settling

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
        if payment.binds and bound is not None and bound.live and folio.has_its_deposit(bound, payment.payment_id):
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

    # people

    def _tell_of_unsettled(self, payment: Payment) -> None:
        what = "given back to the guest" if payment.settled else "entered in the books"
        amount = pricing.money(payment.amount_cents, payment.currency)
        text = (
            f"{amount} came for {_named(payment)}, and could not be {what} for {TELL_AFTER.seconds // 60} minutes. It "
            "is tried again every hour by itself: please find out what is wrong, and do not do it by hand."
        )
        self._tell_staff(payment, f"message_{payment.payment_id}", text)

    def _tell_of_failed_refund(self, payment: Payment, news: News) -> None:
        """Nothing tries it again: the provider has the money, and the card does not take it. Source: Stripe
        documentation, Refunds, "Failed refunds"."""
        text = (
            f"A refund of {pricing.money(news.amount_cents, payment.currency)} for {_named(payment)} has failed: the "
            "guest's bank did not take it, and the hotel has the money again. The books show it as given back, and "
            "nothing tries it again: please give it to the guest in another way."
        )
        self._tell_staff(payment, f"message_{payment.payment_id}_{news.event_id}", text)

    def _tell_staff(self, payment: Payment, message_id: str, text: str) -> None:
        message = Message(
            message_id,
            payment.property_id,
            payment.session_id,
            self._clock(),
            "front_desk",
            text,
            urgent=True,
        )
        self._records.change_record(Message, message_id, lambda known: None if known else message)

    # records

    def _find(self, news: News) -> Payment | None:
        found = self._records.record(Payment, news.payment_id) if news.payment_id else None
        for name in filter(None, (news.charge, news.charge_id)):
            if found is None:
                named = self._records.records(Payment, provider=self._payments.name, provider_charge=name, limit=1)
                found = named[0] if named else None
        return found if found is not None and found.provider == self._payments.name else None

    def _reservation(self, payment: Payment) -> Reservation | None:
        bookings = self._bookings(payment.property_id)
        return None if bookings is None else bookings.reservation(payment.reservation_id)

    def _change(self, payment: Payment, change: Callable[[Payment], Payment]) -> Payment:
        changed = self._records.change_record(Payment, payment.payment_id, lambda p: change(p) if p else None)
        assert changed is not None
        return changed


def _named(payment: Payment) -> str:
    """As people find it, here and at the provider's."""
    names = f"payment {payment.payment_id}, provider's name {payment.provider_charge}"
    return f"reservation {payment.reservation_id} ({names})"


def _check(payment: Payment, news: News) -> None:
    """Raises: WrongAmount. A card that was only left has no amount, and no currency."""
    came = (news.amount_cents, news.currency or payment.currency)
    if came != (payment.amount_cents, payment.currency):
        raise WrongAmount(f"{payment.payment_id}: {came} instead of {payment.amount_cents} {payment.currency}")


def _with_event(payment: Payment, event_id: str) -> Payment:
    if event_id in payment.provider_events:
        return payment
    return replace(payment, provider_events=(*payment.provider_events, event_id)[-50:])
