"""What other systems are to be told of: calls that ended, leads, reservations, payments. `cloudsync.py` sends it.

A delivery is noted before that is written which it tells of, and says only what it is about: what is sent is read when
it is sent. So a process that dies in between loses nothing, and a note of something that then did not happen tells how
things stand, or nothing. Noting costs one write to our own store; no other system is asked while a guest waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from nightdesk.conversation import Session
from nightdesk.hotel.documents import dumps
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import Booking, Change, PropertyManagement
from nightdesk.hotel.ports import Leads, Records
from nightdesk.hotel.pricing import Offer, Stay
from nightdesk.hotel.records import Delivery
from nightdesk.hotel.reservations import Paid, Payment, Reservation

CALL_ENDED, LEAD_CHANGED, RESERVATION_CHANGED = "call.ended", "lead.changed", "reservation.changed"
PAYMENT_RECEIVED = "payment.received"
TARGETS = {CALL_ENDED: "cloud_sync", LEAD_CHANGED: "crm", RESERVATION_CHANGED: "crm", PAYMENT_RECEIVED: "crm"}
SETTLE = timedelta(seconds=10)
"""How long after a note it is sent at the earliest: by then what it tells of has been written."""


class Outbox:
    """`told`: the targets that are configured; what would be for another is not noted."""

    def __init__(self, records: Records, told: Collection[str], clock: Callable[[], datetime]) -> None:
        self._records, self._told, self._clock = records, told, clock

    def call_ended(self, session: Session) -> None:
        about = {"session_id": session.session_id}
        self._note(f"{session.session_id}-ended", CALL_ENDED, session.property_id, session.session_id, about)

    def lead_changed(self, lead: Lead) -> None:
        content = hashlib.sha256(dumps(lead).encode()).hexdigest()[:20]
        about = {"lead_id": lead.lead_id, "session_id": lead.session_id}
        self._note(f"{lead.lead_id}-{content}", LEAD_CHANGED, lead.property_id, lead.session_id, about)

    def reservation_changed(self, property_id: str, session_id: str, reservation_id: str, change_id: str) -> None:
        about = {"reservation_id": reservation_id}
        self._note(f"{reservation_id}-{change_id}", RESERVATION_CHANGED, property_id, session_id, about)

    def hold_expired(self, hold: Reservation) -> None:
        self.reservation_changed(hold.property_id, hold.session_id, hold.reservation_id, f"expired-{hold.version}")

    def payment_received(self, payment: Payment) -> None:
        about = {"payment_id": payment.payment_id}
        name = f"{payment.payment_id}-received"
        self._note(name, PAYMENT_RECEIVED, payment.property_id, payment.session_id, about)

    def _note(self, name: str, event_type: str, property_id: str, session_id: str, about: Mapping[str, Any]) -> None:
        """The same thing is noted once, however often it is said."""
        target = TARGETS[event_type]
        if target not in self._told:
            return
        now = self._clock()
        noted = Delivery(
            delivery_id=f"{name}-{target}",
            property_id=property_id,
            session_id=session_id,
            created_at=now,
            target=target,
            event_type=event_type,
            body={"about": dict(about)},
            due_at=now + SETTLE,
        )
        self._records.change_record(Delivery, noted.delivery_id, lambda known: None if known else noted)


class TellingLeads:
    """Leads, each change of which the CRM is told of."""

    def __init__(self, leads: Leads, outbox: Outbox) -> None:
        self._leads, self._outbox = leads, outbox

    def put_lead(self, lead: Lead) -> None:
        self._outbox.lead_changed(lead)
        self._leads.put_lead(lead)

    def leads(self, session_id: str) -> list[Lead]:
        return self._leads.leads(session_id)


class TellingBookings:
    """A hotel's bookings, whoever keeps them; each change is told to the CRM."""

    def __init__(self, hotel: Property, books: PropertyManagement, outbox: Outbox) -> None:
        self._hotel, self._books, self._outbox = hotel, books, outbox

    def offers(self, stays: Sequence[Stay]) -> list[list[Offer]]:
        return self._books.offers(stays)

    def hold(self, booking: Booking) -> Reservation:
        self._note(booking.reservation_id, "hold", booking.session_id)
        return self._books.hold(booking)

    def confirm(self, reservation_id: str, change_id: str, paid: Paid | None = None) -> Reservation:
        self._note(reservation_id, change_id)
        return self._books.confirm(reservation_id, change_id, paid)

    def record_payment(self, reservation_id: str, change_id: str, paid: Paid) -> Reservation:
        self._note(reservation_id, change_id)
        return self._books.record_payment(reservation_id, change_id, paid)

    def modify(self, reservation_id: str, change: Change, change_id: str) -> Reservation:
        self._note(reservation_id, change_id)
        return self._books.modify(reservation_id, change, change_id)

    def cancel(self, reservation_id: str, fee_cents: int, change_id: str) -> Reservation:
        self._note(reservation_id, change_id)
        return self._books.cancel(reservation_id, fee_cents, change_id)

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self._books.reservation(reservation_id)

    def by_code(self, confirmation_code: str) -> Reservation | None:
        return self._books.by_code(confirmation_code)

    def by_phone(self, phone: str) -> list[Reservation]:
        return self._books.by_phone(phone)

    def of_session(self, session_id: str) -> list[Reservation]:
        return self._books.of_session(session_id)

    def _note(self, reservation_id: str, change_id: str, session_id: str = "") -> None:
        self._outbox.reservation_changed(self._hotel.property_id, session_id, reservation_id, change_id)
