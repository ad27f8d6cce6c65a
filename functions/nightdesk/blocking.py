"""The numbers from which a hotel's staff want nothing more, beside those in its file: blocked, and lifted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from nightdesk import admission
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Records
from nightdesk.hotel.records import BlockedCaller

MOST_SHOWN = 200


def key(property_id: str, phone: str) -> str:
    return f"{property_id}:{phone}"


def block(
    records: Records, property_id: str, phone: str, now: datetime, until: datetime | None, reason: str = ""
) -> BlockedCaller:
    """Take no more calls from a number (E.164). Blocking it again changes the end and the reason."""
    blocked = BlockedCaller(key(property_id, phone), property_id, now, phone, reason, until)
    records.change_record(BlockedCaller, blocked.key, lambda known: blocked)
    return blocked


def lift(records: Records, property_id: str, phone: str, now: datetime) -> BlockedCaller:
    """Take the calls of a number again. What it did before is forgotten, also where no person has blocked it."""
    lifted = BlockedCaller(key(property_id, phone), property_id, now, phone, status="lifted", lifted_at=now)
    records.change_record(BlockedCaller, lifted.key, lambda known: lifted)
    return lifted


def is_blocked(records: Records, hotel: Property, phone: str, now: datetime) -> bool:
    """Whether the hotel wants nothing from this number now, by its file or by its staff."""
    listed = records.record(BlockedCaller, key(hotel.property_id, phone))
    return phone in hotel.blocked_callers or (listed is not None and admission.is_blocked(listed, now))


def blocked(records: Records, property_id: str, now: datetime) -> Sequence[BlockedCaller]:
    """The numbers that are blocked now, newest first."""
    found = records.records(BlockedCaller, limit=MOST_SHOWN, property_id=property_id, status="blocked")
    return [caller for caller in found if admission.is_blocked(caller, now)]
