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
from nightdesk.steps import NOTHING
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import attempt_of, call_sid_of, is_over

if TYPE_CHECKING:
    from nightdesk.hotel.reservations import Payment

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/pay", Keyed(phone_calls).over, spoken=True)]


class Keyed:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def over(self, request: Request) -> Response:
        """Source: TwiML Pay, action. The amount is what the payment was asked for, never what a form says."""
        call_sid, result = call_sid_of(request), request.form.get("Result", "")
        payment_id = request.args.get("payment_id", "")
        # Before anything else can fail: whatever happens, money that came is written down somewhere.
        fields = {"payment_id": payment_id, "result": result, "charge": _charge(request)}
        log.info("< twilio pay", extra={"fields": fields})
        from nightdesk.hotel.reservations import Payment

        payment = self._house.store.record(Payment, payment_id)
        session = self._calls.change(call_sid, lambda s: s or self._calls.begun(request, call_sid))
        if payment is None or payment.session_id != session.session_id:
            raise BadRequest("unknown_payment", "the call has no such payment")
        is_paid = result == "success"
        note = self._paid(session, payment, request) if is_paid else self._not_made(payment, result)
        if is_over(request):
            return edge.twiml(twiml.nothing())
        step = NOTHING

        def change(current: Session | None) -> Session:
            nonlocal step
            current = current or session
            why = "paid" if is_paid else "not_paid"
            current, step = calls.after_pay(current, attempt_of(request, current), note, why)
            return current

        return self._calls.carry_out(self._calls.change(call_sid, change), step)

    def _paid(self, session: Session, payment: Payment, request: Request) -> str:
        """Into the books, as often as it is told; what the agent is to know of it."""
        from nightdesk import payment_events
        from nightdesk.hotel.pricing import money

        card_type = request.form.get("PaymentCardType", "")
        last4 = "".join(re.findall(r"\d", request.form.get("PaymentCardNumber", "")))[-4:]
        amount = money(payment.amount_cents, payment.currency) if payment.amount_cents else ""
        try:
            payment = self._house.bookkeeper.paid(payment, _charge(request))
        except NightdeskError as error:  # it is due again by itself: see POST /jobs/payments
            log.error("! paid by keys, not settled: %s", error, extra={"fields": {"payment_id": payment.payment_id}})
            payment = self._house.store.record(type(payment), payment.payment_id) or payment
        if not payment.settled:
            return pay_words.note_unsettled(amount, card_type, last4)
        self._house.publish_if_possible(payment_events.received(session, payment, self._house.clock()))
        code, status = self._booking(payment)
        if payment.refund_cents:
            back = money(payment.refund_cents, payment.currency)
            return pay_words.note_given_back(amount, back, card_type, last4, code, status)
        return pay_words.note_paid(amount, card_type, last4, code, status)

    def _booking(self, payment: Payment) -> tuple[str, str]:
        """Its confirmation code, and how it stands."""
        try:
            hotel = self._house.properties.get(payment.property_id)
            booked = self._house.bookings(hotel).reservation(payment.reservation_id) if hotel else None
        except NightdeskError as error:
            log.error("! the books are out of reach: %s", error)
            booked = None
        return (booked.confirmation_code, booked.status) if booked else ("unknown", "unknown")

    def _not_made(self, payment: Payment, result: str) -> str:
        """Twilio has told how it ended; without a result, as after a request that was lost, nobody knows."""
        if result:
            self._house.bookkeeper.not_made(payment)
        return pay_words.note_failed(result)


def _charge(request: Request) -> str:
    """What the provider calls the charge, or the card that was kept."""
    return request.form.get("PaymentConfirmationCode", "") or request.form.get("PaymentToken", "")
