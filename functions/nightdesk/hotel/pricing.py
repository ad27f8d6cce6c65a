"""What a stay costs and what is free. Pure, in integer cents: the model never computes money, it reads these results.

Source of the rules: the property's file (`properties/README.md`). A night costs the room's rate, changed by the first
season that it falls in and then by the rate plan, each rounded to the cent, half up. A percentage tax applies to nights
and fees together, rounded half up. Every guest of any age counts towards `max_guests`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from nightdesk.hotel.model import Property, RoomType
from nightdesk.hotel.tariff import RatePlan, Tax


@dataclass(frozen=True)
class Stay:
    """Nights from `check_in` up to, not including, `check_out`."""

    check_in: date
    check_out: date
    adults: int
    children: int = 0
    pets: int = 0

    @property
    def nights(self) -> list[date]:
        return [self.check_in + timedelta(days=n) for n in range((self.check_out - self.check_in).days)]

    @property
    def guests(self) -> int:
        return self.adults + self.children

    def moved(self, days: int) -> Stay:
        """The same stay, some days later (or earlier)."""
        shift = timedelta(days=days)
        return Stay(self.check_in + shift, self.check_out + shift, self.adults, self.children, self.pets)


@dataclass(frozen=True)
class Fee:
    """Something beside the nights. `name` fits behind "the": "pet fee"."""

    name: str
    cents: int


@dataclass(frozen=True)
class TaxLine:
    """`included`: the nights and fees hold it already, so the total does not count it again."""

    name: str
    cents: int
    included: bool


@dataclass(frozen=True)
class Quote:
    """The price of one room for one stay under one rate plan.

    nightly_cents: one for each night, in order. tax_cents: the taxes that come on top.
    Always: total_cents == sum(nightly_cents) + sum of the fees' cents + tax_cents.
    """

    room_type: str
    name: str
    rate_plan: str
    rate_plan_name: str
    nightly_cents: tuple[int, ...]
    fees: tuple[Fee, ...]
    taxes: tuple[TaxLine, ...]
    tax_cents: int
    total_cents: int


@dataclass(frozen=True)
class Offer:
    """What can be had for a stay: a room type, how many rooms of it are free on every night, and what one costs.

    quote: under the plan that applies without being asked for. others: the quotes under plans with terms of their own
    (not refundable, paid in full now), which the guest has to choose, the cheapest first; no discount in name only.
    """

    quote: Quote
    available: int
    others: tuple[Quote, ...] = ()


def quote(hotel: Property, stay: Stay, room_type: str, rate_plan: str | None = None) -> Quote:
    """The price of a stay, itemised. `rate_plan` None: the plan that applies without being asked for.

    Availability is another question: this one asks nobody.
    Raises: ValueError when there is no such room type or rate plan, the plan does not take the stay, the room does not
    hold the party, or the stay has no night. `plans` and `fits` tell beforehand.
    """
    room = hotel.room_type(room_type)
    if room is None:
        raise ValueError(f"no room type {room_type!r}")
    if not stay.nights or not fits(room, stay):
        raise ValueError(f"{room_type} is not for this stay: {stay}")
    plan = standard_plan(hotel, stay, room) if rate_plan is None else hotel.rate_plan(rate_plan)
    if plan is None or not plan.takes(stay.nights):
        raise ValueError(f"rate plan {rate_plan!r} is not for this stay: {stay}")
    return _price(hotel, room, stay, plan)


def plans(hotel: Property, stay: Stay) -> list[RatePlan]:
    """The rate plans that a stay can be booked under, in the hotel's order. Its first one takes any stay."""
    return [plan for plan in hotel.rate_plans if plan.takes(stay.nights)]


def standard_plan(hotel: Property, stay: Stay, room: RoomType) -> RatePlan:
    """The plan that applies without being asked for: the cheapest of those on the hotel's own terms."""
    on_our_terms = [plan for plan in plans(hotel, stay) if not plan.has_own_terms]
    return min(on_our_terms, key=lambda plan: _price(hotel, room, stay, plan).total_cents)


def fits(room: RoomType, stay: Stay) -> bool:
    """Whether the room holds the party. Children of any age count."""
    return stay.guests <= room.max_guests


