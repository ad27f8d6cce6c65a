"""An event loop whose time stands still while the machine does not run it.

A shared host may take a machine away for a second in the middle of a test. Timers that were due in an orderly sequence
would then all be due at once, and a test would see what no guest ever does. Here such a second is not counted.
"""

import asyncio
import selectors
import time

_LATE_S = 0.02
"""The machine may wake a waiting loop so much too late, and it counts."""
_WORK_S = 0.1
"""What runs between two waits may take so long, and it counts."""


class SteadyLoop(asyncio.SelectorEventLoop):
    """`time` is that of the machine, less what the loop was not given."""

    def __init__(self) -> None:
        self._selector_of_loop = _Selector()
        super().__init__(self._selector_of_loop)

    def time(self) -> float:
        return self._selector_of_loop.time()


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self._lost_s = 0.0
        self._woken = time.monotonic()

    def time(self) -> float:
        now = time.monotonic()
        return now - self._lost_s - max(0.0, now - self._woken - _WORK_S)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        asleep = time.monotonic()
        self._lost_s += max(0.0, asleep - self._woken - _WORK_S)
        ready = super().select(timeout)
        self._woken = time.monotonic()
        if timeout is not None:
            self._lost_s += max(0.0, self._woken - asleep - max(0.0, timeout) - _LATE_S)
        return ready
