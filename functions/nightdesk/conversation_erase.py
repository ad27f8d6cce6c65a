"""Erasing one conversation: what was said, asked for and left in it, but for that it was. Once more does no harm.

| where | what is left |
|---|---|
| the call: session, turns, tool ledger | that there was one, when, how long, with which outcome and which tools |
| leads, messages, service requests, callbacks, texts | that there was one; what waits is cancelled |
| calls that the hotel placed | that there was one, when, for what and with which outcome |
| deliveries that other systems did not take | that there was one; it is not sent any more |

It is told as an event, `guest.erased`, for whoever has copies: before the number is gone, and the session is changed
last, so that who dies half way can begin again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from nightdesk import events, outbound_lines
from nightdesk.conversation import Session, ToolCall
from nightdesk.events import Event
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.ports import Leads, LedgerChange, Store
from nightdesk.hotel.records import Callback, Delivery, Message, ServiceRequest, Text


def erase(
    store: Store,
    leads: Leads,
    session: Session,
    guest_ids: Sequence[str],
    now: datetime,
    publish: Callable[[Event], None],
) -> None:
    """`leads` tells who is told of leads. Raises: PublishError."""
    erase_words(store, leads, session.session_id, now)
    publish(_event(session, guest_ids, now))
    store.change_session(session.session_id, lambda s: _without_person(s, now) if s else None)


def erase_words(store: Store, leads: Leads, session_id: str, now: datetime) -> None:
    """All but the session itself; for what came in while it was being erased, too."""
    _erase_records(store, session_id, now)
    _erase_said(store, leads, session_id)


def erase_number(store: Store, property_id: str, phone: str, most: int) -> int:
    """What was sent, promised and placed to a number, in whosever conversation: how many of it there was."""
    texts = store.records(Text, property_id=property_id, to=phone, limit=most)
    callbacks = store.records(Callback, property_id=property_id, phone=phone, limit=most)
    calls = store.records(OutboundCall, property_id=property_id, phone=phone, limit=most)
    _erase_contacts(store, texts, callbacks, calls)
    return len(texts) + len(callbacks) + len(calls)


def _erase_contacts(
    store: Store, texts: Sequence[Text], callbacks: Sequence[Callback], calls: Sequence[OutboundCall]
) -> None:
    for text in texts:
        store.change_record(Text, text.text_id, lambda t: replace(t, to="", body="") if t else None)
    for callback in callbacks:
        store.change_record(Callback, callback.callback_id, lambda c: _callback_erased(c) if c else None)
    for call in calls:
        outbound_lines.forget(store, call)
        store.change_record(
            OutboundCall, call.outbound_id, lambda c: replace(c, phone="", variables=None, comment="") if c else None
        )


def _erase_said(store: Store, leads: Leads, session_id: str) -> None:
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
    _erase_contacts(
        store,
        store.records(Text, session_id=session_id),
        store.records(Callback, session_id=session_id),
        store.records(OutboundCall, session_id=session_id),
    )
    for delivery in store.records(Delivery, session_id=session_id):
        store.change_record(Delivery, delivery.delivery_id, lambda d: _delivery_erased(d) if d else None)


def _request_erased(request: ServiceRequest, now: datetime) -> ServiceRequest:
    waits = request.status == "open"
    status, done_at = ("cancelled", now) if waits else (request.status, request.done_at)
    return replace(request, details="", room="", phone="", status=status, done_at=done_at)


def _callback_erased(callback: Callback) -> Callback:
    waits = callback.status in ("scheduled", "calling")  # one that is not answered now would be tried again
    status = "cancelled" if waits else callback.status
    return replace(callback, phone="", reason="", name="", status=status)


def _delivery_erased(delivery: Delivery) -> Delivery:
    """One that says only what it is about tells, when it is sent, what there is then."""
    if not delivery.body or "about" in delivery.body:
        return delivery
    return replace(delivery, body={}, status="dead")


def _without_person(session: Session, now: datetime) -> Session:
    """What was answered to a text repeats its words; that it was answered stays, so that nobody does so again."""
    steps = {end: {**step, "say": ""} if "say" in step else step for end, step in (session.steps or {}).items()}
    session = replace(session, steps=steps or None, variables=None, erased_at=now)
    return replace(session, caller_id="", keypad_phone="", keypad_code="", notes=(), transcription="")


def _without_words(entry: ToolCall) -> ToolCall:
    if entry.answer is None:
        return replace(entry, arguments={})
    error = entry.answer.get("error") or {}
    bare = {"ok": True, "result": {}} if entry.answer["ok"] else {"ok": False, "error": {"code": error.get("code", "")}}
    return replace(entry, arguments={}, answer=bare)


def _event(session: Session, guest_ids: Sequence[str], now: datetime) -> Event:
    return events.of_session(
        session,
        events.GUEST_ERASED,
        writer="jobs",
        n="erased",
        now=now,
        guest={"guest_ids": list(guest_ids)},
    )
