"""Tools, exactly once: the outcome is stored before it is answered, and a repetition gets the stored outcome.

A call is the same when its tool_call_id is (other arguments under the same id are an error), or, for a write, when it
means the same as the newest write to the same subject and what that one left still stands: a model that was interrupted
asks again under a new id. A later change of the thing, in this conversation or by anybody else, retires the key.
`another: true` makes a second thing only if the guest has spoken since, or a program asks that names its calls.

The rules (`claims.py`) are pure; the store runs them in a transaction. A write that died in the middle is taken over
by the next equal call, with the same ids: what it makes or changes bears them, so doing it again does nothing new.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from nightdesk.claims import Check, Claim, Rules, Run, Settled, Wait, claim, give_up, settle
from nightdesk.conversation import ToolCall, Turn
from nightdesk.errors import Busy, Refusal
from nightdesk.hotel.ports import Ledger, Turns
from nightdesk.tools.registry import Access, Outcome, Tool

_POLL_S = 0.05
_WORDS_WAIT_S = 1.0
"""The guest's words are posted beside the tool call that answers them, and may be stored a little later."""


@dataclass(frozen=True)
class Asked:
    """One request to run a tool, as it came. `deliberate`: by a program that names each call, not by a model's whim."""

    session_id: str
    attempt: int
    turn: int | None
    tool_call_id: str
    arguments: Mapping[str, Any]
    deliberate: bool = False


Work = Callable[[str, str], Outcome]
"""Carries out a call: given the id of the thing it makes (the same for corrections of it), and of this one change."""


class ToolLedger:
    """Runs tools under these rules. `key` keeps digests of arguments from being guessed back.

    `in_time` runs what it is given, and may give up waiting: the call then stays claimed, and its outcome, should there
    ever be one, is stored all the same.
    """

    def __init__(
        self,
        store: Ledger,
        turns: Turns,
        key: str,
        clock: Callable[[], datetime],
        in_time: Callable[[Tool, Callable[[], Settled]], Settled] = lambda tool, work: work(),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store, self._turns, self._key, self._clock, self._sleep = store, turns, key.encode(), clock, sleep
        self._in_time = in_time

    def run(self, tool: Tool, asked: Asked, work: Work, stands: Callable[[str], bool] = lambda left: True) -> Settled:
        """The outcome of a call: from the ledger, or by `work(write_id, change_id)`.

        A Refusal raised by `work` is an outcome like any other. After any other exception it is open whether a write
        was done: the next equal call does it again, under the same ids. `stands` tells whether what a write left
        (`Outcome.left`) is still so; it is asked only where there is a repetition.
        Raises: ToolCallReused; Busy when an equal call did not finish within the tool's time-out; what `in_time` does.
        """
        standing: dict[str, bool] = {}
        words_wait_s = min(_WORDS_WAIT_S, tool.timeout_s / 2)
        for polls in range(int(tool.timeout_s / _POLL_S) + 2):
            match self._claim(tool, asked, standing, words_may_come=polls * _POLL_S < words_wait_s):
                case Settled() as settled:
                    return settled
                case Run(entry):
                    return self._in_time(tool, partial(self._work, asked.session_id, entry, work))
                case Check(entry):
                    standing[entry.tool_call_id] = stands(entry.left)
                case Wait():
                    self._sleep(_POLL_S)
        raise Busy("in_progress", f"{tool.name} is still running for an equal call", say="One moment, please.")

    def is_overtaken(self, session_id: str, change_id: str) -> bool:
        """Whether another write to the same thing was asked for after this one, and this one must do no more.

        Who took it over goes by the same `change_id`, and is no other.
        """
        entries = self._store.tool_calls(session_id)
        mine = next((e for e in reversed(entries) if e.change_id == change_id), None)
        if mine is None or not mine.subject:
            return False
        writes = [e for e in entries if e.subject.partition("#")[0] == mine.subject.partition("#")[0]]
        return writes[-1].change_id != change_id

    def _claim(self, tool: Tool, asked: Asked, standing: Mapping[str, bool], *, words_may_come: bool = False) -> Claim:
        wanted = self._entry(tool, asked)
        another = tool.access is Access.WRITE and asked.arguments.get("another") is True
        spoken_at = None
        if another:
            spoken_at = self._clock() if asked.deliberate else _last_user_turn(self._turns.turns(asked.session_id))
        rules = Rules(timedelta(seconds=tool.timeout_s), another, spoken_at, standing, words_may_come)
        return self._store.change_ledger(asked.session_id, lambda entries: claim(entries, wanted, rules))

    def _work(self, session_id: str, entry: ToolCall, work: Work) -> Settled:
        changed, left = False, ""
        try:
            outcome = work(_write_id(session_id, entry.subject) if entry.subject else "", entry.change_id)
            answer: dict[str, Any] = {"ok": True, "result": dict(outcome.result)}
            if outcome.then:
                answer["then"] = outcome.then.wire()
            if outcome.card:
                answer["card"] = dict(outcome.card)
            if outcome.recording:
                answer["recording"] = outcome.recording
            if outcome.language:
                answer["language"] = outcome.language
            changed, left = bool(entry.subject), outcome.left
        except Refusal as refusal:
            answer = {"ok": False, "error": refusal.body()}
        except BaseException:
            self._store.change_ledger(session_id, lambda entries: give_up(entries, entry))
            raise
        done = replace(entry, answer=answer, changed=changed, left=left, finished_at=self._clock())
        return self._store.change_ledger(session_id, lambda entries: settle(entries, done))

    def _entry(self, tool: Tool, asked: Asked) -> ToolCall:
        meant = {name: value for name, value in asked.arguments.items() if name != "another"}
        return ToolCall(
            tool_call_id=asked.tool_call_id,
            name=tool.name,
            arguments=tool.shown(asked.arguments),
            digest=self._digest(tool.name, asked.arguments),
            meaning=self._digest(tool.name, meant),
            attempt=asked.attempt,
            turn=asked.turn,
            claimed_at=self._clock(),
            subject=tool.subject_of(asked.arguments),
            change_id=hashlib.sha256(f"{asked.session_id}:{asked.tool_call_id}".encode()).hexdigest()[:20],
        )

    def _digest(self, name: str, arguments: Mapping[str, Any]) -> str:
        canonical = json.dumps([name, arguments], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.new(self._key, canonical.encode(), hashlib.sha256).hexdigest()


def _write_id(session_id: str, subject: str) -> str:
    """Like lead_3f9c..., the same for every repetition of a write to the same thing."""
    kind = subject.partition("#")[0].partition(":")[0]
    return f"{kind}_{hashlib.sha256(f'{session_id}:{subject}'.encode()).hexdigest()[:20]}"


def _last_user_turn(turns: Sequence[Turn]) -> datetime | None:
    return max((t.stored_at for t in turns if t.role == "user" and t.text), default=None)
