"""What a reservation costs by now, what was paid of it, and what may be asked for. Pure, in integer cents.

Every amount that a guest is asked for comes from here; a body, a page or a model never names one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from nightdesk.hotel.reservations import Reservation


@dataclass(frozen=True)
class Folio:
    """`balance_cents` below 0 is the guest's: there is something to give back."""

    charges_cents: int
    paid_cents: int
    refunded_cents: int

    @property
    def kept_cents(self) -> int:
        """What the hotel has of the guest's money."""
        return self.paid_cents - self.refunded_cents

    @property
    def balance_cents(self) -> int:
        return self.charges_cents - self.kept_cents


@dataclass(frozen=True)
class Ask:
    """What a link would ask for now. Of amount 0: a card to be left on file, which is charged at check-in.

    `binds`: it makes a hold binding.
    """

    amount_cents: int
    binds: bool = False

    @property
    def is_card(self) -> bool:
        return self.amount_cents == 0


def folio(reservation: Reservation) -> Folio:
    return Folio(_charges(reservation), reservation.paid_cents, reservation.refunded_cents)


def ask(reservation: Reservation) -> Ask | None:
    """What makes a held reservation binding, or what is still owed of another one; None: nothing.

    A booking that has its card on file may be paid before it is charged, so its whole balance can be asked for.
    """
    owed = folio(reservation).balance_cents
    if reservation.status == "expired":
        return None
    if reservation.status == "held":
        missing = missing_cents(reservation)
        return Ask(missing, binds=True) if missing or reservation.payment.at_booking == "card" else None
    return Ask(owed) if owed > 0 else None


def missing_cents(reservation: Reservation) -> int:
    """How much has to come before a hold, also one that ran out, is binding."""
    return max(reservation.due_cents - folio(reservation).kept_cents, 0)


def has_its_deposit(reservation: Reservation, payment_id: str) -> bool:
    """Whether what it asked for to be binding had come before this payment did."""
    earlier = takewhile(lambda paid: paid.payment_id != payment_id, reservation.payments)
    return 0 < reservation.due_cents <= sum(paid.paid_cents - paid.refunded_cents for paid in earlier)


def _charges(reservation: Reservation) -> int:
    match reservation.status:
        case "cancelled" | "no_show":
            return reservation.cancellation_fee_cents
        case "expired":
            return 0
    return reservation.total_cents
