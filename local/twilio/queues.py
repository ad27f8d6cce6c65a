"""Queues: who waits in which, and by whom a member is fetched. No I/O.

Source: twilio.md 4.5; Twilio's pages on <Enqueue> and <Queue>: a queue comes to be with its first member.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from local.twilio.calls import Call, Source, new_sid
from local.twilio.clock import Clock

MAX_SIZE = 100


class Member:
    """A call in a queue. `fetched` is set by whoever connects it, `parted` when that is over."""

    def __init__(self, call: Call, entered_at: datetime) -> None:
        loop = asyncio.get_running_loop()
        self.call = call
        self.entered_at = entered_at
        self.fetched: asyncio.Future[Fetch] = loop.create_future()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.parted: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        """Set when the member's call does something else, whyever."""


@dataclass(frozen=True)
class Fetch:
    """Somebody connects the member: `whisper` is what the member hears before, or None. A `source` redirects it."""

    by: Call | None = None
    whisper: Source | None = None
    source: Source | None = None


@dataclass
class WaitingQueue:
    """`members` are in order; who is being connected is one no more."""

    name: str
    created_at: datetime
    max_size: int = MAX_SIZE
    sid: str = field(default_factory=lambda: new_sid("QU"))
    members: list[Member] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def average_wait_s(self, now: datetime) -> int:
        waits = self.waits_s + [(now - member.entered_at).total_seconds() for member in self.members]
        return round(sum(waits) / len(waits)) if waits else 0


class Queues:
    """Every queue of the account."""

    def __init__(self, clock: Clock) -> None:
        self.known: list[WaitingQueue] = []
        self._clock = clock

    def named(self, name: str) -> WaitingQueue | None:
        return next((queue for queue in self.known if queue.name == name), None)

    def create(self, name: str, max_size: int = MAX_SIZE) -> WaitingQueue:
        queue = WaitingQueue(name, self._clock.utc(), max_size)
        self.known.append(queue)
        return queue
