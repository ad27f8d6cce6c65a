"""What becomes of a promised call back. Pure: the promise and what came of one call go in, the promise comes out.

| the call | then |
|---|---|
| somebody heard us, or a machine was left a message | done |
| busy, nobody answered or heard us, it failed | again after a pause, three times; then failed, and staff are told |
| the number may not be or cannot be called | failed, and staff are told |
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from nightdesk import contact_words, service_words
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.records import Callback
from nightdesk.outbound_scripts import UNSURE

LATEST = timedelta(hours=1)
"""A call that comes later than that after its hour is none that anybody was promised."""


def variables(callback: Callback) -> dict[str, str]:
    """Of the call's script. A number that was only said or keyed may be anybody's."""
    unsure = {UNSURE: callback.phone_source} if callback.phone_source in ("keypad", "spoken") else {}
    return ({"reason": callback.reason} if callback.reason else {}) | unsure


def call_id(callback: Callback) -> str:
    """The outbound_id of its next call: the same for all who find it due, another one once it is put off."""
    name = f"{callback.callback_id}:{callback.due_at.timestamp()}"
    return f"out_{hashlib.sha256(name.encode()).hexdigest()[:20]}"


def claimed(callback: Callback, outbound_id: str) -> Callback | None:
    """The promise while this call is placed for it; None when it is not to be kept in this way any more."""
    if callback.status != "scheduled" or call_id(callback) != outbound_id:
        return None
    return replace(callback, status="calling", attempts=callback.attempts + 1, outbound_id=outbound_id)


def after(callback: Callback, call: OutboundCall, pauses: Sequence[int], now: datetime) -> Callback | None:
    """The promise after a call for it; None: this call says nothing about it any more."""
    if callback.status == "scheduled" and call_id(callback) == call.outbound_id:  # its caller died before the claim
        callback = replace(callback, status="calling", attempts=callback.attempts + 1, outbound_id=call.outbound_id)
    if callback.status != "calling" or callback.outbound_id != call.outbound_id:
        return None
    match call.outcome:
        case "answered" | "voicemail":
            return replace(callback, status="done", placed_as=call.session_id, last_error="")
        case "refused":
            return replace(callback, status="failed", last_error=call.last_error or call.outcome)
    if callback.attempts > len(pauses):
        return replace(callback, status="failed", last_error=call.last_error or call.outcome)
    due_at = now + timedelta(seconds=pauses[callback.attempts - 1])
    return replace(callback, status="scheduled", due_at=due_at, last_error=call.last_error or call.outcome)


def for_staff(hotel: Property, callback: Callback, why: str) -> str:
    """What the front desk is told. `why`: unanswered, failed, refused, late."""
    language = hotel.language
    reason = callback.reason if callback.reason.endswith((".", "?", "!")) else f"{callback.reason}."
    return contact_words.said(
        "callback_failed",
        language,
        name=callback.name or contact_words.said("a_guest", language),
        number=callback.phone,
        reason=reason,
        moment=service_words.moment(hotel.local(callback.promised_at or callback.due_at), language),
        why=contact_words.said(f"why_{why}", language, times=callback.attempts),
    )
