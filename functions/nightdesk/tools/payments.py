"""generate_payment_link: what the folio asks for, behind a link. No amount comes from the guest or the model.

The same open payment is found again however often it is asked for, and a text about it goes to a number once.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from nightdesk import booking_words, pay_words, phones, text_templates, texts
from nightdesk.cashier import Cashier, NothingToPay
from nightdesk.errors import InvalidArguments, Refusal
from nightdesk.events import instant
from nightdesk.hotel import pricing
from nightdesk.hotel.payments import PaymentsUnavailable
from nightdesk.hotel.pms import NotChangeable, PropertyManagement
from nightdesk.hotel.ports import Locks, Records
from nightdesk.hotel.records import Text
from nightdesk.hotel.reservations import Payment, Reservation
from nightdesk.hotel.telephony import Telephony
from nightdesk.then import Then
from nightdesk.tools import booking, contact
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import ANEW, Access, Outcome, tool


@tool(
    access=Access.WRITE,
    subject="payment_link",
    about=("confirmation_code",),
    timeout_s=booking.TIMEOUT_S,
    choices={"send_by": lambda hotel: ["sms", "screen", *(["keypad"] if hotel.pay_connector else [])]},
)
def generate_payment_link(
    desk: Desk,
    bookings: PropertyManagement,
    cashier: Cashier,
    records: Records,
    locks: Locks,
    telephony: Telephony,
    *,
    confirmation_code: booking.Code = None,
    last_name: booking.LastName,
    send_by: Annotated[
        Literal["sms", "screen", "keypad"],
        Field(description="On the telephone sms, or keypad to key a card; screen where the guest looks at one."),
    ],
) -> Outcome:
    """Give the guest a link to pay, or to leave a card on file. The hotel's books say how much; never name an amount.

    Say that the booking is confirmed once it is paid, not before. Cards are never taken by voice.
    """
    if send_by == "screen" and desk.session.channel == "voice":
        raise InvalidArguments("a guest on the telephone has no screen: send_by must be sms")
    if send_by == "keypad" and desk.session.channel != "voice":
        raise InvalidArguments("only a guest on the telephone has keys: send_by must be screen")
    reservation = booking.verified(desk, bookings, locks, confirmation_code, last_name)
    if send_by == "keypad":
        return _by_keys(desk, cashier, reservation)
    payment = _payment(desk, cashier, reservation)
    amount = pricing.money(payment.amount_cents, payment.currency) if payment.amount_cents else ""
    view: dict[str, Any] = {
        "payment_id": payment.payment_id,
        "confirmation_code": reservation.confirmation_code,
        "status": payment.status,
        "amount_cents": payment.amount_cents,
        "amount": amount,
        "expires_at": instant(payment.expires_at) if payment.expires_at else "",
    }
    if send_by == "screen":
        spoken = booking_words.link(payment.amount_cents, payment.currency, "", desk.session.language)
        card = {"type": "payment", "url": payment.url, **view}
        return Outcome({**view, "url": payment.url, "spoken": spoken}, card=card, left=ANEW)
    last4 = phones.last4(_send(desk, records, locks, telephony, reservation, payment))
    spoken = booking_words.link(payment.amount_cents, payment.currency, last4, desk.session.language)
    return Outcome({**view, "phone_last4": last4, "spoken": spoken}, left=ANEW)


def _by_keys(desk: Desk, cashier: Cashier, reservation: Reservation) -> Outcome:
    """The call leaves the agent for the payment line and comes back; nothing of it is recorded. Raises: Refusal."""
    try:
        payment = cashier.by_keys(reservation, desk.session.session_id, f"payment_{desk.change_id}")
    except NothingToPay:
        raise _nothing_to_pay(desk, reservation) from None
    result = {
        "payment_id": payment.payment_id,
        "confirmation_code": reservation.confirmation_code,
        "amount_cents": payment.amount_cents,
        "spoken": pay_words.said("before", desk.session.language),
    }
    return Outcome(result, then=Then("pay", to=payment.payment_id), recording="pause", left=ANEW)


def _nothing_to_pay(desk: Desk, reservation: Reservation) -> Refusal:
    if reservation.status == "expired":
        return NotChangeable(reservation.status)
    message = "nothing is owed on this reservation: no link is needed"
    return Refusal("nothing_to_pay", message, say=booking_words.said("nothing_to_pay", desk.session.language))


def _payment(desk: Desk, cashier: Cashier, reservation: Reservation) -> Payment:
    """Raises: Refusal."""
    try:
        return cashier.link(reservation, desk.session.session_id, f"payment_{desk.change_id}")
    except NothingToPay:
        raise _nothing_to_pay(desk, reservation) from None
    except PaymentsUnavailable:
        message = (
            "links cannot be made now: say so, and that the front desk can take the payment; the hold stays as it is"
        )
        raise Refusal(
            "payments_unavailable", message, say=booking_words.said("no_link_now", desk.session.language)
        ) from None


def _send(
    desk: Desk, records: Records, locks: Locks, telephony: Telephony, reservation: Reservation, payment: Payment
) -> str:
    """Text the link, once to a number; returns the number. Raises: Refusal."""
    to = contact.known(desk) or (reservation.phone if reservation.phone_verified else "")
    if not to:
        to = contact.number(desk, "keypad")
    name = f"text_{hashlib.sha256(f'{payment.payment_id}:{to}'.encode()).hexdigest()[:20]}"
    sent = records.record(Text, name)
    if sent is None or sent.status not in ("sent", "delivered"):
        language = desk.session.language
        body = text_templates.payment_link(desk.hotel, payment.amount_cents, payment.currency, payment.url, language)
        about = reservation.reservation_id
        texts.send(replace(desk, write_id=name), records, locks, telephony, to, "payment_link", body, about)
    return to
