"""What one call has to say of itself to the log, and what is counted of it. No audio passes here."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from relay import log
from relay.call import Call
from relay.log_lines import lines_of

MOST_KINDS_LOGGED = 50


class CallLog:
    """`wire` is the name of the caller's. Lines carry the session's id, once there is one."""

    def __init__(self, call: Call, wire: str, counts: Counter[str]) -> None:
        self._call = call
        self._lines = lines_of(wire)
        self._counts = counts
        self._logged: set[tuple[str, str]] = set()

    def count(self, kind: str, name: str = "") -> None:
        """Count it, and log it once per call. `name` is the peer's own word, so it is no counter."""
        self._counts[kind] += 1
        if (kind, name) not in self._logged and len(self._logged) < MOST_KINDS_LOGGED:
            self._logged.add((kind, name))
            log.warn("! bad message", kind=kind, name=name, **self._whose)

    def message(self, message: object) -> None:
        """One of `LINES`."""
        line, fields = self._lines[type(message)]
        self.say(line, fields(message))

    def say(self, line: str, fields: Mapping[str, Any]) -> None:
        """The sign that it begins with tells how bad it is: `!` is what went wrong."""
        level = logging.WARNING if line[0] == "!" else logging.INFO
        log.say(level, line, {**self._whose, **fields})

    def bug(self, bug: BaseException) -> None:
        self._counts["bugs"] += 1
        log.logger.error("! bug", exc_info=bug, extra={"fields": self._whose})

    @property
    def _whose(self) -> dict[str, str]:
        if self._call.session is not None:
            return {"session_id": self._call.session.session_id}
        return {"stream_sid": self._call.stream_sid}
