"""Conversations whose days are over: what they held of guests is erased, as a guest's own are on request.

One after the other, each in steps that may be done again (`conversation_erase.py`): who dies half way leaves it among
those that are past. What is still owed is not erased with the rest: a conversation in which a call back was promised,
or a service asked for, that is due after now is left as it is until then. No other system is told of leads: it keeps
them for days of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightdesk import conversation_erase, edge
from nightdesk.events import Event
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Callback, ServiceRequest

_PAGE = 50


@dataclass
class Expired:
    """How many were erased, how many wait for what was promised in them, and which ones failed."""

    erased: int = 0
    waiting: int = 0
    failed: tuple[str, ...] = ()


def expire(
    store: Store, hotel: Property, now: datetime, publish: Callable[[Event], None], is_time: Callable[[], bool]
) -> Expired:
    """Erase a hotel's conversations that are older than its file allows, oldest first, for as long as there `is_time`.

    Where one fails the others go on, and it is begun again in the next round.
    """
    before = now - timedelta(days=hotel.retention.conversations_days)
    expired, since, seen = Expired(), None, set[str]()
    while True:
        page = store.past_sessions(hotel.property_id, before, _PAGE, since)
        for session in page:
            if session.session_id in seen:
                continue
            if not is_time():
                return expired
            seen.add(session.session_id)
            with edge.one_of_many("conversation not erased", session_id=session.session_id):
                if _is_owed(store, session.session_id, now):
                    expired.waiting += 1
                else:
                    conversation_erase.erase(store, store, session, [], now, publish)
                    expired.erased += 1
                continue
            expired.failed += (session.session_id,)
        if len(page) < _PAGE or page[-1].start_time == since:
            return expired
        since = page[-1].start_time


def _is_owed(store: Store, session_id: str, now: datetime) -> bool:
    promised = store.records(Callback, session_id=session_id)
    if any(
        callback.status == "calling" or (callback.status == "scheduled" and callback.due_at > now)
        for callback in promised
    ):
        return True
    wanted = store.records(ServiceRequest, session_id=session_id)
    return any(request.status == "open" and request.due_at is not None and request.due_at > now for request in wanted)
