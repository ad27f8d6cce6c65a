"""Which nights a change of a reservation takes and gives up. Pure; each store carries it out all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from datetime import date

from nightdesk.errors import NoRoom
from nightdesk.hotel.reservations import Reservation

Night = tuple[str, str, date]
KEPT_CHANGES = 50


@dataclass(frozen=True)
class Move:
    """The reservation as it will be, and the nights to take and to free for it."""

    reservation: Reservation
    take: frozenset[Night] = frozenset()
    free: frozenset[Night] = frozenset()


def changed(before: Reservation, change: Callable[[Reservation], Reservation], change_id: str) -> Reservation | None:
    """The reservation after a change, its version counted up; None when nothing changes. The room is not settled yet.

    Raises: ValueError when a change touches what makes the reservation the one it is.
    """
    if change_id and change_id in before.change_ids:
        return None
    after = change(before)
    if after == before and not change_id:
        return None
    fixed = ("reservation_id", "property_id", "session_id", "created_at", "confirmation_code")
    if touched := [name for name in fixed if getattr(after, name) != getattr(before, name)]:
        raise ValueError(f"a reservation's {', '.join(touched)} cannot change")
    change_ids = (*before.change_ids, change_id)[-KEPT_CHANGES:] if change_id else before.change_ids
    return replace(after, version=before.version + 1, change_ids=change_ids)


def settle(before: Reservation | None, after: Reservation, rooms: Iterable[str], taken: Set[Night]) -> Move:
    """Give the reservation a room that is free on all its nights: its own if that fits, else the first of `rooms`.

    `taken` are the nights of the hotel that anybody occupies, at least those of this stay. Raises: NoRoom.
    """
    own = before.taken if before is not None else frozenset()
    if not after.live:
        return Move(after, free=own)
    kept = [before.room] if before is not None and before.room and before.room_type == after.room_type else []
    others = taken - own
    for room in dict.fromkeys((*kept, *rooms)):
        settled = replace(after, room=room)
        if not settled.taken & others:
            return Move(settled, take=settled.taken - own, free=own - settled.taken)
    raise NoRoom(after.room_type)
