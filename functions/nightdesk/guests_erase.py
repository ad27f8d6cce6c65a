"""Erasing a guest on request: what was said, asked for and left under a number of theirs. Once more does no harm.

| where | what is left |
|---|---|
| guests | an id and when it was erased |
| conversations, and calls that the hotel placed | what `conversation_erase.py` leaves |
| reservations that are over | name, nights, room, money: tax and registration laws want them; no phone, no e-mail |
| reservations that stand | everything, for as long as the hotel owes the stay: they are named in `kept` |
| payments | all: they hold no name |

Recordings go with the hotel's `retention`; analytics follow the events `guest.erased`.
Bookings that another system keeps are for that system to erase.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from nightdesk import conversation_erase
from nightdesk.errors import NotFound
from nightdesk.events import Event
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.ports import Leads, Store
from nightdesk.hotel.records import Guest
from nightdesk.hotel.reservations import Reservation

_MOST = 1000  # conversations of one number at once; who has more is asked for again


@dataclass(frozen=True)
class Erased:
    """`kept`: the reservations that still stand, whose own data stays until they are over."""

    guest_ids: tuple[str, ...]
    session_ids: tuple[str, ...]
    kept: tuple[str, ...]


def erase(
    store: Store, leads: Leads, property_id: str, phone: str, now: datetime, publish: Callable[[Event], None]
) -> Erased:
    """Erase the guest of a number, with all numbers that are known to be theirs. `leads` tells who is told of leads.

    The event of a conversation is published before its number is gone, so that who dies half way can begin again.
    Raises: NotFound when nothing is known of the number; PublishError.
    """
    known = store.records(Guest, property_id=property_id, phones=phone)
    phones = list(dict.fromkeys([phone, *(number for guest in known for number in guest.phones)]))
    sessions = [s for number in phones for s in store.sessions_of(property_id, number, _MOST)]
    bookings = {r.reservation_id: r for number in phones for r in store.reservations_by_phone(property_id, number)} | {
        r.reservation_id: r for s in sessions for r in store.reservations_of(s.session_id)
    }
    if not known and not sessions and not bookings:
        raise NotFound("unknown_guest", "nothing is known of that number at this hotel")
    ours = [r for r in bookings.values() if r.phone in phones]
    for reservation in ours:
        if not reservation.live:
            store.change_reservation(reservation.reservation_id, _without_contact)
    for session in sessions:
        conversation_erase.erase(store, leads, session, [g.guest_id for g in known], now, publish)
    for number in phones:
        for call in store.records(OutboundCall, property_id=property_id, phone=number, limit=_MOST):
            store.change_record(
                OutboundCall, call.outbound_id, lambda c: conversation_erase.call_erased(c) if c else None
            )
    for guest in known:
        gone = Guest(guest.guest_id, property_id, guest.created_at, merged_into=guest.merged_into, erased_at=now)
        store.change_record(Guest, guest.guest_id, lambda g, gone=gone: gone)  # type: ignore[misc]
    return Erased(
        tuple(guest.guest_id for guest in known),
        tuple(session.session_id for session in sessions),
        tuple(r.reservation_id for r in ours if r.live),
    )


def _without_contact(reservation: Reservation) -> Reservation:
    return replace(reservation, phone="", phone_source="", email="", language="")
