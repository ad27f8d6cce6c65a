"""Conversations, leads and bookings of a guest, as a store has them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from nightdesk import guests, properties
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import LedgerChange, Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Callback, Message, ServiceRequest, Text
from nightdesk.hotel.reservations import Reservation
from nightdesk.tokens import session_id_of_call

from .conftest import CALLER

MOTEL = properties.load().by_id["west-bethel-motel"]
CASA = properties.load().by_id["hotel-casa-alondra"]
START = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
OTHER = "+12075550199"


def a_session(n: int = 1, caller: str = CALLER, hotel: Any = MOTEL, **more: Any) -> Session:
    fields: dict[str, Any] = {
        "session_id": session_id_of_call(f"call {n}"),
        "property_id": hotel.property_id,
        "channel": "voice",
        "direction": "inbound",
        "language": "en",
        "call_sid": f"CA{n}",
        "caller_id": caller,
        "called": hotel.phone_numbers[0],
        "stir": "A",
        "start_time": START + timedelta(minutes=n),
    }
    return Session(**{**fields, **more})


def a_lead(session: Session, **more: Any) -> Lead:
    fields: dict[str, Any] = {
        "lead_id": f"lead_{session.session_id}",
        "session_id": session.session_id,
        "property_id": session.property_id,
        "created_at": START,
        "name": "Ann Marie Lee",
        "name_confirmed": True,
        "phone": CALLER,
        "phone_source": "caller_line",
    }
    return Lead(**{**fields, **more})


def booked(store: Store, session: Session, name: str, days: int = 7, phone: str = CALLER) -> Reservation:
    stay = Stay(date(2026, 11, 20) + timedelta(days=days), date(2026, 11, 22) + timedelta(days=days), 2, 0, 1)
    books = OwnBooks(MOTEL, store, lambda: START)
    wanted = Booking(
        f"reservation_{name}",
        session.session_id,
        stay,
        "suite",
        "Lee",
        first_name="Ann",
        phone=phone,
        phone_source="caller_line",
        email="ann@example.com",
        language="en",
    )
    return books.hold(wanted)


def a_history(store: Store) -> tuple[Session, Reservation, Reservation]:
    """A guest with a call in which everything was left that can be, a stay that is over and one to come."""
    session = a_session(transcription="user: I am Ann Lee", keypad_phone=OTHER, keypad_code="12345678")
    sid, hotel_id = session.session_id, MOTEL.property_id
    store.change_session(sid, lambda _: session)
    store.put_turn(sid, Turn(1, 1, "user", "I am Ann Lee", START))
    call = ToolCall("call_1", "create_lead", {"name": "Ann Lee"}, "d", "m", 1, 1, START, finished_at=START)
    answers = [{"ok": True, "result": {"name": "Ann Lee"}}, {"ok": False, "error": {"code": "x", "say": "Ann Lee"}}]
    entries = tuple(replace(call, tool_call_id=f"call_{n}", answer=answer) for n, answer in enumerate(answers))
    store.change_ledger(sid, lambda _: LedgerChange(None, put=entries))
    store.put_lead(a_lead(session, notes="Ann Lee wants a suite"))
    store.change_record(
        Message, "m1", lambda _: Message("m1", hotel_id, sid, START, "Bo", "from Ann Lee", phone=CALLER)
    )
    request = ServiceRequest("s1", hotel_id, sid, START, "cot", "for Ann Lee", "203", START, CALLER)
    store.change_record(ServiceRequest, "s1", lambda _: request)
    callback = Callback("c1", hotel_id, sid, START, START, CALLER, "caller_line", "Ann Lee asks", "Ann Lee")
    store.change_record(Callback, "c1", lambda _: callback)
    text = Text("t1", hotel_id, sid, START, CALLER, "callback", "Dear Ann Lee", status="sent")
    store.change_record(Text, "t1", lambda _: text)
    past, coming = booked(store, session, "past"), booked(store, session, "coming", days=30)
    store.change_reservation("reservation_past", lambda r: replace(r, status="checked_out"))
    guests.remember(store, MOTEL, session, [a_lead(session)], [past, coming], START)
    return session, past, coming
