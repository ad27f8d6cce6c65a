"""What /stats and /ready tell: how long things take, how late the loop is, which engines fail. In bounded memory.

Figures are of the latest `KEPT` values, so that they say how things are now. Names are ours, never a peer's: nothing
here is about any one call.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

KEPT = 1024
LAG_PERIOD_S = 0.1
# An engine that failed this recently, and did not serve since, counts as out of reach.
FAILURE_IS_RECENT_MS = 30_000


class Recent:
    """The latest `KEPT` of some values."""

    __slots__ = ("_values", "count")

    def __init__(self) -> None:
        self._values = array("d")
        self.count = 0  # of all there ever were

    def add(self, value: float) -> None:
        if self.count < KEPT:
            self._values.append(value)
        else:
            self._values[self.count % KEPT] = value
        self.count += 1

    def figures(self) -> dict[str, float]:
        """Percentiles are values that occurred (nearest rank)."""
        if not self.count:
            return {"count": 0}
        ordered = sorted(self._values)
        last = len(ordered) - 1
        return {
            "count": self.count,
            "p50": round(ordered[round(last * 0.5)], 3),
            "p99": round(ordered[round(last * 0.99)], 3),
            "max": round(ordered[last], 3),
        }


class LoopLag:
    """How late the event loop calls back: one timer, ten times a second, and none while `is_wanted` says no."""

    def __init__(self, is_wanted: Callable[[], object]) -> None:
        self.lag_ms = Recent()
        self._is_wanted = is_wanted
        self._timer: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        """To be called whenever it may be wanted."""
        if self._timer is None:
            self._arm(asyncio.get_running_loop())

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_later(LAG_PERIOD_S, self._beat, loop, loop.time() + LAG_PERIOD_S)

    def _beat(self, loop: asyncio.AbstractEventLoop, due_s: float) -> None:
        self._timer = None
        self.lag_ms.add(max(0.0, (loop.time() - due_s) * 1000))
        if self._is_wanted():
            self._arm(loop)


class EngineHealth:
    """Which of ENGINES serve and which fail."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(dict.fromkeys(names))
        self.failures: Counter[str] = Counter()
        self._failed_ms: dict[str, int] = {}  # and has not served since

    def served(self, name: str) -> None:
        self._failed_ms.pop(name, None)

    def failed(self, name: str, now_ms: int) -> None:
        self.failures[name] += 1
        self._failed_ms[name] = now_ms

    def is_reachable(self, name: str, now_ms: int) -> bool:
        """As far as is known: one that nobody has tried lately may be."""
        failed_ms = self._failed_ms.get(name)
        return failed_ms is None or now_ms - failed_ms >= FAILURE_IS_RECENT_MS

    def any_reachable(self, now_ms: int) -> bool:
        return any(self.is_reachable(name, now_ms) for name in self._names)

    def figures(self, now_ms: int) -> dict[str, Any]:
        return {
            name: {"failures": self.failures[name], "reachable": self.is_reachable(name, now_ms)}
            for name in self._names
        }


STAGES = ("start_to_session", "start_to_first_audio", "commit_to_first_audio", "speech_started_to_clear")


class Stats:
    """What one process keeps. `is_wanted` says whether the loop's lag is of interest: while there are calls."""

    def __init__(self, engines: Iterable[str], is_wanted: Callable[[], object]) -> None:
        self.loop = LoopLag(is_wanted)
        self.engines = EngineHealth(engines)
        self._stages = {stage: Recent() for stage in STAGES}

    def took(self, stage: str, ms: float) -> None:
        self._stages[stage].add(ms)

    def figures(self, now_ms: int) -> dict[str, Any]:
        return {
            "loop_lag_ms": self.loop.lag_ms.figures(),
            "stages_ms": {stage: taken.figures() for stage, taken in self._stages.items()},
            "engines": self.engines.figures(now_ms),
        }
