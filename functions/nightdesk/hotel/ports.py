"""What the functions need of a store, split by who needs it. `memory.py` is the fake, `store_sqlite.py` embedded,
`store_firestore.py` the production one.

Everything that several functions may do at once is a pure change run inside a transaction: the change may be called
again when somebody else was faster. All methods raise StoreError when the store cannot be reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.kinds import R
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.reservations import Lock, Reservation

T = TypeVar("T")

EVENTS_KEPT = timedelta(days=30)
"""So long is an event known again; Pub/Sub gives up after a week."""


@dataclass(frozen=True)
class Slots:
    """How many calls a hotel takes at once: `count` slots, numbered from 0.

    One is free when no call has it, or when the call that has it had it only until `now`. Who is given one now has it
    `until` then.
    """

    property_id: str
    count: int
    now: datetime
    until: datetime


class Sessions(Protocol):
    def session(self, session_id: str) -> Session | None: ...

    def change_session(self, session_id: str, change: Callable[[Session | None], Session | None]) -> Session | None:
        """Run `change` on the session as it is, store what it returns (None: leave it as it is), return what is now."""
        ...

    def open_session(
        self, session_id: str, slots: Slots, change: Callable[[Session | None, int | None], Session | None]
    ) -> Session | None:
        """`change_session` for a call that may want a slot: `change` is told the number of a free one, or None.

        What it returns with that number as its `slot` has it from then on; both are stored or neither. A session that
        has had a slot is given no other.
        """
        ...

    def free_slot(self, session: Session) -> None:
        """The session needs its slot no longer. Nothing happens when it has none, or has it no more."""
        ...

    def apply_event(
        self, event_id: str, session_id: str, change: Callable[[Session | None], Session | None]
    ) -> Session | None:
        """`change_session`, but only the first time that this event_id comes within EVENTS_KEPT."""
        ...

    def unfinished_sessions(self, limit: int) -> list[Session]:
        """Sessions whose conversation.ended is not published yet, oldest first."""
        ...

    def sessions_of(self, property_id: str, caller_id: str, limit: int) -> list[Session]:
        """A caller's conversations with a hotel, newest first."""
        ...

    def sessions_keyed(self, property_id: str, keypad_phone: str, limit: int) -> list[Session]:
        """A hotel's conversations in which a number was keyed, whoever called, newest first."""
        ...

    def past_sessions(
        self, property_id: str, before: datetime, limit: int, since: datetime | None = None
    ) -> list[Session]:
        """A hotel's conversations that are not erased, begun before that and from `since` on: oldest first."""
        ...

    def calls_taken(self, property_id: str, caller_id: str, since: datetime, limit: int) -> list[Session]:
        """A caller's conversations that the hotel took, begun after `since`, newest first."""
        ...


class Turns(Protocol):
    def put_turn(self, session_id: str, turn: Turn, *, replace: bool = True) -> None:
        """Store a turn under its (attempt, turn). An existing one is replaced, but for when it was first stored.

        With replace=False an existing one stays as it is.
        """
        ...

    def turns(self, session_id: str) -> list[Turn]:
        """In the order of (attempt, turn)."""
        ...


@dataclass(frozen=True)
class LedgerChange(Generic[T]):
    """What a change of the ledger comes to: entries to put, ids to remove, and the value for the caller."""

    value: T
    put: tuple[ToolCall, ...] = ()
    remove: tuple[str, ...] = field(default=())


class Ledger(Protocol):
    def tool_calls(self, session_id: str) -> list[ToolCall]:
        """In the order they were claimed."""
        ...

    def change_ledger(self, session_id: str, change: Callable[[Sequence[ToolCall]], LedgerChange[T]]) -> T:
        """Run `change` on all entries of the session and store what it puts, as one transaction."""
        ...


class Leads(Protocol):
    def put_lead(self, lead: Lead) -> None:
        """Store a lead under its id; the same id again replaces it, keeping when it was created.

        Not so one that was asked for earlier than what is there (`Lead.over`).
        """
        ...

    def leads(self, session_id: str) -> list[Lead]: ...


