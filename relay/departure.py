"""Why, when and how a stream is left: a reason of our own at the next pause, what the talk wants at once. Pure.

To leave is to post the `then` that is due, and to close the stream once that was answered, or is too late. After the
close nothing is sent to anybody but events.
"""

from __future__ import annotations

from relay import messages as msg
from relay.aftermath import Aftermath
from relay.agent import Agent
from relay.caller_stream import CallerStream
from relay.functions import PostThen, ThenAnswer, ToolAnswer, TurnAnswer
from relay.phases import Course, Phase

LEAVE_WAIT_MS = 6000
# When the process ends: functions need the rest of its time, to take a turn and then what follows, perhaps from cold.
DRAIN_WAIT_MS = 3500
THEN_WAIT_MS = 6000

# Somebody else goes on with the call.
_MOVES_ON = frozenset({"draining", "engines_lost"})

NORMAL_CLOSURE = 1000
GOING_AWAY = 1001


class Departure:
    """`want` it for a reason, `mind` it as time passes; `leave` and `end` do it now."""

    def __init__(self, course: Course, stream: CallerStream, agent: Agent) -> None:
        self.wanted = ""  # for this reason; the first one stays
        self.reason = ""  # why the stream is left
        self.aftermath: Aftermath | None = None  # once it is over
        self._course = course
        self._stream = stream
        self._agent = agent
        self._is_stale = False  # functions say that a newer attempt has taken over
        self._by_ms: int | None = None  # not later, whoever speaks
        self._answer_by_ms: int | None = None  # `then` was posted

    @property
    def due_ms(self) -> int | None:
        """When `mind` has something to do next, but for the talk."""
        return self._answer_by_ms if self._course.phase is Phase.LEAVING else self._by_ms

    # --- it is wanted ---

    def want(self, reason: str, now_ms: int, wait_ms: int = LEAVE_WAIT_MS) -> None:
        """At the next turn boundary, or after `wait_ms` at most. The first reason stays, and the earliest time."""
        by_ms = now_ms + wait_ms
        self.wanted = self.wanted or reason
        self._by_ms = by_ms if self._by_ms is None else min(self._by_ms, by_ms)

    def answered(self, answer: ToolAnswer | TurnAnswer, now_ms: int) -> None:
        """What functions say of this stream: it is not theirs any more, or it is to end."""
        self._is_stale = self._is_stale or answer.is_stale_attempt
        if isinstance(answer, TurnAnswer) and answer.end:
            self.want(answer.end, now_ms)

    def drain(self, now_ms: int, out: list[msg.Message]) -> None:
        """The process is about to end."""
        if self._course.phase is Phase.ARRIVING:
            self.end(GOING_AWAY, "draining", now_ms, out)
        elif self._course.goes_on:
            self.want("draining", now_ms, DRAIN_WAIT_MS)

    # --- it is due ---

    def mind(self, now_ms: int, out: list[msg.Message]) -> None:
        """Leave now, if it is time. Without an engine nothing is waited for but the end of what is being heard."""
        talk, attempt = self._agent.talk, self._agent.attempt
        if self._course.phase is Phase.LEAVING:
            if self._answer_by_ms is not None and now_ms >= self._answer_by_ms:
                self.end(NORMAL_CLOSURE, self.reason, now_ms, out)
        elif talk is None or attempt is None or not self._course.goes_on:
            return
        elif self._is_stale:
            self.end(NORMAL_CLOSURE, "stale_attempt", now_ms, out)
        elif talk.then is not None:
            self.leave(talk.then, now_ms, out)
        elif self.wanted:
            is_late = self._by_ms is not None and now_ms >= self._by_ms
            is_mute = self._course.phase is not Phase.TALKING and not attempt.agent_is_heard(now_ms)
            if is_late or is_mute or talk.is_at_boundary:
                self.leave(self._planned or PostThen(reason=self.wanted), now_ms, out)

    @property
    def _planned(self) -> PostThen | None:
        """What a tool decided goes before a limit. Where the call just moves on, only what the guest is being told."""
        attempt = self._agent.attempt
        if attempt is None or (self.wanted in _MOVES_ON and not attempt.ending.is_being_said):
            return None
        return attempt.ending.then

    def leave(self, then: PostThen, now_ms: int, out: list[msg.Message]) -> None:
        """Post every turn as far as it got, then `then`. The engine is not needed any more."""
        self._course.move("leave")
        self.reason = then.reason or "then"
        self._answer_by_ms = now_ms + THEN_WAIT_MS
        self._agent.close(now_ms, out)
        if self._agent.attempt is not None:
            self._agent.attempt.ending.withdraw()  # it is on its way: nobody calls it off any more
        out.append(then)

    def then_answered(self, answer: ThenAnswer, now_ms: int, out: list[msg.Message]) -> None:
        if answer.status != 200:
            out.append(msg.Log("! then refused", {"status": answer.status}))
        if self._course.phase is Phase.LEAVING:
            self.end(NORMAL_CLOSURE, self.reason, now_ms, out)

    def end(self, code: int, reason: str, now_ms: int, out: list[msg.Message]) -> None:
        """Close the stream."""
        was_leaving = self._course.phase is Phase.LEAVING
        self._course.move("end")
        self.reason = reason
        if not was_leaving:
            self._agent.close(now_ms, out)
        out.append(msg.HangUp(code, reason))
        self._stream.audio.forget()
        self.aftermath = Aftermath(self._agent, self._stream, ended_ms=now_ms, reason=reason)
