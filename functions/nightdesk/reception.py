"""A new call is let in or refused, and nowhere else than here: with the first stream that asks for its session, or
where its session begins without one, at a key of the menu or at the end of a stream that never came to life.

`admission.py` has the rules, the store has the slots. What follows a refusal, stream-ended and the menu answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from nightdesk import admission, blocking, events
from nightdesk.bootstrap import House
from nightdesk.conversation import Session
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import BlockedCaller

log = logging.getLogger(__name__)


def opened(house: House, hotel: Property, new: Session, change: Callable[[Session], Session]) -> tuple[Session, bool]:
    """The session after a change, and whether it was let in or refused with this change.

    `new`: the session as it is, or as it begins. A new phone call has its slot from here on, or is refused; `change`
    sees it so.
    """
    store, is_decided = house.store, False
    if new.channel != "voice" or not admission.is_new(new):
        session = store.change_session(new.session_id, lambda current: change(current or new))
        assert session is not None
        return session, False
    reason = _screened(house, new, hotel)

    def admitted(current: Session | None, slot: int | None) -> Session:
        nonlocal is_decided
        is_decided = admission.is_new(current)
        current = current or new
        return change(admission.admitted(current, hotel, reason, slot) if is_decided else current)

    session = store.open_session(new.session_id, admission.slots(hotel, house.clock()), admitted)
    assert session is not None
    return session, is_decided


def tell_refused(house: House, refused: Session, writer: Literal["tools", "twilio"]) -> None:
    log.warning("! call refused: %s", refused.refused, extra={"fields": {"property_id": refused.property_id}})
    event = events.of_session(
        refused,
        events.CALL_REFUSED,
        writer=writer,
        n="refused",
        now=house.clock(),
        attempt=1,
        call={"call_sid": refused.call_sid, "status": "refused", "reason": refused.refused},
    )
    house.publish_if_possible(event, timeout_s=1.0)


def _screened(house: House, new: Session, hotel: Property) -> str:
    """Why a new call is not taken, whether a slot is free or not; "" when nothing speaks against it.

    Two calls at once from one number do not count each other: the next one does.
    """
    listed, taken, now = None, list[Session](), house.clock()
    if new.caller_id and admission.is_screened(new):
        listed = house.store.record(BlockedCaller, blocking.key(hotel.property_id, new.caller_id))
        since, most = now - hotel.screening.looks_back, hotel.screening.looks_at
        taken = house.store.calls_taken(hotel.property_id, new.caller_id, since, most)
    return admission.screened(hotel, new, listed, taken, now)
