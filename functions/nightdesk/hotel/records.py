"""What the desk keeps for people: guests, messages, requests, callbacks, texts, and deliveries to other systems. Pure.

Each has an id of its own, the hotel it belongs to and the conversation it came from. `due_at` is when something is to
be done about it; `status` says whether it still is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from nightdesk.hotel.reservations import PhoneSource


@dataclass(frozen=True)
class Message:
    """For a person or a department of the hotel."""

    message_id: str
    property_id: str
    session_id: str
    created_at: datetime
    for_whom: str
    text: str
    urgent: bool = False
    name: str = ""
    phone: str = ""
    recording_id: str = ""  # of a message that was left on tape
    recording_seconds: int = 0
    status: Literal["new", "done"] = "new"
    done_at: datetime | None = None


@dataclass(frozen=True)
class ServiceRequest:
    """`service`: housekeeping, maintenance, wake_up_call, late_check_out, cot, lost_and_found.

    `due_at`: when it is wanted.
    """

    request_id: str
    property_id: str
    session_id: str
    created_at: datetime
    service: str
    details: str = ""
    room: str = ""
    due_at: datetime | None = None
    phone: str = ""
    status: Literal["open", "done", "cancelled"] = "open"
    done_at: datetime | None = None


@dataclass(frozen=True)
class Callback:
    """A call the guest was promised for `promised_at`; `due_at` is when the next one is to be placed.

    `caller` is the number of ours that the guest knows. `outbound_id` names the newest call that was placed for it,
    `placed_as` is the session of the one that kept it.
    """

    callback_id: str
    property_id: str
    session_id: str
    created_at: datetime
    due_at: datetime
    phone: str
    phone_source: PhoneSource = ""
    reason: str = ""
    name: str = ""
    language: str = ""
    status: Literal["scheduled", "calling", "done", "failed", "cancelled"] = "scheduled"
    attempts: int = 0
    last_error: str = ""
    placed_as: str = ""
    promised_at: datetime | None = None
    caller: str = ""
    outbound_id: str = ""


@dataclass(frozen=True)
class Text:
    """One SMS. It is stored as `sending` before the network is asked, so that nobody sends it a second time.

    `message_sid` is Twilio's. `body` is what was sent.
    """

    text_id: str
    property_id: str
    session_id: str
    created_at: datetime
    to: str
    template: str
    body: str
    reservation_id: str = ""
    status: Literal["sending", "sent", "delivered", "failed"] = "sending"
    message_sid: str = ""
    last_error: str = ""


@dataclass(frozen=True)
class Delivery:
    """A webhook to another system. `body` is what is signed and sent; dead after too many attempts."""

    delivery_id: str
    property_id: str
    session_id: str
    created_at: datetime
    target: str
    event_type: str
    body: Mapping[str, Any]
    due_at: datetime
    status: Literal["pending", "delivered", "dead"] = "pending"
    attempts: int = 0
    last_error: str = ""
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class BlockedCaller:
    """A number whose calls a hotel does not take, up to `until`; without one, until somebody lifts it.

    `key` is the hotel's and the number, so there is one of each. `lifted_at`: nothing before it counts any more.
    """

    key: str
    property_id: str
    created_at: datetime
    phone: str
    reason: str = ""
    until: datetime | None = None
    status: Literal["blocked", "lifted"] = "blocked"
    lifted_at: datetime | None = None


@dataclass(frozen=True)
class Guest:
    """Whom a hotel knows, by the numbers they called from. Known to one property alone.

    `name_confirmed`: the guest said yes to the name; unconfirmed ones are never spoken. Consent is None until asked.
    `merged_into`: the guest_id that has this one's history now. `erased_at`: nothing personal is left in it.
    """

    guest_id: str
    property_id: str
    created_at: datetime
    phones: tuple[str, ...] = ()
    first_name: str = ""
    last_name: str = ""
    name_confirmed: bool = False
    email: str = ""
    language: str = ""
    may_text: bool | None = None
    may_call: bool | None = None
    may_remember: bool | None = None
    may_market: bool | None = None
    preferences: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    calls: int = 0
    last_call_at: datetime | None = None
    last_session_id: str = ""
    stays: tuple[str, ...] = ()  # reservation_ids
    merged_into: str = ""
    erased_at: datetime | None = None
