"""conversation.ended: written once, by whichever function comes last, from what the store remembers.

Due when Twilio's terminal status has come, the newest stream has reported its end, and it is known whether people have
answered or a message was left; or 30 s have passed since, and of a telephone of which nobody has told the guest left
before it rang. A conversation at a screen has no such status: it is due 60 s after its last stream, since a page may
come back. It is kept with the session first and published after; who dies between is stood in for by POST
/jobs/reconcile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nightdesk import costs, events
from nightdesk.calls import left_unrung, waits_for_news
from nightdesk.conversation import Session, ToolCall, Transfer, Turn
from nightdesk.hotel.ports import Store
from nightdesk.sinks import Publisher

GRACE = timedelta(seconds=30)
MAY_COME_BACK = timedelta(seconds=60)
_INFORMING = frozenset({"check_availability", "search_kb", "concierge_info", "record_feedback"})
LONGEST_CALL = timedelta(hours=4, minutes=10)  # Twilio ends a call after four hours; its status may be late


def finalise(store: Store, publisher: Publisher, session_id: str, now: datetime) -> bool:
    """Write and publish conversation.ended if it is due. True when this call published it. Raises: PublishError."""
    session = store.session(session_id)
    if session is None or session.ended_published:
        return False
    due = is_due(session, now)
    if due or session.terminal_at is not None:
        store.free_slot(session)
    if not due:
        return False
    turns, calls = store.turns(session_id), store.tool_calls(session_id)
    mine, news = False, list[Transfer]()

    def take(current: Session | None) -> Session | None:
        nonlocal mine, news
        assert current is not None
        taken = current.publishing_at is not None and now - current.publishing_at < GRACE
        mine = not current.ended_published and not taken
        if not mine:
            return None
        written = current if current.ended_event else conclude(current, turns, calls, now)
        news = list(written.transfers[len(current.transfers) :])
        return replace(written, publishing_at=now)

    session = store.change_session(session_id, take)
    if not mine or session is None or session.ended_event is None:
        return False
    try:
        for transfer in news:
            publisher.publish(events.of_transfer(session, transfer, now))
        publisher.publish(dict(session.ended_event))
    except BaseException:
        store.change_session(session_id, lambda s: replace(s, publishing_at=None) if s else None)
        raise
    store.change_session(session_id, lambda s: replace(s, ended_published=True) if s else None)
    return True


def is_due(session: Session, now: datetime) -> bool:
    if session.ended_event is not None:
        return True
    if session.terminal_at is None and (left_at := _left_at(session)) is not None:
        return now - left_at >= MAY_COME_BACK
    if session.terminal_at is None:
        return now - session.start_time >= LONGEST_CALL
    newest = session.streams[-1] if session.streams and not session.refused else None
    is_told = newest is None or newest.ended is not None
    return (is_told and not waits_for_news(session)) or now - session.terminal_at >= GRACE


def conclude(session: Session, turns: Sequence[Turn], calls: Sequence[ToolCall], now: datetime) -> Session:
    """The session as it will stay, with its conversation.ended."""
    session = left_unrung(_left(session))
    spoken = [t for t in turns if t.text]
    done = [c for c in calls if not c.replay_of and not c.tool_call_id.startswith("dtmf-")]
    reports = [s.ended for s in session.streams if s.ended is not None]
    end = session.end_time or now
    seconds = session.duration_seconds
    if seconds is None:
        seconds = max(int((end - session.start_time).total_seconds()), 0)
    usage = costs.summed([r.get("usage") or {} for r in reports])
    session = replace(session, reservation_id=_booked(done) or session.reservation_id)
    session = replace(
        session,
        status="failed" if session.goes_on else session.status,
        end_time=end,
        duration_seconds=seconds,
        messages_count=len(spoken),
        tools_executed=tuple(c.name for c in done),
        lead_id=next((str(c.engine_result["lead_id"]) for c in done if _made(c, "create_lead")), ""),
        outcome=outcome(session, spoken, done),
        cost_usd=round(sum(map(costs.of_stream, reports)), 6),
        transcription="\n".join(f"{t.role}: {t.text}" for t in spoken),
        recovered=len(session.streams) > 1,
    )
    summary: dict[str, Any] = {
        "duration_seconds": seconds,
        "messages_count": session.messages_count,
        "function_calls": len(done),
        "outcome": session.outcome,
        "lead_created": bool(session.lead_id),
        "booking_id": session.reservation_id or None,
        "transferred_to": session.transferred_to or None,
        "cost_usd": session.cost_usd,
        "usage": usage,
        "sentiment": session.sentiment_score,
        "language": session.language,
        "ended_by": ended_by(session),
        "recovered": session.recovered,
    }
    ended = events.of_session(
        session,
        events.CONVERSATION_ENDED,
        writer="",
        n="",
        now=now,
        summary=summary,
    )
    return replace(session, ended_event=ended)


def _left_at(session: Session) -> datetime | None:
    """When the last stream of a conversation at a screen ended; None while one may be open, and for a phone call."""
    newest = session.streams[-1] if session.streams else None
    if session.channel == "voice" or newest is None or newest.attempt < session.attempt or not newest.ended_at:
        return None
    return datetime.fromisoformat(newest.ended_at)


def _left(session: Session) -> Session:
    """A conversation at a screen ends with its last stream, as a phone call with Twilio's terminal status."""
    left_at = _left_at(session)
    if left_at is None or session.terminal_status:
        return session
    status = "completed" if session.goes_on else session.status
    return replace(session, status=status, terminal_status="completed", terminal_at=left_at, end_time=left_at)