class Inventory(Protocol):
    """Rooms taken: one record per room type, room number and night. What is not recorded is free.

    Reservations take and free their own nights (see `Reservations`); `take` is for a room that is out of order.
    """

    def taken(self, property_id: str, first: date, end: date) -> set[tuple[str, str, date]]:
        """(room_type, room, night) of every night from `first` up to, not including, `end`."""
        ...

    def take(self, property_id: str, room_type: str, room: str, nights: Sequence[date], taken_by: str) -> bool:
        """Take a room for all the nights or for none: False when any of them is taken by another."""
        ...


class Reservations(Protocol):
    """Reservations and the nights they occupy, always changed together: a live one has its room, another has none.

    `rooms` are the numbers a reservation's room may come from, in order of preference. The room it has already is kept
    when it fits. Raises: NoRoom when none is free on every night, and then nothing has changed.
    """

    def book(self, reservation: Reservation, rooms: Iterable[str]) -> Reservation:
        """Store a new reservation with a room, a confirmation code that no other of the hotel has, and version 1.

        One with that id that is there already is returned as it is, and nothing is changed.
        """
        ...

    def change_reservation(
        self,
        reservation_id: str,
        change: Callable[[Reservation], Reservation],
        *,
        change_id: str = "",
        rooms: Iterable[str] = (),
    ) -> Reservation | None:
        """Run `change` on the reservation as it is, let its nights follow, and return what is now; None: no such one.

        It gives up the nights it no longer has and takes the new ones, all or nothing. The version counts up unless
        `change` returned what it was given. A `change_id` that was applied before changes nothing: a write that died
        may be done again. A reservation that changes its room type or comes to life needs `rooms`.
        """
        ...

    def reservation(self, reservation_id: str) -> Reservation | None: ...

    def reservation_by_code(self, property_id: str, confirmation_code: str) -> Reservation | None: ...

    def reservations_by_phone(self, property_id: str, phone: str) -> list[Reservation]:
        """Made under that number, newest first."""
        ...

    def reservations_of(self, session_id: str) -> list[Reservation]:
        """Made in that conversation, newest first."""
        ...

    def lapsed_holds(self, property_id: str, now: datetime, limit: int = 100) -> list[Reservation]:
        """Holds whose time is over, longest first. `expire_holds` lets go of them."""
        ...


def expire_holds(store: Reservations, property_id: str, now: datetime) -> list[Reservation]:
    """Let go of the rooms of all holds whose time is over; who is confirmed in the same moment keeps his."""
    changed = [
        store.change_reservation(hold.reservation_id, lambda r: r.lapsed(now))
        for hold in store.lapsed_holds(property_id, now)
    ]
    return [r for r in changed if r is not None and r.status == "expired"]


class Records(Protocol):
    """Guests, messages, service requests, callbacks, texts, deliveries and payments: each under an id of its own.

    Which fields one may be found by stands in `kinds.py`; another raises ValueError.
    """

    def record(self, kind: type[R], key: str) -> R | None: ...

    def change_record(self, kind: type[R], key: str, change: Callable[[R | None], R | None]) -> R | None:
        """Run `change` on the record as it is, store what it returns (None: leave it as it is), return what is now."""
        ...

    def records(self, kind: type[R], *, limit: int = 100, **equals: str) -> list[R]:
        """Those whose fields have these values, newest first."""
        ...

    def due_records(self, kind: type[R], now: datetime, limit: int = 100) -> list[R]:
        """Of all hotels, those that still wait and whose moment has come, longest waiting first."""
        ...


class Locks(Protocol):
    """Failed verifications, counted so that rivals cannot count past each other."""

    def locks(self, keys: Sequence[str]) -> list[Lock]:
        """One per key, in that order; an empty one where nothing failed."""
        ...

    def change_locks(self, keys: Sequence[str], change: Callable[[list[Lock]], Iterable[Lock]]) -> list[Lock]:
        """Run `change` on all of them as they are, store what it returns, return what is now, as `locks` does."""
        ...


class Store(Sessions, Turns, Ledger, Leads, Inventory, Reservations, Records, Locks, Protocol):
    def close(self) -> None: ...
