"""A booking as it is kept: the reservation, its money, and the lock on proving whose it is. Frozen and pure.

Price and terms are copied in when a room is booked, so that a changed file changes no booking. Money is integer cents,
dates are the hotel's own, instants are aware UTC. A store gives the room, the confirmation code and the version.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from nightdesk.hotel import tariff
from nightdesk.hotel.pricing import Quote, Stay

Status = Literal["held", "confirmed", "checked_in", "checked_out", "cancelled", "expired", "no_show"]
PhoneSource = Literal["", "caller_line", "keypad", "spoken", "booking"]
PaymentStatus = Literal["open", "paid", "expired", "failed"]

OCCUPYING: frozenset[Status] = frozenset({"held", "confirmed", "checked_in"})
"""The statuses in which a reservation has its room for itself."""

CODE_DIGITS = 8  # keyed on a telephone, so digits alone
MOST_FAILURES = 3
MOST_SHARED_FAILURES = 20
"""Of many guests together, who have no number of their own: those of one agent, or of withheld numbers."""
LOCKED_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Paid:
    """What one payment has brought and given back; both only grow, so a late webhook changes nothing."""

    payment_id: str
    paid_cents: int
    refunded_cents: int = 0


@dataclass(frozen=True)
class Reservation:
    """One room for one stay. `session_id` is the conversation that made it.

    `quote` is the price as agreed; `cancellation` and `payment` are the terms of then (`terms.py` computes with them).
    `due_cents` must be paid before the hold runs out; 0: the hotel asks for less to make it binding.
    `payments` stand in the order in which they came. `room` and `confirmation_code` are given by the store.
    `change_ids` are the writes that were applied, newest last.
    """

    reservation_id: str
    property_id: str
    session_id: str
    created_at: datetime
    check_in: date
    check_out: date
    adults: int
    last_name: str
    quote: Quote
    currency: str
    cancellation: tariff.Cancellation
    payment: tariff.Payment
    due_cents: int = 0
    children: int = 0
    pets: int = 0
    first_name: str = ""
    phone: str = ""
    phone_source: PhoneSource = ""
    email: str = ""
    language: str = ""
    status: Status = "held"
    hold_expires_at: datetime | None = None
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancellation_fee_cents: int = 0
    payments: tuple[Paid, ...] = ()
    room: str = ""
    confirmation_code: str = ""
    version: int = 1
    change_ids: tuple[str, ...] = ()

    @property
    def room_type(self) -> str:
        return self.quote.room_type

    @property
    def total_cents(self) -> int:
        return self.quote.total_cents

    @property
    def stay(self) -> Stay:
        return Stay(self.check_in, self.check_out, self.adults, self.children, self.pets)

    @property
    def nights(self) -> list[date]:
        return self.stay.nights

    @property
    def live(self) -> bool:
        """Whether it has a room."""
        return self.status in OCCUPYING

    @property
    def taken(self) -> frozenset[tuple[str, str, date]]:
        """(room_type, room, night) of what it occupies: the inventory is the sum of these."""
        return frozenset((self.room_type, self.room, night) for night in self.nights) if self.live else frozenset()

    @property
    def phone_verified(self) -> bool:
        """The system saw the number itself; nobody merely said it."""
        return self.phone_source in ("caller_line", "keypad")

    @property
    def paid_cents(self) -> int:
        return sum(paid.paid_cents for paid in self.payments)

    @property
    def refunded_cents(self) -> int:
        return sum(paid.refunded_cents for paid in self.payments)

    @property
    def as_left(self) -> str:
        """What a guest's write can change, in a line: while it reads the same, nobody has changed it since.

        A hold that was confirmed or paid in the meantime is still the booking the guest was told of.
        """
        is_now = (self.reservation_id, "live" if self.live else self.status, self.room_type, self.quote.rate_plan)
        return " ".join(map(str, (*is_now, self.check_in, self.check_out, self.adults, self.children, self.pets)))

    def confirmed(self, now: datetime) -> Reservation:
        """Of a hold, also of one that ran out before its payment came: the store then finds it a room again."""
        if self.status not in ("held", "expired"):
            return self
        return replace(self, status="confirmed", hold_expires_at=None, confirmed_at=now)

    def cancelled(self, now: datetime, fee_cents: int) -> Reservation:
        return replace(
            self, status="cancelled", cancelled_at=now, cancellation_fee_cents=fee_cents, hold_expires_at=None
        )

    def lapsed(self, now: datetime) -> Reservation:
        """Expired, if it is a hold whose time is over; else as it is."""
        due = self.status == "held" and self.hold_expires_at is not None and self.hold_expires_at <= now
        return replace(self, status="expired") if due else self

    def with_payment(self, payment_id: str, paid_cents: int, refunded_cents: int) -> Reservation:
        """With what a payment has come to by now. Safe for webhooks that come twice, or in the wrong order."""
        before = next((p for p in self.payments if p.payment_id == payment_id), Paid(payment_id, 0))
        after = Paid(payment_id, max(before.paid_cents, paid_cents), max(before.refunded_cents, refunded_cents))
        if after.payment_id not in (p.payment_id for p in self.payments):
            return replace(self, payments=(*self.payments, after))
        return replace(self, payments=tuple(after if p.payment_id == payment_id else p for p in self.payments))


@dataclass(frozen=True)
class Repayment:
    """What one payment has to do with money that people give back. `asked` names their wish; `done`: it has gone."""

    asked: str
    cents: int
    done: bool = False


@dataclass(frozen=True)
class Payment:
    """Money asked for. By a link: `url` is ours, short, and leads to the provider's own `page_url`. By keys: none.

    `provider_id` is the provider's name for it (Stripe: the Checkout Session).

    `provider_events` are the webhooks that were applied. `refunded_cents` only grows. `settled`: it was decided
    what becomes of its money; `refund_cents` of it go back by themselves, since nothing could be booked for them.
    `applying_at`: who finds this recent leaves it to the other. `due_at`: when it is tried again to enter its money or
    to give it back; None when nothing is left to do. Of amount 0: a card left on file.
    `binds`: it was asked of a hold, to make it binding. `repayments`: the shares it has in what people give back, each
    kept before it is carried out.
    """

    payment_id: str
    property_id: str
    reservation_id: str
    session_id: str
    created_at: datetime
    amount_cents: int
    currency: str
    provider: str
    status: PaymentStatus = "open"
    provider_id: str = ""
    provider_charge: str = ""  # what a refund names (Stripe: the PaymentIntent)
    url: str = ""
    expires_at: datetime | None = None
    paid_at: datetime | None = None
    refunded_cents: int = 0
    provider_events: tuple[str, ...] = ()
    page_url: str = ""
    settled: bool = False
    refund_cents: int = 0
    applying_at: datetime | None = None
    due_at: datetime | None = None
    binds: bool = False
    repayments: tuple[Repayment, ...] = ()

    def repayment(self, asked: str) -> Repayment | None:
        return next((share for share in self.repayments if share.asked == asked), None)

    def with_repayment(self, share: Repayment) -> Payment:
        return replace(self, repayments=(*(s for s in self.repayments if s.asked != share.asked), share))


@dataclass(frozen=True)
class Lock:
    """Failed attempts to prove whose a reservation is.

    `key`: "session:...", "caller:...", "reservation:..."; or "shared:...", of many guests together.
    """

    key: str
    failures: tuple[datetime, ...] = ()
    locked_until: datetime | None = None
    expires_at: datetime | None = None  # it may be forgotten after this

    def locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until

    def failed(self, now: datetime) -> Lock:
        """With one more failure. The third within 24 hours locks for 24 hours; the twentieth, where many share it."""
        recent = (*(at for at in self.failures if now - at < LOCKED_FOR), now)
        most = MOST_SHARED_FAILURES if self.key.startswith("shared:") else MOST_FAILURES
        until = now + LOCKED_FOR if len(recent) >= most else self.locked_until
        return Lock(self.key, recent, until, expires_at=now + LOCKED_FOR)


def confirmation_code(reservation_id: str, n: int = 0) -> str:
    """Eight digits, the same for the same reservation; with n, the next one to try when another has that code."""
    number = int.from_bytes(hashlib.sha256(f"{reservation_id}:{n}".encode()).digest()[:8])
    return str(10 ** (CODE_DIGITS - 1) + number % (9 * 10 ** (CODE_DIGITS - 1)))
