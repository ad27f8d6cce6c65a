"""The hotel's own words as frozen dataclasses. Pure data: nothing here reads a file, a clock or a store.

Money is integer cents, dates are `date`s in the property's time zone, instants are aware `datetime`s in UTC.
What it charges and on what terms is in `tariff.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nightdesk.hotel.menu import Menu
from nightdesk.hotel.screening import Screening
from nightdesk.hotel.tariff import STANDARD, Cancellation, Children, Payment, Pets, RatePlan, Season, Tax


@dataclass(frozen=True)
class RoomType:
    """A kind of room. `rooms` are the room numbers: their count is what can be sold on one night.

    included_guests: how many its rate is for; 0 is as many as it holds.
    """

    room_type: str
    name: str
    rate_cents: int
    max_guests: int
    rooms: tuple[str, ...]
    description: str = ""
    included_guests: int = 0


@dataclass(frozen=True)
class Hours:
    """From `opens` to `closes` on some weekdays (Monday is 0), by the hotel's clock.

    Where `closes` is not later than `opens`, it is on the day after; the same time twice is the whole day.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time

    def __contains__(self, local: datetime) -> bool:
        now, today = local.time(), local.weekday()
        if self.opens < self.closes:
            return today in self.weekdays and self.opens <= now < self.closes
        return (today in self.weekdays and now >= self.opens) or (
            (today - 1) % 7 in self.weekdays and now < self.closes
        )


@dataclass(frozen=True)
class Department:
    """Where a call may be transferred to. `number` is E.164; without `hours` somebody is always there.

    transfer: warm, blind, or "" for the hotel's own way. `escalation`: who is rung after it; () for the hotel's order.
    """

    department: str
    name: str
    number: str
    hours: tuple[Hours, ...] = ()
    ring_timeout_s: int = 25
    transfer: str = ""
    escalation: tuple[str, ...] = ()

    def is_open(self, local: datetime) -> bool:
        return not self.hours or any(local in hours for hours in self.hours)


@dataclass(frozen=True)
class Language:
    """A language that the hotel is glad to speak besides its own. `language` is a code like es; "" voice: the same."""

    language: str
    greeting: str
    kiosk_greeting: str = ""
    voice: str = ""
    consent_notice: str = ""


@dataclass(frozen=True)
class Recommendation:
    """A place that the hotel tells its guests of. `phone` is E.164 or ""."""

    category: str
    name: str
    details: str
    phone: str = ""


@dataclass(frozen=True)
class Consent:
    """When guests are told that they are recorded: `always`, or `by_law` of where they and the hotel are.

    `region` is the hotel's, like US-ME or ES; one that is not named wants everybody told.
    """

    announce: str = "by_law"
    region: str = ""


@dataclass(frozen=True)
class Retention:
    """After how many days what was recorded is deleted, and what was said and done."""

    recordings_days: int = 30
    conversations_days: int = 365


@dataclass(frozen=True)
class Limits:
    """What one call may take, and how many calls there may be at once.

    `hold_s`: of sound without a pause or a word, as hold music makes; `repeats`: of the same sentence; `stale_turns`:
    in a row, in which the guest said no new word and nothing was done. 0 turns each of these three off.
    `wait_s`: for a person, with music, before the guest is back with the agent.
    """

    call_s: int = 1800
    idle_s: int = 20
    budget_usd: float = 3.0
    concurrent_calls: int = 20
    turns: int = 120  # of the guest
    hold_s: int = 60
    repeats: int = 4
    stale_turns: int = 12
    wait_s: int = 120


@dataclass(frozen=True)
class Outbound:
    """Whom the hotel may call by itself, and when. Without `countries` it calls nobody, whatever it has promised.

    `hours` are by the clock of the number that is called; a call that the guest asked for is not bound to them. Nor can
    they go beyond `lawful_hours`, and those of offers beyond `lawful_offer_hours`: see `outbound_rules.py`.
    `concurrent_calls`: of these at once. `retries_after_s`: when a promised call is tried again, as often as it has.
    """

    countries: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = (Hours(frozenset(range(7)), time(9), time(20)),)
    lawful_hours: tuple[Hours, ...] = (Hours(frozenset(range(7)), time(8), time(21)),)
    lawful_offer_hours: tuple[Hours, ...] = (Hours(frozenset(range(7)), time(8), time(20)),)
    concurrent_calls: int = 2
    ring_s: int = 25
    retries_after_s: tuple[int, ...] = (300, 900)


@dataclass(frozen=True)
class Live:
    """How the live engine's voice gets its work done: by a text model (`responses`), or by the clerk (`client`)."""

    delegation: str = "responses"
    backend_model: str = "gpt-5.6-terra"


