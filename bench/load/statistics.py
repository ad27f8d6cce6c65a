"""Percentiles and medians of what was measured."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence


def percentile(samples: Sequence[float], percent: float) -> float | None:
    """The smallest sample that at least `percent` of all do not exceed (nearest rank); None for no samples."""
    if not samples:
        return None
    ordered = sorted(samples)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def median(values: Iterable[float | None]) -> float | None:
    """Of the values that are there."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
