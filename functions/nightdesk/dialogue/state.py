"""What is known so far of a conversation, as frozen data, and what a stay needs next. fold.py makes it of a history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.stay import NOT_LIKE_THAT, Check, Stay, cheaper_rate
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task, Who

BREAKS = frozenset({"transfer", "ended", "hold"})
"""Outcomes behind which the line is no longer ours, so that nothing is asked. When the guest speaks they are over."""

Medium = Literal["call", "writing", "our_call"]
"""How we talk: somebody has called us, writes to us or types at a screen, or is called by us."""

LeadKey = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Lead:
    """`name` is the recogniser's guess, None until it was spoken. `phone`: last digits, or the whole spoken number."""

    name: str | None = None
    name_item_id: str = ""
    phone_source: Literal["", "caller_line", "keypad", "spoken"] = ""
    phone: str = ""
    phone_checked: bool = False
    line_refused: bool = False
    confirmed: bool = False

    def without_phone(self) -> Lead:
        """The number was wrong, so neither it nor the caller's line is offered again."""
        return replace(self, phone_source="", phone="", phone_checked=False, line_refused=True, confirmed=False)


@dataclass(frozen=True)
class Outcome:
    """Something that happened and that the guest has not been told yet.

    `text` is a tool's own sentence, `about` the task that it belongs to, `result` or `code` what the tool answered.
    """

    kind: Literal[
        "answer",
        "unknown",
        "lead",
        "already",
        "failed",
        "refused",
        "done",
        "language",
        "no_language",
        "no_card",
        "bad_keys",
        "bad_phone",
        "transfer",
        "transfer_failed",
        "hold",
        "ended",
        "who",
        "disturbed",
    ]
    text: str = ""
    about: Want | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True)
