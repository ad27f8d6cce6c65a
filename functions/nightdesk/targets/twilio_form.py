"""What a request of Twilio's says: which call it is about, who calls whom, and what we had written into its URL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Request

from nightdesk import logs, tokens
from nightdesk.errors import BadRequest

if TYPE_CHECKING:
    from nightdesk.conversation import Session

TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""What Twilio calls the end of a call."""

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_RECORDING_SID = re.compile(r"RE[0-9a-f]{32}")
_FIGURES = re.compile(r"[0-9]{1,12}")


def call_sid_of(request: Request) -> str:
    """Raises: BadRequest when it is no CallSid."""
    call_sid: str = request.form.get("CallSid", "")
    if not _CALL_SID.fullmatch(call_sid):
        raise BadRequest("bad_call_sid", f"CallSid must be CA and 32 hex digits, not {call_sid!r}")
    logs.about(session_id=tokens.session_id_of_call(call_sid), call_sid=call_sid)
    return call_sid


def recording_sid_of(request: Request) -> str:
    """Also where only the recording's URL is told, or a URL of ours repeats it. Raises: BadRequest when it is none."""
    given: str = request.values.get("RecordingSid", "") or request.values.get("RecordingUrl", "").rpartition("/")[2]
    if not _RECORDING_SID.fullmatch(given):
        raise BadRequest("bad_recording_sid", "RecordingSid must be RE and 32 hex digits")
    return given


def is_over(request: Request) -> bool:
    """Whether the call has ended, and nobody hears the answer."""
    return request.form.get("CallStatus") in TERMINAL


def is_placed_by_us(request: Request) -> bool:
    return request.form.get("Direction", "").startswith("outbound-api")


def numbers(request: Request) -> tuple[str, str]:
    """The guest's and the hotel's, as Twilio writes them: of a call that we place the hotel's is the one that calls."""
    from_, to = request.form.get("From", ""), request.form.get("To", "")
    return (to, from_) if is_placed_by_us(request) else (from_, to)


def attempt_of(request: Request, session: Session) -> int:
    """Which stream, or what stood in its place, the URL is about."""
    return number(request.args.get("attempt"), session.attempt)


def duration_of(request: Request) -> int | None:
    """Seconds, where the call is over and Twilio says how long it was."""
    given = request.form.get("CallDuration", "")
    return int(given) if _FIGURES.fullmatch(given) else None


def number(given: str | None, otherwise: int = 0) -> int:
    """What stands there in figures."""
    return int(given) if given and _FIGURES.fullmatch(given) else otherwise
