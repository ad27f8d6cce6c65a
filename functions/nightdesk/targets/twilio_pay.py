"""A payment by keys is over: it is entered in the books, and the guest is back with the agent, who is told.

Of the card only its type, a token or a confirmation, and the last four digits are known here.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from flask import Request, Response

from nightdesk import calls, edge, pay_words, twiml
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.errors import BadRequest, NightdeskError
from nightdesk.targets.twilio_calls import PhoneCalls, attempt_of, call_sid_of

if TYPE_CHECKING:
    from nightdesk.hotel.reservations import Payment

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/pay", Keyed(phone_calls).paid, spoken=True)]


class Keyed:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def paid(self, request: Request) -> Response:
        """Source: TwiML Pay, action. The amount is what the payment was asked for, never what a form says."""
        call_sid, result = call_sid_of(request), request.form.get("Result", "")
        from nightdesk.hotel.reservations import Payment

        payment = self._house.store.record(Payment, request.args.get("payment_id", ""))
        session = self._calls.change(call_sid, lambda s: s or self._calls.begun(request, call_sid))
        if payment is None or payment.session_id != session.session_id:
            raise BadRequest("unknown_payment", "the call has no such payment")
        log.info("< twilio pay", extra={"fields": {"payment_id": payment.payment_id, "result": result}})
        note = self._enter(session, payment, request) if result == "success" else pay_words.note_failed(result)
        if request.form.get("CallStatus") in calls.TERMINAL:
            return edge.twiml(twiml.nothing())
        step, why = calls.NOTHING, "paid" if result == "success" else "not_paid"

        def change(current: Session | None) -> Session:
            nonlocal step
            current = current or session
            current, step = calls.after_pay(current, attempt_of(request, current), note, why)
            return current

        return self._calls.carry_out(self._calls.change(call_sid, change), step)

    def _enter(self, session: Session, payment: Payment, request: Request) -> str:
        """Into the books, as often as it is told; what the agent is to know of it."""
        from nightdesk.hotel.payments import News
        from nightdesk.hotel.pricing import money

        form = request.form
        last4 = "".join(re.findall(r"\d", form.get("PaymentCardNumber", "")))[-4:]
        charge = form.get("PaymentConfirmationCode", "") or form.get("PaymentToken", "")
        amount = money(payment.amount_cents, payment.currency) if payment.amount_cents else ""
        news = News(
            event_id=f"pay-{payment.payment_id}",
            kind="completed",
            payment_id=payment.payment_id,
            charge=charge,
            amount_cents=payment.amount_cents,
            currency=payment.currency,
        )
        try:
            self._house.cashier.apply(news)
            hotel = self._house.properties.get(payment.property_id)
            booked = self._house.bookings(hotel).reservation(payment.reservation_id) if hotel else None
        except NightdeskError as error:
            log.error("! paid by keys and not entered: %s", error, extra={"fields": {"payment_id": payment.payment_id}})
            self._tell_staff(session, payment, charge)
            return pay_words.note_unsettled(amount, last4)
        code, status = (booked.confirmation_code, booked.status) if booked else ("unknown", "unknown")
        return pay_words.note_paid(amount, form.get("PaymentCardType", ""), last4, code, status)

    def _tell_staff(self, session: Session, payment: Payment, charge: str) -> None:
        from nightdesk.hotel.pricing import money
        from nightdesk.hotel.records import Message

        amount = money(payment.amount_cents, payment.currency)
        text = (
            f"A guest paid {amount} by keys for reservation {payment.reservation_id} (payment {payment.payment_id}, "
            f"provider's name {charge}), and it could not be entered. Please enter it."
        )
        message = Message(
            f"message_{payment.payment_id}",
            payment.property_id,
            session.session_id,
            self._house.clock(),
            "front_desk",
            text,
            urgent=True,
        )
        self._house.store.change_record(Message, message.message_id, lambda known: None if known else message)
