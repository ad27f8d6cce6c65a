"""Connections to one SQLite file in WAL mode, shared by the threads of gunicorn and by all functions' processes.

Writers take turns, so that a change sees the newest state: those of one process in a queue, those of several by BEGIN
IMMEDIATE, which asks again and again up to the busy time-out. Commits reach the disk before an answer is given
(synchronous=FULL).
"""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nightdesk.errors import StoreError
from nightdesk.hotel import sqlite_schema

_BUSY_TIMEOUT_S = 5.0


class SqliteFile:
    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._writing = threading.Lock()
        self._pid = os.getpid()
        with self._connection() as connection:
            sqlite_schema.prepare(connection, self._path)

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """An idle connection, or a new one: as many as there are threads at work at the same time."""
        if self._pid != os.getpid():  # SQLite connections may not be used after a fork, nor closed by the child
            self._inherited = self._idle
            self._idle, self._writing, self._pid = queue.LifoQueue(), threading.Lock(), os.getpid()
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
            connection.rollback()
            self._idle.put(connection)
            raise
        self._idle.put(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Reads and writes that nobody comes between; nothing is kept when the block raises."""
        with self._connection() as connection:
            writing = self._writing
            if not writing.acquire(timeout=_BUSY_TIMEOUT_S):
                raise StoreError(f"SQLite: {_BUSY_TIMEOUT_S:.0f} s were not enough to get a turn")
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                writing.release()

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # what is erased is not to be read out of free pages
            return connection
        except sqlite3.Error as error:
            raise StoreError(f"SQLite cannot open {self._path}: {error}") from error
