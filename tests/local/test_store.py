"""What scenes are told of the store."""

import json
import sqlite3
from pathlib import Path

from local.store import records


def test_rows_are_a_calls_own_or_its_callers(tmp_path: Path) -> None:
    file = tmp_path / "n.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE callbacks (document TEXT)")
        for session_id, phone in (("s1", "+12075550142"), ("s2", "+12075550199")):
            document = json.dumps({"session_id": session_id, "phone": phone})
            connection.execute("INSERT INTO callbacks VALUES (?)", (document,))
    connection.close()
    found = records(file, ["callbacks", "callbacks by phone"], "s2", "+12075550142")
    assert {name: [row["session_id"] for row in rows] for name, rows in found.items()} == {
        "callbacks": ["s2"],
        "callbacks by phone": ["s1"],
    }
