"""Erasing a guest on request: what was said, asked for and left under a number of theirs. Once more does no harm.

| where | what is left |
|---|---|
| guests | an id and when it was erased |
| calls: session, turns, tool ledger | that there was a call, when, how long, with which outcome and which tools |
| leads, messages, service requests, callbacks, texts | that there was one; what waits is cancelled |
| calls that the hotel placed | that there was one, when, for what and with which outcome |
| reservations that are over | name, nights, room, money: tax and registration laws want them; no phone, no e-mail |
| reservations that stand | everything, for as long as the hotel owes the stay: they are named in `kept` |
| payments | all: they hold no name |

Recordings go with the hotel's `retention`; analytics follow the event `guest.erased`, one for each conversation.
Bookings that another system keeps are for that system to erase.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from nightdesk import events
from nightdesk.conversation import Session, ToolCall
from nightdesk.errors import NotFound
from nightdesk.events import Event
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.ports import Leads, LedgerChange, Store
from nightdesk.hotel.records import Callback, Guest, Message, ServiceRequest, Text
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
        _erase_records(store, session.session_id, now)
        _erase_conversation(store, leads, session.session_id)
        publish(_event(session, [g.guest_id for g in known], now))
        store.change_session(session.session_id, lambda s: _without_person(s) if s else None)
    for number in phones:
        for call in store.records(OutboundCall, property_id=property_id, phone=number, limit=_MOST):
            store.change_record(OutboundCall, call.outbound_id, lambda c: _call_erased(c) if c else None)
    for guest in known:
        gone = Guest(guest.guest_id, property_id, guest.created_at, merged_into=guest.merged_into, erased_at=now)
        store.change_record(Guest, guest.guest_id, lambda g, gone=gone: gone)  # type: ignore[misc]
    return Erased(
        tuple(guest.guest_id for guest in known),
        tuple(session.session_id for session in sessions),
        tuple(r.reservation_id for r in ours if r.live),
    )


def _erase_conversation(store: Store, leads: Leads, session_id: str) -> None:
    for turn in store.turns(session_id):
        store.put_turn(session_id, replace(turn, text=""))

    def blank(entries: Sequence[ToolCall]) -> LedgerChange[None]:
        return LedgerChange(None, put=tuple(_without_words(entry) for entry in entries))

    store.change_ledger(session_id, blank)
    for lead in leads.leads(session_id):
        leads.put_lead(replace(lead, name="", name_confirmed=False, phone="", notes="", name_clip=None))


def _erase_records(store: Store, session_id: str, now: datetime) -> None:
    for message in store.records(Message, session_id=session_id):
        store.change_record(
            Message, message.message_id, lambda m: replace(m, for_whom="", text="", name="", phone="") if m else None
        )
    for request in store.records(ServiceRequest, session_id=session_id):
        store.change_record(ServiceRequest, request.request_id, lambda r: _request_erased(r, now) if r else None)
    for callback in store.records(Callback, session_id=session_id):
        store.change_record(Callback, callback.callback_id, lambda c: _callback_erased(c) if c else None)
    for text in store.records(Text, session_id=session_id):
        store.change_record(Text, text.text_id, lambda t: replace(t, to="", body="") if t else None)


def _request_erased(request: ServiceRequest, now: datetime) -> ServiceRequest:
    waits = request.status == "open"
    status, done_at = ("cancelled", now) if waits else (request.status, request.done_at)
    return replace(request, details="", room="", phone="", status=status, done_at=done_at)


def _callback_erased(callback: Callback) -> Callback:
    status = "cancelled" if callback.status == "scheduled" else callback.status
    return replace(callback, phone="", reason="", name="", status=status)


def _call_erased(call: OutboundCall) -> OutboundCall:
    return replace(call, phone="", variables=None)


def _without_contact(reservation: Reservation) -> Reservation:
    return replace(reservation, phone="", phone_source="", email="", language="")


def _without_person(session: Session) -> Session:
    session = replace(session, variables=None)
    return replace(session, caller_id="", keypad_phone="", keypad_code="", notes=(), transcription="")


def _without_words(entry: ToolCall) -> ToolCall:
    if entry.answer is None:
        return replace(entry, arguments={})
    error = entry.answer.get("error") or {}
    bare = {"ok": True, "result": {}} if entry.answer["ok"] else {"ok": False, "error": {"code": error.get("code", "")}}
    return replace(entry, arguments={}, answer=bare)


def _event(session: Session, guest_ids: Sequence[str], now: datetime) -> Event:
    return events.event(
        events.GUEST_ERASED,
        session_id=session.session_id,
        property_id=session.property_id,
        writer="jobs",
        n="erased",
        now=now,
        attempt=session.attempt,
        channel=session.channel,
        guest={"guest_ids": list(guest_ids)},
    )
