"""The Firestore store's share of conversations: voice_calls/{session_id} with its turns and tool ledger, and leads."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.documents import document, read
from nightdesk.hotel.firestore_base import FirestoreBase, Writes
from nightdesk.hotel.model import Lead
from nightdesk.hotel.ports import LedgerChange, T

_EVENTS_KEPT = timedelta(days=30)
_HEAD = "!head"
"""Beside the entries of a ledger; every change of it rewrites this document, so that changes take turns."""

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
            writes.create.append((event.reference, {"expires_at": datetime.now(UTC) + _EVENTS_KEPT}))
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

        def decide() -> tuple[Writes | None, None]:
            [found] = self._get(self._document("voice_calls", session_id, "conversation_turns", name))
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

    # ledger

    def tool_calls(self, session_id: str) -> list[ToolCall]:
        return [read(ToolCall, s.to_dict()) for s in self._entries(session_id) if s.id != _HEAD]

    def change_ledger(self, session_id: str, change: Callable[[Sequence[ToolCall]], LedgerChange[T]]) -> T:
        def decide() -> tuple[Writes | None, T]:
            found = self._entries(session_id)
            entries = {s.get("tool_call_id"): s for s in found if s.id != _HEAD}
            changed = change([read(ToolCall, s.to_dict()) for s in entries.values()])
            if not changed.put and not changed.remove:
                return None, changed.value
            writes = Writes(delete=[entries[name].reference for name in changed.remove if name in entries])
            count: int = found[0].get("count") if found else 0
            for entry in changed.put:
                known = entries.get(entry.tool_call_id)
                if known is not None:
                    writes.update.append((known, {**document(entry, pack=True), "seq": known.get("seq")}))
                else:
                    count += 1
                    reference = self._document("voice_calls", session_id, "tool_ledger", entry.tool_call_id)
                    writes.create.append((reference, {**document(entry, pack=True), "seq": count}))
            head = {"seq": 0, "count": count}
            if found:
                writes.update.append((found[0], head))
            else:
                writes.create.append((self._call(session_id).collection("tool_ledger").document(_HEAD), head))
            return writes, changed.value

        return self._change(decide)

    def _entries(self, session_id: str) -> list[Any]:
        """The head, if there is one, and then the entries in the order they were claimed."""
        return self._list(self._call(session_id).collection("tool_ledger").order_by("seq"))

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
