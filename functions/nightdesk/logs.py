"""Structured logs: one JSON object per line on stdout, as Cloud Logging reads it. Numbers are masked here.

`about(session_id=...)` adds fields to every further line of a request; gunicorn's threads each have their own. A single
line takes more by `extra={"fields": {...}}`.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from nightdesk import cards
from nightdesk.phones import masked

_about: ContextVar[Mapping[str, Any]] = ContextVar("nightdesk_about", default=MappingProxyType({}))
_ROOT = "nightdesk"


class _JsonLine(logging.Formatter):
    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": record.levelname,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "message": record.getMessage(),
            "logger": record.name,
            "target": self._target,
            **_about.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(_mask(line), ensure_ascii=False, default=str)


def _mask(value: Any) -> Any:
    match value:
        case str():
            return masked(cards.masked(value))
        case Mapping():
            return {key: _mask(item) for key, item in value.items()}
        case list() | tuple():
            return [_mask(item) for item in value]
    return value


class _Stdout(logging.StreamHandler[Any]):
    """Looks stdout up for every line: the framework and the tests replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


def start(target: str, level: str) -> None:
    """Send the logs of this package to stdout; replaces what an earlier call set up."""
    handler = _Stdout()
    handler.setFormatter(_JsonLine(target))
    root = logging.getLogger(_ROOT)
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


@contextmanager
def request() -> Iterator[None]:
    """One request: what `about` adds within it ends with it."""
    token = _about.set({})
    try:
        yield
    finally:
        _about.reset(token)


def about(**fields: Any) -> None:
    """Add fields, such as session_id, to every further log line of this request."""
    _about.set({**_about.get(), **fields})
