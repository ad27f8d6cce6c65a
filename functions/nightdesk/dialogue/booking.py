"""Bookings: made, found, changed and cancelled. Prices, fees and whose it is are the tools' to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from nightdesk.dialogue import checks, identity
from nightdesk.dialogue.forms import Call, Form, Heard, finished
from nightdesk.dialogue.information import opened
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task, iso_date

_STAY_SLOTS = ("check_in", "nights", "adults", "children", "pets", "room_type")
_NO_SUCH_STAY = frozenset(
    {"no_availability", "stay_too_long", "stay_too_short", "no_pets", "too_many_pets", "too_many_guests"}
)


@dataclass(frozen=True)
class Booking(Form):
    """A new one. The stay is that of the conversation: it has been priced, and the guest has heard it."""

    def opened(self, state: State, heard: Heard) -> Task:
        heard_price = state.stated == state.stay and state.offer is not None and not state.rate_to_choose
        return Task(self.kind, {"agreed": "yes"} if heard_price else {})

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        return task

    def step(self, state: State, task: Task) -> Step | None:
        if missing := state.stay_step:
            return missing
        if not task.get("agreed"):
            return state.book_step
        if missing := identity.step(state, with_code=False):
            return missing
        if not state.phone_source and not state.in_writing:
            return Step.KEYPAD
        return None if task.confirmed else Step.CONFIRM

    def call(self, state: State, task: Task) -> Call:
        stay, offer = state.stay.arguments(), state.offer or {}
        said = {
            **stay,
            "room_type": offer.get("room_type"),
            "rate_plan": offer.get("rate_plan") if offer.get("refundable") is False else None,
            "last_name": state.who.last_name,
            "first_name": state.who.first_name or None,
            "phone_source": state.phone_source or None,
            "another": True if state.booked else None,
        }
        return Call(self.tools[0], {name: value for name, value in said.items() if value is not None})

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        key = state.lead_key
        state = replace(opened(state, result), booked=(*state.booked, result), wants_stay=False, lead_wanted=False)
        state = finished(replace(state, leads_done=(*state.leads_done, key)), task, result)
        waits = result.get("status") == "held"
        pay = state.offers_tool("generate_payment_link") and waits and (state.phone_source or state.in_writing)
        return state.with_task(Task(Want.PAY)) if pay else state

    def refused(self, state: State, task: Task, error: Mapping[str, Any]) -> State:
        if error.get("code") not in _NO_SUCH_STAY:
            return super().refused(state, task, error)
        check = checks.refused(state.stay, error)
        return replace(state.without_task(self.kind), checks=(*state.checks, check), stated=None)


@dataclass(frozen=True)
class LookUp(Form):
    def said(self, state: State, task: Task, heard: Heard) -> Task:
        return task

    def step(self, state: State, task: Task) -> Step | None:
        return identity.step(state)

    def call(self, state: State, task: Task) -> Call:
        return Call("lookup_reservation", state.who.arguments())

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        return finished(opened(state, result), task, result)


@dataclass(frozen=True)
class Cancelling(Form):
    """In two steps: the tool says what it costs, and only a yes to just that cancels."""

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        return task

    def step(self, state: State, task: Task) -> Step | None:
        if missing := identity.step(state):
            return missing
        return Step.CANCEL if task.result and not task.confirmed else None

    def call(self, state: State, task: Task) -> Call:
        fee = (
            {"confirm": True, "quoted_fee_cents": task.result.get("fee_cents")}
            if task.confirmed
            else {"confirm": False}
        )
        return Call(self.tools[0], {**state.who.arguments(), **fee})

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        state = opened(state, result)
        if result.get("status") != "cancelled" and not arguments.get("confirm"):
            return state.with_task(replace(task, result=result, confirmed=False))
        state = replace(state, booked=tuple(b for b in state.booked if b.get("confirmation_code") != state.who.code))
        return finished(state.without_task(Want.PAY), task, result)

    def refused(self, state: State, task: Task, error: Mapping[str, Any]) -> State:
        if error.get("code") != "fee_changed":
            return super().refused(state, task, error)
        fee = {name: error[name] for name in ("fee_cents", "fee") if name in error}
        return state.with_task(replace(task, result={**task.result, **fee, "spoken": ""}, confirmed=False))


@dataclass(frozen=True)
class Changing(Form):
    """The booking is opened, what is new is asked, priced and read back; then it is changed."""

    def said(self, state: State, task: Task, heard: Heard) -> Task:
        meaning, dates = heard.meaning, heard.meaning.dates
        if heard.asked is not Step.DAY:
            task = task.having(
                check_in=dates.check_in.isoformat() if dates.check_in else None,
                nights=_nights(task, meaning.dates.check_out, dates.check_in, dates.nights or dates.implied_nights),
                adults=str(meaning.adults) if meaning.adults else None,
                children=None if meaning.children is None else str(meaning.children),
                pets=None if meaning.pets is None else str(meaning.pets),
                room_type=meaning.room_type,
            )
        if Want.CHANGE_DATES in meaning.wants and not dates.check_in:
            task = task.having(asks_dates="yes")
        if Want.CHANGE_GUESTS in meaning.wants and meaning.adults is None:
            task = task.having(asks_guests="yes")
        return task

    def step(self, state: State, task: Task) -> Step | None:
        if missing := identity.step(state):
            return missing
        if not task.result:
            return None
        if task.get("asks_dates") and not task.get("check_in"):
            return Step.ARRIVAL
        if task.get("asks_guests") and not task.get("adults"):
            return Step.GUESTS
        if not any(task.get(slot) for slot in _STAY_SLOTS):
            return Step.CHANGE
        if self._priced(task) is None and state.offers_tool("check_availability"):
            return None
        return None if task.confirmed else Step.CONFIRM

    def call(self, state: State, task: Task) -> Call:
        if not task.result:
            return Call("lookup_reservation", state.who.arguments())
        if self._priced(task) is None and not task.confirmed:
            return Call("check_availability", self._wanted(task))
        return Call(self.tools[0], {**state.who.arguments(), **changes(task)})

    def succeeded(
        self, state: State, task: Task, name: str, arguments: Mapping[str, Any], result: Mapping[str, Any]
    ) -> State:
        if name == "lookup_reservation":
            return opened(state, result).with_task(replace(task, result=result))
        if name == "check_availability":
            room = self._wanted(task)["room_type"]
            offers = [o for o in result.get("offers") or () if isinstance(o, Mapping) and o.get("room_type") == room]
            total = str(offers[0].get("total") or "") if offers else ""
            return state.with_task(self._with_price(task, total))
        return finished(opened(state, result), task, result)

    def refused(self, state: State, task: Task, error: Mapping[str, Any]) -> State:
        """What cannot be is told, and something else may be wanted of the same booking."""
        code, say = str(error.get("code") or ""), str(error.get("say") or "")
        asked_price = bool(task.result) and not task.confirmed
        if code == "no_availability" and asked_price:  # the guest's own room may be the one that is missing
            return state.with_task(self._with_price(task, ""))
        if code in _NO_SUCH_STAY or (code == "invalid_arguments" and task.result):
            again = replace(task.without(*_STAY_SLOTS, "asks_dates", "asks_guests"), failed=task.failed + 1)
            return state.with_task(again).telling(Outcome("refused", say, self.kind, code=code))
        return super().refused(state, task, error)

    @staticmethod
    def _wanted(task: Task) -> dict[str, Any]:
        """The whole stay as it would be, for check_availability."""
        known, new = task.result, changes(task)
        kept = {name: known.get(name) for name in ("check_in", "check_out", "adults", "children", "pets", "room_type")}
        return {name: value for name, value in {**kept, **new}.items() if value}

    @staticmethod
    def _with_price(task: Task, total: str) -> Task:
        return replace(task, result={**task.result, "new_total": total, "priced": changes(task)})

    @staticmethod
    def _priced(task: Task) -> str | None:
        """The total of the stay as it would be, "" where the hotel named none; None: not asked yet."""
        return str(task.result["new_total"]) if task.result.get("priced") == changes(task) else None


def changes(task: Task) -> dict[str, Any]:
    """What modify_reservation is to change. Nights alone are counted from the arrival, old or new."""
    said: dict[str, Any] = {"check_in": task.get("check_in"), "room_type": task.get("room_type")}
    old_in, old_out = iso_date(task.result.get("check_in")), iso_date(task.result.get("check_out"))
    arrives = iso_date(task.get("check_in")) or old_in
    nights = int(task.get("nights") or 0) or ((old_out - old_in).days if old_in and old_out else 0)
    if arrives and nights and (task.get("check_in") or task.get("nights")):
        said["check_out"] = (arrives + timedelta(days=nights)).isoformat()
    said |= {name: int(task.get(name)) for name in ("adults", "children", "pets") if task.get(name)}
    return {name: value for name, value in said.items() if value not in ("", None)}


def _nights(task: Task, check_out: date | None, check_in: date | None, nights: int | None) -> str | None:
    arrives = check_in or iso_date(task.get("check_in")) or iso_date(task.result.get("check_in"))
    if check_out and arrives and check_out > arrives:
        return str((check_out - arrives).days)
    return str(nights) if nights else None


FORMS: tuple[Form, ...] = (
    Booking(Want.BOOK, ("create_reservation",)),
    LookUp(Want.LOOK_UP, ("lookup_reservation",)),
    Changing(Want.CHANGE, ("modify_reservation", "lookup_reservation", "check_availability")),
    Cancelling(Want.CANCEL, ("cancel_reservation",)),
)
