"""What a conversation needs next: the question of the innermost task, else of the stay. And which tool is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nightdesk.dialogue import booking, handoff, information, paying, services, survey
from nightdesk.dialogue.forms import Call, Form
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import State
from nightdesk.dialogue.steps import Step

FORMS: Mapping[Want, Form] = {
    form.kind: form for family in (booking, paying, services, handoff, information, survey) for form in family.FORMS
}


def next_step(state: State) -> Step:
    """The question to ask, digressions aside."""
    task = state.task
    if task is None:
        return state.base_step
    return FORMS[task.kind].step(state, task) or Step.ELSE


def next_call(state: State) -> Call | None:
    """The tool that the innermost task is ready for."""
    task = state.task
    if task is None or FORMS[task.kind].step(state, task) is not None:
        return None
    return FORMS[task.kind].call(state, task)


def taken_by(state: State, tool: str, arguments: Mapping[str, Any]) -> Form | None:
    """The form that an outcome of this tool belongs to: of a task that is under way, else of one that another began."""
    for task in reversed(state.tasks):
        form = FORMS[task.kind]
        if tool in form.tools and _is_of(form, tool, arguments):
            return form
    if tool == "check_availability":
        return None
    return next((form for form in FORMS.values() if form.tools[0] == tool and _is_of(form, tool, arguments)), None)


def _is_of(form: Form, tool: str, arguments: Mapping[str, Any]) -> bool:
    return tool != "request_service" or arguments.get("service") == form.kind.value
