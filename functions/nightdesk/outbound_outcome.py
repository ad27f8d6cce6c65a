"""What came of a call of the hotel's own, by what Twilio tells of it and by what its conversation shows. Pure.

| the call was completed, and | outcome |
|---|---|
| a machine was left a message | voicemail |
| a key was pressed, or somebody asked for people or to pay | answered, whatever Twilio took them for |
| a fax answered | refused |
| a machine answered, and took no message | no_answer |
| no stream came to life, and no lower rung of the ladder | no_answer: nobody heard a word |
| the agent gave it up because nobody spoke | no_answer |
| otherwise | answered |

Source: Twilio, Call resource: `completed` says that somebody picked up, not that a person was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nightdesk import admission
from nightdesk.conversation import Session, ToolCall
from nightdesk.hotel.outbound import OutboundCall, Outcome

MACHINE, FAX = "machine", "fax"
_OUTCOMES: Mapping[str, Outcome] = {"busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "failed"}
_KEYED = "dtmf-"  # how the tool call of keyed digits begins
_OF_PEOPLE = frozenset({"transfer", "pay"})


def outcome(call: OutboundCall, status: str, session: Session | None, tool_calls: Iterable[ToolCall]) -> Outcome:
    """`status` is one of telephony.OVER; `session` and `tool_calls` are of the call's conversation."""
    if status != "completed":
        return _OUTCOMES[status]
    if call.voicemail_left:
        return "voicemail"
    if is_person(session, tool_calls):
        return "answered"
    if call.answered_by == FAX:
        return "refused"
    if call.answered_by.startswith(MACHINE) or not _was_heard(session):
        return "no_answer"
    return "answered"


def is_person(session: Session | None, tool_calls: Iterable[ToolCall]) -> bool:
    """Whether who answered has shown to be a person: by a key, or on the way to people or to a payment line.

    Words show nothing: a machine's greeting is heard as words of a guest too.
    """
    if session is None:
        return False
    if session.transfers or (session.then is not None and session.then.action in _OF_PEOPLE):
        return True
    has_paid = any(step.get("action") == "pay" for step in (session.steps or {}).values())
    return has_paid or any(call.tool_call_id.startswith(_KEYED) for call in tool_calls)


def _was_heard(session: Session | None) -> bool:
    if session is None or (not session.streams and session.rung == "agent"):
        return False
    return not admission.was_silent(session)
