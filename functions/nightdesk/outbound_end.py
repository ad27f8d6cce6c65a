"""The end of a call of the hotel's own: kept once, then followed up. Its place is free, its promise kept or put off.

It is kept first, followed up after, and only then done, so that whoever dies between is stood in for.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from nightdesk import callback_rules, events, outbound_lines, tokens
from nightdesk.bootstrap import House
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import OutboundCall, Outcome
from nightdesk.hotel.records import Callback, Message

log = logging.getLogger(__name__)


def settle(
    house: House, outbound_id: str, outcome: Outcome, problem: str = "", duration_s: int | None = None
) -> OutboundCall:
    """The call with its end, which is the first that anybody tells of. The call is known."""
    store, now = house.store, house.clock()

    def end(call: OutboundCall | None) -> OutboundCall | None:
        if call is None or call.outcome:
            return None
        return replace(call, outcome=outcome, last_error=problem, duration_s=duration_s, ended_at=now, due_at=now)

    call = store.change_record(OutboundCall, outbound_id, end)
    assert call is not None
    if call.status == "done":
        return call
    outbound_lines.free(store, call)
    _keep_promise(house, call, now)
    _tell(house, call)
    done = store.change_record(OutboundCall, outbound_id, lambda c: replace(c, status="done") if c else None)
    assert done is not None
    return done


def tell_staff(house: House, hotel: Property, callback: Callback, why: str) -> None:
    """A promise that the assistant could not keep is one for people: a message for the front desk, once."""
    text = callback_rules.for_staff(hotel, callback, why)
    message = Message(
        message_id=f"message_{callback.callback_id}",
        property_id=callback.property_id,
        session_id=callback.session_id,
        created_at=house.clock(),
        for_whom=hotel.front_desk.name,
        text=text,
        urgent=True,
        name=callback.name,
        phone=callback.phone,
    )
    house.store.change_record(Message, message.message_id, lambda known: None if known else message)
    log.warning("! call back given up", extra={"fields": {"callback_id": callback.callback_id, "why": why}})


def _keep_promise(house: House, call: OutboundCall, now: datetime) -> None:
    hotel = house.properties.get(call.property_id)
    if not call.callback_id or hotel is None:
        return
    pauses = hotel.outbound.retries_after_s
    callback = house.store.change_record(
        Callback, call.callback_id, lambda c: callback_rules.after(c, call, pauses, now) if c else None
    )
    if callback is not None and callback.status == "scheduled":
        house.task_queue.remind(callback)
    if callback is not None and callback.status == "failed":
        tell_staff(house, hotel, callback, call.outcome if call.outcome in ("refused", "failed") else "unanswered")


def _tell(house: House, call: OutboundCall) -> None:
    told = {"outbound_id": call.outbound_id, "purpose": call.purpose, "outcome": call.outcome}
    said = {"rating": call.rating, "comment": call.comment}
    optional = {"call_sid": call.call_sid, "answered_by": call.answered_by, "callback_id": call.callback_id, **said}
    event = events.event(
        events.OUTBOUND_SETTLED,
        session_id=call.session_id or tokens.session_id_of_call(call.outbound_id),
        property_id=call.property_id,
        writer="jobs",
        n=f"settled-{call.outbound_id}",
        now=call.ended_at or call.created_at,
        outbound=told | {name: value for name, value in optional.items() if value},
    )
    house.publish_if_possible(event)
