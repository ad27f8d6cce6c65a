"""Our events: their names, topics and envelope. Pure. `contracts/event.json` is the shape.

An event's id says what it is about, so the same thing always has the same id and a second delivery changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightdesk.conversation import Session, Transfer

CONVERSATION_STARTED = "conversation.started"
CONVERSATION_MESSAGE = "conversation.message"
CONVERSATION_FUNCTION_CALL = "conversation.function_call"
CONVERSATION_ENDED = "conversation.ended"
STREAM_ENDED = "stream.ended"
STREAM_RESUMED = "stream.resumed"
STREAM_BROKEN = "stream.broken"
STREAM_FAILED = "stream.failed"
ENGINE_SWITCHED = "engine.switched"
ENGINE_ROLLED_OVER = "engine.rolled_over"
ENGINE_FAILED = "engine.failed"
DELEGATION_FAILED = "delegation.failed"
CALL_REFUSED = "call.refused"
TOOL_FAILED = "tool.failed"
CLAIM_MISMATCH = "claim.mismatch"
PROPERTY_UNKNOWN = "property.unknown"
GUEST_ERASED = "guest.erased"
OUTBOUND_SETTLED = "outbound.settled"
PAYMENT_RECEIVED = "payment.received"

_TOPICS = {
    CONVERSATION_STARTED: "conversation-events",
    CONVERSATION_MESSAGE: "conversation-events",
    CONVERSATION_ENDED: "conversation-events",
    CONVERSATION_FUNCTION_CALL: "function-calls",
}

Event = dict[str, Any]


def topic(event_type: str) -> str:
    return _TOPICS.get(event_type, "analytics-events")


def event(
    event_type: str,
    *,
    session_id: str,
    property_id: str,
    writer: str,
    n: int | str,
    now: datetime,
    attempt: int = 1,
    channel: str = "voice",
    turn: int | None = None,
    **payload: Mapping[str, Any],
) -> Event:
    """`n` tells apart what one writer says about one attempt; it follows from the thing itself, not from a counter."""
    ended = event_type == CONVERSATION_ENDED
    return {
        "v": 1,
        "event_id": f"{session_id}-ended" if ended else f"{session_id}-{writer}-{attempt}-{n}",
        "event_type": event_type,
        "session_id": session_id,
        "channel": channel,
        "timestamp": instant(now),
        "property_id": property_id,
        "attempt": attempt,
        **({} if turn is None else {"turn": turn}),
        **payload,
    }


def of_session(
    session: Session,
    event_type: str,
    *,
    writer: str,
    n: int | str,
    now: datetime,
    attempt: int | None = None,
    turn: int | None = None,
    **payload: Mapping[str, Any],
) -> Event:
    """An event of this conversation; of its newest attempt, where no other is named."""
    return event(
        event_type,
        session_id=session.session_id,
        property_id=session.property_id,
        writer=writer,
        n=n,
        now=now,
        attempt=session.attempt if attempt is None else attempt,
        channel=session.channel,
        turn=turn,
        **payload,
    )


def of_transfer(session: Session, happened: Transfer, now: datetime) -> Event:
    """What became of a transfer."""
    about = {"department": happened.department, "dial": happened.dial, "warm": happened.warm}
    return of_session(
        session,
        f"transfer.{happened.what}",
        writer="twilio",
        n=f"transfer-{happened.dial}-{happened.what}",
        now=now,
        attempt=happened.attempt,
        transfer=about | ({"reason": happened.reason} if happened.reason else {}),
    )


def metadata(session: Session) -> dict[str, Any]:
    """What conversation.started tells of it, beside the engine that answers."""
    return {
        "phone_number": session.caller_id,
        "call_sid": session.call_sid,
        "property": session.property_id,
        "direction": session.direction,
        "language": session.language,
    }


def instant(moment: datetime) -> str:
    """UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
