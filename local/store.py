"""A read-only look into the store of the run: what a call left behind, as the documents that the functions wrote."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """`call` is {} when the session is unknown."""

    call: Document = field(default_factory=dict)
    turns: list[Document] = field(default_factory=list)
    tool_calls: list[Document] = field(default_factory=list)
    leads: list[Document] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    """Places among the hotel's calls that it still takes."""


def look_up(path: Path, session_id: str) -> Stored:
    """Raises sqlite3.Error when the file is no store."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)
    try:

        def documents(table: str, order: str) -> list[Document]:
            sql = f"SELECT document FROM {table} WHERE session_id = ? ORDER BY {order}"
            return [json.loads(row[0]) for row in connection.execute(sql, (session_id,))]

        calls = documents("voice_calls", "session_id")
        slots = connection.execute("SELECT slot FROM call_slots WHERE session_id = ?", (session_id,))
        return Stored(
            call=calls[0] if calls else {},
            turns=documents("conversation_turns", "attempt, turn"),
            tool_calls=documents("tool_ledger", "seq"),
            leads=documents("leads", "created_at"),
            slots=[row[0] for row in slots],
        )
    finally:
        connection.close()


def rows_with(path: Path, names: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Every row in which one of these names stands, behind its table's name. Raises sqlite3.Error: it is no store."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        found = Counter[tuple[str, ...]]()
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f"SELECT * FROM {table}"):
                texts = tuple(map(str, row))
                if any(name in text for name in names for text in texts):
                    found[table, *texts] += 1
        return found
    finally:
        connection.close()


def records(path: Path, tables: Sequence[str], session_id: str, caller: str = "") -> dict[str, list[Document]]:
    """What a session left in these tables; in those called `TABLE by phone`, what stands there for the caller's number,
    whichever conversation left it. Raises sqlite3.Error when there is no such table.
    """
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        found: dict[str, list[Document]] = {}
        for name in tables:
            table, _, by = name.partition(" by ")
            sql = f"SELECT document FROM {table} WHERE json_extract(document, '$.{by or 'session_id'}') = ?"
            rows = connection.execute(sql, (caller if by else session_id,))
            found[name] = [json.loads(row[0]) for row in rows]
        return found
    finally:
        connection.close()
