"""What a stay costs and what is free. Pure, in integer cents: the model never computes money, it reads these results.

Source of the rules: the property's file. The pet fee is charged once per stay; taxes apply to room and fees, rounded to
the cent, half up; every guest of any age counts towards `max_guests`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta

from nightdesk.hotel.model import Property, RoomType


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
    name: str
    cents: int


@dataclass(frozen=True)
class Offer:
    """One room type for one stay: how many rooms are free on every night, and the price of one of them."""

    room_type: str
    name: str
    available: int
    nightly_cents: tuple[int, ...]
    fees: tuple[Fee, ...]
    tax_cents: int
    total_cents: int


def offers(hotel: Property, stay: Stay, taken: Set[tuple[str, str, date]]) -> list[Offer]:
    """Every room type that holds the party and has a room free for the whole stay, cheapest first."""
    found = [
        price(hotel, room_type, stay, available)
        for room_type in hotel.room_types
        if room_type.max_guests >= stay.guests and (available := free_rooms(room_type, stay.nights, taken))
    ]
    return sorted(found, key=lambda offer: offer.total_cents)


def free_rooms(room_type: RoomType, nights: Sequence[date], taken: Set[tuple[str, str, date]]) -> int:
    """Rooms that are free on each of the nights: nobody is asked to change rooms in mid-stay."""
    return sum(all((room_type.room_type, room, night) not in taken for night in nights) for room in room_type.rooms)


def price(hotel: Property, room_type: RoomType, stay: Stay, available: int) -> Offer:
    nightly = (room_type.rate_cents,) * len(stay.nights)
    fees = (Fee("pet fee", hotel.pets.fee_cents),) if stay.pets and hotel.pets.fee_cents else ()
    net = sum(nightly) + sum(fee.cents for fee in fees)
    tax = sum(_share(net, t.basis_points) for t in hotel.taxes)
    return Offer(room_type.room_type, room_type.name, available, nightly, fees, tax, net + tax)


def money(cents: int, currency: str) -> str:
    """As it is written: $1,335.72, or EUR 80.00 where no sign is customary here."""
    amount = f"{cents // 100:,}.{cents % 100:02d}"
    return f"${amount}" if currency == "USD" else f"{currency} {amount}"


def largest_party(room_types: Iterable[RoomType]) -> int:
    return max(room_type.max_guests for room_type in room_types)


def _share(cents: int, basis_points: int) -> int:
    """Rounded to the cent, half up."""
    return (cents * basis_points + 5_000) // 10_000
