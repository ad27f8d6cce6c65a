"""A stay that a guest may want, and what the hotel said of it, at which rate. checks.py reads it from the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

# Refusals of check_availability: another day may do, or something about the party or the length has to change.
_FULL = frozenset({"no_availability", "invalid_arguments"})
NOT_LIKE_THAT = frozenset({"stay_too_long", "stay_too_short", "no_pets", "too_many_pets", "too_many_guests"})


@dataclass(frozen=True)
class Stay:
    check_in: date | None = None
    nights: int | None = None
    adults: int | None = None
    children: int = 0
    pets: int = 0
    room_type: str | None = None
    refundable: bool | None = None
    """Which rate was chosen where there are two; None: neither yet."""

    @property
    def check_out(self) -> date | None:
        return self.check_in + timedelta(days=self.nights) if self.check_in and self.nights else None

    @property
    def is_complete(self) -> bool:
        return self.check_out is not None and self.adults is not None

    def arguments(self) -> dict[str, Any]:
        """As check_availability takes them, defaults left out."""
        said = {
            "check_in": self.check_in and self.check_in.isoformat(),
            "check_out": self.check_out and self.check_out.isoformat(),
            "adults": self.adults,
            "children": self.children or None,
            "pets": self.pets or None,
            "room_type": self.room_type,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class Check:
    """One outcome of check_availability: `offers` as the tool gave them, or its error's code and words.

    `alternative` is the first stay that the hotel offers instead.
    """

    stay: Stay
    offers: tuple[Mapping[str, Any], ...] = ()
    code: str = ""
    refusal: str = ""
    alternative: Stay | None = None

    @property
    def failed(self) -> bool:
        """The tool broke, as against the hotel saying no."""
        return self.code not in ("", *_FULL, *NOT_LIKE_THAT)

    def answers(self, stay: Stay) -> bool:
        """Whether this outcome tells what the tool would say of `stay`."""
        if replace(self.stay, room_type=stay.room_type, refundable=stay.refundable) != stay:
            return False
        if self.stay.room_type is None:
            return stay.room_type is None or stay.room_type in {offer.get("room_type") for offer in self.offers}
        return self.stay.room_type == stay.room_type

    def offers_of(self, stay: Stay) -> list[Mapping[str, Any]]:
        """Rooms that can be had, at the rate that was chosen, the cheapest first."""
        free = [offer for offer in self.offers if offer.get("available", 1)]
        chosen = [at_cheaper_rate(offer) if stay.refundable is False else offer for offer in free]
        return sorted(chosen, key=_cents)


def cheaper_rate(offer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The cheapest rate of a room that costs less and gives no money back; None where there is none."""
    rates = [rate for rate in offer.get("other_rates") or () if isinstance(rate, Mapping)]
    fixed = [r for r in rates if r.get("refundable") is False and r.get("total") and _cents(r) < _cents(offer)]
    return min(fixed, key=_cents, default=None)


def at_cheaper_rate(offer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The offer at the rate that is not refundable; as it is where there is no such rate."""
    rate = cheaper_rate(offer)
    if rate is None:
        return offer
    kept = {name: value for name, value in offer.items() if name != "other_rates"}
    terms = {name: rate[name] for name in ("rate_plan", "refundable", "total_cents", "total") if name in rate}
    return {**kept, **terms}


def _cents(priced: Mapping[str, Any]) -> int:
    return int(priced.get("total_cents") or 0)
