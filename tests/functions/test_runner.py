"""A tool that hangs does not hold the call: it is answered in its time; what it does later is not lost, nor doubled."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.memory import MemoryStore
from nightdesk.runner import ToolRunner
from nightdesk.sinks import MemoryPublisher
from nightdesk.tools import TOOLBOX

from .conftest import SESSION_ID, Clock, Service
from .schemas import validator

ENOUGH_S = 10.0
LEAD = {"name": "Ada", "name_confirmed": True, "phone_source": "caller_line"}


class SlowStore(MemoryStore):
    """`put_lead` waits for `gate` the first `slow` times, as a store that does not answer does."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.slow = threading.Event(), 0
        self.written = threading.Event()

    def put_lead(self, lead: Lead) -> None:
        if self.slow:
            self.slow -= 1
            self.gate.wait(ENOUGH_S)
            super().put_lead(lead)
            self.written.set()
        else:
            super().put_lead(lead)


@pytest.fixture
def store() -> Iterator[SlowStore]:
    slow = SlowStore()
    yield slow
    slow.gate.set()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """create_lead has 50 ms."""
    quick = replace(TOOLBOX.tools["create_lead"], timeout_s=0.05)
    monkeypatch.setitem(TOOLBOX.tools, "create_lead", quick)


def ended(name: str = "create_lead") -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(ENOUGH_S)


def test_a_tool_that_hangs_is_answered_and_told_of(call: Service, store: SlowStore, publisher: MemoryPublisher) -> None:
    store.slow = 1
    answer = call.tool("create_lead", **LEAD)
    body = answer.get_json()
    assert answer.status_code == 200
    validator("tool", "refusal").validate(body)
    assert body["error"]["code"] == "timed_out"
    assert "not known whether it was done" in body["error"]["message"]
    assert [e["event_type"] for e in publisher.events] == ["tool.failed"]


def test_what_it_did_in_the_end_is_the_outcome_of_the_next_ask(call: Service, store: SlowStore) -> None:
    store.slow = 1
    assert call.tool("create_lead", "call_1", **LEAD).get_json()["ok"] is False
    store.gate.set()
    ended()
    again = call.tool("create_lead", "call_2", **LEAD).get_json()
    assert (again["ok"], again["replayed"]) == (True, True)
    assert len(store.leads(SESSION_ID)) == 1


def test_another_takes_over_and_with_the_late_one_it_is_still_one_lead(
    call: Service, store: SlowStore, clock: Clock
) -> None:
    store.slow = 1
    assert call.tool("create_lead", "call_1", **LEAD).get_json()["ok"] is False
    clock.forward(seconds=1)
    taken_over = call.tool("create_lead", "call_2", **LEAD, notes="a cot").get_json()
    assert (taken_over["ok"], taken_over["replayed"]) == (True, False)
    store.gate.set()
    assert store.written.wait(ENOUGH_S)
    ended()
    assert [lead.lead_id for lead in store.leads(SESSION_ID)] == [taken_over["result"]["lead_id"]]


def test_a_late_one_does_not_undo_what_the_guest_said_after_it(call: Service, store: SlowStore, clock: Clock) -> None:
    store.slow = 1
    assert call.tool("create_lead", "call_1", **LEAD).get_json()["ok"] is False
    clock.forward(seconds=1)
    assert call.tool("create_lead", "call_2", **{**LEAD, "name": "Ida"}).get_json()["ok"]
    store.gate.set()
    assert store.written.wait(ENOUGH_S)
    ended()
    assert [lead.name for lead in store.leads(SESSION_ID)] == ["Ida"]


def test_one_that_hung_between_two_steps_takes_no_further_step_over_a_later_wish(
    call: Service, store: SlowStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, written = store.turns, []

    def hangs_once(session_id: str) -> Any:
        monkeypatch.setattr(store, "turns", turns)
        store.gate.wait(ENOUGH_S)
        return turns(session_id)

    monkeypatch.setattr(store, "turns", hangs_once)
    monkeypatch.setattr(store, "put_lead", lambda lead: written.append(lead.name))
    assert call.tool("create_lead", "call_1", **LEAD).get_json()["ok"] is False
    clock.forward(seconds=1)
    assert call.tool("create_lead", "call_2", **{**LEAD, "name": "Ida"}).get_json()["ok"]
    store.gate.set()
    ended()
    assert written == ["Ida"]


def test_a_change_that_hung_does_not_move_a_booking_that_was_moved_after_it(
    call: Service, store: SlowStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    modify = TOOLBOX.tools["modify_reservation"]
    stay = {
        "room_type": "suite",
        "last_name": "Davis",
        "check_in": "2026-11-27",
        "check_out": "2026-11-29",
        "adults": 2,
    }
    made = call.tool("create_reservation", "call_0", **stay).get_json()["result"]
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
    locks = store.locks

    def hangs_once(keys: Any) -> Any:
        monkeypatch.setattr(store, "locks", locks)
        store.gate.wait(ENOUGH_S)
        return locks(keys)

    monkeypatch.setattr(store, "locks", hangs_once)
    monkeypatch.setitem(TOOLBOX.tools, "modify_reservation", replace(modify, timeout_s=0.05))
    three = call.tool("modify_reservation", "call_1", **proof, check_out="2026-11-30").get_json()
    assert three["error"]["code"] == "timed_out"
    monkeypatch.setitem(TOOLBOX.tools, "modify_reservation", modify)
    clock.forward(seconds=modify.timeout_s)
    assert (
        call.tool("modify_reservation", "call_2", **proof, check_out="2026-12-01").get_json()["result"]["nights"] == 4
    )
    store.gate.set()
    ended("modify_reservation")
    [kept] = store.reservations_of(SESSION_ID)
    assert len(kept.nights) == 4


def test_one_that_hung_goes_on_where_nothing_else_was_wished(
    call: Service, store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = store.turns

    def hangs_once(session_id: str) -> Any:
        monkeypatch.setattr(store, "turns", turns)
        store.gate.wait(ENOUGH_S)
        return turns(session_id)

    monkeypatch.setattr(store, "turns", hangs_once)
    assert call.tool("create_lead", "call_1", **LEAD).get_json()["ok"] is False
    store.gate.set()
    ended()
    assert [lead.name for lead in store.leads(SESSION_ID)] == ["Ada"]


def test_a_process_in_which_too_much_hangs_says_that_it_is_unwell(
    call: Service, store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call.client.get("/health").status_code == 200
    monkeypatch.setattr(ToolRunner, "is_well", False)
    assert call.client.get("/health").status_code == 503


def test_every_port_that_a_tool_asks_for_is_there() -> None:
    from nightdesk import bootstrap
    from nightdesk.config import Settings

    house = bootstrap.House(Settings("tools"))
    known = set(ToolRunner(house)._ports(None))  # type: ignore[arg-type]
    for tool in TOOLBOX.tools.values():
        assert set(tool.ports.values()) <= known, tool.name
