"""The hotel's own words as frozen dataclasses. Pure data: nothing here reads a file, a clock or a store.

Money is integer cents, dates are `date`s in the property's time zone, instants are aware `datetime`s in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class RoomType:
    """A kind of room. `rooms` are the room numbers: their count is what can be sold on one night."""

    room_type: str
    name: str
    rate_cents: int
    max_guests: int
    rooms: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class PetPolicy:
    """`fee_cents` is charged once per stay, however many pets come (up to `max_pets`)."""

    allowed: bool = False
    fee_cents: int = 0
    max_pets: int = 0


@dataclass(frozen=True)
class Tax:
    """A tax on room and fees. `basis_points`: 900 is 9 %."""

    name: str
    basis_points: int


@dataclass(frozen=True)
class Department:
    """Where a call may be transferred to. `number` is E.164."""

    department: str
    name: str
    number: str


@dataclass(frozen=True)
class Limits:
    """What one call may take, and how many calls there may be at once.

    `hold_s`: of sound without a pause or a word, as hold music makes; `repeats`: of the same sentence; `stale_turns`:
    in a row, in which the guest said no new word and nothing was done. 0 turns each of these three off.
    """

    call_s: int = 1800
    idle_s: int = 20
    budget_usd: float = 3.0
    concurrent_calls: int = 20
    turns: int = 120  # of the guest
    hold_s: int = 60
    repeats: int = 4
    stale_turns: int = 12


@dataclass(frozen=True)
class Live:
    """How the live engine's voice gets its work done: by a text model (`responses`), or by the clerk (`client`)."""

    delegation: str = "responses"
    backend_model: str = "gpt-5.6-terra"


BARGE_IN_MODES = ("off", "immediate", "selective")
"""What a guest who speaks while the agent does brings about: nothing yet, silence at once, or silence once it is sure
that this is neither "mm-hmm" nor echo nor a television."""


@dataclass(frozen=True)
class Property:
    """One hotel, as its file in `properties/` states it (see `nightdesk.properties` for the shape of that file)."""

    property_id: str
    name: str
    phone_numbers: tuple[str, ...]
    time_zone: str
    currency: str
    language: str
    greeting: str
    check_in_time: time
    check_out_time: time
    room_types: tuple[RoomType, ...]
    departments: tuple[Department, ...]
    taxes: tuple[Tax, ...] = ()
    pets: PetPolicy = PetPolicy()
    limits: Limits = Limits()
    amenities: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    voice: str = "marin"
    recording: bool = False
    barge_in: str = "selective"  # BARGE_IN_MODES
    consent_notice: str = ""
    opening_clip: str = ""  # URL of the greeting as G.711 mu-law at 8 kHz, for when the engine's is late
    kiosk_greeting: str = ""  # "": a welcome with the hotel's name
    blocked_callers: frozenset[str] = field(default_factory=frozenset)
    live: Live = Live()

    @property
    def front_desk(self) -> Department:
        """The department every fallback goes to; the loader guarantees that it exists."""
        return next(d for d in self.departments if d.department == "front_desk")

    def department(self, department: str) -> Department | None:
        return next((d for d in self.departments if d.department == department), None)

    def room_type(self, room_type: str) -> RoomType | None:
        return next((r for r in self.room_types if r.room_type == room_type), None)

    def today(self, now: datetime) -> date:
        """The date at the hotel at the instant `now`."""
        return now.astimezone(ZoneInfo(self.time_zone)).date()


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
