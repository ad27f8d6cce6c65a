"""Whether a voice that took over goes on with what the caller waits for: it has no tools, so it has to delegate. Pure.

One that says "one moment" and leaves it at that would have the caller wait until somebody asks whether they are there.
"""

from __future__ import annotations

from relay.live_ledger import Ledger

# A voice delegates about a second after what it says of it.
WAIT_MS = 4000
# An apology, and a moment that is asked for, have no more.
MOST_WORDS = 6


class CarryOn:
    """Of one engine's session."""

    def __init__(self) -> None:
        self.due_ms: int | None = None  # when the work is forgotten; None: the voice was not told to, or has gone on

    def told(self, now_ms: int) -> None:
        """The voice was told to carry on."""
        self.due_ms = now_ms + WAIT_MS

    def voice_speaks(self, now_ms: int) -> None:
        if self.due_ms is not None:
            self.told(now_ms)

    def is_forgotten(self, ledger: Ledger, now_ms: int, *, is_worked_on: bool) -> bool:
        """Said once. Whoever speaks meanwhile, the voice has heard."""
        if self.due_ms is None:
            return False
        said, _ = ledger.words("assistant", 0)
        goes_on = is_worked_on or ledger.heard_until("user")[1] or len(said.split()) > MOST_WORDS
        is_forgotten = not goes_on and now_ms >= self.due_ms
        if goes_on or is_forgotten:
            self.due_ms = None
        return is_forgotten
