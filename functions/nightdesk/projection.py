"""What events change in the store: the call's document and its turns. Idempotent: every event_id counts once.

The relay posts turns to `tools` as well; what stands there already stays, so an event only fills what was lost.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from nightdesk import events
from nightdesk.conversation import Session, Stream, Turn
from nightdesk.events import Event
from nightdesk.hotel.ports import Store


def project(store: Store, event: Event, now: datetime) -> Session | None:
    """Apply one event. None when its session is unknown and the event cannot begin one.

    Of a conversation that was erased meanwhile no words are kept.
    """
    session_id = event["session_id"]
    turn = _turn(event, now) if event["event_type"] == events.CONVERSATION_MESSAGE and "turn" in event else None
    if turn is not None:
        store.put_turn(session_id, turn, replace=False)
    session = store.apply_event(event["event_id"], session_id, lambda session: changed(session, event))
    if turn is not None and session is not None and session.erased_at:
        store.put_turn(session_id, replace(turn, text=""))
    return session


def changed(session: Session | None, event: Event) -> Session | None:
    """The session after an event; None leaves it as it is. Pure."""
    if session is None:
        return _begun(event) if event["event_type"] == events.CONVERSATION_STARTED else None
    if event["event_type"] == events.PAYMENT_RECEIVED:  # mostly after the call, and no part of its end
        paid = event["payment"]
        return replace(session, paid_cents=session.paid_cents + paid["amount_cents"] - paid["refund_cents"])
    if session.ended_event is not None and event["event_type"] != events.STREAM_ENDED:
        return None  # concluded from the store itself: a straggler must not count twice
    match event["event_type"]:
        case events.CONVERSATION_STARTED:
            return _with_engine(session, event["attempt"], event["metadata"].get("engine", ""))
        case events.STREAM_RESUMED:
            session = replace(session, recovered=True)
            return _with_engine(session, event["attempt"], event.get("stream", {}).get("engine", ""))
        case events.CONVERSATION_MESSAGE:
            return replace(session, messages_count=session.messages_count + 1)
        case events.CONVERSATION_FUNCTION_CALL:
            return replace(session, tools_executed=(*session.tools_executed, event["function"]["name"]))
        case events.STREAM_ENDED:
            stream = session.stream(event["attempt"]) or Stream(event["attempt"], stream_sid="")
            return session.with_stream(replace(stream, ended=event["stream"], ended_at=event["timestamp"]))
    return None


def _begun(event: Event) -> Session:
    """A conversation that the store has not seen: the event outlived its session set-up."""
    about = event["metadata"]
    return Session(
        session_id=event["session_id"],
        property_id=event["property_id"],
        channel=event["channel"],
        direction=about["direction"],
        language=about["language"],
        call_sid=about["call_sid"],
        caller_id=about.get("phone_number", ""),
        called="",
        stir="",
        start_time=datetime.fromisoformat(event["timestamp"]),
        streams=(Stream(event["attempt"], stream_sid="", engine=about.get("engine", "")),),
    )


def _with_engine(session: Session, attempt: int, engine: str) -> Session:
    stream = session.stream(attempt) or Stream(attempt, stream_sid="")
    return session.with_stream(replace(stream, engine=engine))


def _turn(event: Event, now: datetime) -> Turn:
    message: dict[str, Any] = event["message"]
    return Turn(
        attempt=event["attempt"],
        turn=event["turn"],
        role=message["role"],
        text=message["content"],
        stored_at=now,
        heard_ms=message.get("heard_ms"),
        interrupted=message.get("interrupted", False),
        item_id=message.get("item_id", ""),
    )
