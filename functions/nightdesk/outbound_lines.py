"""A hotel's places for calls of its own: so many at once, whoever orders them. They are kept in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import LEASE, LONGEST_CALL, OutboundCall
from nightdesk.hotel.ports import Locks
from nightdesk.hotel.reservations import Lock


def take(store: Locks, hotel: Property, now: datetime) -> datetime | None:
    """One of the hotel's places for calls of its own, by the moment that names it; None: all are taken.

    A `Lock` that locks nothing is a list of moments. A place that nobody gave back is free in time.
    """
    key = _key(hotel.property_id)
    slot_at: datetime | None = None

    def change(locks: list[Lock]) -> list[Lock]:
        nonlocal slot_at
        slot_at = None
        taken = tuple(at for at in locks[0].failures if now - at < LONGEST_CALL + LEASE)
        if len(taken) >= hotel.outbound.concurrent_calls:
            return []
        slot_at = now
        while slot_at in taken:
            slot_at += timedelta(microseconds=1)
        return [Lock(key, (*taken, slot_at), expires_at=now + 2 * LONGEST_CALL)]

    store.change_locks([key], change)
    return slot_at


def free(store: Locks, call: OutboundCall) -> None:
    def change(locks: list[Lock]) -> list[Lock]:
        left = tuple(at for at in locks[0].failures if at != call.slot_at)
        return [replace(locks[0], failures=left)] if left != locks[0].failures else []

    store.change_locks([_key(call.property_id)], change)


def _key(property_id: str) -> str:
    return f"outbound:{property_id}"
