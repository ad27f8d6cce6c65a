"""One line of the engine desk: how far it has come, and when the session on it is to be followed by another. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from relay.entries import Told
from relay.failover import EngineChoice
from relay.messages import EngineReady

# A session that found no pause to be renewed in is renewed this long before its limit all the same.
LATEST_SWAP_MS = 5000
# A fresh session has to live for so long before the one that runs is let go of for it.
PROVES_MS = 2000
# A session that was in use for less than this, and came to its end, was none: its engine has failed. In use for longer,
# it makes up for what was before.
SERVED_MS = 60_000


@dataclass(slots=True, eq=False)
class Line:
    number: int
    engine: int  # index in ENGINES
    choice: EngineChoice
    is_opening: bool = False
    is_open: bool = False
    asked_ms: int | None = None  # since when the step under way is awaited; None while it waits for the session
    session_awaited_ms: int | None = None  # since when, of those that others have already
    ready_ms: int = 0
    is_proven: bool = False  # it has lived for a while since then
    used_ms: int = 0  # since when it is, or was, in use
    ends_ms: int = 0  # when its engine ends the session
    ready: object = None  # the event by which it said so
    told: Told = field(default_factory=Told)

    @property
    def awaited_ms(self) -> int | None:
        """Since when it is waited for, whoever keeps it; None while there is no session for anybody."""
        return self.asked_ms if self.asked_ms is not None else self.session_awaited_ms

    def takes_session(self, ready: EngineReady, now_ms: int) -> None:
        """Its engine took the configuration."""
        self.asked_ms, self.ready_ms, self.ends_ms = None, now_ms, now_ms + ready.lasts_ms
        self.ready = ready.event

    @property
    def proven_ms(self) -> int:
        return self.ready_ms + PROVES_MS

    @property
    def latest_swap_ms(self) -> int:
        """When another line takes over, whatever is being said."""
        return self.ends_ms - LATEST_SWAP_MS

    def renewal_ms(self, renew_before_ms: int) -> int:
        """How long before its limit a renewal begins: no sooner than in its second half."""
        return min(renew_before_ms, (self.ends_ms - self.ready_ms) // 2)

    def has_served(self, now_ms: int) -> bool:
        """Whether it was in use for long enough, now that its session is over."""
        return now_ms >= self.used_ms + SERVED_MS
