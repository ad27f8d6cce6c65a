"""The fake store: dictionaries under one lock. One contract suite holds it and the real stores to the same promises."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel import reservations, stays
from nightdesk.hotel.kinds import KINDS, R, matches
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.ports import LedgerChange, Slots, T
from nightdesk.hotel.reservations import Lock, Reservation


class MemoryStore:
    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sessions: dict[str, Session] = {}
        self._slots: dict[tuple[str, int], tuple[str, datetime]] = {}
        self._turns: dict[tuple[str, int, int], Turn] = {}
        self._ledger: dict[str, dict[str, ToolCall]] = {}
        self._leads: dict[str, Lead] = {}
        self._inventory: dict[tuple[str, str, str, date], str] = {}
        self._events: set[str] = set()
        self._reservations: dict[str, Reservation] = {}
        self._records: dict[type, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._locks: dict[str, Lock] = {}

    def close(self) -> None:
        """Nothing to let go of."""

    def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def change_session(self, session_id: str, change: Callable[[Session | None], Session | None]) -> Session | None:
        with self._lock:
            changed = change(self._sessions.get(session_id))
            if changed is not None:
                self._sessions[session_id] = changed
            return self._sessions.get(session_id)

    def open_session(
        self, session_id: str, slots: Slots, change: Callable[[Session | None, int | None], Session | None]
    ) -> Session | None:
        with self._lock:
            before = self._sessions.get(session_id)
            free = None
            if before is None or before.slot is None:
                held = {key for key, (_, until) in self._slots.items() if until > slots.now}
                free = next((n for n in range(slots.count) if (slots.property_id, n) not in held), None)
            after = self.change_session(session_id, lambda session: change(session, free))
            if after and free is not None and after.slot == free:
                self._slots[slots.property_id, free] = (session_id, slots.until)
            return after

    def free_slot(self, session: Session) -> None:
        with self._lock:
            key = (session.property_id, -1 if session.slot is None else session.slot)
            if key in self._slots and self._slots[key][0] == session.session_id:
                del self._slots[key]

    def apply_event(
        self, event_id: str, session_id: str, change: Callable[[Session | None], Session | None]
    ) -> Session | None:
        with self._lock:
            if event_id in self._events:
                return self._sessions.get(session_id)
            session = self.change_session(session_id, change)
            self._events.add(event_id)
            return session

    def unfinished_sessions(self, limit: int) -> list[Session]:
        open_ones = [s for s in self._sessions.values() if not s.ended_published]
        return sorted(open_ones, key=lambda s: s.start_time)[:limit]

    def sessions_of(self, property_id: str, caller_id: str, limit: int) -> list[Session]:
        mine = [s for s in self._sessions.values() if (s.property_id, s.caller_id) == (property_id, caller_id)]
        return sorted(mine, key=lambda s: s.start_time, reverse=True)[:limit]

    def sessions_keyed(self, property_id: str, keypad_phone: str, limit: int) -> list[Session]:
        keyed = [s for s in self._sessions.values() if (s.property_id, s.keypad_phone) == (property_id, keypad_phone)]
        return sorted(keyed, key=lambda s: s.start_time, reverse=True)[:limit]

    def past_sessions(
        self, property_id: str, before: datetime, limit: int, since: datetime | None = None
    ) -> list[Session]:
        kept = [s for s in self._sessions.values() if s.property_id == property_id and s.erased_at is None]
        past = [s for s in kept if s.start_time < before and (since is None or s.start_time >= since)]
        return sorted(past, key=lambda s: s.start_time)[:limit]

    def calls_taken(self, property_id: str, caller_id: str, since: datetime, limit: int) -> list[Session]:
        mine = self.sessions_of(property_id, caller_id, len(self._sessions))
        return [s for s in mine if not s.refused and s.start_time >= since][:limit]

    def put_turn(self, session_id: str, turn: Turn, *, replace: bool = True) -> None:
        with self._lock:
            key = (session_id, turn.attempt, turn.turn)
            before = self._turns.get(key)
            if before is None:
                self._turns[key] = turn
            elif replace:
                self._turns[key] = dataclasses.replace(turn, stored_at=before.stored_at)

    def turns(self, session_id: str) -> list[Turn]:
        return [self._turns[key] for key in sorted(self._turns) if key[0] == session_id]

    def tool_calls(self, session_id: str) -> list[ToolCall]:
        return list(self._ledger.get(session_id, {}).values())

    def change_ledger(self, session_id: str, change: Callable[[Sequence[ToolCall]], LedgerChange[T]]) -> T:
        with self._lock:
            entries = self._ledger.setdefault(session_id, {})
            changed = change(list(entries.values()))
            for tool_call_id in changed.remove:
                entries.pop(tool_call_id, None)
            entries.update({entry.tool_call_id: entry for entry in changed.put})
            return changed.value

    def put_lead(self, lead: Lead) -> None:
        with self._lock:
            self._leads[lead.lead_id] = lead.over(self._leads.get(lead.lead_id))

    def leads(self, session_id: str) -> list[Lead]:
        found = [lead for lead in self._leads.values() if lead.session_id == session_id]
        return sorted(found, key=lambda lead: (lead.created_at, lead.lead_id))

    def taken(self, property_id: str, first: date, end: date) -> set[tuple[str, str, date]]:
        return {key[1:] for key in self._inventory if key[0] == property_id and first <= key[3] < end}

    def take(self, property_id: str, room_type: str, room: str, nights: Sequence[date], taken_by: str) -> bool:
        with self._lock:
            keys = [(property_id, room_type, room, night) for night in nights]
            if any(self._inventory.get(key, taken_by) != taken_by for key in keys):
                return False
            self._inventory.update(dict.fromkeys(keys, taken_by))
            return True

    # reservations

    def book(self, reservation: Reservation, rooms: Iterable[str]) -> Reservation:
        with self._lock:
            if reservation.reservation_id in self._reservations:
                return self._reservations[reservation.reservation_id]
            codes = {(r.property_id, r.confirmation_code) for r in self._reservations.values()}
            code = next(
                code
                for n in count()
                if (code := reservations.confirmation_code(reservation.reservation_id, n))
                and (reservation.property_id, code) not in codes
            )
            new = dataclasses.replace(reservation, confirmation_code=code, version=1)
            return self._move(stays.settle(None, new, rooms, self._taken_nights(new)))

    def change_reservation(
        self,
        reservation_id: str,
        change: Callable[[Reservation], Reservation],
        *,
        change_id: str = "",
        rooms: Iterable[str] = (),
    ) -> Reservation | None:
        with self._lock:
            before = self._reservations.get(reservation_id)
            after = stays.changed(before, change, change_id) if before else None
            if before is None or after is None:
                return before
            return self._move(stays.settle(before, after, rooms, self._taken_nights(after)))

    def _taken_nights(self, reservation: Reservation) -> set[stays.Night]:
        return self.taken(reservation.property_id, reservation.check_in, reservation.check_out)

    def _move(self, move: stays.Move) -> Reservation:
        reservation = move.reservation
        for night in move.free:
            del self._inventory[(reservation.property_id, *night)]
        for night in move.take:
            self._inventory[(reservation.property_id, *night)] = reservation.reservation_id
        self._reservations[reservation.reservation_id] = reservation
        return reservation

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self._reservations.get(reservation_id)

    def reservation_by_code(self, property_id: str, confirmation_code: str) -> Reservation | None:
        wanted = (property_id, confirmation_code)
        return next((r for r in self._reservations.values() if (r.property_id, r.confirmation_code) == wanted), None)

    def reservations_by_phone(self, property_id: str, phone: str) -> list[Reservation]:
        return _newest([r for r in self._reservations.values() if (r.property_id, r.phone) == (property_id, phone)])

    def reservations_of(self, session_id: str) -> list[Reservation]:
        return _newest([r for r in self._reservations.values() if r.session_id == session_id])

    def lapsed_holds(self, property_id: str, now: datetime, limit: int = 100) -> list[Reservation]:
        held = [r for r in self._reservations.values() if (r.property_id, r.status) == (property_id, "held")]
        due = [(r.hold_expires_at, r.reservation_id, r) for r in held if r.hold_expires_at and r.hold_expires_at <= now]
        return [reservation for _, _, reservation in sorted(due)[:limit]]

    # records

    def record(self, kind: type[R], key: str) -> R | None:
        return self._records[kind].get(key)

    def change_record(self, kind: type[R], key: str, change: Callable[[R | None], R | None]) -> R | None:
        with self._lock:
            changed = change(self.record(kind, key))
            if changed is not None:
                self._records[kind][key] = changed
            return self.record(kind, key)

    def records(self, kind: type[R], *, limit: int = 100, **equals: str) -> list[R]:
        how = KINDS[kind]
        how.check(frozenset(equals))
        return _newest([r for r in self._records[kind].values() if matches(r, equals, how.many)])[:limit]

    def due_records(self, kind: type[R], now: datetime, limit: int = 100) -> list[R]:
        how = KINDS[kind]
        status, moment = how.waiting()
        found = [r for r in self._records[kind].values() if r.status == status and getattr(r, moment) is not None]
        due = [r for r in found if getattr(r, moment) <= now]
        return sorted(due, key=lambda r: (getattr(r, moment), getattr(r, how.key)))[:limit]

    # locks

    def locks(self, keys: Sequence[str]) -> list[Lock]:
        return [self._locks.get(key, Lock(key)) for key in keys]

    def change_locks(self, keys: Sequence[str], change: Callable[[list[Lock]], Iterable[Lock]]) -> list[Lock]:
        with self._lock:
            self._locks.update({lock.key: lock for lock in change(self.locks(keys))})
            return self.locks(keys)


def _newest(records: list[Any]) -> list[Any]:
    """Newest first; of one moment, in the order of their ids."""
    key = KINDS[type(records[0])].key if records else ""
    return sorted(sorted(records, key=lambda r: getattr(r, key)), key=lambda r: r.created_at, reverse=True)
