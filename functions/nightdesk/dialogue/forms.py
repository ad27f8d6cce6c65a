"""What every kind of task has in common: which questions it needs, when its tool is called, what an answer does to it.

The families (booking, services, information, handoff) say the rest. A form keeps nothing: all it knows is in the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nightdesk.dialogue import identity
from nightdesk.dialogue.lexicon import Lexicon, Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import FREE_TEXT, Step
from nightdesk.dialogue.tasks import Task
from nightdesk.dialogue.times import Usual
from nightdesk.dialogue.understand import Meaning

SLOT_OF: Mapping[Step, str] = {
    Step.ROOM_NUMBER: "room",
    Step.DAY: "day",
    Step.TIME: "time",
    Step.NEED: "details",
    Step.PROBLEM: "details",
    Step.LOST: "details",
    Step.FOR_WHOM: "for_whom",
    Step.MESSAGE: "message",
    Step.REASON: "reason",
    Step.CATEGORY: "category",
    Step.TEMPLATE: "template",
    Step.RATING: "rating",
    Step.COMMENT: "comment",
}
NOT_TWICE = 2
"""A tool that has refused a task so often is not asked a third time."""

_FAULTS = frozenset({"failed", "tool_failed", "tool_timeout", "timed_out", "unavailable", "internal", "locked"})
_WHOSE = frozenset({"not_verified", "code_needed", "several_reservations"})
_NUMBERS = frozenset({"no_caller_number", "no_keypad_number", "no_number", "bad_phone_number"})


@dataclass(frozen=True)
class Call:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Heard:
    """One sentence of the guest, as a form reads it."""

    text: str
    meaning: Meaning
    lexicon: Lexicon
    asked: Step | None


@dataclass(frozen=True)
class Form:
    """`tools`: those whose outcomes it takes, the first being the one that does what is wanted.

    `slots`: what has to be known before, with the question for each; `also`: what is taken where it is said.
    """

    kind: Want
    tools: tuple[str, ...]
    slots: tuple[Step, ...] = ()
    also: tuple[str, ...] = ()
    usual: Usual = "day"
    asks_to_send: bool = False

    def opened(self, state: State, heard: Heard) -> Task:
        """The task as the sentence has it that asks for it."""
        return self.said(state, Task(self.kind), heard)

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        """The task after a sentence, whatever in it is for its slots."""
        meaning, asked = heard.meaning, heard.asked
        mine = {SLOT_OF[step] for step in self.slots} | set(self.also)
        found: dict[str, str | None] = {}
        if asked in FREE_TEXT and SLOT_OF[asked] in mine:
            return task.having(**{SLOT_OF[asked]: " ".join(heard.text.split())})
        found["room"] = meaning.room_number
        found["time"] = meaning.time(self.usual)
        found["day"] = meaning.dates.check_in.isoformat() if meaning.dates.check_in else None
        return task.having(**{name: value for name, value in found.items() if name in mine})

    def step(self, state: State, task: Task) -> Step | None:
        """The next question; None when the tool can be called."""
        if missing := next((step for step in self.slots if not task.get(SLOT_OF[step])), None):
            return missing
        return None if task.confirmed else Step.SEND if self.asks_to_send else Step.CONFIRM

    def call(self, state: State, task: Task) -> Call:
        """What is to be called once `step` has no more questions."""
        raise NotImplementedError

    def declined(self, state: State, task: Task) -> State:
        """The guest does not want it to be done after all."""
        return state.given_up(self.kind, "declined")

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        """A tool has done what was asked."""
        return finished(state, task, result)

    def refused(self, state: State, task: Task, error: Mapping[str, Any]) -> State:
        """A tool has not done it: what was said wrong is asked again, the rest is told."""
        code, say = str(error.get("code") or "failed"), str(error.get("say") or "")
        state = state.with_task(replace(task, confirmed=False, failed=task.failed + 1))
        if code in _WHOSE:
            return self._not_theirs(state, error, say)
        if code in _NUMBERS:
            lead = replace(state.lead.without_phone(), line_refused=True)
            return replace(state, lead=lead).telling(Outcome("bad_phone", say, self.kind, code=code))
        if code == "invalid_arguments" and task.failed + 1 < NOT_TWICE:
            wrong = self.wrong_slots(task, str(error.get("message") or ""))
            again = replace(task.without(*wrong), failed=task.failed + 1)
            return state.with_task(again).telling(Outcome("refused", "", self.kind, code=f"wrong_{wrong[0]}"))
        broken = code in _FAULTS or code == "invalid_arguments" or code.endswith("_unavailable")
        kind: Any = "failed" if broken else "refused"
        return replace(state.without_task(self.kind), done=state.done + 1).telling(
            Outcome(kind, say, self.kind, code=code)
        )

    def wrong_slots(self, task: Task, message: str) -> tuple[str, ...]:
        """Which slots a complaint about the arguments is about, to be asked again."""
        return ("room",) if "room" in message else ("time", "day")

    def _not_theirs(self, state: State, error: Mapping[str, Any], say: str) -> State:
        code = str(error.get("code"))
        found = error.get("reservations")
        listed = found if isinstance(found, list) else []
        options = {str(r.get("check_in")): str(r.get("confirmation_code")) for r in listed if isinstance(r, Mapping)}
        who = identity.failed(state.who, code, options)
        state = replace(state, who=who)
        if who.failures >= identity.MOST_FAILURES:
            given_up = replace(state.without_task(self.kind), done=state.done + 1)
            return given_up.telling(Outcome("failed", say, self.kind, code=code))
        return state.telling(Outcome("refused", say, self.kind, code=code))


@dataclass(frozen=True)
class Plain(Form):
    """A tool that needs nothing to be known or confirmed before."""

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        return task

    def step(self, state: State, task: Task) -> Step | None:
        return None

    def call(self, state: State, task: Task) -> Call:
        return Call(self.tools[0], {})


def finished(state: State, task: Task, result: Mapping[str, Any]) -> State:
    """The task is done, and the guest is to be told of it."""
    state = replace(state.without_task(task.kind), done=state.done + 1)
    return state.telling(Outcome("done", str(result.get("spoken") or ""), task.kind, result))
