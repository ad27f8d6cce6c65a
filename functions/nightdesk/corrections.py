"""What a turn of the assistant brings when it claims what is not so: an event for us, a note for the engine.

The note goes with the answer to the turn. Where a stream broke, nobody knows whether its engine still had it, so the
next stream's engine is told of the last turn again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from nightdesk import audit, events, pay_words
from nightdesk.bootstrap import House
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.model import Property

log = logging.getLogger(__name__)


def corrected(house: House, current: Session, hotel: Property, turn: Turn) -> str:
    """What the engine is to put right of what it has just said, or "". Every mismatch is told as an event.

    Of what it claimed in the turn before as well, it has been told already: a note must not bring another for ever.
    """
    if not audit.has_claims(turn.text):
        return ""
    store, now = house.store, house.clock()
    tool_calls, turns = store.tool_calls(current.session_id), store.turns(current.session_id)
    today = hotel.today(now)
    wrong = _mismatches(turn, current, hotel, tool_calls, turns, today)
    if not wrong:
        return ""
    earlier = [t for t in turns if t.role == "assistant" and (t.attempt, t.turn) < (turn.attempt, turn.turn)]
    before = _mismatches(earlier[-1], current, hotel, tool_calls, turns, today) if earlier else []
    told = {(mismatch.kind, mismatch.what) for mismatch in before}
    new = [mismatch for mismatch in wrong if (mismatch.kind, mismatch.what) not in told]
    event = events.of_session(
        current,
        events.CLAIM_MISMATCH,
        writer="tools",
        n=f"claim-{turn.turn}",
        now=now,
        attempt=turn.attempt,
        turn=turn.turn,
        claim={"mismatches": [asdict(mismatch) for mismatch in wrong], "noted": bool(new)},
    )
    house.publish_if_possible(event, timeout_s=1.0)
    kinds = [mismatch.kind for mismatch in wrong]  # what was said stays out of the log
    log.warning("! claim without its deed", extra={"fields": {"turn": turn.turn, "kinds": kinds}})
    return audit.note(new) if new else ""


def owed(current: Session, hotel: Property, tool_calls: Sequence[ToolCall], turns: Sequence[Turn], today: date) -> str:
    """What the engine of a new stream is to put right of what the guest heard last, or ""."""
    said = [turn for turn in turns if turn.role == "assistant" and turn.text]
    if not said:
        return ""
    last = max(said, key=lambda turn: (turn.attempt, turn.turn))
    wrong = _mismatches(last, current, hotel, tool_calls, turns, today)
    return audit.note(wrong) if wrong else ""


def _mismatches(
    turn: Turn,
    current: Session,
    hotel: Property,
    tool_calls: Sequence[ToolCall],
    turns: Sequence[Turn],
    today: date,
) -> list[audit.Mismatch]:
    told_of = [facts for note in current.notes if (facts := pay_words.facts(note.text))]
    return audit.audit(turn, hotel, tool_calls, turns, today, told_of)
