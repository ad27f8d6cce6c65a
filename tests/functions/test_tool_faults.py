"""Every tool that writes, in processes that die: right after each write, and before the next, over every store.

Whoever is asked then, under the same id or a new one, leaves things as if nobody had died: a minute and a half later,
since a text that may have been sent is not sent again before. A tool that writes and is not here fails a test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from nightdesk.conversation import Session
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Callback, Guest, Message, ServiceRequest, Text
from nightdesk.hotel.reservations import Payment
from nightdesk.hotel.telephony import FakeTelephony
from nightdesk.tools import TOOLBOX
from nightdesk.tools.registry import Access

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID, Clock, _opened
from .test_booking_faults import HOTEL, MOST_WRITES, SUITE, World, booked


@dataclass(frozen=True)
class Wish:
    """A tool, what it is asked, what is there afterwards (of one thing, one), and what it needs before.

    `is_survey`: it is for calls that the hotel places to ask how a stay was.
    """

    tool: str
    asked: dict[str, Any]
    made: Callable[[World], Any]
    proof: bool = False
    is_survey: bool = False


def of(kind: type, *fields: str) -> Callable[[World], Any]:
    def made(world: World) -> Any:
        [one] = world.store.records(kind, session_id=SESSION_ID)
        return tuple(getattr(one, name) for name in fields)

    return made


def lead(world: World) -> Any:
    [one] = world.store.leads(SESSION_ID)
    return one.name, one.phone


def reservation(world: World) -> Any:
    one = world.only()
    nights = world.store.taken(HOTEL, one.check_in, one.check_out)
    return one.status, len(one.nights), one.version, len(nights)


def text(world: World) -> Any:
    [one] = world.store.records(Text, session_id=SESSION_ID)
    return one.status, len(world.telephony.sent)


def link(world: World) -> Any:
    [payment] = world.store.records(Payment, reservation_id=world.only().reservation_id)
    return payment.status, len(world.provider.checkouts), len(world.telephony.sent)


def of_session(name: str) -> Callable[[World], Any]:
    return lambda world: getattr(world.store.session(SESSION_ID), name)


def told(world: World) -> Any:
    return [guest.may_call for guest in world.store.records(Guest, property_id=HOTEL, phones=CALLER)]


def rated(world: World) -> Any:
    return of(OutboundCall, "rating", "comment")(world), of(Message, "urgent")(world)


LEAD = {"name": "Ada", "name_confirmed": True, "phone_source": "caller_line"}
TOWELS = {"service": "housekeeping", "room": "203", "details": "two towels"}
CALL_BACK = {"when": "tomorrow", "time": "15:00", "reason": "a cot", "phone_source": "caller_line"}
WISHES = {
    "create_reservation": Wish("create_reservation", SUITE, reservation),
    "modify_reservation": Wish("modify_reservation", {"check_out": "2026-11-30"}, reservation, proof=True),
    "cancel_reservation": Wish("cancel_reservation", {"confirm": True, "quoted_fee_cents": 0}, reservation, proof=True),
    "generate_payment_link": Wish("generate_payment_link", {"send_by": "sms"}, link, proof=True),
    "create_lead": Wish("create_lead", LEAD, lead),
    "take_message": Wish("take_message", {"for_whom": "Bo", "message": "Hi"}, of(Message, "for_whom", "text")),
    "request_service": Wish("request_service", TOWELS, of(ServiceRequest, "room", "details")),
    "schedule_callback": Wish("schedule_callback", CALL_BACK, of(Callback, "phone", "status", "reason")),
    "send_sms": Wish("send_sms", {"template": "directions"}, text),
    "set_language": Wish("set_language", {"language": "es"}, of_session("language")),
    "handle_ivr_menu": Wish("handle_ivr_menu", {"keys": "2075550199"}, of_session("keypad_phone")),
    "stop_calls": Wish("stop_calls", {}, told),
    "record_feedback": Wish("record_feedback", {"rating": 2, "comment": "Cold water"}, rated, is_survey=True),
}


def test_every_tool_that_writes_is_here() -> None:
    assert set(WISHES) == {tool.name for tool in TOOLBOX.tools.values() if tool.access is Access.WRITE}


def world_over(store: Store, clock: Clock, *, is_survey: bool = False) -> World:
    session = Session(SESSION_ID, HOTEL, "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", clock())
    if is_survey:
        session = replace(session, direction="outbound", purpose="satisfaction")
        call = OutboundCall("out_1", HOTEL, SESSION_ID, clock(), clock(), "satisfaction", CALLER, CALLED, "en", clock())
        store.change_record(OutboundCall, call.outbound_id, lambda _: call)
    store.change_session(SESSION_ID, lambda _: session)
    return World(store, clock, MemoryPayments(), FakeTelephony(), count(1))


@pytest.fixture
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """Empty stores of a kind, as many as are asked for."""
    opened: list[Iterator[Store]] = []

    def store(kind: str) -> Store:
        if kind == "firestore":
            return fresh_firestore(request)
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        opened.append(_opened(kind, request, folder))
        return next(opened[-1])

    yield store
    for one in opened:
        next(one, None)


def fresh_firestore(request: pytest.FixtureRequest) -> Store:
    """Another project over the connection of the fixture's."""
    from uuid import uuid4

    from nightdesk.hotel.store_firestore import FirestoreStore

    request.getfixturevalue("firestore")
    return FirestoreStore(f"t-{uuid4().hex[:12]}", "(default)")


@pytest.mark.parametrize("kind", ["memory", "sqlite", "firestore"])
@pytest.mark.parametrize("name", WISHES)
def test_who_dies_after_any_write_leaves_one_thing_done_once(
    kind: str, name: str, stores: Callable[[str], Store], clock: Clock
) -> None:
    wish = WISHES[name]
    undisturbed = world_over(stores("memory"), clock, is_survey=wish.is_survey)
    proof = booked(undisturbed) if wish.proof else {}
    undisturbed.process().asks(wish.tool, "call_0", {**wish.asked, **proof})
    wanted = wish.made(undisturbed)
    ways = [(at_once, new_id) for at_once in (False, True) for new_id in (False, True)]
    for writes in range(MOST_WRITES):
        died = False
        # Over the real stores, one way for each write: they take turns.
        for at_once, new_id in ways if kind == "memory" else [ways[(writes + len(name)) % 4]]:
            world = world_over(stores(kind), clock, is_survey=wish.is_survey)
            proof = booked(world) if wish.proof else {}
            world.wish(wish.tool, {**wish.asked, **proof}, writes, new_id, at_once, later_s=90)
            died = died or world.died > 0
            assert wish.made(world) == wanted, (writes, at_once, new_id)
            world.store.close()
        if not died:
            break
    assert not died, "there are more writes than are looked at"
    assert writes > 2, "claimed, done and settled is the least"
