"""A finished call, made up: what the checks and the reports are given."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from audio import g711
from local.callers.scene import Expectation, Faults, Scene
from local.facts import Event, Facts, Notice
from local.store import Stored
from local.twilio import CallRecord

ANSWERED = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)  # a Tuesday
SESSION = "sess_" + "a" * 26
OFFERS = [{"room_type": "standard_queen", "total": "$335.72", "total_cents": 33572}]


def tone(ms: int) -> bytes:
    return g711.encode((8000 * np.sin(2 * np.pi * 500 * np.arange(ms * 8) / 8000)).astype(np.int16))


def silence(ms: int) -> bytes:
    return bytes([g711.SILENCE]) * (ms * 8)


def event(event_type: str, at_ms: int, attempt: int = 1, **payload: Any) -> Event:
    number = f"{event_type}-{at_ms}"
    return {
        "v": 1,
        "event_id": f"{SESSION}-relay-{attempt}-{number}",
        "event_type": event_type,
        "session_id": SESSION,
        "attempt": attempt,
        "timestamp": (ANSWERED + timedelta(milliseconds=at_ms)).isoformat(),
        **payload,
    }


def message(at_ms: int, role: str, text: str, **more: Any) -> Event:
    return event("conversation.message", at_ms, message={"role": role, "content": text, **more})


def tool(at_ms: int, name: str, arguments: dict[str, Any], result: dict[str, Any], **more: Any) -> Event:
    call = {"name": name, "arguments": arguments, "result": result, "ok": True, "duration_ms": 5, "replayed": False}
    return event("conversation.function_call", at_ms, function={**call, "tool_call_id": f"call_{at_ms}", **more})


def ended(at_ms: int, outcome: str = "lead_created", **more: Any) -> Event:
    summary = {"outcome": outcome, "transferred_to": None, "ended_by": "agent", **more}
    return event("conversation.ended", at_ms, summary=summary)


EVENTS = [
    event("conversation.started", 100),
    message(2000, "assistant", "Thank you for calling. How may I help you?", heard_ms=1500),
    message(4000, "user", "do you have a room"),
    tool(4100, "check_availability", {"check_in": "2026-11-27", "adults": 2}, {"nights": 2, "offers": OFFERS}),
    message(9000, "assistant", "The Standard Queen is $335.72 in total.", heard_ms=4000),
    tool(9500, "create_lead", {"name": "Alex"}, {"lead_id": "lead_1"}),
    event("stream.ended", 11_000),
    ended(12_000),
]


def facts(
    expect: Expectation | None = None,
    events: list[Event] | None = None,
    *,
    faults: Faults | None = None,
    ended_by: str = "twiml",
    leads: list[dict[str, Any]] | None = None,
    complaint: str = "",
    problems: list[str] | None = None,
    outcome: str = "lead_created",
    slots: list[int] | None = None,
    replayed: list[str] | None = None,
    kept: dict[str, list[str]] | None = None,
) -> Facts:
    scene = Scene(
        "made_up",
        "A made-up call",
        "+12075550142",
        "+12072203501",
        (),
        1,
        {},
        faults or Faults(),
        expect or Expectation(),
    )
    record = CallRecord(
        call_sid="CA" + "0" * 32,
        parent_call_sid=None,
        direction="inbound",
        from_=scene.caller,
        to=scene.called,
        status="completed",
        ended_by=ended_by,
        created_at=ANSWERED - timedelta(milliseconds=50),
        answered_at=ANSWERED,
        ended_at=ANSWERED + timedelta(seconds=11),
        duration_s=11,
        heard=silence(400) + tone(1600) + silence(3000) + tone(4000) + silence(2000),
        said=silence(2900) + tone(900) + silence(7200),
        keys_heard="",
        timeline=(),
        children=(),
    )
    lead = {"lead_id": "lead_1", "phone": "+12075550142", "name": "Alex", "name_confirmed": False, "name_clip": None}
    return Facts(
        scene=scene,
        session_id=SESSION,
        record=record,
        acts=[Notice(2900, "guest", {"action": "says", "text": "do you have a room"})],
        events=EVENTS if events is None else events,
        stored=Stored(
            call={"status": "completed", "outcome": outcome},
            leads=[lead] if leads is None else leads,
            slots=slots or [],
        ),
        complaint=complaint,
        problems=problems or [],
        replayed=replayed or [],
        kept=kept or {},
    )
