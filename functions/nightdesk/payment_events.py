"""The event that money came, under an id of its own: whoever tells of it again says the same."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from nightdesk import events
from nightdesk.events import Event

if TYPE_CHECKING:
    from nightdesk.conversation import Session
    from nightdesk.hotel.reservations import Payment


def received(session: Session, payment: Payment, now: datetime) -> Event:
    return events.event(
        events.PAYMENT_RECEIVED,
        session_id=payment.session_id,
        property_id=payment.property_id,
        writer="payments",
        n=payment.payment_id,
        now=payment.paid_at or now,
        channel=session.channel,
        payment={
            "payment_id": payment.payment_id,
            "reservation_id": payment.reservation_id,
            "amount_cents": payment.amount_cents,
            "refund_cents": payment.refund_cents,
            "currency": payment.currency,
        },
    )