class State:
    """`owed`: the last thing said or done has no answer yet. `asked`: the open question, as it was heard.

    `misses` are turns not understood in a row, `stalls` turns without progress in a row. `stated` is the stay whose
    price the guest has heard, `declined` the one they did not want held. `another`: a second request, after one was
    noted. `tasks`: what is being done for the guest, the innermost last. `department`: the one asked for.
    `texted`: the templates that were sent by text message, the newest last.
    `we_called`: this is a call of ours, for that `purpose`, which was begun with `opening`.
    `takes_cards_by_keys`: whether the guest may key a card, on this telephone and at this hotel.
    `language`: the one we speak; `asked_language`: the one the hotel has to be told of. `tools`: None means all.
    """

    caller_last4: str = ""
    channel: str = "voice"
    we_called: bool = False
    purpose: str = ""
    opening: str = ""
    tools: frozenset[str] | None = None
    language: str = "en"
    asked_language: str = ""
    categories: tuple[str, ...] = ()
    takes_cards_by_keys: bool = False
    tasks: tuple[Task, ...] = ()
    who: Who = field(default_factory=Who)
    booked: tuple[Mapping[str, Any], ...] = ()
    department: str = ""
    texted: tuple[str, ...] = ()
    stay: Stay = field(default_factory=Stay)
    stays_before: tuple[Stay, ...] = ()
    wants_stay: bool = False
    checks: tuple[Check, ...] = ()
    stated: Stay | None = None
    declined: Stay | None = None
    alternative_refused: bool = False
    lead: Lead = Lead()
    lead_wanted: bool = False
    another: bool = False
    leads_done: tuple[LeadKey, ...] = ()
    questions: tuple[str, ...] = ()
    answers: Mapping[str, Outcome] = field(default_factory=dict)
    unsaid: tuple[Outcome, ...] = ()
    todo: frozenset[Want] = frozenset()
    asked: Step | None = None
    refused_person: bool = False
    said: str = ""
    owed: bool = False
    missed: bool = False
    stay_changed: bool = False
    misses: int = 0
    stalls: int = 0
    turns: int = 0
    transfers: int = 0
    done: int = 0

    def offers_tool(self, tool: str) -> bool:
        return self.tools is None or tool in self.tools

    @property
    def in_writing(self) -> bool:
        """A screen or a text message: what is typed is not misheard, and nothing is keyed or spelled."""
        return self.channel != "voice"

    @property
    def medium(self) -> Medium:
        if self.in_writing:
            return "writing"
        return "our_call" if self.we_called else "call"

    @property
    def task(self) -> Task | None:
        return self.tasks[-1] if self.tasks else None

    def task_of(self, kind: Want) -> Task | None:
        return next((task for task in reversed(self.tasks) if task.kind is kind), None)

    def with_task(self, task: Task) -> State:
        """That kind of task as it is now; a new one comes before those that are under way."""
        if self.task_of(task.kind) is None:
            return replace(self, tasks=(*self.tasks, task))
        return replace(self, tasks=tuple(task if known.kind is task.kind else known for known in self.tasks))

    def without_task(self, kind: Want) -> State:
        return replace(self, tasks=tuple(task for task in self.tasks if task.kind is not kind))

    def given_up(self, kind: Want, why: str) -> State:
        """The guest does not want it after all."""
        return replace(self.without_task(kind), done=self.done + 1).telling(Outcome("refused", about=kind, code=why))

    def telling(self, outcome: Outcome) -> State:
        return replace(self, unsaid=(*self.unsaid, outcome))

    @property
    def speaks_of_stay(self) -> bool:
        """Whether what is said now is about a room that is wanted, and not about another task."""
        return self.task is None or self.task.kind is Want.BOOK

    @property
    def phone_source(self) -> str:
        """How the guest can be reached: the number they keyed, else the line's; "" while there is none."""
        if self.lead.phone_source == "keypad":
            return "keypad"
        return "caller_line" if self.caller_last4 and not self.lead.line_refused else ""

    @property
    def phone_ends(self) -> str:
        return self.lead.phone[-2:] if self.phone_source == "keypad" else self.caller_last4[-2:]

    @property
    def check(self) -> Check | None:
        """What the hotel said of the stay as it is now."""
        return next((check for check in reversed(self.checks) if check.answers(self.stay)), None)

    @property
    def offers(self) -> list[Mapping[str, Any]]:
        """Rooms that can be had for the stay, the cheapest first."""
        return self.check.offers_of(self.stay) if self.check else []

    @property
    def offer(self) -> Mapping[str, Any] | None:
        """The room spoken of: of the type asked for, else the cheapest."""
        wanted = self.stay.room_type
        return next((o for o in self.offers if wanted is None or o.get("room_type") == wanted), None)

    @property
    def rate_to_choose(self) -> Mapping[str, Any] | None:
        """A rate of the room spoken of that costs less and is not refundable, while none has been chosen."""
        return cheaper_rate(self.offer) if self.offer and self.stay.refundable is None else None

    @property
    def book_step(self) -> Step:
        """What is asked before a booking begins: where there are two rates, choosing one is the yes."""
        return Step.RATE if self.rate_to_choose else Step.BOOK

    @property
    def lead_key(self) -> LeadKey:
        """What a lead or a booking would be about: two about the same thing are one."""
        if not (self.offer and self.stay.check_in and self.stay.check_out):
            return (None, None, None)
        return (self.stay.check_in.isoformat(), self.stay.check_out.isoformat(), str(self.offer.get("room_type")))

    @property
    def stay_step(self) -> Step | None:
        """What is missing before the stay has a price; None when nothing is."""
        if self.stay.check_in is None:
            return Step.ARRIVAL
        if self.stay.nights is None:
            return Step.NIGHTS
        if self.stay.adults is None:
            return Step.GUESTS
        return None if self.offer else self._step_without_offer()

    @property
    def base_step(self) -> Step:
        """What the conversation needs next, tasks and digressions aside."""
        if self.wants_stay and self.declined != self.stay and (step := self.stay_step):
            return step
        if self.lead_wanted:
            if self.lead.name is None:
                return Step.NAME
            if not self.lead.phone_source:
                return Step.LINE if self.caller_last4 and not self.lead.line_refused else Step.KEYPAD
            return Step.CONFIRM if self.lead.phone_checked else Step.NUMBER_CHECK
        if self.offer and self.wants_stay and self.declined != self.stay and self.lead_key not in self.leads_done:
            books = self.in_writing or not self.offers_tool("create_lead")
            return self.book_step if books and self.offers_tool("create_reservation") else Step.HOLD
        known = (self.answers, self.leads_done, self.checks, self.declined, self.transfers, self.done)
        return Step.ELSE if any(known) else Step.HELP

    def _step_without_offer(self) -> Step:
        if self.check and self.check.code in NOT_LIKE_THAT:
            return Step.CHANGE
        if self.check and self.check.alternative and not self.alternative_refused:
            return Step.ALTERNATIVE
        return Step.OTHER_DATES
