"""The ladder of silence: nobody says anything, so ask once, and after that say goodbye. Pure."""

from __future__ import annotations

from enum import StrEnum


class Rung(StrEnum):
    NONE = "none"
    ASK = "ask"
    GOODBYE = "goodbye"


class Silence:
    def __init__(self, idle_ms: int) -> None:
        self._idle_ms = idle_ms
        self._since_ms: int | None = None
        self._asked = False

    @property
    def due_ms(self) -> int | None:
        return self._since_ms + self._idle_ms if self._since_ms is not None else None

    def broken(self, at_ms: int | None = None) -> None:
        """The caller spoke or pressed a key: the ladder starts anew, from then on."""
        self._since_ms, self._asked = at_ms, False

    def mind(self, now_ms: int, *, is_quiet: bool) -> Rung:
        """What is due, given whether nothing at all is going on. Each rung is given once."""
        if not is_quiet:
            self._since_ms = None
            return Rung.NONE
        if self._since_ms is None:
            self._since_ms = now_ms
        if now_ms < self._since_ms + self._idle_ms:
            return Rung.NONE
        self._since_ms = None
        if self._asked:
            return Rung.GOODBYE
        self._asked = True
        return Rung.ASK
