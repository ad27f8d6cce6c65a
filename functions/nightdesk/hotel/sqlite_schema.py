"""The tables of the embedded store and how an older file becomes a newer one. The version is SQLite's `user_version`.

A step that was released is never edited: a change of the schema is a new step at the end. Records are JSON documents;
what they are found by is a column that SQLite derives from the document, so the two cannot disagree.
"""

from __future__ import annotations

import sqlite3
import time

from nightdesk.errors import StoreError

_TRIES, _PAUSE_S = 250, 0.02
_pause = time.sleep

_CALLS = """
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


def _derived(*names: str) -> str:
    """Columns that are read from the document: "status", or "room_type=quote.room_type"."""
    columns = []
    for name in names:
        column, _, path = name.partition("=")
        columns.append(f"{column} TEXT AS (json_extract(document, '$.{path or column}'))")
    return ", ".join(columns)


def _records(table: str, key: str, *columns: str, indexes: tuple[str, ...]) -> str:
    made = f"CREATE TABLE {table} ({key} TEXT PRIMARY KEY, document TEXT NOT NULL, {_derived(*columns)}) WITHOUT ROWID;"
    made += "".join(f"CREATE INDEX {table}_{n} ON {table} ({on});" for n, on in enumerate(indexes, 1))
    return made


_HOTEL = f"""
ALTER TABLE voice_calls ADD COLUMN {_derived("caller_id")};
CREATE INDEX voice_calls_caller ON voice_calls (property_id, caller_id, start_time);
{
    _records(
        "reservations",
        "reservation_id",
        *("property_id", "session_id", "created_at", "status", "confirmation_code", "phone", "last_name"),
        *("room_type=quote.room_type", "room", "check_in", "check_out", "hold_expires_at"),
        indexes=(
            "session_id, created_at",
            "property_id, phone, created_at",
            "property_id, status, hold_expires_at",
        ),
    )
}
CREATE UNIQUE INDEX reservations_code ON reservations (property_id, confirmation_code);
{
    _records(
        "payments",
        "payment_id",
        *("reservation_id", "created_at", "provider", "provider_id", "provider_charge", "status"),
        indexes=(
            "reservation_id, created_at",
            "provider, provider_id, created_at",
            "provider, provider_charge, created_at",
        ),
    )
}
{
    _records(
        "messages",
        "message_id",
        *("property_id", "session_id", "created_at", "status"),
        indexes=("session_id, created_at", "property_id, status, created_at"),
    )
}
{
    _records(
        "service_requests",
        "request_id",
        *("property_id", "session_id", "created_at", "status", "due_at"),
        indexes=("session_id, created_at", "property_id, status, created_at", "status, due_at"),
    )
}
{
    _records(
        "callbacks",
        "callback_id",
        *("property_id", "session_id", "created_at", "status", "due_at"),
        indexes=("session_id, created_at", "property_id, status, created_at", "status, due_at"),
    )
}
{
    _records(
        "texts",
        "text_id",
        *("session_id", "created_at", "message_sid", "status"),
        indexes=("session_id, created_at", "message_sid, created_at"),
    )
}
{
    _records(
        "deliveries",
        "delivery_id",
        *("property_id", "session_id", "created_at", "status", "due_at"),
        indexes=("session_id, created_at", "property_id, status, created_at", "status, due_at"),
    )
}
{_records("guests", "guest_id", "property_id", "created_at", indexes=("property_id, created_at",))}
CREATE TABLE guests_phones (
    phones TEXT NOT NULL, guest_id TEXT NOT NULL, PRIMARY KEY (phones, guest_id)
) WITHOUT ROWID;
CREATE INDEX guests_phones_guest ON guests_phones (guest_id);
CREATE TABLE verification_locks (key TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
"""

_FORGETTING = """
ALTER TABLE processed_events ADD COLUMN expires_at TEXT;
CREATE INDEX processed_events_expiry ON processed_events (expires_at);
"""

_ADMISSION = f"""
ALTER TABLE voice_calls ADD COLUMN {_derived("refused")};
CREATE INDEX voice_calls_taken ON voice_calls (property_id, caller_id, refused, start_time);
CREATE TABLE call_slots (
    property_id TEXT NOT NULL, slot INTEGER NOT NULL, session_id TEXT NOT NULL, until TEXT NOT NULL,
    PRIMARY KEY (property_id, slot)
) WITHOUT ROWID;
{
    _records(
        "blocked_callers",
        "key",
        *("property_id", "created_at", "status"),
        indexes=("property_id, status, created_at",),
    )
}
"""

_OUTBOUND = _records(
    "outbound_calls",
    "outbound_id",
    *("property_id", "session_id", "created_at", "status", "phone", "call_sid", "due_at"),
    indexes=(
        "session_id, created_at",
        "call_sid, created_at",
        "property_id, phone, created_at",
        "property_id, status, created_at",
        "status, due_at",
    ),
)

_RECORDINGS = _records(
    "recordings",
    "recording_id",
    *("property_id", "session_id", "created_at", "status", "delete_at"),
    indexes=("session_id, created_at", "property_id, status, created_at", "status, delete_at"),
)

_RETENTION = f"""
ALTER TABLE voice_calls ADD COLUMN {_derived("erased_at")};
CREATE INDEX voice_calls_past ON voice_calls (property_id, erased_at, start_time);
"""

_SETTLING = f"""
ALTER TABLE payments ADD COLUMN {_derived("due_at")};
CREATE INDEX payments_due ON payments (status, due_at);
"""

_ERASING = f"""
ALTER TABLE voice_calls ADD COLUMN {_derived("keypad_phone")};
CREATE INDEX voice_calls_keyed ON voice_calls (property_id, keypad_phone, start_time);
ALTER TABLE callbacks ADD COLUMN {_derived("phone")};
CREATE INDEX callbacks_phone ON callbacks (property_id, phone, created_at);
ALTER TABLE texts ADD COLUMN {_derived("property_id")};
ALTER TABLE texts ADD COLUMN {_derived("[to]=to")};
CREATE INDEX texts_to ON texts (property_id, [to], created_at);
"""

STEPS = (_CALLS, _HOTEL, _FORGETTING, _ADMISSION, _OUTBOUND, _RECORDINGS, _RETENTION, _SETTLING, _ERASING)
"""The schema's version is the number of steps that were taken."""


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """Bring a new or older file to this version, once, whichever process comes first.

    Raises: StoreError for a newer version's file, and where no write-ahead log can be kept.
    """
    if _write_ahead(connection) != "wal":
        raise StoreError(f"SQLite cannot keep a write-ahead log beside {path}: use a local disk")
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    for step in STEPS[version:]:
        for statement in filter(str.strip, step.split(";")):
            connection.execute(statement)
    if version < len(STEPS):
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
    connection.execute("COMMIT")
    if version > len(STEPS):
        raise StoreError(f"{path} was made by a newer version: schema {version}, this code knows {len(STEPS)}")


def _write_ahead(connection: sqlite3.Connection) -> str:
    """Switch the write-ahead log on, and return the journal's mode.

    Where several processes make a file at once, SQLite refuses this without waiting (its busy time-out is not for the
    switch), so we ask again.
    """
    for _ in range(_TRIES):
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            _pause(_PAUSE_S)
    return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
