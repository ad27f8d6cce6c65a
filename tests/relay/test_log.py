"""Log lines: JSON, written elsewhere, and never more of them in waiting than there is room for."""

from __future__ import annotations

import io
import json
import logging

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
    stream = io.StringIO()
    writer = log.Writer(stream)
    for _ in range(log.MOST_WAITING + 25):
        writer.handle(record("! bad message"))
    assert (len(writer.waiting), writer.lost) == (log.MOST_WAITING, 25)
    writer.waiting.clear()
    writer.handle(record("= stopped", calls_cut=0))
    writer.handle(record("= stopped"))
    writer.start()
    writer.stop()
    first, second = written(stream)
    assert (first["calls_cut"], first["lines_lost"]) == (0, 25)
    assert "lines_lost" not in second


def test_every_line_is_out_once_it_has_stopped() -> None:
    stream = io.StringIO()
    writer = log.Writer(stream)
    writer.start()
    for number in range(1000):
        writer.handle(record("= turn", number=number))
    writer.stop()
    assert [line["number"] for line in written(stream)] == list(range(1000))


def test_lines_to_a_closed_terminal_are_lost_and_nothing_else() -> None:
    stream = io.StringIO()
    stream.close()
    writer = log.Writer(stream)
    writer.handle(record("= started"))
    writer.start()
    writer.stop()
    assert writer.lost == 1


def written(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]
