"""A call's way through ENGINES: which is in use, by when its next step must have come, which follows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relay.messages import OpenEngine, Session
from relay.realtime import UpdateSession

CONFIGURE = "configure"  # the event id that an engine names when it refuses its configuration
# For each of the steps to readiness: the connection, and the configuration.
ENGINE_WAIT_MS = 3000
# A transient failure is forgiven once.
ENGINE_TRIES = 2


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What the call needs to know of an entry of ENGINES."""

    name: str
    dialect: str = "realtime"
    reachable_before_session: bool = False
    model: str = ""  # when its URL names one


class Failover:
    """`open` an engine, `configure` it, and it is `ready`; once `lost`, the next one is in use, or `none_left`."""

    def __init__(self, engines: Sequence[EngineChoice]) -> None:
        self.index = 0
        self.is_open = False
        self.none_left = False
        self.due_ms: int | None = None  # the engine is lost when its next step has not come by then
        self.used: list[str] = []  # names, in the order in which they were ready
        self._engines = engines
        self._failures = [0] * len(engines)

    @property
    def choice(self) -> EngineChoice:
        return self._engines[self.index]

    def open(self, now_ms: int) -> OpenEngine:
        self.await_step(now_ms)
        return OpenEngine(self.index)

    def configure(self, session: Session, now_ms: int) -> UpdateSession:
        self.await_step(now_ms)
        return UpdateSession(session.engine_session, CONFIGURE)

    def await_step(self, now_ms: int) -> None:
        self.due_ms = now_ms + ENGINE_WAIT_MS

    def is_overdue(self, now_ms: int) -> bool:
        return self.due_ms is not None and now_ms >= self.due_ms

    def opened(self) -> None:
        self.is_open = True
        self.due_ms = None

    def ready(self) -> str:
        """The engine took its configuration. Returns the name of the one it follows, "" for a call's first."""
        self.due_ms = None
        previous = self.used[-1] if self.used else ""
        self.used.append(self.choice.name)
        return previous

    def lost(self, *, fatal: bool) -> None:
        """Go to the next engine; a fatal failure rules this one out for the call, a transient one counts."""
        self.is_open = False
        self.due_ms = None
        self._failures[self.index] += ENGINE_TRIES if fatal else 1
        count = len(self._engines)
        following = [(self.index + step) % count for step in range(1, count + 1)]
        candidates = [engine for engine in following if self._failures[engine] < ENGINE_TRIES]
        if candidates:
            self.index = candidates[0]
        else:
            self.none_left = True
