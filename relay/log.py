"""JSON lines on standard error, written by a thread of their own: a slow terminal or disk never holds up audio.

One line per thing worth knowing, with the same signs everywhere: `< twilio start`, `> engine session.update`, `=
speaking`, `! tool timeout`. Always `session_id` once it is known; never audio, digits, tokens or full phone
numbers.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

# Of lines that standard error does not take.
MOST_WAITING = 10_000
# Lines of so long leave together: to wake the thread for each costs more than to make the line.
LINGER_S = 0.2
STOP_WAIT_S = 2.0

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


class Writer(logging.Handler):
    """Takes records as they are; a thread formats and writes them, a few at a time.

    When that thread cannot get rid of its lines, newer ones are dropped; how many, the next one says that finds room.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.lost = 0
        self.waiting: deque[logging.LogRecord] = deque()
        self._stream = stream
        self._is_wanted = threading.Event()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self.setFormatter(JsonLines())

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write out what is left; a stream that takes nothing is not waited for."""
        self._is_stopped.set()
        self._is_wanted.set()
        self._thread.join(STOP_WAIT_S)

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the lock that handlers have: a deque needs none, and the loop must not wait for another thread."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.waiting) >= MOST_WAITING:
            self.lost += 1
            return
        if self.lost:
            record.__dict__["fields"] = {**record.__dict__.get("fields", {}), "lines_lost": self.lost}
            self.lost = 0
        self.waiting.append(record)
        if not self._is_wanted.is_set():
            self._is_wanted.set()

    def _work(self) -> None:
        while not self._is_stopped.is_set():
            self._is_wanted.wait()
            self._is_stopped.wait(LINGER_S)
            self._is_wanted.clear()
            self._write_out()
        self._write_out()

    def _write_out(self) -> None:
        lines = []
        while self.waiting:
            lines.append(self.format(self.waiting.popleft()))
        if not lines:
            return
        try:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # nobody reads it any more
            self.lost += len(lines)


def start(level: str) -> Writer:
    """Send all logging to standard error as JSON lines. `stop()` of what is returned writes out the rest."""
    # What no line of ours says need not be found out for each. Source: Python, "Logging HOWTO", optimization.
    logging._srcfile = None  # type: ignore[attr-defined,unused-ignore]
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if hasattr(logging, "logAsyncioTasks"):  # from 3.12 on
        logging.logAsyncioTasks = False
    writer = Writer(sys.stderr)
    root = logging.getLogger()
    root.handlers = [writer]
    root.setLevel(logging.WARNING)
    logger.setLevel(level)
    writer.start()
    return writer


def info(line: str, **fields: Any) -> None:
    logger.info(line, extra={"fields": fields})


def warn(line: str, **fields: Any) -> None:
    logger.warning(line, extra={"fields": fields})
