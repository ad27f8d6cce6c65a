"""What the tools about a reservation share: whose it is, how it is shown, and what may be done with it still."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from nightdesk import booking_words
from nightdesk.events import instant
from nightdesk.hotel import folio, pricing, verification
from nightdesk.hotel.pms import NotChangeable, PropertyManagement
from nightdesk.hotel.ports import Locks, Records
from nightdesk.hotel.records import Message
from nightdesk.hotel.reservations import Reservation
from nightdesk.tools import stays
from nightdesk.tools.desk import Desk

TIMEOUT_S = 10.0
"""Another system may keep the bookings: it is asked three times at most, and answers each time within two seconds."""

Code = Annotated[
    str | None,
    Field(max_length=40, description="As the guest says it. Leave it out if it was keyed, or is not known."),
]
LastName = Annotated[str, Field(min_length=1, max_length=80, description="Spelled by the guest and read back.")]


def verified(
    desk: Desk, bookings: PropertyManagement, locks: Locks, confirmation_code: str | None, last_name: str
) -> Reservation:
    """Raises: Refusal, where the guest has not shown that it is theirs."""
    return verification.verified(
        desk.session, bookings, locks, desk.now, confirmation_code=confirmation_code, last_name=last_name
    )


def shown(desk: Desk, r: Reservation) -> dict[str, Any]:
    """A reservation as the model and a screen see it. Who else may be reached how is not theirs to know."""
    quote, money = r.quote, folio.folio(r)
    asked = folio.ask(r) if r.status == "held" else None
    view: dict[str, Any] = {
        "reservation_id": r.reservation_id,
        "confirmation_code": r.confirmation_code,
        "status": r.status,
        "room_type": quote.room_type,
        "name": quote.name,
        "last_name": r.last_name,
        **stays.shown(r.stay),
        **stays.priced(quote, r.currency),
        "paid_cents": money.kept_cents,
        "balance_cents": money.balance_cents,
    }
    if r.status == "held":
        view["due_cents"] = asked.amount_cents if asked else 0
        view["binding_by"] = "card" if asked and asked.is_card else "payment"
        if r.hold_expires_at is not None:
            view["hold_expires_at"] = instant(r.hold_expires_at)
    if r.live:
        view["cancellation"] = stays.cancellation_words(
            desk.hotel, r.stay, quote, r.cancellation, desk.now, desk.session.language
        )
    return view


def card(view: dict[str, Any]) -> dict[str, Any]:
    """For a screen."""
    return {"type": "reservation", "reservation": view}


def must_be_live(r: Reservation) -> None:
    """Raises: Refusal for one that was cancelled, has run out, or is over."""
    if not r.live:
        raise NotChangeable(r.status)


def ask_for_the_refund(desk: Desk, records: Records, after: Reservation, asked: str, why: str) -> int:
    """Money is given back by people: a message asks them for what the guest has paid too much, once for what is `asked`
    for. Returns the cents.
    """
    refund_cents = max(-folio.folio(after).balance_cents, 0)
    if not refund_cents:
        return 0
    amount = pricing.money(refund_cents, after.currency)
    message = Message(
        message_id=f"refund_{asked}",
        property_id=desk.hotel.property_id,
        session_id=desk.session.session_id,
        created_at=desk.now,
        for_whom="front_desk",
        text=f"Refund {amount} of reservation {after.confirmation_code}, which {why}.",
        name=f"{after.first_name} {after.last_name}".strip(),
        phone=after.phone,
    )
    records.change_record(Message, message.message_id, lambda known: None if known else message)
    return refund_cents


def spoken(desk: Desk, r: Reservation) -> str:
    return booking_words.found(r, desk.hotel, desk.now, folio.folio(r).balance_cents, desk.session.language)
