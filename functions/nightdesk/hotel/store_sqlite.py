"""The embedded store: one SQLite file in WAL mode, shared by the threads of gunicorn and by all functions' processes.

Writers take turns (BEGIN IMMEDIATE waits up to the busy time-out), so that a change sees the newest state. Commits
reach the disk before an answer is given (synchronous=FULL). The schema's version is SQLite's own `user_version`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import queue
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.errors import StoreError
from nightdesk.hotel.model import Clip, Lead
from nightdesk.hotel.ports import LedgerChange, T

SCHEMA_VERSION = 1
_BUSY_TIMEOUT_S = 5.0
_SCHEMA = """
CREATE TABLE voice_calls (
    session_id TEXT PRIMARY KEY, property_id TEXT NOT NULL, status TEXT NOT NULL, outcome TEXT NOT NULL,
    start_time TEXT NOT NULL, ended_published INTEGER NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX voice_calls_active ON voice_calls (property_id, status, start_time);
CREATE INDEX voice_calls_unfinished ON voice_calls (ended_published, start_time);
CREATE TABLE conversation_turns (
    session_id TEXT NOT NULL, attempt INTEGER NOT NULL, turn INTEGER NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL,
    stored_at TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (session_id, attempt, turn)
) WITHOUT ROWID;
CREATE TABLE tool_ledger (
    seq INTEGER PRIMARY KEY, session_id TEXT NOT NULL, tool_call_id TEXT NOT NULL, name TEXT NOT NULL,
    document TEXT NOT NULL, UNIQUE (session_id, tool_call_id)
);
CREATE TABLE leads (
    lead_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, property_id TEXT NOT NULL, created_at TEXT NOT NULL,
    name TEXT NOT NULL, name_confirmed INTEGER NOT NULL, phone TEXT NOT NULL, phone_source TEXT NOT NULL,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX leads_session ON leads (session_id, created_at);
CREATE TABLE inventory (
    property_id TEXT NOT NULL, room_type TEXT NOT NULL, room TEXT NOT NULL, night TEXT NOT NULL, taken_by TEXT NOT NULL,
    PRIMARY KEY (property_id, room_type, room, night)
) WITHOUT ROWID;
CREATE INDEX inventory_nights ON inventory (property_id, night);
CREATE TABLE processed_events (event_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class SqliteStore:
    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._pid = os.getpid()
        with self._connection() as connection:
            _prepare(connection, self._path)

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    # sessions

    def session(self, session_id: str) -> Session | None:
        with self._connection() as connection:
            return _session(connection, session_id)

    def change_session(self, session_id: str, change: Callable[[Session | None], Session | None]) -> Session | None:
        with self._transaction() as connection:
            return _change_session(connection, session_id, change)

    def apply_event(
        self, event_id: str, session_id: str, change: Callable[[Session | None], Session | None]
    ) -> Session | None:
        with self._transaction() as connection:
            first = connection.execute("INSERT OR IGNORE INTO processed_events VALUES (?)", (event_id,)).rowcount == 1
            return _change_session(connection, session_id, change) if first else _session(connection, session_id)

    def active_sessions(self, property_id: str, since: datetime) -> int:
        sql = "SELECT count(*) FROM voice_calls WHERE property_id = ? AND status = 'active' AND start_time >= ?"
        with self._connection() as connection:
            return int(connection.execute(sql, (property_id, _instant(since))).fetchone()[0])

    def unfinished_sessions(self, limit: int) -> list[Session]:
        sql = "SELECT document FROM voice_calls WHERE ended_published = 0 ORDER BY start_time LIMIT ?"
        with self._connection() as connection:
            return [Session.from_document(json.loads(row[0])) for row in connection.execute(sql, (limit,))]

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
            row = (*key, turn.role, turn.text, _instant(turn.stored_at), _dump(turn))
            connection.execute("INSERT OR REPLACE INTO conversation_turns VALUES (?,?,?,?,?,?,?)", row)

    def turns(self, session_id: str) -> list[Turn]:
        sql = "SELECT document FROM conversation_turns WHERE session_id = ? ORDER BY attempt, turn"
        with self._connection() as connection:
            documents = [json.loads(row[0]) for row in connection.execute(sql, (session_id,))]
        return [Turn(**{**d, "stored_at": datetime.fromisoformat(d["stored_at"])}) for d in documents]

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
            rows = [(session_id, entry.tool_call_id, entry.name, _dump(entry)) for entry in changed.put]
            connection.executemany(upsert, rows)
            return changed.value

    # leads

    def put_lead(self, lead: Lead) -> None:
        with self._transaction() as connection:
            found = connection.execute("SELECT created_at FROM leads WHERE lead_id = ?", (lead.lead_id,)).fetchone()
            if found:
                lead = dataclasses.replace(lead, created_at=datetime.fromisoformat(found[0]))
            row = (
                *(lead.lead_id, lead.session_id, lead.property_id, _instant(lead.created_at)),
                *(lead.name, int(lead.name_confirmed), lead.phone, lead.phone_source, _dump(lead)),
            )
            connection.execute("INSERT OR REPLACE INTO leads VALUES (?,?,?,?,?,?,?,?,?)", row)

    def leads(self, session_id: str) -> list[Lead]:
        sql = "SELECT document FROM leads WHERE session_id = ? ORDER BY created_at, lead_id"
        with self._connection() as connection:
            return [_lead(json.loads(row[0])) for row in connection.execute(sql, (session_id,))]

    # inventory

    def taken(self, property_id: str, first: date, end: date) -> set[tuple[str, str, date]]:
        sql = "SELECT room_type, room, night FROM inventory WHERE property_id = ? AND night >= ? AND night < ?"
        with self._connection() as connection:
            rows = connection.execute(sql, (property_id, first.isoformat(), end.isoformat())).fetchall()
        return {(room_type, room, date.fromisoformat(night)) for room_type, room, night in rows}

    def take(self, property_id: str, room_type: str, room: str, nights: Sequence[date], taken_by: str) -> bool:
        key = "property_id = ? AND room_type = ? AND room = ? AND night = ?"
        keys = [(property_id, room_type, room, night.isoformat()) for night in nights]
        with self._transaction() as connection:
            for where in keys:
                found = connection.execute(f"SELECT taken_by FROM inventory WHERE {key}", where).fetchone()
                if found and found[0] != taken_by:
                    return False
            connection.executemany("INSERT OR IGNORE INTO inventory VALUES (?,?,?,?,?)", [(*k, taken_by) for k in keys])
            return True

    # connections

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """An idle connection, or a new one: as many as there are threads at work at the same time."""
        if self._pid != os.getpid():  # SQLite connections may not be used after a fork, nor closed by the child
            self._inherited = self._idle
            self._idle, self._pid = queue.LifoQueue(), os.getpid()
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        except sqlite3.Error as error:
            connection.close()
            raise StoreError(f"SQLite: {error}") from error
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Reads and writes that nobody comes between; nothing is kept when the block raises."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = FULL")
            return connection
        except sqlite3.Error as error:
            raise StoreError(f"SQLite cannot open {self._path}: {error}") from error


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    """Make the schema once, whichever process comes first."""
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise StoreError(f"SQLite cannot keep a write-ahead log beside {path}: use a local disk")
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
    if version > SCHEMA_VERSION:
        raise StoreError(f"{path} was made by a newer version: schema {version}, this code knows {SCHEMA_VERSION}")


def _session(connection: sqlite3.Connection, session_id: str) -> Session | None:
    row = connection.execute("SELECT document FROM voice_calls WHERE session_id = ?", (session_id,)).fetchone()
    return Session.from_document(json.loads(row[0])) if row else None


def _change_session(
    connection: sqlite3.Connection, session_id: str, change: Callable[[Session | None], Session | None]
) -> Session | None:
    before = _session(connection, session_id)
    after = change(before)
    if after is None:
        return before
    row = (
        *(session_id, after.property_id, after.status, after.outcome, _instant(after.start_time)),
        *(int(after.ended_published), json.dumps(after.document())),
    )
    connection.execute("INSERT OR REPLACE INTO voice_calls VALUES (?,?,?,?,?,?,?)", row)
    return after


def _tool_calls(connection: sqlite3.Connection, session_id: str) -> list[ToolCall]:
    rows = connection.execute("SELECT document FROM tool_ledger WHERE session_id = ? ORDER BY seq", (session_id,))
    return [_tool_call(json.loads(row[0])) for row in rows]


def _tool_call(document: dict[str, Any]) -> ToolCall:
    for name in ("claimed_at", "finished_at"):
        if document[name]:
            document[name] = datetime.fromisoformat(document[name])
    return ToolCall(**document)


def _lead(document: dict[str, Any]) -> Lead:
    document["created_at"] = datetime.fromisoformat(document["created_at"])
    for name in ("check_in", "check_out"):
        if document[name]:
            document[name] = date.fromisoformat(document[name])
    if document["name_clip"]:
        document["name_clip"] = Clip(**document["name_clip"])
    return Lead(**document)


def _dump(record: Turn | ToolCall | Lead) -> str:
    return json.dumps(asdict(record), default=lambda value: value.isoformat())


def _instant(value: datetime) -> str:
    """In UTC and always with microseconds, so that text order is time order."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")
