"""A hotel's slots for calls at once, and the calls of one number, over every store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from nightdesk.conversation import Session
from nightdesk.hotel.ports import Slots, Store

from .conftest import CALLER
from .stored import NOW

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def a_call(session_id: str, property_id: str = "motel") -> Session:
    return Session(session_id, property_id, "voice", "inbound", "en", "CA1", CALLER, "+12072203501", "A", NOW)


def slots(count: int, minutes: int = 0, property_id: str = "motel") -> Slots:
    now = NOW + timedelta(minutes=minutes)
    return Slots(property_id, count, now, now + HALF_AN_HOUR)


def opened(store: Store, session_id: str, wanted: Slots) -> Session:
    """A call that takes a slot where there is one, and is refused where not."""

    def take(session: Session | None, free: int | None) -> Session | None:
        if session is not None:
            return None
        begun = a_call(session_id, wanted.property_id)
        return replace(begun, refused="busy") if free is None else replace(begun, slot=free)

    session = store.open_session(session_id, wanted, take)
    assert session is not None
    return session


def test_a_call_too_many_finds_no_slot(store: Store) -> None:
    taken = [opened(store, name, slots(2)).slot for name in ("a", "b")]
    assert sorted(number for number in taken if number is not None) == [0, 1]
    assert opened(store, "c", slots(2)).refused == "busy"
    assert opened(store, "d", slots(2, property_id="other")).slot is not None
    assert opened(store, "e", slots(3)).slot == 2


def test_of_many_slots_the_last_one_is_found(store: Store) -> None:
    taken = {opened(store, f"s{number}", slots(25)).slot for number in range(25)}
    assert taken == set(range(25))
    assert opened(store, "one more", slots(25)).slot is None


def test_a_call_that_asks_again_keeps_its_slot_and_takes_no_other(store: Store) -> None:
    first = opened(store, "a", slots(2))
    told: list[int | None] = []

    def again(session: Session | None, free: int | None) -> Session | None:
        told.append(free)
        return replace(session, attempt=2) if session else None

    assert store.open_session("a", slots(2), again) == replace(first, attempt=2)
    assert told == [None]
    assert opened(store, "b", slots(2)).slot is not None


def test_a_call_that_wants_no_slot_takes_none(store: Store) -> None:
    kiosk = replace(a_call("kiosk"), channel="kiosk")
    assert store.open_session("kiosk", slots(1), lambda session, free: kiosk) == kiosk
    assert store.open_session("nobody", slots(1), lambda session, free: None) is None
    assert opened(store, "a", slots(1)).slot == 0


def test_a_change_that_fails_takes_no_slot(store: Store) -> None:
    def fails(session: Session | None, free: int | None) -> Session | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.open_session("a", slots(1), fails)
    assert store.session("a") is None
    assert opened(store, "b", slots(1)).slot == 0


def test_a_slot_is_free_again_after_the_call_and_only_once(store: Store) -> None:
    first = opened(store, "a", slots(1))
    store.free_slot(first)
    second = opened(store, "b", slots(1))
    assert second.slot == 0
    store.free_slot(first)  # late, and not its own any more
    assert opened(store, "c", slots(1)).slot is None
    store.free_slot(second)
    store.free_slot(second)
    assert opened(store, "d", slots(1)).slot == 0


def test_who_has_no_slot_frees_none(store: Store) -> None:
    opened(store, "a", slots(1))
    store.free_slot(a_call("kiosk"))
    store.free_slot(replace(a_call("b"), slot=0))
    store.free_slot(replace(a_call("c"), slot=7))
    assert opened(store, "d", slots(1)).slot is None


def test_a_slot_is_free_again_by_time(store: Store) -> None:
    opened(store, "a", slots(1))
    assert opened(store, "b", slots(1, minutes=29)).slot is None
    assert opened(store, "c", slots(1, minutes=30)).slot == 0
    store.free_slot(replace(a_call("a"), slot=0))  # the first call's end comes at last
    assert opened(store, "d", slots(1, minutes=31)).slot is None


def test_rivals_for_the_last_slots_are_given_each_one_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: opened(store, f"s{number}", slots(5)), range(12)))
    assert sorted(session.slot for session in found if session.slot is not None) == [0, 1, 2, 3, 4]
    assert sum(session.refused == "busy" for session in found) == 7


def test_the_calls_that_were_taken_from_a_number_come_newest_first(store: Store) -> None:
    calls = {"old": {}, "new": {}, "refused": {"refused": "busy"}, "else": {"caller_id": "+12075550000"}, "newest": {}}
    for minutes, (name, changes) in enumerate(calls.items()):
        session = replace(a_call(name), start_time=NOW + timedelta(minutes=minutes), **changes)  # type: ignore[arg-type]
        store.change_session(name, lambda _, s=session: s)  # type: ignore[misc]

    def names(minutes: int, limit: int = 10, property_id: str = "motel") -> list[str]:
        since = NOW + timedelta(minutes=minutes)
        return [s.session_id for s in store.calls_taken(property_id, CALLER, since, limit)]

    assert names(0) == ["newest", "new", "old"]
    assert names(1) == ["newest", "new"]
    assert names(0, limit=2) == ["newest", "new"]
    assert names(0, property_id="other") == []
