"""Whom a hotel knows: guests by the numbers they called from, each known to one hotel alone.

A number is a hint and no identity: it finds what is remembered, and what is remembered is told to nobody who has not
said yes to the name. Guests who do not want to be remembered are not; who asks for it is erased (`guests_erase.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce

from nightdesk.conversation import Session
from nightdesk.errors import NotFound
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Records
from nightdesk.hotel.records import Guest
from nightdesk.hotel.reservations import Reservation

FULLY_ATTESTED = "A"
"""Of STIR/SHAKEN: the network vouches for the caller's right to the number."""
_MOST_STAYS = 50


def find(records: Records, property_id: str, phone: str) -> Guest | None:
    """The guest of a number, or None. Of two records that two processes at once have made: the older one, with all
    that stands in both."""
    found = _all_of(records, property_id, phone) if phone else []
    return reduce(_joined, reversed(found)) if found else None


def may_be_named(guest: Guest, session: Session) -> bool:
    """Whether the agent may ask "are you ...?": a forged number must not learn whose it is."""
    return guest.name_confirmed and bool(guest.last_name) and session.stir == FULLY_ATTESTED


def remember(
    records: Records,
    hotel: Property,
    session: Session,
    leads: Sequence[Lead],
    reservations: Sequence[Reservation],
    now: datetime,
) -> Guest | None:
    """Take a call that is over into what is known of its caller. The same call again changes nothing.

    One that began before the last that was counted is over only now, or is told again, which nobody can tell apart: it
    adds what nothing newer is known of, and does not count.
    None where there is nobody to remember. Records of the same number are made one.
    """
    phone = session.caller_id
    unanswered = session.direction == "outbound" and not session.streams
    if not phone or session.refused or unanswered:
        return None
    known = find(records, hotel.property_id, phone)
    guest_id = known.guest_id if known else f"guest_{hashlib.sha256(session.session_id.encode()).hexdigest()[:20]}"

    def change(guest: Guest | None) -> Guest | None:
        guest = guest or Guest(guest_id, hotel.property_id, now, (phone,))
        if _is_gone(guest):
            return None
        if guest.last_call_at is not None and session.start_time <= guest.last_call_at:
            earlier = Guest(guest_id, hotel.property_id, guest.created_at, (phone,), last_call_at=session.start_time)
            return _joined(guest, _learnt(earlier, hotel, session, leads, reservations))
        guest = replace(
            guest, calls=guest.calls + 1, last_call_at=session.start_time, last_session_id=session.session_id
        )
        return guest if guest.may_remember is False else _learnt(guest, hotel, session, leads, reservations)

    changed = records.change_record(Guest, guest_id, change)
    return _made_one(records, hotel.property_id, phone, guest_id) or changed


def merge(records: Records, property_id: str, guest_id: str, into: str) -> Guest:
    """Make two records of one person one: `into` has all of it, the other only where to look. Done twice, done once.

    Raises: NotFound when one of them is not there, is erased, or belongs to another hotel.
    """
    other, kept = _here(records, property_id, guest_id), _here(records, property_id, into)
    if guest_id == into or other.merged_into == into:
        return kept
    if _is_gone(other) or _is_gone(kept):
        raise NotFound("unknown_guest", "a guest that was merged or erased cannot be merged again")
    joined = records.change_record(Guest, into, lambda guest: _joined(guest, other) if guest else None)
    gone = replace(Guest(guest_id, property_id, other.created_at), merged_into=into)
    records.change_record(Guest, guest_id, lambda guest: gone)
    assert joined is not None
    return joined


def consent(
    records: Records,
    property_id: str,
    phone: str,
    now: datetime,
    *,
    may_text: bool | None = None,
    may_call: bool | None = None,
    may_remember: bool | None = None,
    may_market: bool | None = None,
) -> Guest:
    """Keep what a guest allows; None leaves it as it is. Who is not to be remembered is forgotten but for that.

    A number that never called gets a record, so that its no is known when it does.
    """
    known = find(records, property_id, phone)
    named = hashlib.sha256(f"{property_id}:{phone}:{now}".encode()).hexdigest()
    guest_id = known.guest_id if known else f"guest_{named[:20]}"

    def change(guest: Guest | None) -> Guest:
        guest = guest or Guest(guest_id, property_id, now, (phone,))
        guest = replace(
            guest,
            may_text=guest.may_text if may_text is None else may_text,
            may_call=guest.may_call if may_call is None else may_call,
            may_remember=guest.may_remember if may_remember is None else may_remember,
            may_market=guest.may_market if may_market is None else may_market,
        )
        return _forgotten(guest) if guest.may_remember is False else guest

    if known is not None:  # first: a yes takes back the no of any of them
        _made_one(records, property_id, phone, guest_id)
    changed = records.change_record(Guest, guest_id, change)
    assert changed is not None
    return changed


