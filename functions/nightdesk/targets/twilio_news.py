"""What a change of a session is told as: what became of transfers. The session itself has it; here it goes out."""

from __future__ import annotations

from collections.abc import Callable

from nightdesk import events
from nightdesk.bootstrap import House
from nightdesk.conversation import Session


def telling(
    house: House, session_id: str, change: Callable[[Session | None], Session | None]
) -> tuple[Session | None, Session | None]:
    """The session before and after a change, of which is told what is new. A change made twice is told once."""
    was: Session | None = None

    def seen(session: Session | None) -> Session | None:
        nonlocal was
        was = session
        return change(session)

    now = house.store.change_session(session_id, seen)
    tell(house, was, now)
    return was, now


def tell(house: House, was: Session | None, now: Session | None) -> None:
    if now is None:
        return
    for happened in now.transfers[len(was.transfers) if was else 0 :]:
        event = events.of_transfer(now, happened, house.clock())
        house.publish_if_possible(event, timeout_s=1.0)  # the guest is waiting
