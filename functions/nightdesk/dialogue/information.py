"""What a guest is told: places, earlier calls, what can be had in writing. Questions about the house need no form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nightdesk.dialogue import identity
from nightdesk.dialogue.forms import SLOT_OF, Call, Form, Heard, Plain
from nightdesk.dialogue.lexicon import Pattern, Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task

_ABOUT_A_BOOKING = frozenset({"confirmation", "payment_link"})


@dataclass(frozen=True)
class Concierge(Form):
    def opened(self, state: State, heard: Heard) -> Task:
        return self.said(state, Task(self.kind), heard)

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        """Which kind of place, of those that the hotel has something to say about; the sentence is the wish."""
        kind = _first(heard.lexicon.categories, heard.lexicon.plain(heard.text), state.categories)
        particular = heard.lexicon.particulars.search(heard.lexicon.plain(heard.text))
        return task.having(category=kind, query=particular[0] if particular and kind else None)

    def step(self, state: State, task: Task) -> Step | None:
        return None if task.get("category") else Step.CATEGORY

    def call(self, state: State, task: Task) -> Call:
        return Call(self.tools[0], {n: task.get(n) for n in ("category", "query") if task.get(n)})

    def refused(self, state: State, task: Task, error: Mapping[str, Any]) -> State:
        """Nothing just like that: then whatever there is of its kind."""
        if error.get("code") == "not_known" and task.get("query"):
            return state.with_task(task.without("query"))
        return super().refused(state, task, error)


@dataclass(frozen=True)
class InWriting(Form):
    """A text message. What is about a booking is sent only after that was opened in this conversation."""

    def opened(self, state: State, heard: Heard) -> Task:
        """What is to be sent again is what was sent last, unless the sentence says what."""
        task = self.said(state, Task(self.kind), heard)
        if Want.SEND_AGAIN not in heard.meaning.wants or not state.texted:
            return task
        task = task if task.get("template") else task.having(template=state.texted[-1])
        return task.having(again="yes") if task.get("template") in state.texted else task

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        template = _first(heard.lexicon.templates, heard.lexicon.plain(heard.text))
        if task.get("template") and heard.asked is not Step.TEMPLATE:
            template = None
        return task.having(template=template)

    def step(self, state: State, task: Task) -> Step | None:
        if not task.get(SLOT_OF[Step.TEMPLATE]):
            return Step.TEMPLATE
        if self._is_to_be_opened(state, task):
            return identity.step(state)
        if not state.phone_source:
            return Step.KEYPAD
        return None if task.confirmed else Step.SEND

    def call(self, state: State, task: Task) -> Call:
        if self._is_to_be_opened(state, task):
            return Call("lookup_reservation", state.who.arguments())
        about = task.get("template") in _ABOUT_A_BOOKING and state.who.code
        code = {"confirmation_code": state.who.code} if about else {}
        again = {"another": True} if task.get("again") else {}
        return Call(self.tools[0], {"template": task.get("template"), **code, **again})

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        if name == "lookup_reservation":
            return opened(state, result)
        state = replace(state, texted=(*state.texted, str(arguments.get("template"))))
        return super().succeeded(state, task, name, arguments, result)

    @staticmethod
    def _is_to_be_opened(state: State, task: Task) -> bool:
        return task.get("template") in _ABOUT_A_BOOKING and not state.who.opened


@dataclass(frozen=True)
class History(Plain):
    """Whether this number has called before. It is no identity, so nothing of who it was or what was said is told."""

    def refused(self, state: State, task: Task, error: Mapping[str, Any]) -> State:
        """A number that is withheld is no hindrance for anything else: it is not asked for."""
        if error.get("code") != "no_caller_number":
            return super().refused(state, task, error)
        state = replace(state.without_task(self.kind), done=state.done + 1)
        return state.telling(Outcome("refused", about=self.kind, code="withheld"))


def opened(state: State, result: Mapping[str, Any]) -> State:
    """A tool has shown a booking: the guest has proved whose it is, and is not asked again."""
    who = state.who
    code, last_name = str(result.get("confirmation_code") or who.code), str(result.get("last_name") or who.last_name)
    known = replace(who, code=code, code_checked=True, last_name=last_name, name_checked=True, opened=True, options={})
    return replace(state, who=known)


def _first(patterns: Mapping[str, Pattern], words: str, allowed: tuple[str, ...] = ()) -> str | None:
    found = (name for name, said in patterns.items() if said.search(words))
    return next((name for name in found if not allowed or name in allowed), None)


FORMS: tuple[Form, ...] = (
    Concierge(Want.CONCIERGE, ("concierge_info",), (Step.CATEGORY,)),
    History(Want.HISTORY, ("get_caller_history",)),
    InWriting(Want.TEXT, ("send_sms", "lookup_reservation"), (Step.TEMPLATE,)),
)
