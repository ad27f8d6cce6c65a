"""A hotel's menu of keys, as the `ivr` of its file states it. Pure data: `nightdesk/menu.py` speaks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nightdesk.hotel.model import Hours

WHEN = ("never", "before", "instead")
"""Who answers: the agent; the agent, in the language that the guest has keyed; or the menu."""
DOES = ("agent", "hours", "department", "message")


@dataclass(frozen=True)
class Choice:
    """One key. `department` is whose telephone rings, where that is what it does."""

    key: str
    does: str  # DOES
    department: str = ""


@dataclass(frozen=True)
class Menu:
    """`hours`: when the menu answers; () is always, outside of them the agent does. 0 is always a person."""

    when: str = "never"  # WHEN
    choices: tuple[Choice, ...] = (Choice("1", "hours"), Choice("2", "message"))
    hours: tuple[Hours, ...] = ()

    def answers(self, local: datetime) -> bool:
        """Whether a call at this moment of the hotel's clock begins with keys."""
        return self.when != "never" and (not self.hours or any(local in hours for hours in self.hours))
