"""Log lines: JSON, written elsewhere, and never more of them in waiting than there is room for."""

from __future__ import annotations

import json
import logging
import queue

from relay import log


def record(line: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("relay", logging.WARNING, __file__, 1, line, None, None)
    made.__dict__["fields"] = fields
    return made


def test_a_line_is_json_with_its_fields() -> None:
    line = json.loads(log.JsonLines().format(record("< twilio start", session_id="sess_1", oddity={1})))
    assert (line["severity"], line["message"], line["session_id"]) == ("WARNING", "< twilio start", "sess_1")
    assert "time" in line


def test_lines_that_nobody_takes_are_dropped_and_counted() -> None:
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    handler = log._KeepRecord(waiting)
    for _ in range(log.MOST_WAITING + 25):
        handler.emit(record("! bad message"))
    assert (waiting.qsize(), handler.lost) == (log.MOST_WAITING, 25)
    while not waiting.empty():
        waiting.get()
    handler.emit(record("= stopped", calls_cut=0))
    assert waiting.get().__dict__["fields"] == {"calls_cut": 0, "lines_lost": 25}
    handler.emit(record("= stopped"))
    assert "lines_lost" not in waiting.get().__dict__["fields"]
