"""Tools, exactly once: the outcome is stored before it is answered, and a repetition gets the stored outcome.

A call is the same when its tool_call_id is (other arguments under the same id are an error), or, for a write, when it
means the same as the newest write to the same subject and what that one left still stands: a model that was interrupted
asks again under a new id. A later change of the thing, in this conversation or by anybody else, retires the key.
`another: true` makes a second thing only if the guest has spoken since, or a program asks that names its calls.

The claim rules are pure; the store runs them in a transaction. A write that died in the middle is taken over by the
next equal call, with the same ids: what it makes or changes bears them, so doing it again does nothing new.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from nightdesk.conversation import ToolCall, Turn
from nightdesk.errors import Busy, Refusal, ToolCallReused
from nightdesk.hotel.ports import Ledger, LedgerChange, Turns
from nightdesk.then import Then
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
    then = answer["then"]
    return Then(then["action"], to=then.get("to", ""), seconds=then.get("seconds", 0))


@dataclass(frozen=True)
class _Run:
    """The call is ours to run; `entry.subject` names what it may change."""

    entry: ToolCall


@dataclass(frozen=True)
class _Wait:
    """An equal call is running elsewhere, or the words that ask for a second thing are not there yet."""


@dataclass(frozen=True)
class _Check:
    """It would be a repetition, if what `entry` left still stands."""

    entry: ToolCall


_Claim = _Run | _Wait | _Check | Settled
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
                case _Run(entry):
                    return self._in_time(tool, partial(self._work, asked.session_id, entry, work))
                case _Check(entry):
                    standing[entry.tool_call_id] = stands(entry.left)
                case _Wait():
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

    def _claim(self, tool: Tool, asked: Asked, standing: Mapping[str, bool], *, words_may_come: bool = False) -> _Claim:
        wanted = self._entry(tool, asked)
        another = tool.access is Access.WRITE and asked.arguments.get("another") is True
        spoken_at = None
        if another:
            spoken_at = self._clock() if asked.deliberate else _last_user_turn(self._turns.turns(asked.session_id))
        rules = _Rules(timedelta(seconds=tool.timeout_s), another, spoken_at, standing, words_may_come)
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
            changed, left = bool(entry.subject), outcome.left
        except Refusal as refusal:
            answer = {"ok": False, "error": refusal.body()}
        except BaseException:
            self._store.change_ledger(session_id, lambda entries: _give_up(entries, entry))
            raise
        done = replace(entry, answer=answer, changed=changed, left=left, finished_at=self._clock())
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
            subject=tool.subject_of(asked.arguments),
            change_id=hashlib.sha256(f"{asked.session_id}:{asked.tool_call_id}".encode()).hexdigest()[:20],
        )

    def _digest(self, name: str, arguments: Mapping[str, Any]) -> str:
        canonical = json.dumps([name, arguments], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hmac.new(self._key, canonical.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class _Rules:
    """`lease`: how long a call counts as running. `spoken_at`: the last user turn, where `another` was asked for.

    `standing`: by tool_call_id, whether what that write left still stands, as far as this was looked up.
    `words_may_come`: a later user turn may be on its way.
    """

    lease: timedelta
    another: bool = False
    spoken_at: datetime | None = None
    standing: Mapping[str, bool] = field(default_factory=dict)
    words_may_come: bool = False


def claim(entries: Sequence[ToolCall], wanted: ToolCall, rules: _Rules) -> LedgerChange[_Claim]:
    """Whose call this is. Pure: `entries` are all of the session in the order they were claimed.

    `wanted.subject` is a write's bare subject ("lead"); the claim numbers it ("lead#1"). Raises: ToolCallReused.
    """
    writes = [e for e in entries if wanted.subject and e.subject.partition("#")[0] == wanted.subject]
    busy = any(_is_running(e, wanted.claimed_at, rules.lease) for e in writes)
    same_id = next((e for e in entries if e.tool_call_id == wanted.tool_call_id), None)
    if same_id is not None:
        if same_id.digest != wanted.digest:
            raise ToolCallReused("tool_call_reused", f"{wanted.tool_call_id} was used with other arguments")
        if same_id.answer is not None:
            return LedgerChange(Settled(same_id.answer, replayed=True))
        if busy or _is_running(same_id, wanted.claimed_at, rules.lease):
            return LedgerChange(_Wait())
        return _run(replace(same_id, claimed_at=wanted.claimed_at, released=False))
    if not wanted.subject:
        return _run(wanted)
    if busy:
        return LedgerChange(_Wait())  # one write to a thing at a time, so that "the newest" means something
    return _claim_write(writes, wanted, rules)


def _claim_write(writes: Sequence[ToolCall], wanted: ToolCall, rules: _Rules) -> LedgerChange[_Claim]:
    settled = [n for n, e in enumerate(writes) if e.changed]
    newest = writes[settled[-1]] if settled else None
    since = writes[settled[-1] + 1 :] if settled else writes
    died = next((e for e in since if e.answer is None and e.meaning == wanted.meaning), None)
    if died is not None:
        return _run(replace(wanted, subject=died.subject, change_id=died.change_id))
    if newest is not None and newest.meaning == wanted.meaning and not _is_another(newest, rules):
        assert newest.answer is not None
        if newest.left and newest.tool_call_id not in rules.standing:
            return LedgerChange(_Check(newest))
        if rules.standing.get(newest.tool_call_id, True):
            if rules.another and rules.words_may_come:
                return LedgerChange(_Wait())
            echo = _echo(wanted, newest, wanted.claimed_at)
            return LedgerChange(Settled(newest.answer, replayed=True), put=(echo,))
    number = max((int(e.subject.partition("#")[2]) for e in writes), default=1)
    if newest is not None and rules.another:
        number += 1
    return _run(replace(wanted, subject=f"{wanted.subject}#{number}"))


def _run(entry: ToolCall) -> LedgerChange[_Claim]:
    return LedgerChange(_Run(entry), put=(entry,))


def _is_running(entry: ToolCall, now: datetime, lease: timedelta) -> bool:
    return entry.answer is None and not entry.released and now - entry.claimed_at < lease


def _is_another(newest: ToolCall, rules: _Rules) -> bool:
    """Whether a second equal thing is truly wanted: it was asked for after the guest had heard of the first."""
    heard = rules.spoken_at is not None and newest.finished_at is not None and rules.spoken_at > newest.finished_at
    return rules.another and heard


def _echo(entry: ToolCall, first: ToolCall, at: datetime) -> ToolCall:
    """The entry of a call that got the outcome of another one."""
    return replace(
        entry, subject=first.subject, answer=first.answer, finished_at=at, replay_of=first.tool_call_id, changed=False
    )


def _settle(entries: Sequence[ToolCall], done: ToolCall) -> LedgerChange[Settled]:
    """Store an outcome, unless somebody who took the call over was faster: then theirs is the outcome.

    It is also that of the calls that died in the same write.
    """
    found = next((e for e in entries if e.tool_call_id == done.tool_call_id), None)
    if found is not None and found.answer is not None:
        return LedgerChange(Settled(found.answer, replayed=True))
    assert done.answer is not None
    assert done.finished_at is not None
    died = [e for e in entries if e.answer is None and e.change_id == done.change_id and done.changed]
    told = tuple(_echo(e, done, done.finished_at) for e in died if e.tool_call_id != done.tool_call_id)
    return LedgerChange(Settled(done.answer, replayed=False), put=(*told, done))


def _give_up(entries: Sequence[ToolCall], failed: ToolCall) -> LedgerChange[None]:
    """A call that raised: a read was never made, a write may be taken over at once. Unless somebody already has it."""
    found = next((e for e in entries if e.tool_call_id == failed.tool_call_id), None)
    if found is None or found.answer is not None or found.claimed_at != failed.claimed_at:
        return LedgerChange(None)
    if not failed.subject:
        return LedgerChange(None, remove=(failed.tool_call_id,))
    return LedgerChange(None, put=(replace(found, released=True),))


def _write_id(session_id: str, subject: str) -> str:
    """Like lead_3f9c..., the same for every repetition of a write to the same thing."""
    kind = subject.partition("#")[0].partition(":")[0]
    return f"{kind}_{hashlib.sha256(f'{session_id}:{subject}'.encode()).hexdigest()[:20]}"


def _last_user_turn(turns: Sequence[Turn]) -> datetime | None:
    return max((t.stored_at for t in turns if t.role == "user" and t.text), default=None)
