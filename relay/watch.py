"""The watchdogs of one stream, put together: what each is told, and what is to be done when one barks. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from relay import caller, live, loudness, realtime
from relay.caller_audio import CallerAudio
from relay.functions import PostTurn, RunTool, Session
from relay.limits import Limits
from relay.meter import Meter
from relay.watchdogs import LOUD, SAMPLE_MS, STREAM_WAIT_MS, Answer, Hearing, Sameness, Sound, Staleness, Time

DEAF = "does not hear the caller"


class Watch:
    """`sample` the caller's side, `see` what passes. Without limits (before `begins`) only the engine is watched.

    `reason` says why the call has to be given back, once it has; `engine_trouble` why another engine is needed.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._limits = Limits()
        self._meter = Meter()
        self._sound = Sound(0)
        self._sameness = Sameness(0)
        self._staleness = Staleness(0)
        self._time: Time | None = None
        self._answer = Answer()
        self._hearing = Hearing()
        self._turns: set[int] = set()
        self._minds_hearing = False
        self._was_deaf = False

    def begins(self, session: Session, meter: Meter, now_ms: int) -> None:
        limits = session.limits
        self._limits, self._meter = limits, meter
        self._time = Time(now_ms, session.call_s * 1000)
        self._sound = Sound(limits.hold_s * 1000)
        self._sameness = Sameness(limits.repeats)
        self._staleness = Staleness(limits.stale_turns)
        self._mind_turns()
        self._mind_budget()

    def engine_serves(self, now_ms: int, *, says_who_speaks: bool) -> None:
        """A fresh engine. `says_who_speaks`: it tells when the caller begins and ends to speak, as `realtime` does.

        One that does not gives output all the time, from the first moment, and is known to hear by what it writes down
        of the caller. A second engine that seems deaf is believed: then it is the line that is strange. What has begun
        for it has to end, though: nobody is answered who seems to speak on and on.
        """
        self._answer, self._hearing = Answer(), Hearing(is_believed=self._was_deaf)
        if not says_who_speaks:
            self._answer.goes_on(now_ms, STREAM_WAIT_MS)
        self._minds_hearing = True

    # --- what happens ---

    def sample(self, heard: bytes, line: CallerAudio, now_ms: int, agent_speaks: bool) -> bool:
        """Ten times a second: 20 ms of it are enough to know whether there is sound. `is_alarmed` is returned.

        The line is told when somebody speaks on it, of whom the engine may give no sign, and when the next one is due.
        """
        loud = loudness.level(heard[-line.format.frame_bytes :], line.format) >= LOUD
        if not agent_speaks:
            self._sound.heard(loud=loud)
            if self._sound.is_too_much:
                self._bark("no_guest")
        if self._minds_hearing:
            self._hearing.heard(loud=loud, agent_speaks=agent_speaks)
            if self._hearing.someone_speaks and not self._was_deaf:
                line.spoke_ms = now_ms
        line.sample_due_ms = max(line.sample_due_ms, now_ms - SAMPLE_MS) + SAMPLE_MS
        return self.is_alarmed

    def see(self, passing: object, now_ms: int) -> None:
        """An event that came in, after it was dealt with, or a message on its way out."""
        if (seen := SEEN.get(type(passing))) is not None:
            seen(self, passing, now_ms)

    def _on_turn(self, post: PostTurn, _: int) -> None:
        if post.role != "user":
            return
        words = words_of(post.text)
        if words:
            self._sound.someone_is_there()
            self._sameness.said(words, post.turn)
        self._staleness.said(words, is_new_turn=post.turn not in self._turns)
        self._turns.add(post.turn)
        if self._sameness.is_too_much or self._staleness.is_too_much:
            self._bark("no_progress")
        self._mind_turns()

    def _on_tool(self, _: object, __: int) -> None:
        self._staleness.something_was_done()

    def _on_key(self, _: object, __: int) -> None:
        self._sound.someone_is_there()
        self._staleness.something_was_done()
        self._hearing.reset()  # what was loud may have been its tone, which no engine takes for speech

    def _on_usage(self, _: object, __: int) -> None:
        self._mind_budget()

    def _on_response_done(self, _: object, __: int) -> None:
        self._answer.ended()
        self._mind_budget()

    def _on_transcript(self, event: live.Transcript, _: int) -> None:
        if event.role == "user":
            self._hearing.reset()

    def _mind_turns(self) -> None:
        if self._limits.turns is not None and len(self._turns) >= self._limits.turns:
            self._bark("over_turns")

    def _mind_budget(self) -> None:
        budget_usd = self._limits.budget_usd
        if budget_usd is not None and self._meter.cost_usd(self._limits.prices) >= budget_usd:
            self._bark("over_budget")

    def mind(self, now_ms: int) -> bool:
        """To be asked as time passes. Returns whether the guest is to be told, now, that there is little of it left."""
        if self._time is None:
            return False
        if self._time.is_over(now_ms):
            self._bark("over_time")
        return self._time.is_short(now_ms) and not self.reason

    def _bark(self, reason: str) -> None:
        self.reason = self.reason or reason

    # --- the engine ---

    @property
    def someone_spoke(self) -> bool:
        """On the line, of whom the engine that served last has given no sign."""
        return self._hearing.someone_spoke

    @property
    def is_alarmed(self) -> bool:
        """There is a reason, or trouble: the call had better look at once."""
        return bool(self.reason) or (self._minds_hearing and self._hearing.is_deaf)

    def engine_gave(self, at_ms: int) -> None:
        """When audio of the response in the making last came, of which `see` was not told."""
        self._answer.gave(at_ms)

    def engine_trouble(self, now_ms: int) -> str:
        """Why another engine is needed; "" while this one will do."""
        if self._answer.is_overdue(now_ms):
            return "gives nothing"
        if self._minds_hearing and self._hearing.is_deaf:
            self._was_deaf, self._minds_hearing = True, False
            return DEAF
        return ""

    @property
    def due_ms(self) -> int | None:
        """When time alone makes something due."""
        times = (self._answer.due_ms, self._time.due_ms if self._time is not None and not self.reason else None)
        return min((time for time in times if time is not None), default=None)


