"""The fake store: dictionaries under one lock. One contract suite holds it and the real stores to the same promises."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime

from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.model import Lead
from nightdesk.hotel.ports import LedgerChange, T


class MemoryStore:
    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sessions: dict[str, Session] = {}
        self._turns: dict[tuple[str, int, int], Turn] = {}
        self._ledger: dict[str, dict[str, ToolCall]] = {}
        self._leads: dict[str, Lead] = {}
        self._inventory: dict[tuple[str, str, str, date], str] = {}
        self._events: set[str] = set()

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

    def apply_event(
        self, event_id: str, session_id: str, change: Callable[[Session | None], Session | None]
    ) -> Session | None:
        with self._lock:
            if event_id in self._events:
                return self._sessions.get(session_id)
            session = self.change_session(session_id, change)
            self._events.add(event_id)
            return session

    def active_sessions(self, property_id: str, since: datetime) -> int:
        return sum(
            s.property_id == property_id and s.status == "active" and s.start_time >= since
            for s in self._sessions.values()
        )

    def unfinished_sessions(self, limit: int) -> list[Session]:
        open_ones = [s for s in self._sessions.values() if not s.ended_published]
        return sorted(open_ones, key=lambda s: s.start_time)[:limit]

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
            before = self._leads.get(lead.lead_id)
            self._leads[lead.lead_id] = dataclasses.replace(lead, created_at=before.created_at) if before else lead

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
