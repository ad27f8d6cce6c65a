"""The fake: a provider that keeps its checkouts in a dictionary. Its webhooks are `News` as JSON, signed "genuine"."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from nightdesk.hotel.payments import BadSignature, Checkout, News, PaymentsUnavailable
from nightdesk.hotel.reservations import Payment

SIGNATURE = "genuine"


class MemoryPayments:
    """`down`: it does not answer. `refunds`: what was given back, by refund_id."""

    name = "memory"

    def __init__(self) -> None:
        self.down = False
        self.checkouts: dict[str, tuple[int, str]] = {}
        self.refunds: dict[str, tuple[str, int]] = {}

    def checkout(self, payment: Payment, expires_at: datetime, what: str, back: str) -> Checkout:
        self._answer()
        self.checkouts.setdefault(payment.payment_id, (payment.amount_cents, payment.currency))
        return Checkout(f"cs_{payment.payment_id}", f"https://pay.example/{payment.payment_id}")

    def refund(self, payment: Payment, amount_cents: int, refund_id: str) -> int:
        self._answer()
        self.refunds.setdefault(refund_id, (payment.payment_id, amount_cents))
        given_back = sum(cents for paid, cents in self.refunds.values() if paid == payment.payment_id)
        if given_back > payment.amount_cents:
            del self.refunds[refund_id]
            raise PaymentsUnavailable("more than was paid")
        return given_back

    def read(self, body: bytes, signature: str) -> News | None:
        if signature != SIGNATURE:
            raise BadSignature
        return News(**json.loads(body))

    def webhook(self, payment_id: str, kind: str = "completed", event_id: str = "evt_1", /, **changes: object) -> bytes:
        """What the provider would post."""
        amount, currency = self.checkouts[payment_id]
        said = {"event_id": event_id, "kind": kind, "payment_id": payment_id, "charge": f"pi_{payment_id}"}
        told = asdict(News(**{**said, "amount_cents": amount, "currency": currency}))  # type: ignore[arg-type]
        return json.dumps({**told, **changes}).encode()

    def _answer(self) -> None:
        if self.down:
            raise PaymentsUnavailable("down")
