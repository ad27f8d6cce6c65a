"""The order of a call's way through ENGINES: which one is tried next, and which are ruled out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from relay.faults import Fault

# A transient failure is forgiven once, and what was before an engine served for long enough does not count.
ENGINE_TRIES = 2


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What the call needs to know of an entry of ENGINES."""

    name: str
    dialect: str = "realtime"
    reachable_before_session: bool = False
    model: str = ""  # when its URL names one
    audio: str = ""  # the only format it speaks; "": the caller's own
    patience_ms: int = 500  # how long one step to readiness may take before another engine is tried beside it


class Failover:
    """Engines are named by their index in ENGINES."""

    def __init__(self, engines: Sequence[EngineChoice]) -> None:
        self._engines = engines
        self._count = len(engines)
        self._failures = [0] * len(engines)
        self._first = 0  # of the order

    def next(self, busy: Collection[int] = ()) -> int | None:
        """The engine to be tried now, if there is one that is not ruled out and not `busy`."""
        for step in range(self._count):
            engine = (self._first + step) % self._count
            if self._failures[engine] < ENGINE_TRIES and engine not in busy:
                return engine
        return None

    def failed(self, engine: int, fault: Fault) -> None:
        """A fatal fault rules it out, a transient one counts, and the next in the list comes first now."""
        self._failures[engine] += ENGINE_TRIES if fault.is_fatal else 1
        self._first = (engine + 1) % self._count

    def served(self, engine: int) -> None:
        """It did well since its failures; one that is ruled out stays so."""
        if self._failures[engine] < ENGINE_TRIES:
            self._failures[engine] = 0

    def index(self, name: str) -> int | None:
        """Of the engine of this name, if there is one and it is not ruled out."""
        named = (at for at, choice in enumerate(self._engines) if choice.name == name)
        return next((at for at in named if self._failures[at] < ENGINE_TRIES), None)

    def begins_with(self, engine: int) -> None:
        self._first = engine

    def rule_out(self, engine: int) -> None:
        self._failures[engine] = ENGINE_TRIES
