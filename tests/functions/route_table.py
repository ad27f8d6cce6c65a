"""Every route of every function, read off the functions themselves: a new one is in the tests that walk these."""

import copy
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from nightdesk import bootstrap, edge
from nightdesk.edge import Route
from nightdesk.hotel.memory import MemoryStore
from nightdesk.targets import twilio

from .conftest import SESSION_ID

SAMPLES = {"name": "check_availability", "session_id": SESSION_ID, "part": "1"}
"""Values for the named groups of a pattern that do not take just any id."""


def of_target(target: str, house: bootstrap.House) -> list[Route]:
    """The table that a function is served with."""
    found: list[Route] = []

    def listening(name: str, routes: Any, *_: Any, **__: Any) -> Callable[..., Any]:
        found.extend(routes if isinstance(routes, list) else _of_features(routes))
        return lambda request: None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edge, "serve", listening)
        import_module(f"nightdesk.targets.{target}").build(house)
    return found


def _of_features(routes_of: Callable[[str], list[Route]]) -> Iterator[Route]:
    """The function `twilio` loads a feature with the first request for it: here all are loaded."""
    seen = set()
    for path in ("inbound", *twilio.FEATURES):
        for route in routes_of(f"/voice/twilio/{path}"):
            if route.pattern not in seen:
                seen.add(route.pattern)
                yield route


def path_of(route: Route) -> str:
    """A path that the route takes."""
    path = re.sub(r"\(\?P<(\w+)>(?:[^()\[]|\[[^\]]*\])*\)", lambda match: SAMPLES.get(match[1], "id_1"), route.pattern)
    path = path.replace("\\", "")
    assert re.fullmatch(route.pattern, path), f"no sample fits {route.pattern}"
    return path


@contextmanager
def unchanged(store: MemoryStore) -> Iterator[None]:
    """Nothing of all that is kept changes meanwhile."""
    before = kept(store)
    yield
    assert kept(store) == before


def kept(store: MemoryStore) -> dict[str, Any]:
    """All that the fake store holds; what it holds is frozen."""
    return {name: copy.copy(value) for name, value in vars(store).items() if not name.endswith("lock")} | {
        "_records": {kind: dict(records) for kind, records in store._records.items()},
        "_ledger": {session_id: dict(entries) for session_id, entries in store._ledger.items()},
    }
