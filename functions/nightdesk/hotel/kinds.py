"""How each kind of record is kept and found: one table or collection a kind, and the questions that may be asked of it.

`sqlite_schema.py` has an index for each of them, and `firestore_indexes.py` makes Firestore's for Terraform. A question
that is not listed is refused everywhere: in production Firestore would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.recordings import Recording
from nightdesk.hotel.records import BlockedCaller, Callback, Delivery, Guest, Message, ServiceRequest, Text
from nightdesk.hotel.reservations import Payment, Reservation

Record = (
    Message | ServiceRequest | Callback | Text | Delivery | Guest | BlockedCaller | Payment | OutboundCall | Recording
)
R = TypeVar(
    "R", Message, ServiceRequest, Callback, Text, Delivery, Guest, BlockedCaller, Payment, OutboundCall, Recording
)


@dataclass(frozen=True)
class Kind:
    """`finders`: the sets of fields that may be asked for together; `many`: those of them that hold several values.

    `due`: the status that waits for a moment, and the field that has it.
    """

    collection: str
    key: str
    finders: tuple[frozenset[str], ...]
    many: frozenset[str] = frozenset()
    due: tuple[str, str] | None = None

    def check(self, asked: frozenset[str]) -> None:
        """Raises: ValueError when nobody said that this would be asked."""
        if asked not in self.finders:
            raise ValueError(f"{self.collection} cannot be found by {', '.join(sorted(asked))}")

    def waiting(self) -> tuple[str, str]:
        """`due`. Raises: ValueError for records that wait for no moment."""
        if self.due is None:
            raise ValueError(f"{self.collection} wait for no moment")
        return self.due


def _by(*finders: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(finder.split()) for finder in finders)


KINDS: dict[type, Kind] = {
    Reservation: Kind(
        "reservations",
        "reservation_id",
        _by("property_id confirmation_code", "property_id phone", "session_id"),
        due=("held", "hold_expires_at"),
    ),
    Payment: Kind(
        "payments",
        "payment_id",
        _by("provider provider_id", "provider provider_charge", "reservation_id"),
        due=("paid", "due_at"),
    ),
    Message: Kind("messages", "message_id", _by("session_id", "property_id status")),
    ServiceRequest: Kind(
        "service_requests", "request_id", _by("session_id", "property_id status"), due=("open", "due_at")
    ),
    Callback: Kind(
        "callbacks",
        "callback_id",
        _by("session_id", "property_id phone", "property_id status"),
        due=("scheduled", "due_at"),
    ),
    Text: Kind("texts", "text_id", _by("session_id", "property_id to", "message_sid")),
    Delivery: Kind("deliveries", "delivery_id", _by("session_id", "property_id status"), due=("pending", "due_at")),
    Guest: Kind("guests", "guest_id", _by("property_id phones"), many=frozenset({"phones"})),
    OutboundCall: Kind(
        "outbound_calls",
        "outbound_id",
        _by("session_id", "call_sid", "property_id phone", "property_id status"),
        due=("open", "due_at"),
    ),
    BlockedCaller: Kind("blocked_callers", "key", _by("property_id status")),
    Recording: Kind("recordings", "recording_id", _by("session_id", "property_id status"), due=("kept", "delete_at")),
}


def matches(record: Any, equals: dict[str, str], many: frozenset[str]) -> bool:
    return all(
        value in getattr(record, name) if name in many else getattr(record, name) == value
        for name, value in equals.items()
    )
