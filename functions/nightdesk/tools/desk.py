"""What every tool may know about the conversation it serves, and the small port to the house's knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from nightdesk.conversation import Session
from nightdesk.hotel.model import Property


@dataclass(frozen=True)
class Desk:
    """One call of one tool.

    `write_id` names the thing that a WRITE makes: the same for every repetition and correction of it ("lead_...").
    `change_id` names this one write: the same for every repetition, another one for a correction.
    """

    session: Session
    hotel: Property
    now: datetime
    write_id: str = ""
    change_id: str = ""

    @property
    def today(self) -> date:
        """At the hotel."""
        return self.hotel.today(self.now)


class KnownAnswer(Protocol):
    """An answer from the house's own pages. `text` can be said as it is; `more` is the rest of the page `source`."""

    @property
    def text(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def more(self) -> str: ...


class Knowledge(Protocol):
    """What the houses know. A page answers for its own house only."""

    def search(self, property_id: str, question: str, language: str = "en") -> KnownAnswer | None: ...
    def topics(self, property_id: str) -> list[str]: ...