def offers(hotel: Property, stay: Stay, taken: Set[tuple[str, str, date]]) -> list[Offer]:
    """Every room type that holds the party and has a room free for the whole stay, cheapest first.

    `taken`: (room_type, room, night), as `Inventory.taken` gives them.
    """
    found = [
        _offer(hotel, room, stay, available)
        for room in hotel.room_types
        if fits(room, stay) and (available := free_rooms(room, stay.nights, taken))
    ]
    return sorted(found, key=lambda offer: offer.quote.total_cents)


def free_rooms(room_type: RoomType, nights: Sequence[date], taken: Set[tuple[str, str, date]]) -> int:
    """Rooms that are free on each of the nights: nobody is asked to change rooms in mid-stay."""
    return sum(all((room_type.room_type, room, night) not in taken for night in nights) for room in room_type.rooms)


def shortest_stay(hotel: Property, nights: Sequence[date]) -> int:
    """How many nights a stay with these nights must have at least, as the seasons ask."""
    return max((s.min_nights for s in hotel.seasons if any(night in s for night in nights)), default=1)


def largest_party(room_types: Iterable[RoomType]) -> int:
    return max(room_type.max_guests for room_type in room_types)


def money(cents: int, currency: str) -> str:
    """As it is written: $1,335.72, or CHF 80.00 where no sign is customary here."""
    amount = f"{cents // 100:,}.{cents % 100:02d}"
    sign = _SIGNS.get(currency)
    return f"{sign}{amount}" if sign else f"{currency} {amount}"


_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def share(cents: int, basis_points: int) -> int:
    """So many ten-thousandths of an amount, rounded to the cent, half up."""
    return (cents * basis_points + 5_000) // 10_000


def _price(hotel: Property, room: RoomType, stay: Stay, plan: RatePlan) -> Quote:
    nightly = tuple(_night(hotel, room, night, plan) for night in stay.nights)
    fees = tuple(_fees(hotel, room, stay))
    net = sum(nightly) + sum(fee.cents for fee in fees)
    taxes = tuple(TaxLine(tax.name, _tax(tax, net, stay), tax.included) for tax in hotel.taxes)
    on_top = sum(tax.cents for tax in taxes if not tax.included)
    return Quote(
        room_type=room.room_type,
        name=room.name,
        rate_plan=plan.rate_plan,
        rate_plan_name=plan.name,
        nightly_cents=nightly,
        fees=fees,
        taxes=taxes,
        tax_cents=on_top,
        total_cents=net + on_top,
    )


def _offer(hotel: Property, room: RoomType, stay: Stay, available: int) -> Offer:
    """A discount that is none beside the plan that applies by itself would only take rights away: it is left out."""
    applies = _price(hotel, room, stay, standard_plan(hotel, stay, room))
    priced = [(plan, _price(hotel, room, stay, plan)) for plan in plans(hotel, stay) if plan.has_own_terms]
    others = [q for plan, q in priced if plan.basis_points >= 0 or q.total_cents < applies.total_cents]
    return Offer(applies, available, tuple(sorted(others, key=lambda quote: quote.total_cents)))


def _night(hotel: Property, room: RoomType, night: date, plan: RatePlan) -> int:
    season = next((season.basis_points for season in hotel.seasons if night in season), 0)
    return share(share(room.rate_cents, 10_000 + season), 10_000 + plan.basis_points)


def _fees(hotel: Property, room: RoomType, stay: Stay) -> list[Fee]:
    """What is charged beside the nights. Adults fill the places that the room's price is for before children do."""
    nights, included = len(stay.nights), room.included_guests or room.max_guests
    more_adults = max(0, stay.adults - included)
    more_children = min(stay.children, max(0, stay.guests - included))
    charged = [
        ("extra guest fee", hotel.extra_guest_cents * more_adults * nights),
        ("child fee", hotel.children.fee_cents * more_children * nights),
        ("pet fee", hotel.pets.fee_cents * (nights if hotel.pets.per == "night" else 1) if stay.pets else 0),
    ]
    return [Fee(name, cents) for name, cents in charged if cents]


def _tax(tax: Tax, net: int, stay: Stay) -> int:
    if tax.per_adult_night_cents:
        nights = len(stay.nights)
        return tax.per_adult_night_cents * stay.adults * min(nights, tax.nights_at_most or nights)
    if tax.included:  # half up, as all shares: of 110 % of the net price, 10 % is the tax
        whole = 10_000 + tax.basis_points
        return (2 * net * tax.basis_points + whole) // (2 * whole)
    return share(net, tax.basis_points)
