"""A hotel's places for calls of its own: so many at once, and one for each number. They are kept in the store."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from nightdesk import outbound_rules
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import LEASE, LONGEST_CALL, OutboundCall
from nightdesk.hotel.ports import Locks
from nightdesk.hotel.reservations import Lock


def take(store: Locks, hotel: Property, phone: str, now: datetime) -> datetime:
    """One of the hotel's places for calls of its own, and this number's only one, by the moment that names both.

    A `Lock` that locks nothing is a list of moments. A place that nobody gave back is free in time.
    Raises: Refusal `being_called`, `too_many_calls`.
    """
    most = {_of_number(hotel.property_id, phone): 1, _of_hotel(hotel.property_id): hotel.outbound.concurrent_calls}
    slot_at, full = now, ""

    def change(places: list[Lock]) -> list[Lock]:
        nonlocal slot_at, full
        taken = [tuple(at for at in place.failures if now - at < LONGEST_CALL + LEASE) for place in places]
        is_full = [len(moments) >= limit for moments, limit in zip(taken, most.values(), strict=True)]
        full = "being_called" if is_full[0] else "too_many_calls" if is_full[1] else ""
        if full:
            return []
        slot_at = now
        while any(slot_at in moments for moments in taken):
            slot_at += timedelta(microseconds=1)
        expires_at = now + 2 * LONGEST_CALL
        return [Lock(key, (*moments, slot_at), expires_at=expires_at) for key, moments in zip(most, taken, strict=True)]

    store.change_locks(list(most), change)
    if full:
        raise outbound_rules.refusal(full)
    return slot_at


def free(store: Locks, call: OutboundCall) -> None:
    """Both of its places. Of a guest who was erased the number is not known any more: `forget` came before."""
    _free(store, call, [_of_number(call.property_id, call.phone), _of_hotel(call.property_id)])


def forget(store: Locks, call: OutboundCall) -> None:
    """The number's place, as long as the number is known. The hotel's is taken until the call is over."""
    _free(store, call, [_of_number(call.property_id, call.phone)])


def _free(store: Locks, call: OutboundCall, keys: list[str]) -> None:
    def change(places: list[Lock]) -> list[Lock]:
        left = [replace(place, failures=tuple(at for at in place.failures if at != call.slot_at)) for place in places]
        return [after for before, after in zip(places, left, strict=True) if after != before]

    store.change_locks(keys, change)


def _of_hotel(property_id: str) -> str:
    return f"outbound:{property_id}"


def _of_number(property_id: str, phone: str) -> str:
    return f"outbound:to:{hashlib.sha256(f'{property_id}:{phone}'.encode()).hexdigest()[:20]}"
