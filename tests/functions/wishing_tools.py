"""Tools that fulfil a guest's wish: a room is booked, a stay is changed, a text is sent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nightdesk.errors import NoRoom, Refusal
from nightdesk.hotel.records import Text
from nightdesk.hotel.reservations import Reservation
from nightdesk.ledger import Work
from nightdesk.tools import TOOLBOX
from nightdesk.tools.registry import Outcome

from .conftest import CALLER, SESSION_ID
from .stored import FRIDAY, QUEENS, hold, quote

BOOK = replace(TOOLBOX.tools["create_lead"], name="book", subject="reservation", timeout_s=0.2)
CHANGE = replace(BOOK, name="change", subject="stay", about=("reservation_id",))
SEND = replace(BOOK, name="send", subject="sms", about=("template",))


def work_on(store: Any, what: str, wish: dict[str, Any], clock: Callable[[], datetime]) -> Work:
    """The tools, as tools are written: one call of the store, under the id that this write was given."""

    def book(change_id: str) -> Reservation:
        days, nights = wish["stay"]
        made = hold(f"res_{change_id}", check_in=FRIDAY + timedelta(days=days), nights=nights)
        booked: Reservation = store.book(made, QUEENS)
        return booked

    def change(change_id: str) -> Reservation:
        def changed(r: Reservation) -> Reservation:
            match wish["do"]:
                case "cancel":
                    return r.cancelled(clock(), 0)
                case "add":
                    return replace(r, adults=r.adults + 1)
            days, nights = wish["stay"]
            check_in = FRIDAY + timedelta(days=days)
            check_out = check_in + timedelta(days=nights)
            return replace(r, check_in=check_in, check_out=check_out, quote=quote(nights=nights))

        after: Reservation = store.change_reservation(
            wish["reservation_id"], changed, change_id=change_id, rooms=QUEENS
        )
        return after

    def work(write_id: str, change_id: str) -> Outcome:
        store.begins_to_work()
        if what == "send":
            text = Text(f"text_{change_id}", "motel", SESSION_ID, clock(), CALLER, wish["template"], "...")
            store.change_record(Text, text.text_id, lambda before: before or text)
            return Outcome({"sent": True})
        try:
            reservation = book(change_id) if what == "book" else change(change_id)
        except NoRoom:
            raise Refusal("no_availability", "full") from None
        return Outcome({"reservation_id": reservation.reservation_id}, left=reservation.as_left)

    return work


def stands(store: Any, left: str) -> bool:
    """Whether what a write has left is as it left it."""
    found = store.reservation(left.partition(" ")[0])
    return found is not None and found.as_left == left