TRANSFERS = ("blind", "warm")
"""How a guest gets to people: their telephone rings and that is all, or they are told first what it is about and take
the call or not while the guest hears music."""

BARGE_IN_MODES = ("off", "immediate", "selective")
"""What a guest who speaks while the agent does brings about: nothing yet, silence at once, or silence once it is sure
that this is neither "mm-hmm" nor echo nor a television."""


@dataclass(frozen=True)
class Property:
    """One hotel, as its file in `properties/` states it: `properties/README.md` tells what every field means."""

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
    cancellation: Cancellation
    payment: Payment
    escalation: tuple[str, ...] = ("front_desk",)
    transfer: str = "blind"  # TRANSFERS
    languages: tuple[Language, ...] = ()
    personality: str = ""
    night_ends: time = time(4)
    rate_plans: tuple[RatePlan, ...] = (STANDARD,)
    seasons: tuple[Season, ...] = ()
    taxes: tuple[Tax, ...] = ()
    pets: Pets = field(default_factory=Pets)
    children: Children = field(default_factory=Children)
    extra_guest_cents: int = 0
    recommendations: tuple[Recommendation, ...] = ()
    retention: Retention = Retention()
    pay_connector: str = ""  # Twilio's, with which guests key their cards; "": they pay by link alone
    consent: Consent = Consent()
    sms_countries: tuple[str, ...] = ()
    outbound: Outbound = Outbound()
    limits: Limits = Limits()
    amenities: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    voice: str = "marin"
    recording: bool = False
    record_staff: bool = False  # also what guests and staff say to each other
    engine: str = ""  # by which calls are answered first, as the relay's ENGINES name it; "": the first of them
    barge_in: str = "selective"  # BARGE_IN_MODES
    consent_notice: str = ""
    hold_music: str = ""  # URL of what guests hear who hold
    address: str = ""
    opening_clip: str = ""  # URL of the greeting as G.711 mu-law at 8 kHz, for when the engine's is late
    kiosk_greeting: str = ""  # "": a welcome with the hotel's name
    blocked_callers: frozenset[str] = field(default_factory=frozenset)
    screening: Screening = field(default_factory=Screening)
    live: Live = Live()
    ivr: Menu = field(default_factory=Menu)

    @property
    def front_desk(self) -> Department:
        """The department every fallback goes to; the loader guarantees that it exists."""
        return next(d for d in self.departments if d.department == "front_desk")

    def department(self, department: str) -> Department | None:
        return next((d for d in self.departments if d.department == department), None)

    def room_type(self, room_type: str) -> RoomType | None:
        return next((r for r in self.room_types if r.room_type == room_type), None)

    def rate_plan(self, rate_plan: str) -> RatePlan | None:
        return next((p for p in self.rate_plans if p.rate_plan == rate_plan), None)

    def local(self, now: datetime) -> datetime:
        """The instant `now` on the hotel's clock."""
        return now.astimezone(ZoneInfo(self.time_zone))

    def today(self, now: datetime) -> date:
        """The date at the hotel at the instant `now`."""
        return self.local(now).date()

    def tonight(self, now: datetime) -> date:
        """The night that a room taken now is for: after midnight still the one that began the day before."""
        local = self.local(now)
        return local.date() - timedelta(days=1) if local.time() < self.night_ends else local.date()

    def reachable(self, department: str, now: datetime) -> list[Department]:
        """Who to ask in turn for a call to a department: itself and then its escalation, those that are open now.

        The front desk comes last where nobody is open: every call has somebody to go to.
        """
        first = self.department(department)
        wanted = dict.fromkeys([department, *((first and first.escalation) or self.escalation)])
        local = self.local(now)
        found = [d for name in wanted if (d := self.department(name)) and d.is_open(local)]
        return found or [self.front_desk]

    @property
    def warm_departments(self) -> frozenset[str]:
        """Those whose staff is told first what a transfer is about."""
        return frozenset(d.department for d in self.departments if (d.transfer or self.transfer) == "warm")

    def spoken_from(self, language: str) -> list[str]:
        """The languages that the hotel speaks, this one first."""
        own = [self.language, *(spoken.language for spoken in self.languages)]
        return list(dict.fromkeys([language, *own])) if language in own else own

    def in_language(self, language: str) -> Language:
        """How the hotel speaks a language; as in its own where it does not speak that one."""
        own = Language(self.language, self.greeting, self.kiosk_greeting, self.voice, self.consent_notice)
        found = next((spoken for spoken in self.languages if spoken.language == language), own)
        return replace(found, voice=found.voice or self.voice)
