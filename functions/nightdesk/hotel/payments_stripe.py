"""Payments by Stripe: Checkout Sessions made with the official client, and its webhooks, checked by its own verifier.

A booking that asks for a card on file is a Checkout Session in setup mode: nothing is charged, and the card stays with
Stripe's Customer for the hotel to charge at check-in.
Source: Stripe API reference: Checkout Sessions (expires_at is 30 minutes to 24 hours away), Refunds, Events; Stripe
documentation: "Idempotent requests", "Check the webhook signatures".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import requests
import stripe

from nightdesk.hotel.payments import BadSignature, Checkout, Kind, News, PaymentsUnavailable
from nightdesk.hotel.reservations import Payment

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

TIMEOUT_S = 4.0
RETRIES = 1
"""Together below the time limit of the tool that asks."""


_KEYED = re.compile(r"\((\w{1,64})\)$")
TOLERANCE_S = 300
"""How old a webhook may be: Stripe's own default."""


class StripePayments:
    """`webhook_secret` is only needed where webhooks come in, `api_base` has no trailing slash."""

    name = "stripe"

    def __init__(self, api_key: str, api_base: str, webhook_secret: str = "") -> None:
        self._webhook_secret = webhook_secret
        session = requests.Session()
        session.headers["Connection"] = "close"  # links are rare, and a function is frozen in between: none would last
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=TIMEOUT_S, session=session),
        )

    def checkout(self, payment: Payment, expires_at: datetime, what: str, back: str) -> Checkout:
        about = {"payment_id": payment.payment_id}
        wanted: SessionCreateParams = {
            "client_reference_id": payment.payment_id,
            "allowed_payment_method_types": ["card"],
            "expires_at": int(expires_at.timestamp()),
            "success_url": back,
            "cancel_url": back,
            "metadata": about,
        }
        if payment.amount_cents:
            price: Any = {
                "currency": payment.currency.lower(),
                "unit_amount": payment.amount_cents,
                "product_data": {"name": what},
            }
            wanted |= {
                "mode": "payment",
                "line_items": [{"quantity": 1, "price_data": price}],
                "adaptive_pricing": {"enabled": False},  # the guest pays what the folio says, in its currency
                "payment_intent_data": {"metadata": about, "description": what},
            }
        else:
            wanted |= {"mode": "setup", "customer_creation": "always", "setup_intent_data": {"metadata": about}}
        try:
            made = self._client.v1.checkout.sessions.create(wanted, {"idempotency_key": payment.payment_id})
        except stripe.StripeError as error:
            raise PaymentsUnavailable(str(error)) from error
        if not made.url:
            raise PaymentsUnavailable(f"checkout session {made.id} has no page")
        return Checkout(made.id, made.url)

    def refund(self, payment: Payment, amount_cents: int, refund_id: str) -> int:
        wanted: Any = {
            **_named_by(payment.provider_charge),
            "amount": amount_cents,
            "metadata": {"payment_id": payment.payment_id, "refund_id": refund_id},
            "expand": ["charge"],
        }
        try:
            made = self._made(payment, refund_id)
            if made is None:
                made = self._client.v1.refunds.create(wanted, {"idempotency_key": refund_id})
        except stripe.StripeError as error:
            raise PaymentsUnavailable(str(error)) from error
        if not isinstance(made.charge, stripe.Charge):
            raise PaymentsUnavailable(f"refund {made.id} names no charge")
        return made.charge.amount_refunded

    def _made(self, payment: Payment, refund_id: str) -> stripe.Refund | None:
        """The refund of this name, if there is one: a day later Stripe knows no repetition by its key any more."""
        asked: Any = {**_named_by(payment.provider_charge), "limit": 100, "expand": ["data.charge"]}
        for refund in self._client.v1.refunds.list(asked).data:
            if refund.metadata is not None and refund.metadata.to_dict().get("refund_id") == refund_id:
                return refund
        return None

    def read(self, body: bytes, signature: str) -> News | None:
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._webhook_secret, TOLERANCE_S)
            event = json.loads(body)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise BadSignature(str(error)) from error
        return _news(event["id"], event["type"], event["data"]["object"])


def _named_by(charge: str) -> dict[str, str]:
    """A payment by keys is confirmed with the charge itself. Source: Twilio, Pay Connectors, Stripe."""
    return {"charge": charge} if charge.startswith("ch_") else {"payment_intent": charge}


def _news(event_id: str, event_type: str, about: Mapping[str, Any]) -> News | None:
    match event_type:
        case "checkout.session.completed" | "checkout.session.async_payment_succeeded":
            if about["mode"] == "payment" and about["payment_status"] != "paid":
                return None  # a slow way to pay: async_payment_succeeded tells when the money is there
            return _of_session(event_id, "completed", about)
        case "checkout.session.expired":
            return _of_session(event_id, "expired", about)
        case "checkout.session.async_payment_failed":
            return _of_session(event_id, "failed", about)
        case "charge.succeeded":
            return _keyed(event_id, about)
        case "charge.refunded":
            return News(
                event_id,
                "refunded",
                payment_id=_named(about),
                charge=about.get("payment_intent") or "",
                charge_id=about["id"],
                currency=about["currency"].upper(),
                refunded_cents=about["amount_refunded"],
            )
        case "refund.failed":
            return News(
                event_id,
                "refund_failed",
                payment_id=_named(about),
                charge=about.get("payment_intent") or "",
                amount_cents=about["amount"],
                currency=about["currency"].upper(),
                charge_id=about.get("charge") or "",
            )
    return None


def _named(about: Mapping[str, Any]) -> str:
    """Our payment: a charge has the metadata of its PaymentIntent, so it is known before its checkout is."""
    return str((about.get("metadata") or {}).get("payment_id") or "")


def _keyed(event_id: str, charge: Mapping[str, Any]) -> News | None:
    """A charge that a Pay Connector made: it has no metadata of ours, but ends its description with our payment."""
    found = _KEYED.search(charge.get("description") or "")
    if found is None or _named(charge):
        return None
    return News(
        event_id,
        "charged",
        payment_id=found[1],
        charge=charge["id"],
        amount_cents=charge["amount"],
        currency=charge["currency"].upper(),
    )


def _of_session(event_id: str, kind: Kind, session: Mapping[str, Any]) -> News:
    return News(
        event_id,
        kind,
        payment_id=session.get("client_reference_id") or "",
        charge=session.get("payment_intent") or session.get("setup_intent") or "",
        amount_cents=session.get("amount_total") or 0,
        currency=(session.get("currency") or "").upper(),
    )
