"""What the house does for a guest: housekeeping, repairs, wake-up calls, late check-out, cots, lost and found."""

from __future__ import annotations

from dataclasses import dataclass

from nightdesk.dialogue.forms import Call, Form, Heard
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import State
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task


@dataclass(frozen=True)
class Service(Form):
    """One service of request_service; the tool calls it by the same name."""

    def opened(self, state: State, heard: Heard) -> Task:
        """The sentence that asks for it says what is the matter, unless it only names the service."""
        task = self.said(state, Task(self.kind), heard)
        bare = heard.lexicon.bare.get(self.kind)
        is_bare = bare is not None and bare.search(heard.lexicon.plain(heard.text))
        return task if is_bare or "details" not in self._all else task.having(details=" ".join(heard.text.split()))

    def call(self, state: State, task: Task) -> Call:
        when = " ".join(part for part in (task.get("day"), task.get("time")) if part)
        said = {"room": task.get("room"), "when": when, "details": task.get("details")}
        return Call(self.tools[0], {"service": self.kind.value, **{n: v for n, v in said.items() if v}})

    @property
    def _all(self) -> frozenset[str]:
        asked = {Step.NEED, Step.PROBLEM, Step.LOST} & set(self.slots)
        return frozenset({"details"} if asked else self.also)


_TOOL = ("request_service",)
FORMS: tuple[Form, ...] = (
    Service(Want.HOUSEKEEPING, _TOOL, (Step.NEED, Step.ROOM_NUMBER)),
    Service(Want.MAINTENANCE, _TOOL, (Step.PROBLEM, Step.ROOM_NUMBER)),
    # Without a day the tool takes the next such hour, and says which it is.
    Service(Want.WAKE_UP_CALL, _TOOL, (Step.TIME, Step.ROOM_NUMBER), ("day",), usual="morning"),
    Service(Want.LATE_CHECK_OUT, _TOOL, (Step.TIME, Step.ROOM_NUMBER), ("day",)),
    Service(Want.COT, _TOOL, (Step.ROOM_NUMBER,), ("day",)),
    Service(Want.LOST_AND_FOUND, _TOOL, (Step.LOST,), ("room",)),
)
