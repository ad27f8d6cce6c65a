"""The embedded store's share of conversations: sessions, turns, the tool ledger and leads."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.documents import dumps, instant, loads
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.ports import EVENTS_KEPT, LedgerChange, Slots, T
from nightdesk.hotel.sqlite_file import SqliteFile


class SqliteCalls(SqliteFile):
    # sessions

    def session(self, session_id: str) -> Session | None:
        with self._connection() as connection:
            return _session(connection, session_id)

    def change_session(self, session_id: str, change: Callable[[Session | None], Session | None]) -> Session | None:
        with self._transaction() as connection:
            return _change_session(connection, session_id, change)

    def open_session(
        self, session_id: str, slots: Slots, change: Callable[[Session | None, int | None], Session | None]
    ) -> Session | None:
        held = "SELECT slot FROM call_slots WHERE property_id = ? AND until > ?"
        take = "INSERT OR REPLACE INTO call_slots VALUES (?,?,?,?)"
        with self._transaction() as connection:
            before = _session(connection, session_id)
            free = None
            if before is None or before.slot is None:
                taken = {row[0] for row in connection.execute(held, (slots.property_id, instant(slots.now)))}
                free = next((number for number in range(slots.count) if number not in taken), None)
            after = _change_session(connection, session_id, lambda session: change(session, free))
            if after and free is not None and after.slot == free:
                connection.execute(take, (slots.property_id, free, session_id, instant(slots.until)))
            return after

    def free_slot(self, session: Session) -> None:
        sql = "DELETE FROM call_slots WHERE property_id = ? AND slot = ? AND session_id = ?"
        if session.slot is not None:
            with self._transaction() as connection:
                connection.execute(sql, (session.property_id, session.slot, session.session_id))

    def apply_event(
        self, event_id: str, session_id: str, change: Callable[[Session | None], Session | None]
    ) -> Session | None:
        now = datetime.now(UTC)
        mark = "INSERT OR IGNORE INTO processed_events (event_id, expires_at) VALUES (?, ?)"
        over = "SELECT event_id FROM processed_events WHERE expires_at < ? LIMIT 100"
        with self._transaction() as connection:
            connection.execute(f"DELETE FROM processed_events WHERE event_id IN ({over})", (instant(now),))
            first = connection.execute(mark, (event_id, instant(now + EVENTS_KEPT))).rowcount == 1
            return _change_session(connection, session_id, change) if first else _session(connection, session_id)

    def unfinished_sessions(self, limit: int) -> list[Session]:
        sql = "SELECT document FROM voice_calls WHERE ended_published = 0 ORDER BY start_time LIMIT ?"
        with self._connection() as connection:
            return [loads(Session, row[0]) for row in connection.execute(sql, (limit,))]

    def sessions_of(self, property_id: str, caller_id: str, limit: int) -> list[Session]:
        return self._sessions_with("caller_id", property_id, caller_id, limit)

    def sessions_keyed(self, property_id: str, keypad_phone: str, limit: int) -> list[Session]:
        return self._sessions_with("keypad_phone", property_id, keypad_phone, limit)

    def _sessions_with(self, column: str, property_id: str, phone: str, limit: int) -> list[Session]:
        sql = (
            f"SELECT document FROM voice_calls WHERE property_id = ? AND {column} = ? "
            "ORDER BY start_time DESC, session_id LIMIT ?"
        )
        with self._connection() as connection:
            return [loads(Session, row[0]) for row in connection.execute(sql, (property_id, phone, limit))]

    def past_sessions(
        self, property_id: str, before: datetime, limit: int, since: datetime | None = None
    ) -> list[Session]:
        sql = (
            "SELECT document FROM voice_calls WHERE property_id = ? AND erased_at IS NULL "
            "AND start_time >= ? AND start_time < ? ORDER BY start_time LIMIT ?"
        )
        first = instant(since) if since else ""
        with self._connection() as connection:
            rows = connection.execute(sql, (property_id, first, instant(before), limit))
            return [loads(Session, row[0]) for row in rows]

    def calls_taken(self, property_id: str, caller_id: str, since: datetime, limit: int) -> list[Session]:
        sql = (
            "SELECT document FROM voice_calls WHERE property_id = ? AND caller_id = ? AND refused = '' "
            "AND start_time >= ? ORDER BY start_time DESC, session_id LIMIT ?"
        )
        with self._connection() as connection:
            rows = connection.execute(sql, (property_id, caller_id, instant(since), limit))
            return [loads(Session, row[0]) for row in rows]

    # turns

    def put_turn(self, session_id: str, turn: Turn, *, replace: bool = True) -> None:
        key = (session_id, turn.attempt, turn.turn)
        find = "SELECT stored_at FROM conversation_turns WHERE session_id = ? AND attempt = ? AND turn = ?"
        with self._transaction() as connection:
            found = connection.execute(find, key).fetchone()
            if found and not replace:
                return
            if found:
                turn = dataclasses.replace(turn, stored_at=datetime.fromisoformat(found[0]))
            row = (*key, turn.role, turn.text, instant(turn.stored_at), dumps(turn))
            connection.execute("INSERT OR REPLACE INTO conversation_turns VALUES (?,?,?,?,?,?,?)", row)

    def turns(self, session_id: str) -> list[Turn]:
        sql = "SELECT document FROM conversation_turns WHERE session_id = ? ORDER BY attempt, turn"
        with self._connection() as connection:
            return [loads(Turn, row[0]) for row in connection.execute(sql, (session_id,))]

    # ledger

    def tool_calls(self, session_id: str) -> list[ToolCall]:
        with self._connection() as connection:
            return _tool_calls(connection, session_id)

    def change_ledger(self, session_id: str, change: Callable[[Sequence[ToolCall]], LedgerChange[T]]) -> T:
        upsert = (
            "INSERT INTO tool_ledger (session_id, tool_call_id, name, document) VALUES (?,?,?,?) "
            "ON CONFLICT (session_id, tool_call_id) DO UPDATE SET document = excluded.document"
        )
        remove = "DELETE FROM tool_ledger WHERE session_id = ? AND tool_call_id = ?"
        with self._transaction() as connection:
            changed = change(_tool_calls(connection, session_id))
            connection.executemany(remove, [(session_id, tool_call_id) for tool_call_id in changed.remove])
            rows = [(session_id, entry.tool_call_id, entry.name, dumps(entry)) for entry in changed.put]
            connection.executemany(upsert, rows)
            return changed.value

    # leads

    def put_lead(self, lead: Lead) -> None:
        with self._transaction() as connection:
            found = connection.execute("SELECT document FROM leads WHERE lead_id = ?", (lead.lead_id,)).fetchone()
            lead = lead.over(loads(Lead, found[0]) if found else None)
            row = (
                *(lead.lead_id, lead.session_id, lead.property_id, instant(lead.created_at)),
                *(lead.name, int(lead.name_confirmed), lead.phone, lead.phone_source, dumps(lead)),
            )
            connection.execute("INSERT OR REPLACE INTO leads VALUES (?,?,?,?,?,?,?,?,?)", row)

    def leads(self, session_id: str) -> list[Lead]:
        sql = "SELECT document FROM leads WHERE session_id = ? ORDER BY created_at, lead_id"
        with self._connection() as connection:
            return [loads(Lead, row[0]) for row in connection.execute(sql, (session_id,))]


def _session(connection: sqlite3.Connection, session_id: str) -> Session | None:
    row = connection.execute("SELECT document FROM voice_calls WHERE session_id = ?", (session_id,)).fetchone()
    return loads(Session, row[0]) if row else None


def _change_session(
    connection: sqlite3.Connection, session_id: str, change: Callable[[Session | None], Session | None]
) -> Session | None:
    before = _session(connection, session_id)
    after = change(before)
    if after is None:
        return before
    row = (
        *(session_id, after.property_id, after.status, after.outcome, instant(after.start_time)),
        *(int(after.ended_published), dumps(after)),
    )
    connection.execute("INSERT OR REPLACE INTO voice_calls VALUES (?,?,?,?,?,?,?)", row)
    return after


def _tool_calls(connection: sqlite3.Connection, session_id: str) -> list[ToolCall]:
    rows = connection.execute("SELECT document FROM tool_ledger WHERE session_id = ? ORDER BY seq", (session_id,))
    return [loads(ToolCall, row[0]) for row in rows]
