"""The terms of a booking: until when it can be cancelled, what that costs later, what is due at once. Pure.

Terms are those of the rate plan, else the hotel's. Hours are real ones, so that a deadline is one instant also where
the clocks change in between. A booking keeps the terms that it was made under: pass those, not today's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import Quote, share
from nightdesk.hotel.tariff import Cancellation, Payment


def cancellation(hotel: Property, rate_plan: str) -> Cancellation:
    """The cancellation terms of a plan of this hotel; the hotel's own where the plan is unknown by now."""
    plan = hotel.rate_plan(rate_plan)
    return plan.cancellation if plan is not None and plan.cancellation is not None else hotel.cancellation


def payment(hotel: Property, rate_plan: str) -> Payment:
    plan = hotel.rate_plan(rate_plan)
    return plan.payment if plan is not None and plan.payment is not None else hotel.payment


def check_in_instant(hotel: Property, check_in: date) -> datetime:
    """When check-in begins, in UTC."""
    return datetime.combine(check_in, hotel.check_in_time, ZoneInfo(hotel.time_zone)).astimezone(UTC)


def free_until(hotel: Property, check_in: date, terms: Cancellation) -> datetime | None:
    """The last instant (UTC) at which cancelling costs nothing; None when it never does."""
    if terms.free_hours is None:
        return None
    return check_in_instant(hotel, check_in) - timedelta(hours=terms.free_hours)


def cancellation_fee(
    hotel: Property,
    check_in: date,
    nightly_cents: Sequence[int],
    total_cents: int,
    terms: Cancellation,
    now: datetime,
) -> int:
    """What the guest owes, in cents, when the booking is cancelled at `now` (aware): 0 up to total_cents.

    nightly_cents, total_cents: as the booking's `Quote` has them. A fee in nights is their price without what comes on
    top of it: no stay takes place that could be taxed. The same fee holds for a guest who does not come.
    """
    deadline = free_until(hotel, check_in, terms)
    return 0 if deadline is not None and now <= deadline else late_fee(nightly_cents, total_cents, terms)


def late_fee(nightly_cents: Sequence[int], total_cents: int, terms: Cancellation) -> int:
    """What `cancellation_fee` comes to after the deadline, for telling it beforehand."""
    fee = sum(nightly_cents[: terms.fee_nights]) if terms.fee_nights else share(total_cents, terms.fee_basis_points)
    return min(fee, total_cents)


def due_at_booking(quote: Quote, terms: Payment) -> int:
    """Cents to be paid before the booking is binding: 0 where a card on file, or nothing, is asked for."""
    match terms.at_booking:
        case "total":
            return quote.total_cents
        case "deposit":
            nights = sum(quote.nightly_cents[: terms.deposit_nights])
            asked = terms.deposit_cents or nights or share(quote.total_cents, terms.deposit_basis_points)
            return min(asked, quote.total_cents)
    return 0


def hold_until(now: datetime, terms: Payment) -> datetime:
    """When a room that nobody has paid for, or left a card for, is sold again."""
    return now + timedelta(minutes=terms.hold_minutes)
