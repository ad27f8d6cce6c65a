"""What the words of every language have in common: which sentence belongs where, and what is in it.

A language gives its sentences as data, complete with their full stop or question mark; what they have blanks for is
filled in here. What a tool has done is told in the tool's own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, ClassVar

from nightdesk import spoken
from nightdesk.dialogue import spelling
from nightdesk.dialogue.lexicon import Lexicon, Want
from nightdesk.dialogue.state import Medium, Outcome, State
from nightdesk.dialogue.stay import Stay
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task


class Words:
    """One language."""

    lexicon: ClassVar[Lexicon]
    questions: ClassVar[Mapping[Step, tuple[str, str]]]
    others: ClassVar[Mapping[Medium, Mapping[Step, tuple[str, str]]]]
    """Where a question has other words in writing, or in a call of ours."""
    marks: ClassVar[Mapping[Step, str]]
    task_questions: ClassVar[Mapping[tuple[Want, Step], tuple[str, str]]]
    """Where a question has other words in one task: on the telephone, in writing."""
    task_changes: ClassVar[str]
    """The question what to change, of a task; {parts} are the names of its slots."""
    part_names: ClassVar[Mapping[str, str]]
    kinds: ClassVar[Mapping[str, str]]
    """What the hotels' categories of places are called."""
    refusals: ClassVar[Mapping[str, str]]
    """By the error's code, where it is ours or the tool's own words are for a model."""

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
    disturbed: ClassVar[str]
    has_called: ClassVar[str]
    has_not_called: ClassVar[str]
    done_: ClassVar[str]
    or_: ClassVar[str]

    # With blanks. A pair is for the telephone and for writing.
    farewells: ClassVar[Mapping[Medium, str]]
    surrenders: ClassVar[Mapping[Medium, str]]
    nouns: ClassVar[Mapping[str, tuple[str, str]]]
    """Nights, adults, children and pets: one of them, and several."""
    none: ClassVar[str]
    since: ClassVar[str]
    on_day: ClassVar[str]
    day_alone: ClassVar[str]
    at_time: ClassVar[str]
    until_time: ClassVar[str]
    offered: ClassVar[str]
    one_of_several: ClassVar[str]
    several: ClassVar[str]
    with_extras: ClassVar[str]
    fixed: ClassVar[str]
    """What the guest gives up for the cheaper of two rates."""
    reads_back: ClassVar[str]
    stay_read_back: ClassVar[str]
    call_read_back: ClassVar[str]
    leads: ClassVar[tuple[str, str]]
    own_lines: ClassVar[tuple[str, str]]
    """The line of who has called, and of who is called."""
    for_room: ClassVar[str]
    of_room: ClassVar[str]
    with_number: ClassVar[str]
    messages: ClassVar[tuple[str, str]]
    """A message, an urgent one."""
    templates: ClassVar[Mapping[str, str]]
    tasks: ClassVar[Mapping[Want, str]]
    """Everything about a task that is about to be done."""
    changed: ClassVar[str]
    new_price: ClassVar[str]
    price_of_today: ClassVar[str]
    arrival: ClassVar[str]
    other_room: ClassVar[str]
    cancels_free: ClassVar[str]
    cancels_for: ClassVar[str]
    noted: ClassVar[str]
    """For the staff, with the lead."""
    noted_call: ClassVar[str]

    def goodbye(self, property_name: str, medium: Medium = "call", number: str = "") -> str:
        """`number`: the hotel's, which is told to who is called."""
        return self.farewells[medium].format(hotel=property_name, number=number)

    def give_up(self, property_name: str, medium: Medium = "call", number: str = "") -> str:
        return f"{self.surrenders[medium]} {self.goodbye(property_name, medium, number)}"

    def day(self, day: date) -> str:
        return spoken.day(day, self.lexicon.language)

    def dates(self, stay: Stay) -> str:
        """What is known of when: "Two nights from Friday, November 27." """
        if stay.check_in and not stay.nights:
            return _sentence(self.day_alone.format(day=self.day(stay.check_in)))
        return _sentence(self._when(stay))

    def offer(self, stay: Stay, offer: Mapping[str, Any]) -> str:
        """The stay with its price."""
        return self.offered.format(**self._priced(stay, offer)) if stay.check_in and stay.nights else ""

    def other_offers(self, offers: Sequence[Mapping[str, Any]]) -> str:
        """At most three rooms with their totals."""
        said = [self.one_of_several.format(name=offer["name"], total=offer["total"]) for offer in offers[:3]]
        return _sentence(self.several.format(offers=self.listed(said))) if said else self.no_rooms

    def read_back(self, state: State) -> str:
        """Everything about a lead that is about to be written."""
        lead = state.lead
        line = self.own_lines[state.we_called] if lead.phone_source == "caller_line" else ""
        said = self.leads[state.in_writing].format(name=lead.name, line=line, ends=lead.phone[-2:])
        return " ".join([self.reads_back, self._stay_and_price(state) or self.call_read_back, said])

    def task_read_back(self, state: State, task: Task) -> str:
        """Everything about a task that is about to be done; "" where its question says it."""
        if task.kind is Want.CHANGE:
            return self._changes(task)
        number = task.get("room") if state.in_writing else spelling.spaced(task.get("room"))
        said = {
            "room": self.for_room.format(room=number) if number else "",
            "of_room": self.of_room.format(room=number) if number else "",
            "when": self._moment(task),
            "what": self.messages[bool(task.get("urgent"))],
            "template": self.templates.get(task.get("template"), ""),
            "for_whom": task.get("for_whom"),
            "stay": self._stay_and_price(state) if task.kind is Want.BOOK else "",
            "name": f"{state.who.first_name} {state.who.last_name}".strip(),
            "number": self.with_number.format(ends=state.phone_ends) if state.phone_source else "",
            "ends": state.phone_ends,
            **{slot: _sentence(task.get(slot)) for slot in ("message", "reason", "details")},
        }
        return self.tasks.get(task.kind, "").format(**said)

    def done(self, outcome: Outcome) -> str:
        """What a task has brought."""
        if outcome.about is Want.HISTORY:
            return self.has_called if outcome.result.get("calls") else self.has_not_called
        return outcome.text or self.done_

    def quoted(self, task: Task) -> str:
        """What cancelling costs, as the tool has computed it."""
        if said := str(task.result.get("spoken") or ""):
            return said
        return (
            self.cancels_for.format(fee=task.result.get("fee")) if task.result.get("fee_cents") else self.cancels_free
        )

    def notes(self, state: State) -> str:
        stay, offer = state.stay, state.offer
        if not (state.wants_stay and offer and stay.check_in and stay.nights):
            return self.noted_call
        one, many = self.nouns["nights"]
        nights = f"{stay.nights} {one.split()[-1] if stay.nights == 1 else many}"
        when = f"{nights} {self.since.format(day=stay.check_in.isoformat())}"
        return self.noted.format(**{**self._priced(stay, offer), "when": when})

    def _stay_and_price(self, state: State) -> str:
        stay, offer = state.stay, state.offer
        if not (state.wants_stay and offer and stay.check_in and stay.nights):
            return ""
        return _sentence(self.stay_read_back.format(**self._priced(stay, offer)))

    def _priced(self, stay: Stay, offer: Mapping[str, Any]) -> dict[str, str]:
        """What the sentences about a price have blanks for. The total is in the tool's own words."""
        return {
            "when": self._when(stay),
            "party": self._party(stay),
            "name": str(offer["name"]),
            "total": str(offer["total"]),
            "extras": self._extras(offer),
            "fixed": self.fixed if offer.get("refundable") is False else "",
        }

    def _changes(self, task: Task) -> str:
        parts = []
        if check_in := task.get("check_in"):
            parts.append(self.arrival.format(day=self.day(date.fromisoformat(check_in))))
        parts += [self._count(int(task.get(slot)), slot) for slot in self.nouns if task.get(slot)]
        if room := task.get("room_type"):
            parts.append(self.other_room.format(room=room.replace("_", " ").title()))
        total = task.result.get("new_total")
        price = self.new_price.format(total=total) if total else self.price_of_today
        return self.changed.format(parts=self.listed(parts), price=price)

    def _moment(self, task: Task) -> str:
        day, at = task.get("day"), task.get("time")
        said = f" {self.on_day.format(day=self.day(date.fromisoformat(day)))}" if day else ""
        if not at:
            return said
        clock = spoken.clock(time.fromisoformat(at), self.lexicon.language)
        return f"{said} {(self.until_time if task.kind is Want.LATE_CHECK_OUT else self.at_time).format(time=clock)}"

    def _when(self, stay: Stay) -> str:
        nights = self._count(stay.nights, "nights") if stay.nights else ""
        return f"{nights} {self.since.format(day=self.day(stay.check_in)) if stay.check_in else ''}".strip()

    def _party(self, stay: Stay) -> str:
        counted = {"adults": stay.adults or 1, "children": stay.children, "pets": stay.pets}
        return self.listed([self._count(number, slot) for slot, number in counted.items() if number])

    def _count(self, number: int, slot: str) -> str:
        one, many = self.nouns[slot]
        if number == 1:
            return one
        return f"{spoken.number(number, self.lexicon.language) if number else self.none} {many}"

    def _extras(self, offer: Mapping[str, Any]) -> str:
        """ ", with the pet fee and tax": what the tool put into its total beside the nights."""
        return ""

    def question(
        self,
        step: Step,
        phone: str = "",
        again: bool = False,
        medium: Medium = "call",
        task: Want | None = None,
        said: Mapping[str, str] | None = None,
    ) -> str:
        """phone: what LINE, SEND and NUMBER_CHECK read out, the last digits or the ten that were spoken.

        said: what else a question reads out, by its name in the sentence.
        """  # fmt: skip
        if len(phone) == 10:
            phone = f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"
        asked = self.others.get(medium, {}).get(step) or self.questions[step]
        text = asked[1 if again else 0]
        if task is not None and not again:
            text = self.task_questions.get((task, step), (text, text))[medium == "writing"]
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
        """Why something was not done."""
        if said := self.refusals.get(outcome.code) or outcome.text:
            return said
        return self.sorry_failed if outcome.kind == "failed" else self.sorry_refused

    def listed(self, parts: Sequence[str], last: str = "") -> str:
        if last and len(parts) > 1:
            return f"{', '.join(parts[:-1])} {last} {parts[-1]}"
        return spoken.listed(parts, self.lexicon.language) if parts else ""


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[0].upper()}{text[1:]}." if text else ""
