"""What the words of every language have in common: which sentence belongs where, and what is in it.

A language gives the sentences as data, and the few that have to be put together as functions. All are complete, with
their full stop or question mark.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from nightdesk.dialogue.lexicon import Lexicon, Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.stay import Stay
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task


class Words(ABC):
    """One language. `said_by_tools`: tools whose `spoken` and `say` come in this language."""

    lexicon: ClassVar[Lexicon]
    questions: ClassVar[Mapping[Step, tuple[str, str]]]
    written: ClassVar[Mapping[Step, tuple[str, str]]]
    marks: ClassVar[Mapping[Step, str]]
    task_changes: ClassVar[str]
    """The question what to change, of a task; {parts} are the names of its slots."""
    kinds: ClassVar[Mapping[str, str]]
    """What the hotels' categories of places are called."""
    part_names: ClassVar[Mapping[str, str]]
    task_questions: ClassVar[Mapping[tuple[Want, Step], tuple[str, str]]]
    """Where a question has other words in one task: on the telephone, in writing."""
    refusals: ClassVar[Mapping[str, str]]
    """By the error's code, where the tool's own words are not in this language or are for a model."""

    sorry_missed: ClassVar[str]
    sorry_missed_again: ClassVar[str]
    sorry_slow: ClassVar[str]
    sorry_failed: ClassVar[str]
    sorry_refused: ClassVar[str]
    not_known: ClassVar[str]
    no_rooms: ClassVar[str]
    bad_dates: ClassVar[str]
    no_tool: ClassVar[str]
    hello: ClassVar[str]
    welcome: ClassVar[str]
    take_your_time: ClassVar[str]
    all_right: ClassVar[str]
    abilities: ClassVar[str]
    many_rooms: ClassVar[str]
    already_noted: ClassVar[str]
    lead_noted: ClassVar[str]
    bad_keys: ClassVar[str]
    no_card: ClassVar[str]
    no_transfer: ClassVar[str]
    connecting: ClassVar[str]
    on_hold: ClassVar[str]
    speaks: ClassVar[str]
    """In this language, that we go on in it."""
    no_language: ClassVar[str]
    has_called: ClassVar[str]
    has_not_called: ClassVar[str]

    @abstractmethod
    def tool_speaks(self, tool_or_task: Want | str) -> bool:
        """Whether what this tool, or the tool of this task, says is in this language."""

    @abstractmethod
    def goodbye(self, property_name: str, in_writing: bool = False) -> str: ...
    @abstractmethod
    def give_up(self, property_name: str, in_writing: bool = False) -> str: ...
    @abstractmethod
    def day(self, day: date) -> str: ...
    @abstractmethod
    def dates(self, stay: Stay) -> str:
        """What is known of when: "Two nights from Friday, November 27." """

    @abstractmethod
    def offer(self, stay: Stay, offer: Mapping[str, Any]) -> str:
        """The stay with its price."""

    @abstractmethod
    def other_offers(self, offers: Sequence[Mapping[str, Any]]) -> str:
        """At most three rooms with their totals."""

    @abstractmethod
    def read_back(self, state: State) -> str:
        """Everything about a lead that is about to be written."""

    @abstractmethod
    def task_read_back(self, state: State, task: Task) -> str:
        """Everything about a task that is about to be done; "" where its question says it."""

    @abstractmethod
    def done(self, outcome: Outcome) -> str:
        """What a task has brought."""

    @abstractmethod
    def quoted(self, task: Task) -> str:
        """What cancelling costs, as the tool has computed it."""

    @abstractmethod
    def notes(self, state: State) -> str:
        """For the staff, with the lead."""

    def question(
        self,
        step: Step,
        phone: str = "",
        again: bool = False,
        in_writing: bool = False,
        task: Want | None = None,
        said: Mapping[str, str] | None = None,
    ) -> str:
        """phone: what LINE, SEND and NUMBER_CHECK read out, the last digits or the ten that were spoken.

        said: what else a question reads out, by its name in the sentence.
        """  # fmt: skip
        if len(phone) == 10:
            phone = f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"
        asked = (self.written.get(step) if in_writing else None) or self.questions[step]
        text = asked[1 if again else 0]
        if task is not None and not again:
            text = self.task_questions.get((task, step), (text, text))[1 if in_writing else 0]
        for name, value in {"phone": phone, **(said or {})}.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def what_to_change(self, task: Task) -> str:
        """Of a task, in other words: its parts by name."""
        parts = [name for slot, name in self.part_names.items() if task.get(slot)]
        return self.task_changes.format(parts=self.listed(parts, self.or_)) if parts else self.questions[Step.CHANGE][0]

    def question_in(self, text: str) -> Step | None:
        """The last question that a sentence of ours asks."""
        words = self.lexicon.plain(text)
        found = [(match.end(), step) for step, mark in self.marks.items() for match in re.finditer(mark, words)]
        return max(found, key=lambda at: at[0])[1] if found else None

    def refusal(self, outcome: Outcome) -> str:
        """Why something was not done: the tool's own words where they are in this language, else ours for its code."""
        if known := self.refusals.get(outcome.code):
            return known
        if outcome.text and (outcome.about is None or self.tool_speaks(outcome.about)):
            return outcome.text
        return self.sorry_failed if outcome.kind == "failed" else self.sorry_refused

    and_: ClassVar[str]
    or_: ClassVar[str]

    def listed(self, parts: Sequence[str], last: str = "") -> str:
        return f" {last or self.and_} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
