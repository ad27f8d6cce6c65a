"""One timer for all calls: every 20 ms, those whose time has come get a Tick.

It stands still while there is no call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

PERIOD_S = 0.02


def now_ms() -> int:
    """The calls' clock: monotonic milliseconds."""
    return time.monotonic_ns() // 1_000_000


class Timed(Protocol):
    due_ms: int


class Pacer:
    def __init__(self) -> None:
        self._paced: dict[Timed, Callable[[], None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, timed: Timed, tick: Callable[[], None]) -> None:
        self._paced[timed] = tick
        if self._timer is None:
            self._arm()

    def remove(self, timed: Timed) -> None:
        self._paced.pop(timed, None)

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._beat)

    def _beat(self) -> None:
        self._timer = None
        now = now_ms()
        for tick in [tick for timed, tick in self._paced.items() if timed.due_ms <= now]:
            tick()
        if self._paced:
            self._arm()
