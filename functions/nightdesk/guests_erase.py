"""Erasing a guest on request: what was said, asked for and left under a number of theirs. Once more does no harm.

| where | what is left |
|---|---|
| guests | an id and when it was erased |
| guests who have said no to something | each no, and the numbers that it holds for (`guests.erased` says why) |
| conversations: they called, keyed a number, or booked where no other is known | what `conversation_erase.py` leaves |
| texts, calls back and calls that the hotel placed, in whosever conversation | the same |
| reservations that are over | name, nights, room, money: tax and registration laws want them; no phone, no e-mail |
| reservations that stand | everything, for as long as the hotel owes the stay: they are named in `kept` |
| payments | all: they hold no name |

Recordings go with the hotel's `retention`; analytics follow the events `guest.erased`.
Bookings that another system keeps are for that system to erase.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nightdesk import conversation_erase, guests
from nightdesk.conversation import Session
from nightdesk.errors import NotFound
from nightdesk.events import Event
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
    ours = {r.reservation_id: r for number in phones for r in store.reservations_by_phone(property_id, number)}
    sessions = _conversations(store, property_id, phones, ours.values())
    for session in sessions:
        conversation_erase.erase(store, leads, session, [g.guest_id for g in known], now, publish)
    for reservation in ours.values():
        if not reservation.live:
            store.change_reservation(reservation.reservation_id, _without_contact)
    others = sum(conversation_erase.erase_number(store, property_id, number, _MOST) for number in phones)
    if not (known or sessions or ours or others):
        raise NotFound("unknown_guest", "nothing is known of that number at this hotel")
    for guest in known:
        store.change_record(Guest, guest.guest_id, lambda g: guests.erased(g, now) if g else None)
    return Erased(
        tuple(guest.guest_id for guest in known),
        tuple(session.session_id for session in sessions),
        tuple(r.reservation_id for r in ours.values() if r.live),
    )


def _conversations(
    store: Store, property_id: str, phones: Sequence[str], booked: Iterable[Reservation]
) -> list[Session]:
    """Theirs: in which they called, or keyed a number of theirs, or booked where no other number is known."""
    called = [s for number in phones for s in store.sessions_of(property_id, number, _MOST)]
    keyed = [s for number in phones for s in store.sessions_keyed(property_id, number, _MOST)]
    booked_in = [s for sid in dict.fromkeys(r.session_id for r in booked) if (s := store.session(sid))]
    alone = [s for s in booked_in if s.erased_at is None and _numbers(store, s) <= {"", *phones}]
    return list({s.session_id: s for s in (*called, *keyed, *alone)}.values())


def _numbers(store: Store, session: Session) -> set[str]:
    booked = store.reservations_of(session.session_id)
    return {session.caller_id, session.keypad_phone, *(reservation.phone for reservation in booked)}


def _without_contact(reservation: Reservation) -> Reservation:
    return replace(reservation, phone="", phone_source="", email="", language="")
