"""What is established in a call: by its tools' results, by the hotel's own file, by what the guest said. Pure.

Nothing here knows a tool's result by heart: money is every field that ends in `cents` and every amount in a text, a
date every ISO date, a code every field that ends in `code`. So a new tool is evidence as soon as it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from nightdesk.audit import dates_said, figures
from nightdesk.audit.sentences import spelled
from nightdesk.conversation import ToolCall, Turn
from nightdesk.hotel.model import Property

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_STAY = 60


@dataclass(frozen=True)
class Evidence:
    """`calls` are all tool calls of the session so far, `turns` all its turns, `today` is the hotel's.

    `told`: what else the agent has been told in the call, as results would say it.
    """

    hotel: Property
    calls: Sequence[ToolCall]
    turns: Sequence[Turn]
    today: date
    told: Sequence[Mapping[str, Any]] = ()

    def done(self, *tools: str) -> list[ToolCall]:
        """Calls of these tools that the hotel carried out."""
        return [call for call in self.calls if call.name in tools and call.answer is not None and call.answer["ok"]]

    def runs(self, *tools: str) -> bool:
        """Whether one of these tools is still at work: its result will tell the engine."""
        return any(call.name in tools and call.answer is None for call in self.calls)

    def tried(self, *tools: str) -> bool:
        """Whether one of these tools was asked for, or is running. Of a refusal the engine hears by itself."""
        return any(call.name in tools for call in self.calls)

    @cached_property
    def statuses(self) -> set[str]:
        """Every `status` in a result: held, confirmed, cancelled, paid ..."""
        return {str(value) for result in self._results for name, value in _fields(result) if name.endswith("status")}

    @cached_property
    def money_moved(self) -> bool:
        """Whether a result shows that something was paid or given back."""
        fields = (field for result in self._results for field in _fields(result))
        moved = any(name in ("paid_cents", "refunded_cents", "refund_cents") and value for name, value in fields)
        return moved or bool({"paid", "refunded"} & self.statuses)

    @cached_property
    def cents(self) -> frozenset[int]:
        """All amounts that may be named: of results, of the hotel's file, of the guest's own words."""
        found = {value for name, value in self._money}
        for text in (*self._texts, *self.hotel.facts, *self.hotel.amenities, *self._guest):
            found |= {cents for amount in figures.amounts(spelled(text)) for cents in amount.cents}
        return frozenset(found)

    @cached_property
    def nightly(self) -> frozenset[int]:
        """Amounts that are the price of one night."""
        listed = {value for name, value in self._money if "night" in name or name.endswith("rate_cents")}
        said = {
            cents
            for text in (*self._texts, *self.hotel.facts)
            for amount in figures.amounts(spelled(text))
            if amount.unit == "night"
            for cents in amount.cents
        }
        one_night = {entry["total_cents"] for entry in self._offers if len(_nights(entry)) == 1}
        return frozenset(listed | said | one_night)

    @cached_property
    def untaxed(self) -> frozenset[int]:
        """Amounts that are known to be without tax; none where the hotel's prices hold a tax already."""
        if any(tax.included for tax in self.hotel.taxes):
            return frozenset()
        sums = {value for name, value in self._money if name in ("room_cents", "net_cents")}
        return (self.nightly | sums) - self.totals

    @cached_property
    def totals(self) -> frozenset[int]:
        """Amounts that are the price of a whole stay, tax included."""
        listed = {value for name, value in self._money if "total" in name or name.startswith(("due", "amount", "paid"))}
        said = {
            cents
            for text in self._texts
            for amount in figures.amounts(spelled(text))
            if amount.unit == "total" or amount.tax == "with"
            for cents in amount.cents
        }
        return frozenset(listed | said)

    @cached_property
    def differences(self) -> frozenset[int]:
        """How much one known amount is above another."""
        return frozenset(abs(a - b) for a, b in combinations(sorted(self.cents), 2))

    @cached_property
    def dates(self) -> frozenset[date]:
        """All dates that may be named, the nights between an arrival and a departure too."""
        zone = ZoneInfo(self.hotel.time_zone)
        found = {self.today, self.today + timedelta(days=1)}
        for call in self._answered:
            for part in (call.arguments, call.engine_result):
                for mapping in _mappings(part):
                    found |= _stay(mapping)
                for _, value in _fields(part):
                    found |= _dates(value, zone)
        for text in (*self._texts, *self.hotel.facts, *self._guest):
            found |= {said.day for said in dates_said.dates(spelled(text), self.today) if said.day}
        return frozenset(found)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Confirmation codes, as figures.codes writes them."""
        named = (
            str(value)
            for part in (*(call.arguments for call in self._answered), *self._results)
            for name, value in _fields(part)
            if name.endswith("code") and isinstance(value, str | int)
        )
        return frozenset(re.sub(r"[^A-Z0-9]", "", code.upper()) for code in named)

    @cached_property
    def booked_rooms(self) -> frozenset[str]:
        """The kinds of room of the reservations that this call has made, changed or shown."""
        kept = self.done("create_reservation", "modify_reservation", "lookup_reservation")
        parts = [part for call in kept for part in (call.arguments, call.engine_result)]
        return frozenset(str(value) for part in parts for name, value in _fields(part) if name == "room_type")

    @cached_property
    def guests_digits(self) -> tuple[str, ...]:
        """The digits of each of the guest's turns: a code that they named may be read back."""
        return tuple(figures.digits_said(spelled(text)) for text in self._guest)

    @cached_property
    def _guest(self) -> tuple[str, ...]:
        return tuple(turn.text for turn in self.turns if turn.role == "user")

    @cached_property
    def _answered(self) -> list[ToolCall]:
        return [call for call in self.calls if call.answer is not None]

    @cached_property
    def _results(self) -> list[Mapping[str, Any]]:
        return [*(call.engine_result for call in self._answered), *self.told]

    @cached_property
    def _texts(self) -> list[str]:
        return [value for result in self._results for _, value in _fields(result) if isinstance(value, str)]

    @cached_property
    def _money(self) -> list[tuple[str, int]]:
        """(field, cents) of the hotel's file and of every result; with the sums of one offer's own parts."""
        parts = [asdict(self.hotel), *(call.engine_result for call in self._answered)]
        listed = [(name, v) for part in parts for name, v in _fields(part) if name.endswith("cents") and type(v) is int]
        for offer in self._offers:
            nights, fees, tax = sum(_nights(offer)), sum(fee["cents"] for fee in offer.get("fees") or ()), 0
            tax = offer.get("tax_cents") or 0
            listed += [("room_cents", nights), ("net_cents", nights + fees), ("room_and_tax_cents", nights + tax)]
        return listed

    @cached_property
    def _offers(self) -> list[Mapping[str, Any]]:
        found = (mapping for call in self._answered for mapping in _mappings(call.engine_result))
        return [mapping for mapping in found if "total_cents" in mapping and _nights(mapping)]


