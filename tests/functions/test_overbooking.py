"""Two hundred guests at once for five rooms, from several processes: exactly five get one, and nobody half of one."""

import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nightdesk.errors import NoRoom
from nightdesk.hotel.ports import Store
from nightdesk.hotel.store_sqlite import SqliteStore

from .stored import FRIDAY, hold

ROOMS = ("101", "102", "103", "104", "105")
PROCESSES, GUESTS = 2, 100
NIGHTS = 3

all_are_ready: Any = None  # of a process: the gate at which its guests wait for those of the others


def open_store(kind: str, where: str) -> Store:
    if kind == "sqlite":
        return SqliteStore(where)
    from nightdesk.hotel.store_firestore import FirestoreStore

    return FirestoreStore(where, "(default)", timeout_s=30)  # two hundred callers wait for one emulator


def use_gate(gate: Any) -> None:
    global all_are_ready
    all_are_ready = gate


def guests_of_a_process(kind: str, where: str, process: int) -> dict[str, str]:
    """Each guest is a thread, and all begin at once. By reservation_id: the room, "", or what went wrong."""
    store = open_store(kind, where)
    store.reservation("the connection is made by this")
    outcomes: dict[str, str] = {}

    def guest(number: int) -> None:
        name = f"res_{process}_{number}"
        shift = timedelta(days=number % 2)  # two stays that overlap on two nights
        try:
            outcomes[name] = store.book(hold(name, check_in=FRIDAY + shift, nights=NIGHTS), ROOMS).room
        except NoRoom:
            outcomes[name] = ""
        except Exception as error:
            outcomes[name] = repr(error)

    threads = [threading.Thread(target=guest, args=(number,)) for number in range(GUESTS)]
    all_are_ready.wait(60)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    return outcomes


def rush(kind: str, where: str) -> dict[str, str]:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, use_gate, (gate,)) as pool:
        parts = [pool.submit(guests_of_a_process, kind, where, number) for number in range(PROCESSES)]
        return {name: outcome for part in parts for name, outcome in part.result(timeout=100).items()}


@pytest.fixture(params=["sqlite", "firestore"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    if request.param == "sqlite":
        return "sqlite", str(tmp_path / "rush.sqlite3")
    store = request.getfixturevalue("firestore")
    return "firestore", store._client.project


def test_two_hundred_at_once_for_five_rooms_leave_five_reservations(place: tuple[str, str]) -> None:
    outcomes = rush(*place)
    won = {name: room for name, room in outcomes.items() if room}
    assert sorted(won.values()) == list(ROOMS), Counter(outcomes.values())
    store = open_store(*place)
    taken = store.taken("motel", FRIDAY - timedelta(days=9), FRIDAY + timedelta(days=9))
    kept = [store.reservation(name) for name in won]
    assert {night for r in kept if r is not None for night in r.taken} == taken
    assert len(taken) == len(ROOMS) * NIGHTS
    assert len({r.confirmation_code for r in kept if r is not None}) == len(ROOMS)
    assert [name for name in outcomes if name not in won and store.reservation(name) is not None] == []
    store.close()
