"""The Firestore store's share of rooms: reservations, and a document per room and night, which only one can create."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from nightdesk.errors import NoRoom
from nightdesk.hotel import reservations, stays
from nightdesk.hotel.documents import document, read
from nightdesk.hotel.firestore_base import Document, FirestoreBase, Writes
from nightdesk.hotel.reservations import Reservation

_NIGHTS_KEPT = timedelta(days=400)


class FirestoreRooms(FirestoreBase):
    def taken(self, property_id: str, first: date, end: date) -> set[stays.Night]:
        query = self._select(
            "inventory",
            {"property_id": property_id},
            order="night",
            at_least=first.isoformat(),
            below=end.isoformat(),
        )
        found = (s.to_dict() for s in self._list(query))
        return {(d["room_type"], d["room"], date.fromisoformat(d["night"])) for d in found}

    def take(self, property_id: str, room_type: str, room: str, nights: Sequence[date], taken_by: str) -> bool:
        def decide() -> tuple[Writes | None, bool]:
            found = self._get(*(self._night(property_id, (room_type, room, night)) for night in nights))
            if any(s.exists and s.get("taken_by") != taken_by for s in found):
                return None, False
            free = [night for s, night in zip(found, nights, strict=True) if not s.exists]
            nights_free = ((room_type, room, night) for night in free)
            return (self._taking(property_id, nights_free, taken_by) if free else None), True

        return self._change(decide)

    def book(self, reservation: Reservation, rooms: Iterable[str]) -> Reservation:
        rooms = tuple(rooms)
        n = 0

        def decide() -> tuple[Writes | None, Reservation]:
            nonlocal n
            code = reservations.confirmation_code(reservation.reservation_id, n)
            [before, coded] = self._get(
                self._document("reservations", reservation.reservation_id), self._code(reservation.property_id, code)
            )
            if before.exists:
                return None, read(Reservation, before.to_dict())
            if coded.exists:
                n += 1
                return decide()
            return self._booking(dataclasses.replace(reservation, confirmation_code=code, version=1), rooms)

        # Nearly always it is new and its code is free: the commit itself finds out, and spares looking first. That
        # there is no room is said only by who looked twice: a query may see two moments (see `firestore_base.py`).
        code = reservations.confirmation_code(reservation.reservation_id)
        with contextlib.suppress(NoRoom):
            writes, booked = self._booking(dataclasses.replace(reservation, confirmation_code=code, version=1), rooms)
            if self._committed(writes):
                return booked
        return self._change(decide)

    def _booking(self, new: Reservation, rooms: Iterable[str]) -> tuple[Writes, Reservation]:
        """What there is to write for a new reservation. Raises: NoRoom."""
        move = stays.settle(None, new, rooms, self.taken(new.property_id, new.check_in, new.check_out))
        writes = self._taking(new.property_id, move.take, new.reservation_id)
        stored = document(move.reservation, pack=True)
        writes.create.append((self._document("reservations", new.reservation_id), stored))
        code = {"reservation_id": new.reservation_id}
        writes.create.append((self._code(new.property_id, new.confirmation_code), code))
        return writes, move.reservation

    def change_reservation(
        self,
        reservation_id: str,
        change: Callable[[Reservation], Reservation],
        *,
        change_id: str = "",
        rooms: Iterable[str] = (),
    ) -> Reservation | None:
        rooms = tuple(rooms)

        def decide() -> tuple[Writes | None, Reservation | None]:
            [found] = self._get(self._document("reservations", reservation_id))
            before = read(Reservation, found.to_dict()) if found.exists else None
            after = stays.changed(before, change, change_id) if before is not None else None
            if before is None or after is None:
                return None, before
            hotel = after.property_id
            needs_nights = bool(dataclasses.replace(after, room=before.room).taken - before.taken)
            taken = self.taken(hotel, after.check_in, after.check_out) if needs_nights else set()
            try:
                move = stays.settle(before, after, rooms, taken)
            except NoRoom:  # what a query saw may be two moments (see `firestore_base.py`); here no commit finds out
                move = stays.settle(before, after, rooms, self.taken(hotel, after.check_in, after.check_out))
            writes = self._taking(hotel, move.take, reservation_id)
            writes.delete += [self._night(hotel, night) for night in move.free]
            writes.put(found, document(move.reservation, pack=True))
            return writes, move.reservation

        return self._change(decide)

    def reservation(self, reservation_id: str) -> Reservation | None:
        [found] = self._get(self._document("reservations", reservation_id))
        return read(Reservation, found.to_dict()) if found.exists else None

    def reservation_by_code(self, property_id: str, confirmation_code: str) -> Reservation | None:
        found = self._newest({"property_id": property_id, "confirmation_code": confirmation_code})
        return found[0] if found else None

    def reservations_by_phone(self, property_id: str, phone: str) -> list[Reservation]:
        return self._newest({"property_id": property_id, "phone": phone})

    def reservations_of(self, session_id: str) -> list[Reservation]:
        return self._newest({"session_id": session_id})

    def lapsed_holds(self, property_id: str, now: datetime, limit: int = 100) -> list[Reservation]:
        held = {"property_id": property_id, "status": "held"}
        query = self._select("reservations", held, order="hold_expires_at", at_most=now, limit=limit)
        found = [read(Reservation, s.to_dict()) for s in self._list(query)]
        return sorted(found, key=lambda r: (r.hold_expires_at or now, r.reservation_id))

    def _newest(self, equal: Document) -> list[Reservation]:
        query = self._select("reservations", equal, order="created_at", newest=True, limit=100)
        found = [read(Reservation, s.to_dict()) for s in self._list(query)]
        return sorted(found, key=lambda r: (-r.created_at.timestamp(), r.reservation_id))

    def _code(self, property_id: str, code: str) -> Any:
        """A document that only one reservation of the hotel can create, so that no code is given twice."""
        return self._document("confirmation_codes", f"{property_id}:{code}")

    def _night(self, property_id: str, night: stays.Night) -> Any:
        room_type, room, day = night
        return self._document("inventory", f"{property_id}:{day.isoformat()}:{room_type}:{room}")

    def _taking(self, property_id: str, nights: Iterable[stays.Night], taken_by: str) -> Writes:
        writes = Writes()
        for room_type, room, day in nights:
            night = {
                "property_id": property_id,
                "night": day.isoformat(),
                "room_type": room_type,
                "room": room,
                "taken_by": taken_by,
                "expires_at": datetime.combine(day, time(), UTC) + _NIGHTS_KEPT,
            }
            writes.create.append((self._night(property_id, (room_type, room, day)), night))
        return writes
