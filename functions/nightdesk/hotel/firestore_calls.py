"""The Firestore store's share of conversations: voice_calls/{session_id} with its turns, and leads."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nightdesk.conversation import Session, Turn
from nightdesk.hotel.documents import document, read
from nightdesk.hotel.firestore_base import FirestoreBase, Writes
from nightdesk.hotel.model import Lead
from nightdesk.hotel.ports import EVENTS_KEPT

SessionChange = Callable[[Session | None], Session | None]


class FirestoreCalls(FirestoreBase):
    # sessions

    def session(self, session_id: str) -> Session | None:
        return _session(self._get(self._call(session_id))[0])

    def change_session(self, session_id: str, change: SessionChange) -> Session | None:
        def decide() -> tuple[Writes | None, Session | None]:
            [found] = self._get(self._call(session_id))
            return _changed(found, change)

        return self._change(decide)

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

    def active_sessions(self, property_id: str, since: datetime) -> int:
        running = {"property_id": property_id, "status": "active"}
        return self._count(self._select("voice_calls", running, order="start_time", at_least=since))

    def unfinished_sessions(self, limit: int) -> list[Session]:
        found = self._list(self._select("voice_calls", {"ended_published": False}, order="start_time", limit=limit))
        return [read(Session, s.to_dict()) for s in found]

    def sessions_of(self, property_id: str, caller_id: str, limit: int) -> list[Session]:
        caller = {"property_id": property_id, "caller_id": caller_id}
        found = self._list(self._select("voice_calls", caller, order="start_time", newest=True, limit=limit))
        return [read(Session, s.to_dict()) for s in found]

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
            kept = read(Lead, found.to_dict()).created_at if found.exists else lead.created_at
            writes = Writes()
            writes.put(found, document(dataclasses.replace(lead, created_at=kept), pack=True))
            return writes, None

        self._change(decide)

    def leads(self, session_id: str) -> list[Lead]:
        found = self._list(self._select("leads", {"session_id": session_id}, order="created_at"))
        return sorted((read(Lead, s.to_dict()) for s in found), key=lambda lead: (lead.created_at, lead.lead_id))

    def _call(self, session_id: str) -> Any:
        return self._document("voice_calls", session_id)


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
