"""The caller's sentence that an engine was lost over: the next one goes on with it, or it is asked for again. Pure.

How much of it the next one gets is the dialect's to say; whether it heard anything of it shows only by what it says.
"""

from __future__ import annotations

# An engine that goes on with the caller's sentence says so within this time.
TAKES_UP_MS = 2000


class SentenceLost:
    def __init__(self) -> None:
        self.due_ms: int | None = None  # by when it should be taken up

    def given(self, now_ms: int) -> None:
        """An engine listens to the rest of it."""
        self.due_ms = now_ms + TAKES_UP_MS

    def taken_up(self) -> bool:
        """The caller is heard, or another engine begins. Returns whether nobody had taken it up so far."""
        was_open, self.due_ms = self.due_ms is not None, None
        return was_open

    def is_to_be_asked_for(self, now_ms: int) -> bool:
        """Said once."""
        return self.due_ms is not None and now_ms >= self.due_ms and self.taken_up()
