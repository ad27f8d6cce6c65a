"""One timer for all calls: every 20 ms, those whose time has come get a Tick.

It stands still while there is no call.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

PERIOD_S = 0.02


def now_ms() -> int:
    """The calls' clock: monotonic milliseconds."""
    return time.monotonic_ns() // 1_000_000


class Paced(Protocol):
    @property
    def due_ms(self) -> int: ...

    def tick(self) -> None: ...


class Pacer:
    def __init__(self) -> None:
        self._paced: set[Paced] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, paced: Paced) -> None:
        self._paced.add(paced)
        if self._timer is None:
            self._arm()

    def remove(self, paced: Paced) -> None:
        self._paced.discard(paced)

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._beat)

    def _beat(self) -> None:
        self._timer = None
        now = now_ms()
        for paced in [paced for paced in self._paced if paced.due_ms <= now]:
            paced.tick()
        if self._paced:
            self._arm()
