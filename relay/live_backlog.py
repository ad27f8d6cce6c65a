"""How far the caller's ear is behind what was sent, measured by marks. Pure.

A Live engine speaks in real time and never pauses, so a delay once added by a stall would stay for the rest of the
call. The meter says how long it is; `LiveVoice` gets rid of it.
Source: Twilio Media Streams, "mark"; OpenAI GPT-Live reference, backlog.
"""

from __future__ import annotations

from collections import deque

from relay.caller import SendMark

MARK_EVERY_MS = 1000


class Backlog:
    """Between two marks what was sent is taken to be played as time passes; no mark not yet returned is behind us."""

    def __init__(self, bytes_per_ms: int) -> None:
        self.sent_bytes = 0
        self._bytes_per_ms = bytes_per_ms
        self._generation = 0
        self._marked_bytes = 0  # position of the latest mark sent
        self._pending: deque[tuple[str, int]] = deque()
        self._cleared: set[str] = set()  # marks that a clear should have returned
        self._returns_marks = True
        self._ends_ms = 0  # when all that was sent will have been played

    def sent(self, size: int, now_ms: int) -> SendMark | None:
        """Count `size` bytes as sent. Returns the mark to be sent behind them, when one is due."""
        self.sent_bytes += size
        self._ends_ms = max(now_ms, self._ends_ms) + size // self._bytes_per_ms
        if self.sent_bytes - self._marked_bytes < MARK_EVERY_MS * self._bytes_per_ms:
            return None
        self._marked_bytes = self.sent_bytes
        name = f"live:{self._generation}:{self.sent_bytes // self._bytes_per_ms}"
        self._pending.append((name, self.sent_bytes))
        return SendMark(name)

    def mark(self, name: str, now_ms: int) -> bool:
        """A mark came back. False when it is none of ours."""
        if name in self._cleared:
            self._cleared.discard(name)
            return True
        if not any(name == pending for pending, _ in self._pending):
            return False
        while self._pending:
            pending, position = self._pending.popleft()
            if pending == name:
                self._ends_ms = now_ms + (self.sent_bytes - position) // self._bytes_per_ms
                break
        return True

    def ms(self, now_ms: int) -> int:
        """Audio sent and not yet heard, in milliseconds."""
        by_clock = max(0, self._ends_ms - now_ms)
        if not self._pending or not self._returns_marks:
            return by_clock
        return max(by_clock, (self.sent_bytes - self._pending[0][1]) // self._bytes_per_ms)

    def clear(self) -> None:
        """Pair it with a `Clear`. A client that did not return the marks of an earlier one is measured by clock."""
        self._returns_marks = self._returns_marks and not self._cleared
        self._cleared = {name for name, _ in self._pending}
        self._pending.clear()
        self._generation += 1
        self._ends_ms = 0
