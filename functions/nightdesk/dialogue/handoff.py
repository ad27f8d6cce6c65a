"""What is handed to people: a message, a call back at an hour, the guest in person. And waiting, and no more calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nightdesk.dialogue.forms import Call, Form, Heard, Plain, finished
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task


@dataclass(frozen=True)
class Message(Form):
    def opened(self, state: State, heard: Heard) -> Task:
        """ "a message for the manager", "tell room 204 that we are late"."""
        task = Task(self.kind)
        for pattern in (heard.lexicon.slots.message_told, heard.lexicon.slots.message_for):
            if match := pattern.search(heard.text):
                said = {name: " ".join(value.split()) for name, value in match.groupdict().items() if value}
                task = task.having(**said)
                break
        return self._urgent(task, heard)

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        task = super().said(state, task, heard)
        if heard.asked is Step.FOR_WHOM:
            whom = heard.lexicon.slots.before_whom.sub("", task.get("for_whom"))
            task = task.having(for_whom=whom.strip(" .,!?"))
        return self._urgent(task, heard)

    def call(self, state: State, task: Task) -> Call:
        arguments = {"for_whom": task.get("for_whom")[:80], "message": task.get("message")[:1000]}
        return Call(self.tools[0], {**arguments, "urgent": True} if task.get("urgent") else arguments)

    @staticmethod
    def _urgent(task: Task, heard: Heard) -> Task:
        is_urgent = heard.lexicon.slots.urgent.search(heard.lexicon.plain(heard.text))
        return task.having(urgent="yes") if is_urgent else task


@dataclass(frozen=True)
class Appointment(Form):
    def step(self, state: State, task: Task) -> Step | None:
        missing = super().step(state, task)
        return Step.KEYPAD if missing is Step.CONFIRM and not state.phone_source else missing

    def call(self, state: State, task: Task) -> Call:
        said = {"when": task.get("day"), "time": task.get("time"), "reason": task.get("reason")[:500]}
        return Call(self.tools[0], {**said, "phone_source": state.phone_source})


@dataclass(frozen=True)
class OnHold(Plain):
    """The guest wants to be left waiting. What they wait for is theirs, and the conversation goes on behind it."""

    def call(self, state: State, task: Task) -> Call:
        return Call(self.tools[0], {"reason": "The guest asks to be put on hold."})

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        told = Outcome("hold", str(result.get("spoken") or ""), self.kind)
        return replace(state.without_task(self.kind), asked=None).telling(told)


@dataclass(frozen=True)
class NoCalls(Plain):
    """The guest wants to be called no more: that is obeyed before all else, and ends a call of ours."""

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        state = finished(state, task, result)
        return replace(state, tasks=(), todo=state.todo | {Want.GOODBYE}) if state.we_called else state


def transfer(state: State, reason: str) -> Call:
    """A person, of the department that was asked for. The reason is for the staff, in the house's own language."""
    return Call("transfer_to_human", {"department": state.department or "front_desk", "reason": reason})


def lead(state: State, notes: str) -> Call:
    """The guest, to be called back by the staff; `notes` is for them."""
    guest = state.lead
    check_in, check_out, room_type = state.lead_key
    said: dict[str, Any] = {
        "name": guest.name or "",
        "name_confirmed": False,
        "phone_source": guest.phone_source,
        "phone": guest.phone if guest.phone_source == "spoken" else None,
        "notes": notes,
        "room_type": room_type,
        "check_in": check_in,
        "check_out": check_out,
        "name_item_id": guest.name_item_id or None,
        "another": state.another or None,
    }
    return Call("create_lead", {name: value for name, value in said.items() if value is not None})


FORMS: tuple[Form, ...] = (
    Message(Want.MESSAGE, ("take_message",), (Step.FOR_WHOM, Step.MESSAGE)),
    OnHold(Want.ON_HOLD, ("play_hold_music",)),
    NoCalls(Want.NO_CALLS, ("stop_calls",)),
    Appointment(Want.APPOINTMENT, ("schedule_callback",), (Step.DAY, Step.TIME, Step.REASON)),
)
