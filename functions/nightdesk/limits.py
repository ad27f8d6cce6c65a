"""What one call may still take: the house's limits, less what its earlier streams have taken. Pure.

The relay counts within its own stream alone; a call whose stream broke, or that comes back from a transfer, does not
begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from nightdesk import costs
from nightdesk.conversation import Session, Turn
from nightdesk.hotel.model import Limits

GRACE = timedelta(seconds=30)  # the relay watches the clock itself, and says goodbye first


def is_over_time(limits: Limits, session: Session, now: datetime) -> bool:
    """Whether a call that still goes on must end: for a relay whose clock did not tell it."""
    return now - session.start_time > timedelta(seconds=limits.call_s) + GRACE


def left(limits: Limits, session: Session, turns: Sequence[Turn], now: datetime) -> dict[str, Any]:
    """`limits` of the answer to POST /session, for the stream that asks. Nothing in it is below 0."""
    earlier = [stream.ended for stream in session.streams if stream.ended is not None]
    spent_usd = sum(costs.of_stream(report) for report in earlier)
    spoken = sum(turn.role == "user" and turn.attempt < session.attempt for turn in turns)
    talked_s = int((now - session.start_time).total_seconds()) if session.attempt > 1 else 0
    return {
        "call_s": max(limits.call_s - talked_s, 0),
        "idle_s": limits.idle_s,
        "turns": max(limits.turns - spoken, 0),
        "budget_usd": max(round(limits.budget_usd - spent_usd, 6), 0.0),
        "prices": costs.PRICES,
        "hold_s": limits.hold_s,
        "repeats": limits.repeats,
        "stale_turns": limits.stale_turns,
    }
