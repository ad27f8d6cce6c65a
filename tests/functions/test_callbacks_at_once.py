"""Promises to call back where several look for them at once, or one dies over them: nobody is called twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from nightdesk.bootstrap import House
from nightdesk.callbacks import Callbacks
from nightdesk.config import Settings
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Callback
from nightdesk.hotel.telephony import CallOrder, FakeTelephony
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLED, CALLER, ORIGIN, Clock
from .outbound_house import HOTEL, CallingHouse, house
from .promises import MOTEL, ends, now, promised

__all__ = ["house"]


def test_one_number_is_called_once_at_a_time_whoever_asks(any_store: Store, clock: Clock) -> None:
    """Two promises of one moment, each with its own task."""
    ids = ["callback_0", "callback_1"]
    for callback_id in ids:
        promised(any_store, clock, callback_id=callback_id)
    telephony = SlowTelephony()
    rivals = [Callbacks(a_house(any_store, clock, telephony)) for _ in ids]
    with ThreadPoolExecutor(len(ids)) as pool:
        kept = list(pool.map(lambda rival, callback_id: rival.place(callback_id), rivals, ids))
    assert len(telephony.placed) == 1
    assert sorted((k.placed, k.waiting) for k in kept) == [(0, 1), (1, 0)]


class SlowTelephony(FakeTelephony):
    """Takes its time, so that rivals meet."""

    meeting = threading.Event()

    def start_call(self, order: CallOrder) -> str:
        self.meeting.wait(0.05)
        return super().start_call(order)


def a_house(store: Store, clock: Clock, telephony: FakeTelephony) -> House:
    settings = Settings(target="jobs", webhook_origin=ORIGIN)
    return House(settings, clock=clock, store=store, publisher=MemoryPublisher(), telephony=telephony)


def test_two_schedulers_place_one_call(any_store: Store, clock: Clock) -> None:
    promised(any_store, clock)
    telephony = SlowTelephony()
    rivals = [Callbacks(a_house(any_store, clock, telephony)) for _ in range(4)]
    with ThreadPoolExecutor(len(rivals)) as pool:
        kept = list(pool.map(lambda rival: rival.place_due(10, 10.0), rivals))
    assert len(telephony.placed) == 1
    assert sum(k.placed for k in kept) == 1
    callback = any_store.record(Callback, "callback_1")
    assert callback is not None
    assert (callback.status, callback.attempts) == ("calling", 1)
    [call] = any_store.records(OutboundCall, property_id=HOTEL, status="open")
    assert call.outbound_id == callback.outbound_id


def test_so_many_lines_are_taken_by_rivals_too(any_store: Store, clock: Clock) -> None:
    for n in range(8):
        promised(any_store, clock, callback_id=f"callback_{n}", phone=f"+1207555014{n}")
    telephony = SlowTelephony()
    rivals = [Callbacks(a_house(any_store, clock, telephony)) for _ in range(3)]
    with ThreadPoolExecutor(len(rivals)) as pool:
        list(pool.map(lambda rival: rival.place_due(10, 20.0), rivals))
    assert len(telephony.placed) == MOTEL.outbound.concurrent_calls
    assert len({order.to for order in telephony.placed}) == len(telephony.placed)


class Killed(BaseException):
    """The process ends here: nothing in it catches that."""


@pytest.mark.parametrize("moment", ["before the claim", "before the call", "after the call"])
def test_who_dies_while_placing_is_stood_in_for_and_nobody_is_called_twice(
    house: CallingHouse, clock: Clock, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    promised(house.store, clock)

    def die(*_: object, **__: object) -> Any:
        if moment == "after the call":
            house.telephony.start_call(CallOrder(CALLER, CALLED, "", ""))
        raise Killed

    with monkeypatch.context() as dying:
        if moment == "before the claim":
            dying.setattr("nightdesk.callback_rules.claimed", die)
        else:
            dying.setattr("nightdesk.outbound.Outbound._start", die)
        with pytest.raises(Killed):
            house.jobs.post("/jobs/callbacks", {})
    placed = len(house.telephony.placed)
    assert placed == (1 if moment == "after the call" else 0)
    assert house.looks()["placed"] == 0
    clock.forward(minutes=3)
    house.looks()
    if moment == "after the call":  # it rings: nobody calls again
        assert (len(house.telephony.placed), now(house).status) == (1, "calling")
        house.connects(house.open_calls()[0])
        ends(house, "completed")
        assert now(house).status == "done"
        return
    assert now(house).status == "scheduled"
    clock.forward(minutes=5)
    assert house.looks()["placed"] == 1
    assert len(house.telephony.placed) == 1


def test_a_process_that_slept_does_not_call_any_more(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    real = house.store.change_record
    slept = False

    def sleepy(*arguments: Any) -> Any:
        nonlocal slept
        done = real(*arguments)
        if arguments[0] is Callback and not slept:
            slept = True
            clock.forward(minutes=2)
        return done

    house.store.change_record = sleepy  # type: ignore[method-assign,assignment]
    house.looks()
    assert house.telephony.placed == []
    clock.forward(minutes=3)
    house.looks()
    assert now(house).status == "scheduled"