def _fields(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(name, value) of every leaf; those of a list have the list's name."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _fields(item, str(key))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _fields(item, name)
    else:
        yield name, value


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    inner: Iterable[Any] = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    )
    for item in inner:
        yield from _mappings(item)


def _nights(offer: Mapping[str, Any]) -> list[int]:
    nightly = offer.get("nightly_cents")
    return [cents for cents in nightly if type(cents) is int] if isinstance(nightly, list | tuple) else []


def _stay(mapping: Mapping[str, Any]) -> set[date]:
    first, last = mapping.get("check_in"), mapping.get("check_out")
    if not (
        isinstance(first, str) and isinstance(last, str) and _ISO_DATE.fullmatch(first) and _ISO_DATE.fullmatch(last)
    ):
        return set()
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return {begin + timedelta(days=n) for n in range(min((end - begin).days, _LONGEST_STAY) + 1)}


def _dates(value: Any, zone: ZoneInfo) -> set[date]:
    """Of an ISO date, or of an instant at the hotel."""
    if not isinstance(value, str) or not _ISO_DATE.match(value):
        return set()
    try:
        if len(value) == 10:
            return {date.fromisoformat(value)}
        moment = datetime.fromisoformat(value)
    except ValueError:
        return set()
    return {moment.astimezone(zone).date() if moment.tzinfo else moment.date()}
