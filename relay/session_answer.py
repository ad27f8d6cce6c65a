"""`POST /session`'s answer, read: what a call cannot do without is there, or there is no session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from relay.errors import FunctionsUnavailable
from relay.functions import FetchSession, Session
from relay.limits import read_limits

# It becomes part of URLs and file names.
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def read_session(answer: Mapping[str, Any], wanted: FetchSession) -> Session:
    """Raises FunctionsUnavailable when the answer lacks what a call needs."""
    try:
        limits = answer.get("limits") or {}
        session_id = str(answer["session_id"])
        if not _SESSION_ID.fullmatch(session_id):
            raise ValueError("session_id is no plain name")
        return Session(
            session_id=session_id,
            property_id=str(answer["property_id"]),
            attempt=int(answer["attempt"]),
            engine_session=dict(answer["engine_session"]),
            opening=str(answer["opening"]["instructions"]),
            opening_text=str(answer["opening"].get("text") or ""),
            clip_url=str(answer["opening"].get("clip_url") or ""),
            history=tuple(answer.get("history") or ()),
            metadata=dict(answer.get("metadata") or {}),
            call_s=int(limits.get("call_s", 1800)),
            idle_s=int(limits.get("idle_s", 20)),
            engine=str(answer.get("engine") or ""),
            barge_in=str((answer.get("barge_in") or {}).get("mode", "immediate")),
            recording=bool((answer.get("recording") or {}).get("on")),
            dialect=wanted.dialect,
            audio=wanted.audio,
            channel=str(answer.get("channel", "voice")),
            limits=read_limits(limits),
            is_first=answer.get("resumed") is False,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as missing:
        raise FunctionsUnavailable("/session", f"unreadable answer: {missing}") from None
