"""JSON lines on standard error, written by a thread of their own: a slow terminal or disk never holds up audio.

One line per thing worth knowing, with the same signs everywhere: `< twilio start`, `> engine session.update`, `=
speaking`, `! tool timeout`. Always `session_id` once it is known; never audio, digits, tokens or full phone
numbers.
"""

from __future__ import annotations

import logging
import queue
import sys
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from typing import Any

import orjson

# Of lines that standard error does not take.
MOST_WAITING = 10_000

logger = logging.getLogger("relay")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "severity": record.levelname,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.name != "relay":
            line["logger"] = record.name
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class _KeepRecord(QueueHandler):
    """Hands the record to the writing thread as it is; the formatting happens there.

    When that thread cannot get rid of its lines, newer ones are dropped; how many, the next one says that finds room.
    """

    def __init__(self, lines: queue.SimpleQueue[logging.LogRecord]) -> None:
        super().__init__(lines)
        self.lost = 0
        self._lines = lines

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._lines.qsize() >= MOST_WAITING:
            self.lost += 1
            return
        if self.lost:
            record.__dict__["fields"] = {**record.__dict__.get("fields", {}), "lines_lost": self.lost}
            self.lost = 0
        super().enqueue(record)


def start(level: str) -> QueueListener:
    """Send all logging to standard error as JSON lines. `stop()` of what is returned writes out the rest."""
    lines: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [_KeepRecord(lines)]
    root.setLevel(logging.WARNING)
    logger.setLevel(level)
    listener = QueueListener(lines, to_stderr)
    listener.start()
    return listener


def info(line: str, **fields: Any) -> None:
    logger.info(line, extra={"fields": fields})


def warn(line: str, **fields: Any) -> None:
    logger.warning(line, extra={"fields": fields})
