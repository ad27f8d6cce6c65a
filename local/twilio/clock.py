"""The simulator's time: real, or a multiple of it for tests. Nothing else in the package reads a clock.

`Clock` counts milliseconds of simulated time; `frames` turns it into 20 ms telephone frames that never drift: after a
delay (a busy machine, a long garbage collection) the missed frames come at once, as on a real network; none is lost.
Between two of them everybody else has a turn, so that phones which were late together catch up together.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta

FRAME_MS = 20


class Clock:
    """Simulated time since the clock was made; `speed` is how many simulated seconds one real second holds.

    `seconds` reads real time.
    """

    def __init__(self, speed: float = 1.0, seconds: Callable[[], float] = time.monotonic) -> None:
        self._speed = speed
        self._seconds = seconds
        self._start = seconds()
        self._start_utc = datetime.now(UTC)

    def now_ms(self) -> float:
        return (self._seconds() - self._start) * 1000 * self._speed

    def utc(self) -> datetime:
        """The instant in simulated time, so that intervals between instants are those of the call."""
        return self._start_utc + timedelta(milliseconds=self.now_ms())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._speed)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds / self._speed, callback)

    @contextlib.contextmanager
    def alarm(self, seconds: float) -> Iterator["asyncio.Future[None]"]:
        """A future that is done when the time has passed, for waiting on it beside others."""
        rings: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, lambda: rings.set_result(None))
        try:
            yield rings
        finally:
            timer.cancel()

    async def frames(self) -> AsyncIterator[int]:
        """0, 1, 2, ...: number n comes n * 20 ms after the first, or at once when that moment has passed."""
        start_ms = self.now_ms()
        number = 0
        while True:
            if self.now_ms() < start_ms + number * FRAME_MS:
                await self.sleep((start_ms + number * FRAME_MS - self.now_ms()) / 1000)
                continue
            if self.now_ms() >= start_ms + (number + 1) * FRAME_MS:
                await asyncio.sleep(0)
            yield number
            number += 1
