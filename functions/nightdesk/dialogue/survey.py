"""How a stay was: a rating from one to five, said or keyed, and one open question. Each is kept as soon as it is given.

A guest who hangs up after the rating has left it. What becomes of a bad one, the tool decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nightdesk.dialogue.forms import Call, Form, Heard, finished
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task

_CORRECTION = 4  # words: "no, I said five" is no comment


@dataclass(frozen=True)
class Survey(Form):
    """`result` of its task: what was kept last."""

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        rating = heard.meaning.rating
        if heard.asked is Step.RATING or (rating and len(heard.text.split()) <= _CORRECTION):
            return task.having(rating=rating)
        return super().said(state, task, heard) if heard.asked is Step.COMMENT else task

    def step(self, state: State, task: Task) -> Step | None:
        if not task.get("rating"):
            return Step.RATING
        is_kept = task.result.get("rating") == task.get("rating")
        return None if not is_kept or task.get("comment") else Step.COMMENT

    def call(self, state: State, task: Task) -> Call:
        comment = {"comment": task.get("comment")[:1000]} if task.get("comment") else {}
        return Call(self.tools[0], {"rating": int(task.get("rating")), **comment})

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        if arguments.get("comment"):
            return finished(state, task, result)
        rating = str(arguments.get("rating"))
        state = state.with_task(replace(task.having(rating=rating), result={"rating": rating}))
        return state.telling(Outcome("done", str(result.get("spoken") or ""), self.kind, result))


FORMS: tuple[Form, ...] = (Survey(Want.SURVEY, ("record_feedback",), (Step.RATING, Step.COMMENT)),)
