"""The embedded store's share of rooms: reservations and the nights they occupy, changed in one transaction."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import count

from nightdesk.hotel import reservations, stays
from nightdesk.hotel.documents import dumps, instant, loads
from nightdesk.hotel.reservations import Reservation
from nightdesk.hotel.sqlite_file import SqliteFile

_KEY = "property_id = ? AND room_type = ? AND room = ? AND night = ?"


class SqliteRooms(SqliteFile):
    def taken(self, property_id: str, first: date, end: date) -> set[stays.Night]:
        with self._connection() as connection:
            return _taken(connection, property_id, first, end)

    def take(self, property_id: str, room_type: str, room: str, nights: Sequence[date], taken_by: str) -> bool:
        keys = [(property_id, room_type, room, night.isoformat()) for night in nights]
        with self._transaction() as connection:
            for where in keys:
                found = connection.execute(f"SELECT taken_by FROM inventory WHERE {_KEY}", where).fetchone()
                if found and found[0] != taken_by:
                    return False
            connection.executemany("INSERT OR IGNORE INTO inventory VALUES (?,?,?,?,?)", [(*k, taken_by) for k in keys])
            return True

    def book(self, reservation: Reservation, rooms: Iterable[str]) -> Reservation:
        with self._transaction() as connection:
            before = _reservation(connection, reservation.reservation_id)
            if before is not None:
                return before
            hotel, code = reservation.property_id, ""
            used = "SELECT 1 FROM reservations WHERE property_id = ? AND confirmation_code = ?"
            for n in count():
                code = reservations.confirmation_code(reservation.reservation_id, n)
                if connection.execute(used, (hotel, code)).fetchone() is None:
                    break
            new = dataclasses.replace(reservation, confirmation_code=code, version=1)
            return _move(connection, None, new, rooms)

    def change_reservation(
        self,
        reservation_id: str,
        change: Callable[[Reservation], Reservation],
        *,
        change_id: str = "",
        rooms: Iterable[str] = (),
    ) -> Reservation | None:
        with self._transaction() as connection:
            before = _reservation(connection, reservation_id)
            after = stays.changed(before, change, change_id) if before is not None else None
            return _move(connection, before, after, rooms) if after is not None else before

    def reservation(self, reservation_id: str) -> Reservation | None:
        with self._connection() as connection:
            return _reservation(connection, reservation_id)

    def reservation_by_code(self, property_id: str, confirmation_code: str) -> Reservation | None:
        found = self._reservations("property_id = ? AND confirmation_code = ?", property_id, confirmation_code)
        return found[0] if found else None

    def reservations_by_phone(self, property_id: str, phone: str) -> list[Reservation]:
        return self._reservations("property_id = ? AND phone = ?", property_id, phone)

    def reservations_of(self, session_id: str) -> list[Reservation]:
        return self._reservations("session_id = ?", session_id)

    def lapsed_holds(self, property_id: str, now: datetime, limit: int = 100) -> list[Reservation]:
        due = "property_id = ? AND status = 'held' AND hold_expires_at <= ?"
        return self._reservations(due, property_id, instant(now), order="hold_expires_at", limit=limit)

    def _reservations(
        self, where: str, *values: str, order: str = "created_at DESC", limit: int = 100
    ) -> list[Reservation]:
        sql = f"SELECT document FROM reservations WHERE {where} ORDER BY {order}, reservation_id LIMIT {limit:d}"
        with self._connection() as connection:
            return [loads(Reservation, row[0]) for row in connection.execute(sql, values)]


def _taken(connection: sqlite3.Connection, property_id: str, first: date, end: date) -> set[stays.Night]:
    sql = "SELECT room_type, room, night FROM inventory WHERE property_id = ? AND night >= ? AND night < ?"
    rows = connection.execute(sql, (property_id, first.isoformat(), end.isoformat()))
    return {(room_type, room, date.fromisoformat(night)) for room_type, room, night in rows}


def _reservation(connection: sqlite3.Connection, reservation_id: str) -> Reservation | None:
    sql = "SELECT document FROM reservations WHERE reservation_id = ?"
    row = connection.execute(sql, (reservation_id,)).fetchone()
    return loads(Reservation, row[0]) if row else None


def _move(
    connection: sqlite3.Connection, before: Reservation | None, after: Reservation, rooms: Iterable[str]
) -> Reservation:
    taken = _taken(connection, after.property_id, after.check_in, after.check_out)
    move = stays.settle(before, after, rooms, taken)
    done, hotel = move.reservation, after.property_id
    free = [(hotel, room_type, room, night.isoformat()) for room_type, room, night in move.free]
    connection.executemany(f"DELETE FROM inventory WHERE {_KEY}", free)
    take = [(hotel, kind, room, night.isoformat(), done.reservation_id) for kind, room, night in move.take]
    connection.executemany("INSERT INTO inventory VALUES (?,?,?,?,?)", take)
    put = "INSERT OR REPLACE INTO reservations (reservation_id, document) VALUES (?, ?)"
    connection.execute(put, (done.reservation_id, dumps(done)))
    return done
