"""JSON lines on standard error, written by a thread of their own: a slow terminal or disk never holds up audio.

One line per thing worth knowing, with the same signs everywhere: `< twilio start`, `> engine session.update`, `=
speaking`, `! tool timeout`. Always `session_id` once it is known; never audio, digits, tokens or full phone
numbers.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

# Of lines that standard error does not take.
MOST_WAITING = 10_000
# Lines of so long leave together: to wake the thread for each costs more than to make the line.
LINGER_S = 0.2
STOP_WAIT_S = 2.0

logger = logging.getLogger("relay")

_Line = tuple[float, int, str, Mapping[str, Any]]  # seconds since 1970, level, message, fields


class Writer:
    """Takes lines as they are; a thread makes JSON of them and writes it, a few at a time.

    When that thread cannot get rid of its lines, newer ones are dropped; how many, the next one says that finds room.
    """

    def __init__(self, stream: TextIO) -> None:
        self.lost = 0
        self.waiting: deque[_Line] = deque()
        self._stream = stream
        self._is_wanted = threading.Event()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write out what is left; a stream that takes nothing is not waited for."""
        self._is_stopped.set()
        self._is_wanted.set()
        self._thread.join(STOP_WAIT_S)

    def put(self, level: int, message: str, fields: Mapping[str, Any]) -> None:
        """One line, of now. `fields` is not to be changed after this. A deque needs no lock: nobody waits here."""
        if len(self.waiting) >= MOST_WAITING:
            self.lost += 1
            return
        if self.lost:
            fields, self.lost = {**fields, "lines_lost": self.lost}, 0
        self.waiting.append((time.time(), level, message, fields))
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
            lines.append(_json(*self.waiting.popleft()))
        if not lines:
            return
        try:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # nobody reads it any more
            self.lost += len(lines)


def _json(at: float, level: int, message: str, fields: Mapping[str, Any]) -> str:
    line = {
        "time": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
        "severity": logging.getLevelName(level),
        "message": message,
    }
    try:
        return orjson.dumps({**line, **fields}, default=str).decode()
    except TypeError:  # a peer's number may be longer than JSON's readers take
        return orjson.dumps({**line, "fields": repr(dict(fields))}).decode()


class FromLogging(logging.Handler):
    """What comes by Python's `logging`: the libraries' lines, and bugs with their tracebacks."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = dict(getattr(record, "fields", {}))
        if record.name != logger.name:
            fields["logger"] = record.name
        if record.exc_info:
            fields["exception"] = logging.Formatter().formatException(record.exc_info)
        self._writer.put(record.levelno, record.getMessage(), fields)


# Where our own lines go, once there is one: `logging` takes ten times as long for each.
_writer: Writer | None = None


def start(level: str) -> Writer:
    """Send all logging to standard error as JSON lines. `stop()` of what is returned writes out the rest."""
    global _writer
    _writer = Writer(sys.stderr)
    root = logging.getLogger()
    root.handlers = [FromLogging(_writer)]
    root.setLevel(logging.WARNING)
    logger.setLevel(level)
    _writer.start()
    return _writer


def info(line: str, **fields: Any) -> None:
    say(logging.INFO, line, fields)


def warn(line: str, **fields: Any) -> None:
    say(logging.WARNING, line, fields)


def say(level: int, line: str, fields: Mapping[str, Any]) -> None:
    """`fields` is not to be changed after this."""
    if not logger.isEnabledFor(level):
        return
    if _writer is None:
        logger.log(level, line, extra={"fields": fields})
    else:
        _writer.put(level, line, fields)
