"""What a hotel charges and on what terms, as frozen data. `pricing.py` and `terms.py` compute with it.

Pure data: money is integer cents, a share is in basis points (900 is 9 %, -1500 is 15 % less), a weekday is that of
`date.weekday()` (Monday is 0). Where these come from: the hotel's file, see `properties/README.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class Tax:
    """A tax on a stay: a share of room and fees, or an amount for each adult and night.

    included: the prices hold it already, so it is shown and not added. A tax for each adult and night is always added.
    nights_at_most: of a stay, that a tax for each adult and night counts; 0 counts all.
    """

    name: str
    basis_points: int = 0
    included: bool = False
    per_adult_night_cents: int = 0
    nights_at_most: int = 0


@dataclass(frozen=True)
class Pets:
    """`fee_cents` is charged once, `per` stay or night, however many pets come (up to `max_pets`)."""

    allowed: bool = False
    fee_cents: int = 0
    max_pets: int = 0
    per: Literal["stay", "night"] = "stay"


@dataclass(frozen=True)
class Children:
    """Who is `under` this age is a child; each one beyond a room's `included_guests` costs `fee_cents` a night."""

    under: int = 12
    fee_cents: int = 0


@dataclass(frozen=True)
class Window:
    """Days from `first` to `last`, both included: "2027-03-21" in one year, "12-20" (month-day) in every year.

    Both are written the same way. A window of every year may run over New Year.
    """

    first: str
    last: str

    def __contains__(self, day: date) -> bool:
        written = day.isoformat()[-len(self.first) :]
        if self.first <= self.last:
            return self.first <= written <= self.last
        return written >= self.first or written <= self.last


@dataclass(frozen=True)
class Season:
    """Nights that cost more or less than the room's rate: in a window, on some weekdays, or both.

    Of the seasons that a night falls in, the first one of the file sets its price. `min_nights`: a stay with such a
    night must be at least so long.
    """

    name: str
    basis_points: int = 0
    window: Window | None = None
    weekdays: frozenset[int] = frozenset()
    min_nights: int = 1

    def __contains__(self, night: date) -> bool:
        return (self.window is None or night in self.window) and (not self.weekdays or night.weekday() in self.weekdays)


@dataclass(frozen=True)
class Cancellation:
    """Free until `free_hours` before check-in (None: never); then the first `fee_nights`, or a share of the total.

    Of `fee_nights` and `fee_basis_points` one is 0.
    """

    free_hours: int | None
    fee_nights: int = 0
    fee_basis_points: int = 0


@dataclass(frozen=True)
class Payment:
    """What makes a booking binding: a `card` on file that is charged at check-in, the `total`, a `deposit`, `nothing`.

    hold_minutes: how long a room is held meanwhile. Of the three sizes of a deposit one is not 0.
    """

    at_booking: Literal["card", "total", "deposit", "nothing"]
    hold_minutes: int = 30
    deposit_cents: int = 0
    deposit_nights: int = 0
    deposit_basis_points: int = 0


@dataclass(frozen=True)
class RatePlan:
    """A way to book: what it changes of each night's price, which stays it takes, and its own terms, if it has any.

    min_nights, max_nights (0: any): the length of the stay. weekdays, window: every night must fall into them.
    cancellation, payment: None where the hotel's own hold. A plan with terms of its own has to be chosen by the guest.
    """

    rate_plan: str
    name: str
    basis_points: int = 0
    min_nights: int = 1
    max_nights: int = 0
    weekdays: frozenset[int] = frozenset()
    window: Window | None = None
    cancellation: Cancellation | None = None
    payment: Payment | None = None

    @property
    def has_own_terms(self) -> bool:
        return self.cancellation is not None or self.payment is not None

    @property
    def takes_any(self) -> bool:
        """Whether no stay is refused."""
        return (self.min_nights, self.max_nights) == (1, 0) and not self.weekdays and self.window is None

    def takes(self, nights: Sequence[date]) -> bool:
        """Whether a stay of these nights can be booked under this plan."""
        return (
            self.min_nights <= len(nights) <= (self.max_nights or len(nights))
            and (not self.weekdays or all(night.weekday() in self.weekdays for night in nights))
            and (self.window is None or all(night in self.window for night in nights))
        )


STANDARD = RatePlan("standard", "standard rate")
