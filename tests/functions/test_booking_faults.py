"""The tools about reservations in processes that die: between any two writes, and asked again in either way.

Each wish ends as if nothing had happened: one room, one change, one fee, one link, one text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from nightdesk import config
from nightdesk.bootstrap import House
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Message, Text
from nightdesk.hotel.reservations import Payment, Reservation
from nightdesk.hotel.store_sqlite import SqliteStore
from nightdesk.hotel.telephony import FakeTelephony
from nightdesk.ledger import Asked
from nightdesk.runner import ToolRunner
from nightdesk.sinks import MemoryPublisher
from nightdesk.tools import TOOLBOX

from .conftest import CALL_SID, CALLED, CALLER, ENVIRONMENT, SESSION_ID, Clock

HOTEL = "west-bethel-motel"
SUITE = {
    "room_type": "suite",
    "last_name": "Davis",
    "check_in": "2026-11-27",
    "check_out": "2026-11-29",
    "adults": 2,
    "rate_plan": "non_refundable",
}
MOST_WRITES = 12


class Died(BaseException):
    """The process is gone: whatever it still tries to write is not written."""


class Dying:
    """A store as a process sees it that dies after so many writes: right after the last, or before the next one, when
    what is done between them (a text is sent, a page is made) has happened already.
    """

    def __init__(self, store: Store, writes: int, at_once: bool) -> None:
        self._store, self.left, self._at_once = store, writes, at_once

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._store, name)
        if not name.startswith(("change_", "put_", "book")):
            return method

        def write(*arguments: Any, **named: Any) -> Any:
            if self.left <= 0:
                raise Died
            self.left -= 1
            done = method(*arguments, **named)
            if self._at_once and not self.left:
                raise Died
            return done

        return write


@dataclass
class World:
    store: Store
    clock: Clock
    provider: MemoryPayments
    telephony: FakeTelephony
    ids: Any
    died: int = 0

    def process(self, writes: int | None = None, at_once: bool = False) -> "Process":
        store: Any = self.store if writes is None else Dying(self.store, writes, at_once)
        settings = config.load("tools", {**ENVIRONMENT, "SQLITE_PATH": "unused"})
        house = House(
            settings,
            clock=self.clock,
            store=store,
            publisher=MemoryPublisher(),
            telephony=self.telephony,
            payments=self.provider,
        )
        return Process(self, house)

    def wish(
        self,
        tool: str,
        arguments: dict[str, Any],
        dies_after: int,
        new_id: bool,
        at_once: bool = False,
        later_s: int = 15,
    ) -> dict[str, Any]:
        """One wish: a process dies over it, and another is asked. Returns the answer's result."""
        name = f"call_{next(self.ids)}"
        try:
            result = self.process(dies_after, at_once).asks(tool, name, arguments)
        except Died:
            self.died += 1
            assert dies_after < MOST_WRITES - 1, "there are more writes than are looked at"
            self.clock.forward(seconds=later_s)  # what it had claimed is free by then
            return self.process().asks(tool, f"call_{next(self.ids)}" if new_id else name, arguments)
        assert dies_after > 1, "nobody has died"
        return result

    @property
    def reservations(self) -> list[Reservation]:
        return self.store.reservations_of(SESSION_ID)

    def only(self) -> Reservation:
        [one] = self.reservations
        return one


@dataclass
class Process:
    world: World
    house: House

    def asks(self, tool: str, tool_call_id: str, arguments: dict[str, Any]) -> dict[str, Any]:
        session = self.world.store.session(SESSION_ID)
        assert session is not None
        hotel = self.house.properties.by_id[HOTEL]
        asked = Asked(SESSION_ID, 1, 1, tool_call_id, arguments)
        settled = ToolRunner(self.house).run(TOOLBOX.tools[tool], session, hotel, asked)
        assert settled.answer["ok"], settled.answer
        return dict(settled.answer["result"])


@pytest.fixture(params=["memory", "sqlite"])
def world(request: pytest.FixtureRequest, tmp_path: Any, clock: Clock) -> Any:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "n.sqlite3")
    session = Session(SESSION_ID, HOTEL, "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", clock())
    store.change_session(SESSION_ID, lambda _: session)
    yield World(store, clock, MemoryPayments(), FakeTelephony(), count(1))
    store.close()


def booked(world: World) -> dict[str, Any]:
    """A booking; returns the proof that opens it."""
    made = world.process().asks("create_reservation", f"call_{next(world.ids)}", SUITE)
    return {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}


@pytest.mark.parametrize("new_id", [False, True], ids=["same id", "new id"])
class TestWhoDies:
    """Each story is told once for every write after which the first process may die, on a store of its own."""

    @pytest.mark.parametrize("writes", range(MOST_WRITES))
    def test_a_booking_is_one(self, world: World, writes: int, new_id: bool) -> None:
        result = world.wish("create_reservation", SUITE, writes, new_id)
        assert result["confirmation_code"] == world.only().confirmation_code
        assert len(world.store.taken(HOTEL, world.only().check_in, world.only().check_out)) == 2

    @pytest.mark.parametrize("writes", range(MOST_WRITES))
    def test_a_change_is_made_once(self, world: World, writes: int, new_id: bool) -> None:
        proof = booked(world)
        before = world.only()
        result = world.wish("modify_reservation", {**proof, "check_out": "2026-11-30"}, writes, new_id)
        after = world.only()
        assert (result["nights"], len(after.nights), after.version) == (3, 3, before.version + 1)

    @pytest.mark.parametrize("writes", range(MOST_WRITES))
    def test_a_cancellation_is_one_with_one_message(self, world: World, writes: int, new_id: bool) -> None:
        proof = booked(world)
        name = world.only().reservation_id
        world.store.change_reservation(name, lambda r: r.with_payment("p", 60000, 0).confirmed(world.clock()))
        fee = world.process().asks("cancel_reservation", f"call_{next(world.ids)}", proof)["fee_cents"]
        said = {**proof, "confirm": True, "quoted_fee_cents": fee}
        result = world.wish("cancel_reservation", said, writes, new_id)
        after = world.only()
        assert (result["status"], after.status, after.cancellation_fee_cents) == ("cancelled", "cancelled", fee)
        assert result["refund_cents"] == 60000 - fee
        assert len(world.store.records(Message, session_id=SESSION_ID)) == 1

    @pytest.mark.parametrize("writes", range(MOST_WRITES))
    def test_a_link_is_one_and_is_texted_once(self, world: World, writes: int, new_id: bool) -> None:
        proof = booked(world)
        result = world.wish("generate_payment_link", {**proof, "send_by": "sms"}, writes, new_id)
        [payment] = world.store.records(Payment, reservation_id=world.only().reservation_id)
        assert (result["payment_id"], payment.amount_cents) == (payment.payment_id, world.only().due_cents)
        assert len(world.provider.checkouts) == 1
        assert len(world.telephony.sent) == 1
        [text] = world.store.records(Text, session_id=SESSION_ID)
        assert text.status == "sent"
