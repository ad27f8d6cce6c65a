"""Paying for a booking: by a link, or by the keys of the telephone where the hotel takes cards so. Amounts are tools'.

The link comes first. Who wants none is offered the payment line, where there is one; the conversation waits meanwhile,
and goes on with what a note says of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nightdesk import pay_words
from nightdesk.dialogue import identity
from nightdesk.dialogue.forms import Call, Form, Heard, finished
from nightdesk.dialogue.information import opened
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task

_KEYPAD = "keypad"


@dataclass(frozen=True)
class Paying(Form):
    """A link by text message on the telephone, on the screen where there is one; or, in a slot, by keys."""

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        by_keys = heard.lexicon.slots.by_keys.search(heard.lexicon.plain(heard.text))
        return task.having(send_by=_KEYPAD) if by_keys and state.takes_cards_by_keys else task

    def step(self, state: State, task: Task) -> Step | None:
        if missing := identity.step(state):
            return missing
        if task.get("send_by") == _KEYPAD:
            return None if task.confirmed else Step.KEY_CARD
        if not state.phone_source and not state.in_writing:
            return Step.KEYPAD
        return None if task.confirmed else Step.SEND

    def call(self, state: State, task: Task) -> Call:
        send_by = task.get("send_by") or ("screen" if state.channel in ("kiosk", "web") else "sms")
        return Call(self.tools[0], {**state.who.arguments(), "send_by": send_by})

    def declined(self, state: State, task: Task) -> State:
        """Who wants no link may still key a card."""
        if state.takes_cards_by_keys and not task.get("send_by"):
            return state.with_task(task.having(send_by=_KEYPAD))
        return super().declined(state, task)

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        if arguments.get("send_by") == _KEYPAD:  # nothing is asked: the call leaves for the payment line
            away = replace(opened(state, result).without_task(self.kind), asked=None)
            return away.telling(Outcome("hold", str(result.get("spoken") or ""), self.kind))
        if arguments.get("send_by") == "sms":
            state = replace(state, texted=(*state.texted, "payment_link"))
        return finished(opened(state, result), task, result)


def back(state: State, note: str) -> State | None:
    """The guest is back from the payment line: what they are told, and asked where nothing was paid; else None."""
    told = pay_words.for_guest(note, state.language)
    if told is None:
        return None
    paid, text = told
    state = state.telling(Outcome("done", text, Want.PAY))
    return state if paid else state.with_task(Task(Want.PAY))


FORMS: tuple[Form, ...] = (Paying(Want.PAY, ("generate_payment_link",)),)
