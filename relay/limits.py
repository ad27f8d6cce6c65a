"""What a stream may take at most, as `limits` of the session's answer has it. Pure.

A limit that the answer does not name is none. Contract: `functions/contracts/session.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Prices = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Limits:
    turns: int | None = None  # of the caller
    budget_usd: float | None = None
    prices: Prices = field(default_factory=dict)  # by model: US dollars per million tokens, and per `minute`
    hold_s: int = 0  # of sound without a pause and without a word; 0: no limit
    repeats: int = 0  # of one sentence; 0: no limit
    stale_turns: int = 0  # in a row, in which nothing new was said or done; 0: no limit


def read_limits(given: Mapping[str, Any]) -> Limits:
    """Raises ValueError or TypeError when a limit is not a number."""
    turns, budget = given.get("turns"), given.get("budget_usd")
    prices = given.get("prices") or {}
    return Limits(
        turns=None if turns is None else int(turns),
        budget_usd=None if budget is None else float(budget),
        prices={str(model): {str(kind): float(usd) for kind, usd in row.items()} for model, row in prices.items()},
        hold_s=int(given.get("hold_s") or 0),
        repeats=int(given.get("repeats") or 0),
        stale_turns=int(given.get("stale_turns") or 0),
    )
