"""The caller's key presses, collected until # or a pause.

Pure. Digits leave this module for one tool call and nothing else.
"""

from __future__ import annotations

PAUSE_MS = 2000
LONGEST = 32


class Keys:
    def __init__(self) -> None:
        self._keys = ""
        self.due_ms: int | None = None

    def __repr__(self) -> str:
        return f"Keys(<{len(self._keys)}>)"

    def press(self, digit: str, now_ms: int) -> str:
        """One key. Returns all that were keyed when it ends the input ("#", or no room for more), else ""."""
        if digit == "#":
            return self._take()
        self._keys += digit
        self.due_ms = now_ms + PAUSE_MS
        return self._take() if len(self._keys) == LONGEST else ""

    def pause(self, now_ms: int) -> str:
        """What was keyed, once nothing more came for `PAUSE_MS`; else ""."""
        if self.due_ms is None or now_ms < self.due_ms:
            return ""
        return self._take()

    def end(self) -> str:
        """No more will come. Returns what was keyed so far."""
        return self._take()

    def _take(self) -> str:
        keys, self._keys, self.due_ms = self._keys, "", None
        return keys