def outcome(session: Session, spoken: Sequence[Turn], calls: Sequence[ToolCall]) -> str:
    """The best thing that came of the conversation, read from the tool ledger and the turns, never from a claim."""
    if session.reservation_id:
        return "booking_created"
    if any(_made(c, "create_lead") for c in calls):
        return "lead_created"
    if session.transferred_to:
        return "transferred"
    if any(_made(c, "schedule_callback") for c in calls):
        return "callback_scheduled"
    if session.voicemail_id or any(_is_for_staff(c) for c in calls):
        return "message_taken"
    if session.given_up or session.refused or session.terminal_status in ("failed", "busy", "no-answer"):
        return "failed"
    if any(_informed(c) for c in calls) or _was_answered(spoken):
        return "information_provided"
    return "abandoned"


def ended_by(session: Session) -> str:
    """Whose act ended it: the last step that was answered tells; without one the guest hung up."""
    end, last = list((session.steps or {"": {}}).items())[-1]
    match last:
        case {"action": "dial"}:
            return "transfer"
        case {"action": "hangup", "about": ""}:  # behind a stream the agent's, behind people theirs
            return "agent" if end.startswith("stream-") else "transfer"
        case {"action": "hangup"}:
            return "system"
    if session.channel != "voice" and session.then is not None and session.then.action == "hangup":
        return "system" if session.then.reason else "agent"
    return "guest" if session.terminal_status else "system"


def _booked(calls: Sequence[ToolCall]) -> str:
    """The newest reservation that was made in the conversation and not cancelled in it again."""
    made = [str(c.engine_result["reservation_id"]) for c in calls if _made(c, "create_reservation")]
    gone = {
        c.engine_result.get("reservation_id")
        for c in calls
        if _made(c, "cancel_reservation") and c.engine_result.get("status") == "cancelled"
    }
    return next((reservation for reservation in reversed(made) if reservation not in gone), "")


def _made(call: ToolCall, name: str) -> bool:
    return call.name == name and call.changed


def _is_for_staff(call: ToolCall) -> bool:
    told = _made(call, "record_feedback") and "message_id" in call.engine_result
    return told or _made(call, "take_message") or _made(call, "request_service")


def _informed(call: ToolCall) -> bool:
    """A refusal such as a full house is information too, and so is what a guest tells of a stay."""
    if call.answer is None or call.name not in _INFORMING:
        return False
    return bool(call.answer["ok"]) or call.answer["error"]["code"] == "no_availability"


def _was_answered(spoken: Sequence[Turn]) -> bool:
    """The guest said something and the agent's answer to it was heard."""
    roles = [turn.role for turn in spoken]
    return "user" in roles and "assistant" in roles[roles.index("user") :]
