"""Log lines: JSON, written elsewhere, and never more of them in waiting than there is room for."""

from __future__ import annotations

import io
import json
import logging

import pytest

from relay import log

INFO = logging.INFO


def test_a_line_is_json_with_its_fields() -> None:
    stream = io.StringIO()
    writer = log.Writer(stream)
    writer.put(logging.WARNING, "< twilio start", {"session_id": "sess_1", "oddity": {1}})
    writer.start()
    writer.stop()
    (line,) = written(stream)
    assert (line["severity"], line["message"], line["session_id"]) == ("WARNING", "< twilio start", "sess_1")
    assert "time" in line


def test_a_number_that_no_reader_of_json_takes_costs_no_line() -> None:
    stream = io.StringIO()
    writer = log.Writer(stream)
    writer.put(INFO, "< engine speech_started", {"audio_start_ms": 1 << 70})
    writer.put(INFO, "< engine speech_stopped", {"audio_end_ms": 5})
    writer.start()
    writer.stop()
    first, second = written(stream)
    assert str(1 << 70) in str(first["fields"])
    assert second["audio_end_ms"] == 5


def test_what_comes_by_logging_is_written_too() -> None:
    stream = io.StringIO()
    writer = log.Writer(stream)
    handler = log.FromLogging(writer)
    library = logging.LogRecord("aiohttp.client", logging.WARNING, __file__, 1, "%s is unclosed", ("session",), None)
    handler.handle(library)
    try:
        raise KeyError("turn")
    except KeyError as bug:
        ours = logging.LogRecord("relay", logging.ERROR, __file__, 1, "! bug", None, (KeyError, bug, bug.__traceback__))
    ours.__dict__["fields"] = {"session_id": "sess_1"}
    handler.handle(ours)
    writer.start()
    writer.stop()
    first, second = written(stream)
    assert (first["severity"], first["message"], first["logger"]) == (
        "WARNING",
        "session is unclosed",
        "aiohttp.client",
    )
    assert (second["severity"], second["message"], second["session_id"]) == ("ERROR", "! bug", "sess_1")
    assert "KeyError: 'turn'" in str(second["exception"])
    assert "logger" not in second


def test_the_level_holds_for_lines_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    writer = log.Writer(stream)
    monkeypatch.setattr(log, "_writer", writer)
    before = log.logger.level
    try:
        log.logger.setLevel("WARNING")
        log.info("= speaking")
        log.warn("! tool timeout", tool_call_id="call_1")
    finally:
        log.logger.setLevel(before)
    writer.start()
    writer.stop()
    assert [(line["message"], line["tool_call_id"]) for line in written(stream)] == [("! tool timeout", "call_1")]


def test_lines_that_nobody_takes_are_dropped_and_counted() -> None:
    stream = io.StringIO()
    writer = log.Writer(stream)
    for _ in range(log.MOST_WAITING + 25):
        writer.put(INFO, "! bad message", {})
    assert (len(writer.waiting), writer.lost) == (log.MOST_WAITING, 25)
    writer.waiting.clear()
    writer.put(INFO, "= stopped", {"calls_cut": 0})
    writer.put(INFO, "= stopped", {})
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
        writer.put(INFO, "= turn", {"number": number})
    writer.stop()
    assert [line["number"] for line in written(stream)] == list(range(1000))


def test_lines_to_a_closed_terminal_are_lost_and_nothing_else() -> None:
    stream = io.StringIO()
    stream.close()
    writer = log.Writer(stream)
    writer.put(INFO, "= started", {})
    writer.start()
    writer.stop()
    assert writer.lost == 1


def written(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]