def words_of(text: str) -> list[str]:
    """Letters and digits alone, so that punctuation and music signs are no words."""
    return re.findall(r"[^\W_]+", text.casefold())


SEEN: dict[type, Callable[[Watch, Any, int], None]] = {
    PostTurn: Watch._on_turn,
    RunTool: Watch._on_tool,
    caller.Dtmf: Watch._on_key,
    caller.Typing: lambda watch, _, __: watch._sound.someone_is_there(),
    realtime.ResponseCreated: lambda watch, _, now_ms: watch._answer.goes_on(now_ms),
    realtime.ItemAdded: lambda watch, _, now_ms: watch._answer.gave(now_ms),
    realtime.AudioDelta: lambda watch, _, now_ms: watch._answer.gave(now_ms),
    realtime.TranscriptDelta: lambda watch, _, now_ms: watch._answer.gave(now_ms),
    realtime.FunctionCalled: lambda watch, _, now_ms: watch._answer.gave(now_ms),
    realtime.ResponseDone: Watch._on_response_done,
    live.OutputAudio: lambda watch, _, now_ms: watch._answer.goes_on(now_ms, STREAM_WAIT_MS),
    live.Transcript: Watch._on_transcript,
    live.Usage: Watch._on_usage,
    live.BackendEnded: Watch._on_usage,
    realtime.SpeechStarted: lambda watch, _, now_ms: watch._hearing.began(),
    realtime.SpeechStopped: lambda watch, _, now_ms: watch._hearing.ended(),
    realtime.Committed: lambda watch, _, now_ms: watch._hearing.ended(),
}
