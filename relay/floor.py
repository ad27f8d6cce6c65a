"""Who has the floor: what becomes of what the caller says while the agent speaks. Pure.

| the caller begins to speak while the agent | and it is | then |
|---|---|---|
| is silent | anything | an ordinary turn; what was in the making is dropped |
| speaks | an interruption | the agent stops for good: clear, truncate, cancel; a turn |
| speaks | short, and the agent has more to say | the agent goes on; no turn, unless the words say otherwise |
| speaks | short, and the agent was just ending | a turn: an answer may come a little early |
| speaks | too faint to be the caller's voice | the agent goes on; no turn, whatever the words |
| speaks, or did so just now | echo | the agent goes on; no turn, whatever the words |

An agent whose engine is still at the next sentence speaks, too. While that is open the agent only pauses: what was sent
plays on, and the rest waits (`Playout.hold`). An utterance that is none is listened to until its end, since "mm-hmm"
may become "mm-hmm, but".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relay import realtime
from relay.barge_in import Gate, Verdict, is_backchannel
from relay.conversation import TRANSCRIPT_WAIT_MS
from relay.envelopes import FRAME_MS, CallerEnvelope
from relay.line_sound import LONGEST_ECHO_FRAMES
from relay.messages import Message
from relay.responses import Responses
from relay.talk import Attempt

LOOK_MS = 40  # while a decision is open
WATCH_MS = 60  # after one to go on
# Echo may come so long after the agent's last word: the way round, and the time in which it is noticed.
ECHO_TAIL_MS = LONGEST_ECHO_FRAMES * FRAME_MS + 100
SEEN_FRAMES = 50


class Fate(StrEnum):
    OPEN = "open"
    TURN = "turn"
    PASSED = "passed"  # it does not count, unless its words say otherwise
    NOBODYS = "nobody's"  # it does not count: the agent's own voice, or one in the room


@dataclass(frozen=True, slots=True)
class PassedOver:
    """An utterance that was committed although nobody was interrupted by it; its words may still come.

    They are waited for as long as any turn's; without them it is forgotten.
    """

    item_id: str
    start_ms: int | None
    end_ms: int | None
    due_ms: int


class Floor:
    def __init__(self, attempt: Attempt, responses: Responses) -> None:
        self._mode = attempt.session.barge_in
        self._attempt = attempt
        self._playout = attempt.playout
        self._responses = responses
        self._gate = Gate(CallerEnvelope(attempt.caller_audio, SEEN_FRAMES), attempt.playout.envelope)
        self._fate = Fate.TURN
        self._began_ms = 0
        self._agent_was_silent = True
        self._look_ms: int | None = None
        self._passed_over: dict[str, PassedOver] = {}
        self._spoken = "", 0.0  # the latest turn, and how loud it was

    @property
    def is_open(self) -> bool:
        """It is not decided yet whether the caller, who speaks, interrupts."""
        return self._fate is Fate.OPEN

    @property
    def is_callers(self) -> bool:
        """Whether the caller has the floor, given that there is speech on the line."""
        return self._fate in (Fate.OPEN, Fate.TURN)

    @property
    def awaits_words(self) -> bool:
        """Of an utterance that was passed over, or is about to be, and may be a turn after all."""
        return bool(self._passed_over) or self._fate is Fate.PASSED

    @property
    def due_ms(self) -> int | None:
        times = [each.due_ms for each in self._passed_over.values()]
        if self._look_ms is not None:
            times.append(self._look_ms)
        return min(times, default=None)

    # --- one utterance ---

    def speech_started(self, now_ms: int, out: list[Message]) -> None:
        self._began_ms = now_ms
        self._agent_was_silent = not self._playout.item_count  # in the middle of one it only waits for its engine
        concerns_agent = not self._agent_was_silent or self._may_be_echo(now_ms)
        if self._attempt.ending.is_transfer or self._mode == "immediate" or not concerns_agent:
            self._decide(Fate.TURN, now_ms, out)
        else:
            self._gate.open(now_ms)
            self._open(now_ms)
            self._look(now_ms, out)

    def words(self, delta: str, now_ms: int, out: list[Message]) -> None:
        """The transcript of the utterance in progress, where an engine gives it that early."""
        if self._look_ms is not None:
            self._gate.add_words(delta)
            self._look(now_ms, out)

    def committed(
        self, item_id: str, start_ms: int | None, end_ms: int | None, now_ms: int, out: list[Message]
    ) -> bool:
        """The engine made an item of the utterance. Returns whether it is a turn (so far)."""
        if self.is_open:
            self._settle(Verdict.SHORT, now_ms, out)
        fate, self._fate, self._look_ms = self._fate, Fate.TURN, None
        if fate is Fate.PASSED and not self._agent_goes_on:
            fate = Fate.TURN
            self._responses.call_off_hangup()
        if fate is Fate.TURN:
            self._spoken = item_id, self._gate.voice_level()
        elif fate is Fate.NOBODYS:
            out.append(realtime.DeleteItem(item_id))
        else:
            self._passed_over[item_id] = PassedOver(item_id, start_ms, end_ms, now_ms + TRANSCRIPT_WAIT_MS)
        return fate is Fate.TURN

    def transcribed(self, item_id: str, text: str, now_ms: int, out: list[Message]) -> PassedOver | None:
        """The words of an utterance came. Returns it when it was passed over and is a turn after all."""
        passed = self._passed_over.pop(item_id, None)
        if passed is None:
            if text and item_id == self._spoken[0]:
                self._gate.learn_voice(self._spoken[1])
            return None
        if not text or is_backchannel(text, farewell=self._attempt.ending.is_hangup):
            out.append(realtime.DeleteItem(item_id))
            return None
        self._attempt.journal.log("= words were passed over", ms=now_ms - passed.due_ms + TRANSCRIPT_WAIT_MS)
        self._interrupt(now_ms, out)
        return passed

    def gives_way(self) -> None:
        """The utterance goes on and on: the agent speaks all the same, until there are words of it."""
        self._fate, self._look_ms = Fate.PASSED, None
        self._playout.resume()

    def release(self, item_id: str) -> PassedOver | None:
        """It has been decided elsewhere that the agent stops. Returns the utterance if it had been passed over."""
        if self.is_open:
            self.lost()
        self._fate, self._look_ms = Fate.TURN, None
        return self._passed_over.pop(item_id, None)

    def mind(self, now_ms: int, out: list[Message]) -> None:
        if self._look_ms is not None and now_ms >= self._look_ms:
            self._look(now_ms, out)
        for passed in [each for each in self._passed_over.values() if now_ms >= each.due_ms]:
            del self._passed_over[passed.item_id]
            out.append(realtime.DeleteItem(passed.item_id))

    def lost(self) -> None:
        """The utterance will not be committed."""
        self._fate, self._look_ms = Fate.TURN, None
        self._playout.resume()

    def engine_lost(self) -> None:
        self.lost()
        self._passed_over.clear()

    # --- deciding ---

    def _open(self, now_ms: int) -> None:
        self._fate, self._look_ms = Fate.OPEN, now_ms
        if self._mode == "selective":
            self._playout.hold()

    def _look(self, now_ms: int, out: list[Message]) -> None:
        verdict = self._gate.look(now_ms)
        if verdict is not None:
            self._settle(verdict, now_ms, out)
        elif not self.is_open and self._has_agent_ended(now_ms):
            self._decide(Fate.TURN, now_ms, out)
        elif not self.is_open and self._gate.has_new_sound():
            self._gate.reopen(now_ms)
            self._began_ms = now_ms
            self._open(now_ms)
        if self.is_open:
            self._look_ms = min(now_ms + LOOK_MS, max(now_ms + 1, self._gate.due_ms))
        elif self._look_ms is not None:
            self._look_ms = now_ms + WATCH_MS

    def _settle(self, verdict: Verdict, now_ms: int, out: list[Message]) -> None:
        after_ms = now_ms - self._began_ms
        self._attempt.journal.log("= barge-in", verdict=str(verdict), after_ms=after_ms)
        if verdict is Verdict.ECHO:
            self._decide(Fate.NOBODYS, now_ms, out)
        elif verdict is Verdict.INTERRUPTION or self._agent_was_silent:
            self._decide(Fate.TURN, now_ms, out)
        elif not self._agent_goes_on:
            self._decide(Fate.TURN, now_ms, out, interrupt=False)
        else:
            self._decide(Fate.PASSED if verdict is Verdict.SHORT else Fate.NOBODYS, now_ms, out)

    def _decide(self, fate: Fate, now_ms: int, out: list[Message], *, interrupt: bool = True) -> None:
        if self._mode == "off" and fate is Fate.PASSED:
            fate = Fate.TURN
        self._fate = fate
        self._look_ms = None if fate is Fate.TURN else now_ms + WATCH_MS
        if fate is Fate.TURN and interrupt:
            self._interrupt(now_ms, out)
        elif fate is Fate.TURN:
            self._responses.call_off_hangup()  # whether it was but a goodbye is for its words to say
        self._playout.resume()

    def _interrupt(self, now_ms: int, out: list[Message]) -> None:
        if self._attempt.ending.is_transfer:
            return
        if self._mode != "off":
            self._responses.interrupt(now_ms, out)
        else:
            self._responses.call_off_hangup()

    @property
    def _agent_goes_on(self) -> bool:
        """Whether the agent has more to say than what the caller is hearing now."""
        return self._playout.has_unsent or not self._responses.are_idle

    def _may_be_echo(self, now_ms: int) -> bool:
        return now_ms < self._playout.envelope.ends_ms + ECHO_TAIL_MS

    def _has_agent_ended(self, now_ms: int) -> bool:
        return self._playout.is_silent and not self._agent_goes_on and not self._may_be_echo(now_ms)
