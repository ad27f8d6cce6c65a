"""GET /health, /ready and /stats: whether this process lives, whether it may be given calls, and how it is doing.

They say nothing of any one call: no number, no name, no word, no identifier; so they need no credential.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from relay import IS_COMPILED
from relay.connections import Answer
from relay.house import House

PATHS = frozenset({"/health", "/ready", "/stats"})


def answer(path: str, house: House, *, is_draining: bool, max_calls: int, now_ms: int) -> Answer:
    """/health: 200 for as long as it answers. /ready: 503 with the reason when calls had better go elsewhere.

    The caller of a process that is not ready is still served: with the words for it, when there are too many.
    """
    calls = len(house.bridges)
    if path == "/health":
        return _answer(200, {"status": "draining" if is_draining else "ok", "calls": calls})
    why = _not_ready(house, is_draining=is_draining, max_calls=max_calls, now_ms=now_ms)
    if path == "/ready":
        return _answer(503 if why else 200, {"ready": not why, "why": why})
    return _answer(
        200,
        {
            "ready": not why,
            "calls": calls,
            "max_calls": max_calls,
            "tasks": len(asyncio.all_tasks()),
            "compiled": IS_COMPILED,
            **house.stats.figures(now_ms),
            "events": house.publisher.figures(),
            "counts": dict(house.counts),
        },
    )


def _not_ready(house: House, *, is_draining: bool, max_calls: int, now_ms: int) -> str:
    if is_draining:
        return "draining"
    if house.calls >= max_calls:
        return "full"
    return "" if house.stats.engines.any_reachable(now_ms) else "no_engine"


def _answer(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, orjson.dumps(body))
