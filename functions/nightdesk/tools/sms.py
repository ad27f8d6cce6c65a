"""send_sms: what was said, in writing. The model chooses a template, never a number and never words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nightdesk import cashier, phones, service_words, text_templates, texts
from nightdesk.errors import Refusal
from nightdesk.hotel.pms import PropertyManagement
from nightdesk.hotel.ports import Ledger, Locks, Records
from nightdesk.hotel.records import Callback
from nightdesk.hotel.reservations import Reservation
from nightdesk.hotel.telephony import Telephony
from nightdesk.tools import contact
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import CONVERSATION, Access, Outcome, tool

Template = Literal["confirmation", "directions", "payment_link", "callback"]
_OPENS = frozenset(
    {"create_reservation", "lookup_reservation", "modify_reservation", "cancel_reservation", "generate_payment_link"}
)
"""Tools whose success means that the guest has proved whose the reservation is, or has made it."""


@tool(
    access=Access.WRITE,
    subject="sms",
    about=("template", "confirmation_code"),
    audience=CONVERSATION,
    timeout_s=10.0,
)
def send_sms(
    desk: Desk,
    bookings: PropertyManagement,
    records: Records,
    locks: Locks,
    ledger: Ledger,
    telephony: Telephony,
    *,
    template: Annotated[Template, Field(description="What to send.")],
    confirmation_code: Annotated[str | None, Field(max_length=20, description="Of which reservation.")] = None,
    another: Annotated[bool, Field(description="True only if the guest asks to have it sent again.")] = False,
) -> Outcome:
    """Send the guest a text: to the number they keyed, else to the one they call from. Say it is sent only after this.

    A confirmation or a payment link needs a reservation that was made or opened in this conversation.
    """
    language, reservation = desk.session.language, None
    if template in ("confirmation", "payment_link"):
        reservation = _opened(desk, bookings, ledger, confirmation_code)
    to = contact.known(desk) or (reservation.phone if reservation and reservation.phone_verified else "")
    if not to:
        code = "no_keypad_number"
        message = "there is no number to send it to: let the guest key one and press the pound key"
        raise Refusal(code, message, say=service_words.said(code, language))
    body = _body(desk, records, template, reservation, language)
    about = reservation.reservation_id if reservation else ""
    text = texts.send(desk, records, locks, telephony, to, template, body, about)
    last4 = phones.last4(to)
    spoken = service_words.said("sent", language, ends=service_words.digits(last4))
    return Outcome({"status": text.status, "template": template, "phone_last4": last4, "spoken": spoken})


def _opened(desk: Desk, bookings: PropertyManagement, ledger: Ledger, code: str | None) -> Reservation:
    """The reservation meant, of those made or opened in this conversation, else the newest of them. Raises: Refusal."""
    made = bookings.of_session(desk.session.session_id)
    opened = [
        str(call.engine_result["confirmation_code"])
        for call in ledger.tool_calls(desk.session.session_id)
        if call.name in _OPENS and call.answer and call.answer["ok"] and call.engine_result.get("confirmation_code")
    ]
    wanted = "".join(filter(str.isalnum, code or ""))
    for reservation in made:
        if wanted in ("", reservation.confirmation_code) and not opened:
            return reservation
    allowed = {r.confirmation_code for r in made} | set(opened)
    chosen = wanted if wanted in allowed else opened[-1] if opened and not wanted else ""
    found = bookings.by_code(chosen) if chosen else None
    if found is None:
        message = "no such reservation was opened in this conversation: use lookup_reservation first"
        raise Refusal("not_verified", message, say=service_words.said("not_verified", desk.session.language))
    return found


def _body(desk: Desk, records: Records, template: Template, reservation: Reservation | None, language: str) -> str:
    """Raises: Refusal when there is nothing to send."""
    body, missing = "", ""
    match template:
        case "confirmation" if reservation:
            body = text_templates.confirmation(desk.hotel, reservation, desk.now, language)
        case "directions":
            body = text_templates.directions(desk.hotel, language)
            missing = "the hotel has no written directions: use search_kb and say them"
        case "payment_link" if reservation:
            missing = "no open payment link asks for what is due now: use generate_payment_link first"
            link = cashier.open_link(records, reservation, desk.now)
            if link is not None:
                body = text_templates.payment_link(desk.hotel, link.amount_cents, link.currency, link.url, language)
        case "callback":
            missing = "no call back was promised in this conversation: use schedule_callback first"
            promised = [c for c in records.records(Callback, session_id=desk.session.session_id)]
            waiting = next((c for c in promised if c.status == "scheduled"), None)
            if waiting is not None:
                body = text_templates.callback(desk.hotel, waiting.due_at, language)
    if not body:
        raise Refusal("nothing_to_send", missing, say=service_words.said("nothing_to_send", language))
    return body[: text_templates.LONGEST]
