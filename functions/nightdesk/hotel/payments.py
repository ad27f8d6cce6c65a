"""The port to whoever takes guests' cards, and what he tells us. No card number ever comes near us: a guest pays on the
provider's own page, behind a link, and the provider's signed webhook says what came of it.

`payments_stripe.py` is the real adapter; `payments_memory.py` the fake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from nightdesk.errors import NightdeskError
from nightdesk.hotel.reservations import Payment

Kind = Literal["completed", "charged", "expired", "failed", "refunded", "refund_failed"]


@dataclass(frozen=True)
class Checkout:
    """A page of the provider's, on which this one payment is made. `provider_id` is the provider's name for it."""

    provider_id: str
    url: str


@dataclass(frozen=True)
class News:
    """What a webhook says of a payment, by our `payment_id` or the provider's names for it: of what was to be paid
    (`charge`), of the charge itself (`charge_id`).

    `completed`: money has come, or (amount 0) a card was left. `charged`: a card that was keyed on the telephone was
    charged, of which whoever asked for it hears at first hand. `expired`, `failed`: nothing will. `refunded`: all that
    was given back of it so far is `refunded_cents`. `refund_failed`: of that, `amount_cents` did not reach the guest.
    """

    event_id: str
    kind: Kind
    payment_id: str = ""
    charge: str = ""
    amount_cents: int = 0
    currency: str = ""
    refunded_cents: int = 0
    charge_id: str = ""


class PaymentsUnavailable(NightdeskError):
    """The provider does not answer, or refuses what it should take. Asking again under the same id is safe."""


class BadSignature(NightdeskError):
    """A webhook that is not the provider's, or too old."""


class NoPayments:
    """Stands in for a provider where its key is not: whoever has the key gives back what is to go back."""

    name = ""

    def checkout(self, payment: Payment, expires_at: datetime, what: str, back: str) -> Checkout:
        raise PaymentsUnavailable("this function has no key of a provider's")

    def refund(self, payment: Payment, amount_cents: int, refund_id: str) -> int:
        raise PaymentsUnavailable("this function has no key of a provider's")

    def read(self, body: bytes, signature: str) -> News | None:
        raise BadSignature("this function has no key of a provider's")


class Payments(Protocol):
    """Every write carries our own id of it: asked again, nothing is done twice."""

    name: str

    def checkout(self, payment: Payment, expires_at: datetime, what: str, back: str) -> Checkout:
        """A page for a payment of `payment.amount_cents`, or (0) for leaving a card that is charged later.

        `what`: the line that the guest reads beside the amount. `back`: the URL that they come back to.
        Raises: PaymentsUnavailable.
        """
        ...

    def refund(self, payment: Payment, amount_cents: int, refund_id: str) -> int:
        """Give an amount back; returns all that was given back of this payment so far. Raises: PaymentsUnavailable."""
        ...

    def read(self, body: bytes, signature: str) -> News | None:
        """What a webhook says; None where it is about nothing of ours. Raises: BadSignature."""
        ...
