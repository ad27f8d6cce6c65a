"""Why and when a stream is left: a reason of our own at the next pause, what the talk wants at once. Pure.

`Call` carries it out: it posts the `then` that is due, and closes the stream once that was answered, or is too late.
"""

from __future__ import annotations

from relay.functions import PostThen, ToolAnswer, TurnAnswer
from relay.messages import HangUp
from relay.talk import Talk

LEAVE_WAIT_MS = 6000
# When the process ends: functions need the rest of its time, to take a turn and then what follows, perhaps from cold.
DRAIN_WAIT_MS = 3500
THEN_WAIT_MS = 6000


class Departure:
    """`want` it for a reason, ask what is `due` as time passes, and say what was `posted`."""

    def __init__(self) -> None:
        self.is_stale = False  # functions say that a newer attempt has taken over
        self.wanted = ""  # for this reason; the first one stays
        self.by_ms: int | None = None  # not later, whoever speaks
        self.answer_by_ms: int | None = None  # `then` was posted

    def want(self, reason: str, now_ms: int, wait_ms: int = LEAVE_WAIT_MS) -> None:
        """At the next turn boundary, or after `wait_ms` at most. The first reason stays, and the earliest time."""
        by_ms = now_ms + wait_ms
        self.wanted = self.wanted or reason
        self.by_ms = by_ms if self.by_ms is None else min(self.by_ms, by_ms)

    def answered(self, answer: ToolAnswer | TurnAnswer, now_ms: int) -> None:
        """What functions say of this stream: it is not theirs any more, or it is to end."""
        self.is_stale = self.is_stale or answer.is_stale_attempt
        if isinstance(answer, TurnAnswer) and answer.end:
            self.want(answer.end, now_ms)

    def due(self, talk: Talk, now_ms: int, *, has_engine: bool) -> PostThen | HangUp | None:
        """How the stream is to be left now, if it is. Without an engine nothing is waited for."""
        if self.is_stale:
            return HangUp(1000, "stale_attempt")
        if talk.then is not None:
            return talk.then
        if not self.wanted:
            return None
        is_late = self.by_ms is not None and now_ms >= self.by_ms
        return PostThen(reason=self.wanted) if is_late or talk.is_at_boundary or not has_engine else None

    def posted(self, now_ms: int) -> None:
        self.answer_by_ms = now_ms + THEN_WAIT_MS

    def is_answer_late(self, now_ms: int) -> bool:
        return self.answer_by_ms is not None and now_ms >= self.answer_by_ms
