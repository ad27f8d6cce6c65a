"""Guests who are to be called back, as a conversation left them. Pure data; instants are aware `datetime`s in UTC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime


@dataclass(frozen=True)
class Clip:
    """Where in the recorded audio of a caller something was said: an attempt, and milliseconds from its start."""

    attempt: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Lead:
    """A guest to be called back. `name` may be a guess (`name_confirmed` false); `name_clip` is where to hear it.

    `phone_source`: caller_line, keypad (both verified by the system) or spoken (as the engine heard it).
    `asked_at`: when that was asked for which left it so.
    """

    lead_id: str
    session_id: str
    property_id: str
    created_at: datetime
    name: str
    name_confirmed: bool
    phone: str
    phone_source: str
    notes: str = ""
    room_type: str = ""
    check_in: date | None = None
    check_out: date | None = None
    name_clip: Clip | None = None
    asked_at: datetime | None = None

    def over(self, before: Lead | None) -> Lead:
        """What there is to keep, where `before` is there: the later wish, whichever comes last.

        A tool that hung may write long after the guest has said something else to another one.
        """
        if before is None:
            return self
        if before.asked_at is not None and self.asked_at is not None and self.asked_at < before.asked_at:
            return before
        return replace(self, created_at=before.created_at)
