"""cancel_reservation: what it costs, and then, at just that price, the end of a booking."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nightdesk import booking_words
from nightdesk.errors import InvalidArguments, Refusal
from nightdesk.hotel import folio, pricing
from nightdesk.hotel.pms import FeeChanged, NotChangeable, PropertyManagement, fee
from nightdesk.hotel.ports import Locks, Records
from nightdesk.hotel.reservations import Reservation
from nightdesk.tools import booking
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import ANEW, Access, Outcome, tool


@tool(access=Access.WRITE, subject="cancellation", about=("confirmation_code",), timeout_s=booking.TIMEOUT_S)
def cancel_reservation(
    desk: Desk,
    bookings: PropertyManagement,
    locks: Locks,
    records: Records,
    *,
    confirmation_code: booking.Code = None,
    last_name: booking.LastName,
    confirm: Annotated[bool, Field(description="True only after the guest heard the fee and said yes to it.")] = False,
    quoted_fee_cents: Annotated[
        int | None, Field(ge=0, description="With confirm true: the fee_cents that the guest was told.")
    ] = None,
) -> Outcome:
    """Cancel the guest's own reservation, in two steps: with confirm false it only tells the fee.

    After a clear yes to that fee, call it again with confirm true and quoted_fee_cents.
    """
    found = booking.verified(desk, bookings, locks, confirmation_code, last_name)
    if found.status == "cancelled":
        _ask_for_the_refund(desk, records, found)  # a process may have died between the two
        return _answer(desk, found, booking_words.already_cancelled(found, desk.session.language), left=ANEW)
    if not found.live or found.status == "checked_in":
        raise NotChangeable(found.status)
    if not confirm:
        return _quote(desk, found)
    if quoted_fee_cents is None:
        raise InvalidArguments(
            "quoted_fee_cents is missing: call with confirm false, tell the guest the fee, get a yes"
        )
    try:
        after = bookings.cancel(found.reservation_id, quoted_fee_cents, desk.change_id)
    except FeeChanged as changed:
        raise _fee_changed(desk, changed.fee_cents) from None
    refund = _ask_for_the_refund(desk, records, after)
    # By its code it is one booking for ever; without, the guest may mean another one the next time.
    left = after.as_left if confirmation_code else ANEW
    return _answer(desk, after, booking_words.cancelled(after, refund, desk.session.language), left=left)


def _quote(desk: Desk, found: Reservation) -> Outcome:
    due = fee(desk.hotel, found, desk.now)
    view = {
        **booking.shown(desk, found),
        "fee_cents": due,
        "fee": pricing.money(due, found.currency),
        "refund_cents": max(folio.folio(found).kept_cents - due, 0),
        "spoken": booking_words.fee_quoted(found, due, desk.session.language),
    }
    return Outcome(view, left=ANEW)


def _answer(desk: Desk, after: Reservation, spoken: str, left: str) -> Outcome:
    view = booking.shown(desk, after)
    fields = {
        "fee_cents": after.cancellation_fee_cents,
        "fee": pricing.money(after.cancellation_fee_cents, after.currency),
        "refund_cents": max(-folio.folio(after).balance_cents, 0),
    }
    return Outcome({**view, **fields, "spoken": spoken}, card=booking.card(view), left=left)


def _fee_changed(desk: Desk, fee_cents: int) -> Refusal:
    return Refusal(
        "fee_changed",
        "the fee is another one by now and nothing was cancelled: tell the guest the new fee and get a yes to it",
        say=booking_words.fee_changed(fee_cents, desk.hotel.currency, desk.session.language),
        details={"fee_cents": fee_cents, "fee": pricing.money(fee_cents, desk.hotel.currency)},
    )


def _ask_for_the_refund(desk: Desk, records: Records, after: Reservation) -> int:
    """One message for each cancellation. Returns the cents."""
    return booking.ask_for_the_refund(desk, records, after, after.reservation_id, "was cancelled")