def erased(guest: Guest, now: datetime) -> Guest:
    """What an erasure leaves of a guest: that there was one; of who has said no to something, the no and the numbers.

    Sources: 47 CFR 64.1200(d)(6), a request for no calls is kept, and honoured for five years; GDPR, article 17(3)(b),
    what such a duty needs stays; the British regulator's "Respect people's preferences": put on a list, not deleted.
    """
    bare = Guest(guest.guest_id, guest.property_id, guest.created_at, merged_into=guest.merged_into)
    refusing = replace(
        bare,
        phones=guest.phones,
        may_text=_no(guest.may_text),
        may_call=_no(guest.may_call),
        may_remember=_no(guest.may_remember),
        may_market=_no(guest.may_market),
    )
    said_no = False in (guest.may_text, guest.may_call, guest.may_remember, guest.may_market)
    return refusing if said_no else replace(bare, erased_at=now)


def name_of(leads: Iterable[Lead], reservations: Iterable[Reservation]) -> tuple[str, str] | None:
    """(first name, last name) as the guest has confirmed it: a booking's, else a lead's."""
    for reservation in reservations:
        return reservation.first_name, reservation.last_name
    for lead in leads:
        if lead.name_confirmed and lead.name.strip():
            first, _, last = lead.name.strip().rpartition(" ")
            return first, last
    return None


def _all_of(records: Records, property_id: str, phone: str) -> list[Guest]:
    """A number's records, newest first: mostly one."""
    return [g for g in records.records(Guest, property_id=property_id, phones=phone) if not _is_gone(g)]


def _made_one(records: Records, property_id: str, phone: str, guest_id: str) -> Guest | None:
    """The record that all of a number's others were joined with; None where there is no other."""
    joined = None
    for twin in _all_of(records, property_id, phone):
        if twin.guest_id != guest_id:
            joined = merge(records, property_id, twin.guest_id, guest_id)
    return joined


def _learnt(
    guest: Guest, hotel: Property, session: Session, leads: Sequence[Lead], reservations: Sequence[Reservation]
) -> Guest:
    wishes = dict(guest.preferences or {})
    wanted = [*(lead.room_type for lead in leads), *(r.room_type for r in reservations)]
    rooms = [room.name for room_type in wanted if (room := hotel.room_type(room_type))]
    if rooms:
        wishes["room"] = rooms[-1]
    if any(r.pets for r in reservations):
        wishes["pets"] = "comes with a pet"
    stays = dict.fromkeys([*guest.stays, *(r.reservation_id for r in reversed(reservations))])
    guest = replace(
        guest,
        language=session.language,
        preferences=wishes or None,
        stays=tuple(stays)[-_MOST_STAYS:],
        email=next((r.email for r in reservations if r.email), guest.email),
    )
    name = name_of(leads, reservations)
    return replace(guest, first_name=name[0], last_name=name[1], name_confirmed=True) if name else guest


def _joined(kept: Guest, other: Guest) -> Guest:
    """All of both; where they differ, what is newer. A no to something stays a no, and one to being remembered holds
    for all of it."""
    newer, older = (
        (other, kept)
        if (other.last_call_at or other.created_at) > (kept.last_call_at or kept.created_at)
        else (kept, other)
    )
    named = newer if newer.name_confirmed or not older.name_confirmed else older
    wishes = {**(older.preferences or {}), **(newer.preferences or {})}
    joined = replace(
        kept,
        created_at=min(kept.created_at, other.created_at),
        phones=tuple(dict.fromkeys([*kept.phones, *other.phones])),
        first_name=named.first_name,
        last_name=named.last_name,
        name_confirmed=named.name_confirmed,
        email=newer.email or older.email,
        language=newer.language or older.language,
        may_text=_both(kept.may_text, other.may_text),
        may_call=_both(kept.may_call, other.may_call),
        may_remember=_both(kept.may_remember, other.may_remember),
        may_market=_both(kept.may_market, other.may_market),
        preferences=wishes or None,
        notes=tuple(dict.fromkeys([*older.notes, *newer.notes])),
        calls=kept.calls + other.calls,
        last_call_at=newer.last_call_at or older.last_call_at,
        last_session_id=newer.last_session_id or older.last_session_id,
        stays=tuple(dict.fromkeys([*older.stays, *newer.stays])),
    )
    return _forgotten(joined) if joined.may_remember is False else joined


def _both(one: bool | None, other: bool | None) -> bool | None:
    given = [flag for flag in (one, other) if flag is not None]
    return all(given) if given else None


def _no(allowed: bool | None) -> bool | None:
    return False if allowed is False else None


def _forgotten(guest: Guest) -> Guest:
    """What is left of a guest who is not to be remembered: the number, and what it may be used for."""
    return Guest(
        guest.guest_id,
        guest.property_id,
        guest.created_at,
        guest.phones,
        may_text=guest.may_text,
        may_call=guest.may_call,
        may_remember=False,
        may_market=guest.may_market,
        calls=guest.calls,
        last_call_at=guest.last_call_at,
    )


def _is_gone(guest: Guest) -> bool:
    return bool(guest.merged_into) or guest.erased_at is not None


def _here(records: Records, property_id: str, guest_id: str) -> Guest:
    guest = records.record(Guest, guest_id)
    if guest is None or guest.property_id != property_id:
        raise NotFound("unknown_guest", f"there is no guest {guest_id}")
    return guest
