"""The port to a hotel's bookings: what is free, what it costs, and who has booked. Tools ask it, never the inventory.

Behind it are the hotel's own books in our store (`pms_own.py`, the default) or another system that speaks our contract
(`pms_http.py`, `contracts/pms.json`); one contract suite holds both to the same promises. An adapter is made for one
hotel, and never finds or changes what belongs to another.

Every write carries an id of the asker's choosing. Asked again with the same id it changes nothing and returns what is
now, so a write that died half way may simply be done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from nightdesk.errors import NightdeskError, Refusal
from nightdesk.hotel import terms
from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import Offer, Stay
from nightdesk.hotel.reservations import Paid, PhoneSource, Reservation


@dataclass(frozen=True)
class Booking:
    """What a guest wants booked. `reservation_id` is ours to give. `rate_plan` None: the one nobody has to ask for."""

    reservation_id: str
    session_id: str
    stay: Stay
    room_type: str
    last_name: str
    rate_plan: str | None = None
    first_name: str = ""
    phone: str = ""
    phone_source: PhoneSource = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True)
class Change:
    """What a guest wants otherwise; None stays as it is. The rate plan stays if it takes the new stay."""

    check_in: date | None = None
    check_out: date | None = None
    adults: int | None = None
    children: int | None = None
    pets: int | None = None
    room_type: str | None = None

    def of(self, stay: Stay) -> Stay:
        return Stay(
            check_in=self.check_in or stay.check_in,
            check_out=self.check_out or stay.check_out,
            adults=stay.adults if self.adults is None else self.adults,
            children=stay.children if self.children is None else self.children,
            pets=stay.pets if self.pets is None else self.pets,
        )


class FeeChanged(NightdeskError):
    """Cancelling costs something else by now than the guest was told; nothing was cancelled."""

    def __init__(self, fee_cents: int) -> None:
        super().__init__(fee_cents)
        self.fee_cents = fee_cents

    def __str__(self) -> str:
        return f"cancelling costs {self.fee_cents} cents by now"


class BookingsUnavailable(Refusal):
    """The other system does not answer. Whether it did what was asked is not known; asking again is safe."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(
            "bookings_unavailable",
            "the booking system is out of reach: say so, quote no price and no room, do not say that anything was "
            "booked, changed or cancelled, and take the guest's number for a callback",
            say="I am sorry, I cannot see our bookings right now. May I take your number, and we call you back?",
        )


class NotBookable(Refusal):
    """The room does not hold the party, or the rate is not for this stay."""

    def __init__(self, message: str) -> None:
        super().__init__("not_bookable", message, say="I am sorry, that cannot be booked for this stay.")


class NotChangeable(Refusal):
    """It was cancelled, has expired, or is over."""

    def __init__(self, status: str) -> None:
        message = f"the reservation is {status}: it cannot be changed, a new one can be made"
        super().__init__("not_changeable", message, say="That reservation cannot be changed any more.")


class PropertyManagement(Protocol):
    """The bookings of one hotel. Any method raises BookingsUnavailable when they are kept elsewhere, out of reach."""

    def offers(self, stays: Sequence[Stay]) -> list[list[Offer]]:
        """For each of the stays: every room type that is free on all its nights, with its price, cheapest first."""
        ...

    def hold(self, booking: Booking) -> Reservation:
        """Take a room: held until its deadline, or confirmed where the hotel asks for nothing.

        With a reservation_id that is known: that reservation as it is, whatever else the booking says.
        Raises: NoRoom; NotBookable.
        """
        ...

    def confirm(self, reservation_id: str, change_id: str, paid: Paid | None = None) -> Reservation:
        """It is binding now, by what was `paid` or by the hotel's own rules. A hold that ran out gets a room again.

        One that is confirmed already stays it. Raises: NoRoom; NotChangeable; UnknownReservation.
        """
        ...

    def record_payment(self, reservation_id: str, change_id: str, paid: Paid) -> Reservation:
        """What a payment has come to by now; both sums only grow. Raises: UnknownReservation."""
        ...

    def modify(self, reservation_id: str, change: Change, change_id: str) -> Reservation:
        """Other nights, room or party, at today's price and, where the rate plan has to be another one, its terms.

        Raises: NoRoom, and then it is as before; NotBookable; NotChangeable; UnknownReservation.
        """
        ...

    def cancel(self, reservation_id: str, fee_cents: int, change_id: str) -> Reservation:
        """Give up the room for the fee that the guest was told. One that is cancelled already is returned as it is.

        Raises: FeeChanged; NotChangeable; UnknownReservation.
        """
        ...

    def reservation(self, reservation_id: str) -> Reservation | None: ...

    def by_code(self, confirmation_code: str) -> Reservation | None: ...

    def by_phone(self, phone: str) -> list[Reservation]:
        """Made under that number, newest first."""
        ...

    def of_session(self, session_id: str) -> list[Reservation]:
        """Made in that conversation, newest first."""
        ...


class UnknownReservation(NightdeskError):
    def __init__(self, reservation_id: str) -> None:
        super().__init__(reservation_id)
        self.reservation_id = reservation_id

    def __str__(self) -> str:
        return f"there is no reservation {self.reservation_id} at this hotel"


def fee(hotel: Property, reservation: Reservation, now: datetime) -> int:
    """What cancelling costs at this moment, in cents, by the terms it was booked under. A hold binds nobody."""
    if reservation.status == "held":
        return 0
    return terms.cancellation_fee(
        hotel,
        reservation.check_in,
        reservation.quote.nightly_cents,
        reservation.quote.total_cents,
        reservation.cancellation,
        now,
    )
