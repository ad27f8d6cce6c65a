"""A process that dies or hangs at one of its steps: the store as it sees it."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

from nightdesk.hotel.ports import Store

WELL = ("well", 0)
"""The fate of a process that lives to the end."""
MOST_STEPS = 8
"""No write takes as many."""


class Died(BaseException):
    """The process is gone: whatever it still tries to do is not done."""


class Process:
    """The store as one process sees it, which ends or hangs at one of its steps.

    `fate`: ("die", n): before step n/2 if n is even, right after it if n is odd. ("hang", n): before step n of its
    work, until `woken` is set. A step is one call of the store.
    """

    def __init__(self, store: Store, fate: tuple[str, int]) -> None:
        self._store, self._fate = store, fate
        self._step, self._dead, self._working = itertools.count(), False, False
        self.hangs, self.woken = threading.Event(), threading.Event()

    def begins_to_work(self) -> None:
        if self._fate[0] == "hang":
            self._step = itertools.count()
            self._working = True

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._store, name)

        def step(*arguments: Any, **named: Any) -> Any:
            kind, at = self._fate
            now = next(self._step)
            if self._dead or (kind, at) == ("die", 2 * now):
                self._dead = True
                raise Died
            if self._working and (kind, at) == ("hang", now):
                self.hangs.set()
                assert self.woken.wait(30)
            value = method(*arguments, **named)
            if (kind, at) == ("die", 2 * now + 1):
                self._dead = True
                raise Died
            return value

        return step
