"""Tools, exactly once: the outcome is stored before it is answered, and a repetition gets the stored outcome.

A call is the same when its tool_call_id is (other arguments under the same id are an error), or, for a write, when it
means the same as the newest write to the same subject: a model that was interrupted asks again under a new id. A later,
different write to the subject retires the key. `another: true` makes a second thing only if the guest has spoken since.

The claim rules are pure; the store runs them in a transaction. A write that died in the middle is taken over after the
tool's time-out, with the same write_id: what it makes has that id, so doing it again makes nothing new.
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

from nightdesk.conversation import Then, ToolCall, Turn
from nightdesk.errors import Busy, Refusal, ToolCallReused
from nightdesk.hotel.ports import Ledger, LedgerChange, Turns
from nightdesk.tools.registry import Access, Outcome, Tool

_POLL_S = 0.05


@dataclass(frozen=True)
class Asked:
    """One request to run a tool, as it came."""

    session_id: str
    attempt: int
    turn: int | None
    tool_call_id: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Settled:
    """The outcome of a tool call: the `answer` as stored, and whether it was there before."""

    answer: Mapping[str, Any]
    replayed: bool

    @property
    def then(self) -> Then | None:
        return then_of(self.answer)


def then_of(answer: Mapping[str, Any] | None) -> Then | None:
    """The `then` that a stored answer brought."""
    if answer is None or "then" not in answer:
        return None
    return Then(answer["then"]["action"], to=answer["then"].get("to", ""))


@dataclass(frozen=True)
class _Run:
    """The call is ours to run; `entry.subject` names what it may change."""

    entry: ToolCall


@dataclass(frozen=True)
class _Wait:
    """An equal call is running elsewhere."""


_Claim = _Run | _Wait | Settled


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

    def run(self, tool: Tool, asked: Asked, work: Callable[[str], Outcome]) -> Settled:
        """The outcome of a call: from the ledger, or by `work(write_id)`.

        A Refusal raised by `work` is an outcome like any other. Any other exception leaves no trace of the call.
        Raises: ToolCallReused; Busy when an equal call did not finish within the tool's time-out; what `in_time` does.
        """
        for _ in range(int(tool.timeout_s / _POLL_S) + 1):
            match self._claim(tool, asked):
                case Settled() as settled:
                    return settled
                case _Run(entry):
                    return self._in_time(tool, partial(self._work, asked.session_id, entry, work))
                case _Wait():
                    self._sleep(_POLL_S)
        raise Busy("in_progress", f"{tool.name} is still running for an equal call", say="One moment, please.")

    def _claim(self, tool: Tool, asked: Asked) -> _Claim:
        wanted = self._entry(tool, asked)
        another = tool.access is Access.WRITE and asked.arguments.get("another") is True
        spoken_at = _last_user_turn(self._turns.turns(asked.session_id)) if another else None
        lease = timedelta(seconds=tool.timeout_s)
        return self._store.change_ledger(
            asked.session_id, lambda entries: claim(entries, wanted, lease, another=another, spoken_at=spoken_at)
        )

    def _work(self, session_id: str, entry: ToolCall, work: Callable[[str], Outcome]) -> Settled:
        changed = False
        try:
            outcome = work(_write_id(session_id, entry.subject) if entry.subject else "")
            answer: dict[str, Any] = {"ok": True, "result": dict(outcome.result)}
            if outcome.then:
                answer["then"] = outcome.then.wire()
            if outcome.card:
                answer["card"] = dict(outcome.card)
            if outcome.recording:
                answer["recording"] = outcome.recording
            changed = bool(entry.subject)
        except Refusal as refusal:
            answer = {"ok": False, "error": refusal.body()}
        except BaseException:
            self._store.change_ledger(session_id, lambda _: LedgerChange(None, remove=(entry.tool_call_id,)))
            raise
        done = replace(entry, answer=answer, changed=changed, finished_at=self._clock())
        return self._store.change_ledger(session_id, lambda entries: _settle(entries, done))

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
            subject=tool.subject,
        )

    def _digest(self, name: str, arguments: Mapping[str, Any]) -> str:
        canonical = json.dumps([name, arguments], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.new(self._key, canonical.encode(), hashlib.sha256).hexdigest()


def claim(
    entries: Sequence[ToolCall], wanted: ToolCall, lease: timedelta, *, another: bool, spoken_at: datetime | None
) -> LedgerChange[_Claim]:
    """Whose call this is. Pure: `entries` are all of the session in the order they were claimed.

    `wanted.subject` is a write's bare subject ("lead"); the claim numbers it ("lead#1"). `spoken_at`: last user turn.
    Raises: ToolCallReused.
    """
    same_id = next((e for e in entries if e.tool_call_id == wanted.tool_call_id), None)
    if same_id is not None:
        if same_id.digest != wanted.digest:
            raise ToolCallReused("tool_call_reused", f"{wanted.tool_call_id} was used with other arguments")
        if same_id.answer is not None:
            return LedgerChange(Settled(same_id.answer, replayed=True))
        if wanted.claimed_at - same_id.claimed_at < lease:
            return LedgerChange(_Wait())
        taken_over = replace(same_id, claimed_at=wanted.claimed_at)
        return LedgerChange(_Run(taken_over), put=(taken_over,))
    if not wanted.subject:
        return LedgerChange(_Run(wanted), put=(wanted,))
    return _claim_write(entries, wanted, lease, another=another, spoken_at=spoken_at)


def _claim_write(
    entries: Sequence[ToolCall], wanted: ToolCall, lease: timedelta, *, another: bool, spoken_at: datetime | None
) -> LedgerChange[_Claim]:
    writes = [e for e in entries if e.subject.partition("#")[0] == wanted.subject]
    if any(e.answer is None and wanted.claimed_at - e.claimed_at < lease for e in writes):
        return LedgerChange(_Wait())  # one write to a thing at a time, so that "the newest" means something
    newest = next((e for e in reversed(writes) if e.changed), None)
    number = max((int(e.subject.partition("#")[2]) for e in writes), default=1)
    if newest is not None and newest.meaning == wanted.meaning:
        spoken_since = spoken_at is not None and newest.finished_at is not None and spoken_at > newest.finished_at
        if not (another and spoken_since):
            assert newest.answer is not None
            echo = replace(
                wanted,
                subject=newest.subject,
                answer=newest.answer,
                finished_at=wanted.claimed_at,
                replay_of=newest.tool_call_id,
            )
            return LedgerChange(Settled(newest.answer, replayed=True), put=(echo,))
    if newest is not None and another:
        number += 1
    mine = replace(wanted, subject=f"{wanted.subject}#{number}")
    return LedgerChange(_Run(mine), put=(mine,))


def _settle(entries: Sequence[ToolCall], done: ToolCall) -> LedgerChange[Settled]:
    """Store an outcome, unless somebody who took the call over was faster: then theirs is the outcome."""
    found = next((e for e in entries if e.tool_call_id == done.tool_call_id), None)
    if found is not None and found.answer is not None:
        return LedgerChange(Settled(found.answer, replayed=True))
    assert done.answer is not None
    return LedgerChange(Settled(done.answer, replayed=False), put=(done,))


def _write_id(session_id: str, subject: str) -> str:
    """Like lead_3f9c..., the same for every repetition of a write to the same thing."""
    kind = subject.partition("#")[0]
    return f"{kind}_{hashlib.sha256(f'{session_id}:{subject}'.encode()).hexdigest()[:20]}"


def _last_user_turn(turns: Sequence[Turn]) -> datetime | None:
    return max((t.stored_at for t in turns if t.role == "user" and t.text), default=None)
