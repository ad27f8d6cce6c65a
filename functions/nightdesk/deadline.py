"""Work that must not hold up a call: it has so many seconds, and is then left behind.

A thread cannot be killed. So work runs on a thread of its own, and whoever waits for it goes on when the time is up.
What was left behind may still finish: its last act, storing its outcome, finds out whether somebody else has taken its
place since. All that our adapters ask for has a time limit of its own, so a thread that was left ends soon after. One
that never does is a bug, and `most_left` of those make the process refuse work and call itself unwell, until the
platform puts another in its place.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
_given_up: contextvars.ContextVar[threading.Event] = contextvars.ContextVar("given_up")


class LeftBehind(Exception):
    """The time is up; the work goes on without anybody waiting for it."""


class TooManyLeft(Exception):
    """As much work was left behind as may be; nothing new was begun."""


def is_left_behind() -> bool:
    """Whether the work of this thread is one that nobody waits for any more."""
    given_up = _given_up.get(None)
    return given_up is not None and given_up.is_set()


class Crew:
    """Runs work on threads. `most_left`: how much unfinished work a process may carry with it."""

    def __init__(self, most_left: int = 16) -> None:
        self._most_left = most_left
        self._lock = threading.Lock()
        self._left: set[threading.Thread] = set()

    @property
    def left(self) -> int:
        """How many threads nobody waits for any more, and that still run."""
        with self._lock:
            self._left = {thread for thread in self._left if thread.is_alive()}
            return len(self._left)

    @property
    def is_well(self) -> bool:
        return self.left < self._most_left

    def run(self, name: str, seconds: float, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Raises: LeftBehind, TooManyLeft."""
        if not self.is_well:
            raise TooManyLeft
        outcome: Future[T] = Future()
        given_up = threading.Event()
        context, began = contextvars.copy_context(), time.monotonic()
        context.run(_given_up.set, given_up)

        def thread() -> None:
            try:
                outcome.set_result(context.run(work))
            except BaseException as error:  # it is raised where the work is waited for
                outcome.set_exception(error)
            if given_up.is_set():
                took = f"{time.monotonic() - began:.1f} s"
                context.run(log.error, "! %s ended after %s, unwaited for", name, took, exc_info=outcome.exception())

        # A daemon: what hangs does not keep the process from ending.
        worker = threading.Thread(target=thread, name=name, daemon=True)
        worker.start()
        try:
            return outcome.result(seconds)
        except TimeoutError:
            if outcome.done():  # in the nick of time, or its own TimeoutError
                return outcome.result()
            given_up.set()
            with self._lock:
                self._left.add(worker)
            raise LeftBehind from None
