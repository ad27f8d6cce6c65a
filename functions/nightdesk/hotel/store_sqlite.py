"""The embedded store: everything in one SQLite file (`sqlite_file.py`), whose tables are in `sqlite_schema.py`."""

from __future__ import annotations

from nightdesk.hotel.sqlite_calls import SqliteCalls
from nightdesk.hotel.sqlite_records import SqliteRecords
from nightdesk.hotel.sqlite_rooms import SqliteRooms
from nightdesk.hotel.sqlite_schema import STEPS

SCHEMA_VERSION = len(STEPS)


class SqliteStore(SqliteCalls, SqliteRooms, SqliteRecords):
    """The `Store` of one machine."""
