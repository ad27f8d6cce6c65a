"""How a hotel screens the calls that come in, as its file states it. Pure data; `admission.py` has the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

_MOST_SILENT = 50
REFUSE, STAFF, TAKE = "refuse", "staff", "take"


@dataclass(frozen=True)
class Screening:
    """How many calls of one number are taken: `calls_per_hour`, `calls_at_once`, and `silent_calls` one after the other
    within `silent_hours`. 0: no limit.

    `withheld`: what becomes of calls without a number: `take`, `staff` or `refuse`. `busy`, `too_many_calls`: of those
    that the hotel cannot take now: `staff` or `refuse`. `never_refused`: numbers that are not screened, unless their
    carrier says that they are not the caller's.
    """

    calls_per_hour: int = 20
    calls_at_once: int = 5
    silent_calls: int = 3
    silent_hours: int = 24
    withheld: str = TAKE
    busy: str = STAFF
    too_many_calls: str = REFUSE
    never_refused: frozenset[str] = field(default_factory=frozenset)

    @property
    def looks_at(self) -> int:
        """How many of a number's calls are looked at, the newest."""
        return max(self.calls_per_hour, _MOST_SILENT)

    @property
    def looks_back(self) -> timedelta:
        """How long ago a call may have been that still counts."""
        return max(timedelta(hours=1), timedelta(hours=self.silent_hours))
