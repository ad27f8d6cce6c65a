"""Whose call a tool call is: the pure rules of the ledger, over the entries of one session.

A call is to be run, to be waited for, to be answered from the ledger, or to be asked about again once somebody has
looked whether what an equal write left still stands. `ledger.py` says what counts as the same call, and runs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from nightdesk.conversation import ToolCall
from nightdesk.errors import ToolCallReused
from nightdesk.hotel.ports import LedgerChange
from nightdesk.then import Then


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
class Run:
    """The call is ours to run; `entry.subject` names what it may change."""

    entry: ToolCall


@dataclass(frozen=True)
class Wait:
    """An equal call is running elsewhere, or the words that ask for a second thing are not there yet."""


@dataclass(frozen=True)
class Check:
    """It would be a repetition, if what `entry` left still stands."""

    entry: ToolCall


Claim = Run | Wait | Check | Settled


@dataclass(frozen=True)
class Rules:
    """`lease`: how long a call counts as running. `spoken_at`: the last user turn, where `another` was asked for.

    `standing`: by tool_call_id, whether what that write left still stands, as far as this was looked up.
    `words_may_come`: a later user turn may be on its way.
    """

    lease: timedelta
    another: bool = False
    spoken_at: datetime | None = None
    standing: Mapping[str, bool] = field(default_factory=dict)
    words_may_come: bool = False


def claim(entries: Sequence[ToolCall], wanted: ToolCall, rules: Rules) -> LedgerChange[Claim]:
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
            return LedgerChange(Wait())
        return _run(replace(same_id, claimed_at=wanted.claimed_at, released=False))
    if not wanted.subject:
        return _run(wanted)
    if busy:
        return LedgerChange(Wait())  # one write to a thing at a time, so that "the newest" means something
    return _claim_write(writes, wanted, rules)


def _claim_write(writes: Sequence[ToolCall], wanted: ToolCall, rules: Rules) -> LedgerChange[Claim]:
    settled = [n for n, e in enumerate(writes) if e.changed]
    newest = writes[settled[-1]] if settled else None
    since = writes[settled[-1] + 1 :] if settled else writes
    died = next((e for e in since if e.answer is None and e.meaning == wanted.meaning), None)
    if died is not None:
        return _run(replace(wanted, subject=died.subject, change_id=died.change_id))
    if newest is not None and newest.meaning == wanted.meaning and not _is_another(newest, rules):
        assert newest.answer is not None
        if newest.left and newest.tool_call_id not in rules.standing:
            return LedgerChange(Check(newest))
        if rules.standing.get(newest.tool_call_id, True):
            if rules.another and rules.words_may_come:
                return LedgerChange(Wait())
            echo = _echo(wanted, newest, wanted.claimed_at)
            return LedgerChange(Settled(newest.answer, replayed=True), put=(echo,))
    number = max((int(e.subject.partition("#")[2]) for e in writes), default=1)
    if newest is not None and rules.another:
        number += 1
    return _run(replace(wanted, subject=f"{wanted.subject}#{number}"))


def _run(entry: ToolCall) -> LedgerChange[Claim]:
    return LedgerChange(Run(entry), put=(entry,))


def _is_running(entry: ToolCall, now: datetime, lease: timedelta) -> bool:
    return entry.answer is None and not entry.released and now - entry.claimed_at < lease


def _is_another(newest: ToolCall, rules: Rules) -> bool:
    """Whether a second equal thing is truly wanted: it was asked for after the guest had heard of the first."""
    heard = rules.spoken_at is not None and newest.finished_at is not None and rules.spoken_at > newest.finished_at
    return rules.another and heard


def _echo(entry: ToolCall, first: ToolCall, at: datetime) -> ToolCall:
    """The entry of a call that got the outcome of another one."""
    return replace(
        entry, subject=first.subject, answer=first.answer, finished_at=at, replay_of=first.tool_call_id, changed=False
    )


def settle(entries: Sequence[ToolCall], done: ToolCall) -> LedgerChange[Settled]:
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


def give_up(entries: Sequence[ToolCall], failed: ToolCall) -> LedgerChange[None]:
    """A call that raised: a read was never made, a write may be taken over at once. Unless somebody already has it."""
    found = next((e for e in entries if e.tool_call_id == failed.tool_call_id), None)
    if found is None or found.answer is not None or found.claimed_at != failed.claimed_at:
        return LedgerChange(None)
    if not failed.subject:
        return LedgerChange(None, remove=(failed.tool_call_id,))
    return LedgerChange(None, put=(replace(found, released=True),))
