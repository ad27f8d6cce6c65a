"""The Firestore store's share of conversations: voice_calls/{session_id} with its turns, and leads."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nightdesk.conversation import Session, Turn
from nightdesk.hotel.documents import document, read
from nightdesk.hotel.firestore_base import FirestoreBase, Writes
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.ports import EVENTS_KEPT, Slots

SessionChange = Callable[[Session | None], Session | None]

_LOOKED_AT = 10
"""Slots that are read together with the session; more only when none of them is free."""
_LOOKED_AT_THEN = 100


class FirestoreCalls(FirestoreBase):
    # sessions

    def session(self, session_id: str) -> Session | None:
        return _session(self._get(self._call(session_id))[0])

    def change_session(self, session_id: str, change: SessionChange) -> Session | None:
        def decide() -> tuple[Writes | None, Session | None]:
            [found] = self._get(self._call(session_id))
            return _changed(found, change)

        return self._change(decide)

    def open_session(
        self, session_id: str, slots: Slots, change: Callable[[Session | None, int | None], Session | None]
    ) -> Session | None:
        """Every slot is a document of its own, and who looks for one looks in no order: hardly two want the same."""

        def decide() -> tuple[Writes | None, Session | None]:
            first = random.sample(range(slots.count), min(_LOOKED_AT, slots.count))
            call, *found = self._get(self._call(session_id), *(self._slot(slots.property_id, n) for n in first))
            before = _session(call)
            free = None
            if before is None or before.slot is None:
                looked_at = dict(zip(first, found, strict=True))
                free = _free(looked_at, slots.now) or self._free_of_the_others(slots, first)
            writes, after = _changed(call, lambda session: change(session, free[0] if free else None))
            if writes and after and free and after.slot == free[0]:
                held = {"property_id": slots.property_id, "session_id": session_id, "until": slots.until}
                writes.put(free[1], held)
            return writes, after

        return self._change(decide)

    def _free_of_the_others(self, slots: Slots, looked_at: list[int]) -> tuple[int, Any] | None:
        others = list(set(range(slots.count)) - set(looked_at))
        random.shuffle(others)
        for start in range(0, len(others), _LOOKED_AT_THEN):
            numbers = others[start : start + _LOOKED_AT_THEN]
            found = self._get(*(self._slot(slots.property_id, number) for number in numbers))
            if free := _free(dict(zip(numbers, found, strict=True)), slots.now):
                return free
        return None

    def free_slot(self, session: Session) -> None:
        def decide() -> tuple[Writes | None, None]:
            [found] = self._get(self._slot(session.property_id, session.slot))
            if not found.exists or found.get("session_id") != session.session_id:
                return None, None
            writes = Writes()
            writes.put(found, {**found.to_dict(), "session_id": ""})
            return writes, None

        if session.slot is not None:
            self._change(decide)

    def apply_event(self, event_id: str, session_id: str, change: SessionChange) -> Session | None:
        def decide() -> tuple[Writes | None, Session | None]:
            event, found = self._get(self._document("processed_events", event_id), self._call(session_id))
            if event.exists:
                return None, _session(found)
            writes, session = _changed(found, change)
            writes = writes or Writes()
            writes.create.append((event.reference, {"expires_at": datetime.now(UTC) + EVENTS_KEPT}))
            return writes, session

        return self._change(decide)

    def unfinished_sessions(self, limit: int) -> list[Session]:
        found = self._list(self._select("voice_calls", {"ended_published": False}, order="start_time", limit=limit))
        return [read(Session, s.to_dict()) for s in found]

    def sessions_of(self, property_id: str, caller_id: str, limit: int) -> list[Session]:
        return self._sessions_with({"property_id": property_id, "caller_id": caller_id}, limit)

    def sessions_keyed(self, property_id: str, keypad_phone: str, limit: int) -> list[Session]:
        return self._sessions_with({"property_id": property_id, "keypad_phone": keypad_phone}, limit)

    def _sessions_with(self, equals: dict[str, Any], limit: int) -> list[Session]:
        found = self._list(self._select("voice_calls", equals, order="start_time", newest=True, limit=limit))
        return [read(Session, s.to_dict()) for s in found]

    def past_sessions(
        self, property_id: str, before: datetime, limit: int, since: datetime | None = None
    ) -> list[Session]:
        kept = {"property_id": property_id, "erased_at": None}
        query = self._select("voice_calls", kept, order="start_time", at_least=since, below=before, limit=limit)
        return [read(Session, s.to_dict()) for s in self._list(query)]

    def calls_taken(self, property_id: str, caller_id: str, since: datetime, limit: int) -> list[Session]:
        taken = {"property_id": property_id, "caller_id": caller_id, "refused": ""}
        query = self._select("voice_calls", taken, order="start_time", newest=True, at_least=since, limit=limit)
        return [read(Session, s.to_dict()) for s in self._list(query)]

    # turns

    def put_turn(self, session_id: str, turn: Turn, *, replace: bool = True) -> None:
        name = f"{turn.attempt:06d}-{turn.turn:06d}"
        reference = self._document("voice_calls", session_id, "conversation_turns", name)
        if self._committed(Writes(create=[(reference, document(turn, pack=True))])):
            return  # as nearly always

        def decide() -> tuple[Writes | None, None]:
            [found] = self._get(reference)
            if found.exists and not replace:
                return None, None
            kept = read(Turn, found.to_dict()).stored_at if found.exists else turn.stored_at
            writes = Writes()
            writes.put(found, document(dataclasses.replace(turn, stored_at=kept), pack=True))
            return writes, None

        self._change(decide)

    def turns(self, session_id: str) -> list[Turn]:
        found = self._list(self._call(session_id).collection("conversation_turns"))
        return sorted((read(Turn, s.to_dict()) for s in found), key=lambda t: (t.attempt, t.turn))

    # leads

    def put_lead(self, lead: Lead) -> None:
        def decide() -> tuple[Writes | None, None]:
            [found] = self._get(self._document("leads", lead.lead_id))
            before = read(Lead, found.to_dict()) if found.exists else None
            writes = Writes()
            writes.put(found, document(lead.over(before), pack=True))
            return writes, None

        self._change(decide)

    def leads(self, session_id: str) -> list[Lead]:
        found = self._list(self._select("leads", {"session_id": session_id}, order="created_at"))
        return sorted((read(Lead, s.to_dict()) for s in found), key=lambda lead: (lead.created_at, lead.lead_id))

    def _call(self, session_id: str) -> Any:
        return self._document("voice_calls", session_id)

    def _slot(self, property_id: str, number: int | None) -> Any:
        return self._document("call_slots", f"{property_id}:{number}")


def _free(looked_at: dict[int, Any], now: datetime) -> tuple[int, Any] | None:
    """One that nobody has, with its snapshot."""
    for number, found in looked_at.items():
        if not found.exists or not found.get("session_id") or found.get("until") <= now:
            return number, found
    return None


def _session(found: Any) -> Session | None:
    return read(Session, found.to_dict()) if found.exists else None


def _changed(found: Any, change: SessionChange) -> tuple[Writes | None, Session | None]:
    before = _session(found)
    after = change(before)
    if after is None:
        return None, before
    writes = Writes()
    writes.put(found, document(after, pack=True))
    return writes, after
