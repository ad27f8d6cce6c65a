"""The embedded store's share of records under an id, and of locks."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from nightdesk.hotel.documents import dumps, instant, loads
from nightdesk.hotel.kinds import KINDS, R
from nightdesk.hotel.reservations import Lock
from nightdesk.hotel.sqlite_file import SqliteFile


class SqliteRecords(SqliteFile):
    def record(self, kind: type[R], key: str) -> R | None:
        with self._connection() as connection:
            return _record(connection, kind, key)

    def change_record(self, kind: type[R], key: str, change: Callable[[R | None], R | None]) -> R | None:
        how = KINDS[kind]
        with self._transaction() as connection:
            before = _record(connection, kind, key)
            after = change(before)
            if after is None:
                return before
            put = f"INSERT OR REPLACE INTO {how.collection} ({how.key}, document) VALUES (?, ?)"
            connection.execute(put, (key, dumps(after)))
            for name in how.many:
                table = f"{how.collection}_{name}"
                connection.execute(f"DELETE FROM {table} WHERE {how.key} = ?", (key,))
                values = [(value, key) for value in dict.fromkeys(getattr(after, name))]
                connection.executemany(f"INSERT INTO {table} ({name}, {how.key}) VALUES (?, ?)", values)
            return after

    def records(self, kind: type[R], *, limit: int = 100, **equals: str) -> list[R]:
        how = KINDS[kind]
        how.check(frozenset(equals))
        joins = "".join(f" JOIN {how.collection}_{name} USING ({how.key})" for name in equals if name in how.many)
        where = " AND ".join(f"[{name}] = ?" for name in equals)  # "to" is a word of SQL's own
        sql = (
            f"SELECT document FROM {how.collection}{joins} WHERE {where} "
            f"ORDER BY created_at DESC, {how.key} LIMIT {limit:d}"
        )
        with self._connection() as connection:
            return [loads(kind, row[0]) for row in connection.execute(sql, tuple(equals.values()))]

    def due_records(self, kind: type[R], now: datetime, limit: int = 100) -> list[R]:
        how = KINDS[kind]
        status, moment = how.waiting()
        sql = (
            f"SELECT document FROM {how.collection} WHERE status = ? AND {moment} <= ? "
            f"ORDER BY {moment}, {how.key} LIMIT {limit:d}"
        )
        with self._connection() as connection:
            return [loads(kind, row[0]) for row in connection.execute(sql, (status, instant(now)))]

    def locks(self, keys: Sequence[str]) -> list[Lock]:
        with self._connection() as connection:
            return _locks(connection, keys)

    def change_locks(self, keys: Sequence[str], change: Callable[[list[Lock]], Iterable[Lock]]) -> list[Lock]:
        with self._transaction() as connection:
            changed = list(change(_locks(connection, keys)))
            _forget_locks(connection, changed)
            rows = [(lock.key, dumps(lock)) for lock in changed]
            connection.executemany("INSERT OR REPLACE INTO verification_locks VALUES (?, ?)", rows)
            return _locks(connection, keys)


def _record(connection: sqlite3.Connection, kind: type[R], key: str) -> R | None:
    how = KINDS[kind]
    row = connection.execute(f"SELECT document FROM {how.collection} WHERE {how.key} = ?", (key,)).fetchone()
    return loads(kind, row[0]) if row else None


def _locks(connection: sqlite3.Connection, keys: Sequence[str]) -> list[Lock]:
    found: list[Lock] = []
    for key in keys:
        row = connection.execute("SELECT document FROM verification_locks WHERE key = ?", (key,)).fetchone()
        found.append(loads(Lock, row[0]) if row else Lock(key))
    return found


def _forget_locks(connection: sqlite3.Connection, changed: Iterable[Lock]) -> None:
    """Of those that may be forgotten, some each time that one is written: their keys name guests' numbers.

    Nobody's clock is asked: what was over when the latest of these failures happened is over.
    """
    if failures := [at for lock in changed for at in lock.failures[-1:]]:
        over = "SELECT key FROM verification_locks WHERE json_extract(document, '$.expires_at') < ? LIMIT 100"
        connection.execute(f"DELETE FROM verification_locks WHERE key IN ({over})", (instant(max(failures)),))
