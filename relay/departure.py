"""Why and when a stream is left: a reason of our own at the next pause, what the talk wants at once. Pure.

`Call` carries it out: it posts the `then` that is due, and closes the stream once that was answered, or is too late.
"""

from __future__ import annotations

from relay.functions import PostThen
from relay.messages import HangUp
from relay.talk import Talk

LEAVE_WAIT_MS = 6000
THEN_WAIT_MS = 6000


class Departure:
    """`want` it for a reason, ask what is `due` as time passes, and say what was `posted`."""

    def __init__(self) -> None:
        self.wanted = ""  # for this reason; the first one stays
        self.by_ms: int | None = None  # not later, whoever speaks
        self.answer_by_ms: int | None = None  # `then` was posted

    def want(self, reason: str, now_ms: int) -> None:
        """At the next turn boundary, or after `LEAVE_WAIT_MS` at most."""
        if not self.wanted:
            self.wanted = reason
            self.by_ms = now_ms + LEAVE_WAIT_MS

    def due(self, talk: Talk, now_ms: int, *, has_engine: bool) -> PostThen | HangUp | None:
        """How the stream is to be left now, if it is. Without an engine nothing is waited for."""
        if talk.stale:
            return HangUp(1000, "stale_attempt")
        if talk.then is not None:
            return talk.then
        if talk.end_wanted:
            self.want(talk.end_wanted, now_ms)
        if not self.wanted:
            return None
        is_late = self.by_ms is not None and now_ms >= self.by_ms
        return PostThen(reason=self.wanted) if is_late or talk.is_at_boundary or not has_engine else None

    def posted(self, now_ms: int) -> None:
        self.answer_by_ms = now_ms + THEN_WAIT_MS

    def is_answer_late(self, now_ms: int) -> bool:
        return self.answer_by_ms is not None and now_ms >= self.answer_by_ms
