"""What a webhook says, by `contracts/webhooks.json`, and how it is signed, by Standard Webhooks. Pure.

Source: Standard Webhooks, github.com/standard-webhooks/standard-webhooks, spec: `webhook-id`, `webhook-timestamp`,
`webhook-signature`; the signed content is id.timestamp.body. A receiver refuses what is not signed, what is older than
five minutes, and an id that it has taken before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from nightdesk import cards
from nightdesk.conversation import Session
from nightdesk.events import instant
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.pricing import Quote
from nightdesk.hotel.records import Delivery
from nightdesk.hotel.reservations import Payment, Reservation

PATHS = {
    "call.ended": "/api/v1/voice/calls",
    "lead.changed": "/api/v1/leads",
    "reservation.changed": "/api/v1/reservations",
    "payment.received": "/api/v1/payments",
}
_CALL = (
    *("session_id", "channel", "caller_id", "direction", "start_time", "end_time", "duration_seconds", "status"),
    *("recording_url", "transcription", "sentiment_score", "language", "tools_executed", "lead_id", "reservation_id"),
    *("outcome", "cost_usd"),
)
_LEAD = (
    *("lead_id", "session_id", "created_at", "name", "name_confirmed", "phone", "phone_source", "notes", "room_type"),
    *("check_in", "check_out"),
)
_RESERVATION = (
    *("reservation_id", "session_id", "version", "status", "confirmation_code", "created_at", "room_type", "room"),
    *("check_in", "check_out", "adults", "children", "pets", "last_name", "first_name", "phone", "phone_source"),
    *("email", "language", "currency", "total_cents", "due_cents", "paid_cents", "refunded_cents", "quote"),
    *("hold_expires_at", "confirmed_at", "cancelled_at", "cancellation_fee_cents"),
)
_PAYMENT = (
    *("payment_id", "reservation_id", "session_id", "created_at", "status", "paid_at", "amount_cents"),
    *("refunded_cents", "currency", "provider", "provider_id"),
)
Thing = Session | Lead | Reservation | Payment
_SHOWN: dict[type, tuple[str, tuple[str, ...]]] = {
    Session: ("call", _CALL),
    Lead: ("lead", _LEAD),
    Reservation: ("reservation", _RESERVATION),
    Payment: ("payment", _PAYMENT),
}


def body(delivery: Delivery, thing: Thing, now: datetime) -> dict[str, Any]:
    """The message about a call, lead, reservation or payment as it is `now`."""
    name, fields = _SHOWN[type(thing)]
    return {
        "v": 1,
        "id": delivery.delivery_id,
        "type": delivery.event_type,
        "timestamp": instant(now),
        "property_id": delivery.property_id,
        name: cards.masked_in({field: _plain(getattr(thing, field)) for field in fields}),
    }


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case Quote():
            return {
                "rate_plan": value.rate_plan,
                "nightly_cents": list(value.nightly_cents),
                "fees": [{"name": fee.name, "cents": fee.cents} for fee in value.fees],
                "taxes": [{"name": tax.name, "cents": tax.cents, "included": tax.included} for tax in value.taxes],
                "tax_cents": value.tax_cents,
            }
    return value


def encoded(message: Mapping[str, Any]) -> bytes:
    """As it is sent, and signed: the same bytes for the same message."""
    return json.dumps(message, separators=(",", ":"), sort_keys=True).encode()


def headers(secret: str, webhook_id: str, now: datetime, content: bytes) -> dict[str, str]:
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, webhook_id, timestamp, content),
    }


def signature(secret: str, webhook_id: str, timestamp: str, content: bytes) -> str:
    """`secret` is whsec_ and the key in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{webhook_id}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
