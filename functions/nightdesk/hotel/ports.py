"""What the functions need of a store, split by who needs it. `memory.py` is the fake, `store_sqlite.py` embedded.

Everything that several functions may do at once is a pure change run inside a transaction: the change may be called
again when somebody else was faster. All methods raise StoreError when the store cannot be reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.model import Lead

T = TypeVar("T")


class Sessions(Protocol):
    def session(self, session_id: str) -> Session | None: ...

    def change_session(self, session_id: str, change: Callable[[Session | None], Session | None]) -> Session | None:
        """Run `change` on the session as it is, store what it returns (None: leave it as it is), return what is now."""
        ...

    def apply_event(
        self, event_id: str, session_id: str, change: Callable[[Session | None], Session | None]
    ) -> Session | None:
        """`change_session`, but only the first time that this event_id comes."""
        ...

    def active_sessions(self, property_id: str, since: datetime) -> int:
        """How many calls of a hotel are running that began after `since`."""
        ...

    def unfinished_sessions(self, limit: int) -> list[Session]:
        """Sessions whose conversation.ended is not published yet, oldest first."""
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
        """Store a lead under its id; the same id again replaces it, keeping when it was created."""
        ...

    def leads(self, session_id: str) -> list[Lead]: ...


class Inventory(Protocol):
    """Rooms taken: one record per room type, room number and night. What is not recorded is free."""

    def taken(self, property_id: str, first: date, end: date) -> set[tuple[str, str, date]]:
        """(room_type, room, night) of every night from `first` up to, not including, `end`."""
        ...

    def take(self, property_id: str, room_type: str, room: str, nights: Sequence[date], taken_by: str) -> bool:
        """Take a room for all the nights or for none: False when any of them is taken by another."""
        ...


class Store(Sessions, Turns, Ledger, Leads, Inventory, Protocol):
    def close(self) -> None: ...
