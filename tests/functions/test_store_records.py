"""Records under an id and locks, over every store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nightdesk.hotel.kinds import KINDS
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.ports import Store
from nightdesk.hotel.recordings import Recording, Silence
from nightdesk.hotel.records import BlockedCaller, Callback, Delivery, Guest, Message, ServiceRequest, Text
from nightdesk.hotel.reservations import LOCKED_FOR, Lock, Payment
from nightdesk.hotel.store_sqlite import SqliteStore

from .conftest import CALLER, SESSION_ID
from .stored import NOW

HOME = ("motel", SESSION_ID, NOW)
RECORDS: list[tuple[Any, str]] = [
    (Message("id", *HOME, for_whom="manager", text="call me", urgent=True, phone=CALLER), "message_id"),
    (ServiceRequest("id", *HOME, service="wake_up_call", room="101", due_at=NOW), "request_id"),
    (Callback("id", *HOME, due_at=NOW, phone=CALLER, phone_source="keypad", attempts=2), "callback_id"),
    (Text("id", *HOME, to=CALLER, template="directions", body="Route 2", message_sid="SM1"), "text_id"),
    (Delivery("id", *HOME, target="crm", event_type="lead", body={"a": {"b": [[1], []]}}, due_at=NOW), "delivery_id"),
    (
        Guest("id", "motel", NOW, phones=(CALLER, "+12075550143"), preferences={"floor": "high"}, may_text=False),
        "guest_id",
    ),
    (BlockedCaller("id", "motel", NOW, CALLER, "rude", until=NOW, status="lifted", lifted_at=NOW), "key"),
    (
        OutboundCall("id", *HOME, NOW, "reminder", CALLER, "+12072203501", "en", NOW, {"name": "Ada"}, call_sid="CA1"),
        "outbound_id",
    ),
    (
        Recording("id", *HOME, "twilio", "kept", silences=(Silence(NOW, NOW),), url="gs://b/s/RE1.wav", delete_at=NOW),
        "recording_id",
    ),
    (
        Payment(
            *("id", "motel", "res_1", SESSION_ID, NOW, 12900, "USD", "stripe"),
            status="paid",
            paid_at=NOW,
            provider_events=("e1",),
            due_at=NOW,
        ),
        "payment_id",
    ),
]


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def put(store: Store, record: Any) -> None:
    store.change_record(type(record), getattr(record, KINDS[type(record)].key), lambda _: record)


def message(message_id: str, minutes: int = 0, **changes: Any) -> Message:
    made = Message(message_id, "motel", SESSION_ID, NOW + timedelta(minutes=minutes), "manager", "call me")
    return replace(made, **changes)


@pytest.mark.parametrize(("record", "key"), RECORDS, ids=lambda value: type(value).__name__)
def test_every_kind_comes_back_as_it_was(store: Store, record: Any, key: str) -> None:
    kind = type(record)
    assert store.record(kind, "id") is None
    assert store.change_record(kind, "id", lambda before: record if before is None else None) == record
    assert store.record(kind, "id") == record
    assert store.change_record(kind, "id", lambda _: None) == record
    assert store.record(kind, "ID") is None


@pytest.mark.parametrize(("record", "key"), RECORDS, ids=lambda value: type(value).__name__)
def test_every_question_that_may_be_asked_is_answered(store: Store, record: Any, key: str) -> None:
    kind, how = type(record), KINDS[type(record)]
    put(store, record)
    put(store, replace(record, **{key: "another", "property_id": "x", **{n: _other(record, n) for n in _asked(how)}}))
    for finder in how.finders:
        values = {name: getattr(record, name) for name in finder}
        values.update({name: values[name][1] for name in how.many & finder})
        assert store.records(kind, **values) == [record]
    if how.due:
        assert store.due_records(kind, NOW)[0] == record
        assert store.due_records(kind, NOW - timedelta(seconds=1)) == []


def _asked(how: Any) -> set[str]:
    return {name for finder in how.finders for name in finder} | ({"status"} if how.due else set())


def _other(record: Any, name: str) -> Any:
    return () if isinstance(getattr(record, name), tuple) else "something else"


def test_a_question_that_nobody_foresaw_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="messages cannot be found by urgent"):
        store.records(Message, urgent="yes")
    with pytest.raises(ValueError, match="messages wait for no moment"):
        store.due_records(Message, NOW)


def test_records_come_newest_first(store: Store) -> None:
    for made in (message("b", 1), message("c", 2), message("a", 1), message("else", 9, session_id="sess_other")):
        put(store, made)
    assert [m.message_id for m in store.records(Message, session_id=SESSION_ID)] == ["c", "a", "b"]
    assert [m.message_id for m in store.records(Message, session_id=SESSION_ID, limit=1)] == ["c"]


def test_what_is_done_is_not_found_as_new(store: Store) -> None:
    put(store, message("a"))
    store.change_record(Message, "a", lambda m: replace(m, status="done") if m else None)
    assert store.records(Message, property_id="motel", status="new") == []
    assert len(store.records(Message, property_id="motel", status="done")) == 1


def test_what_is_due_comes_longest_waiting_first_and_only_while_it_waits(store: Store) -> None:
    for name, minutes in (("late", -5), ("later", -1), ("soon", 5)):
        put(store, Callback(name, *HOME, due_at=NOW + timedelta(minutes=minutes), phone=CALLER))
    put(store, Callback("done", *HOME, due_at=NOW, phone=CALLER, status="done"))
    assert [c.callback_id for c in store.due_records(Callback, NOW)] == ["late", "later"]
    assert [c.callback_id for c in store.due_records(Callback, NOW, limit=1)] == ["late"]


def test_a_guest_is_found_by_each_number_and_by_none_that_was_taken_away(store: Store) -> None:
    put(store, Guest("g", "motel", NOW, phones=(CALLER, "+12075550143")))
    put(store, Guest("g", "motel", NOW, phones=("+12075550143",)))
    assert store.records(Guest, property_id="motel", phones=CALLER) == []
    assert [g.guest_id for g in store.records(Guest, property_id="motel", phones="+12075550143")] == ["g"]
    assert store.records(Guest, property_id="other", phones="+12075550143") == []


def test_a_change_that_raises_leaves_the_record_as_it_is(store: Store) -> None:
    put(store, message("a"))

    def fails(_: Message | None) -> Message:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.change_record(Message, "a", fails)
    assert store.record(Message, "a") == message("a")


def test_changes_of_a_record_at_the_same_time_are_all_kept(store: Store) -> None:
    put(store, Callback("c", *HOME, due_at=NOW, phone=CALLER))

    def count(_: int) -> None:
        store.change_record(Callback, "c", lambda c: replace(c, attempts=c.attempts + 1) if c else None)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(12)))
    callback = store.record(Callback, "c")
    assert callback is not None
    assert callback.attempts == 12


def test_an_id_may_have_any_characters(store: Store) -> None:
    for name in ("a/b", "..", "__x__", "ä ö", "a" * 300):
        put(store, message(name))
        assert store.record(Message, name) == message(name)


# locks


def fail(store: Store, *keys: str, times: int = 1) -> list[Lock]:
    for _ in range(times):
        store.change_locks(keys, lambda locks: [lock.failed(NOW) for lock in locks])
    return store.locks(keys)


def test_three_failures_lock_for_a_day(store: Store) -> None:
    assert not any(lock.locked(NOW) for lock in fail(store, "session:s", "caller:+1", times=2))
    [session, caller, other] = [*fail(store, "session:s", "caller:+1"), *store.locks(["reservation:r"])]
    assert session.locked(NOW)
    assert caller.locked(NOW + LOCKED_FOR - timedelta(seconds=1))
    assert not caller.locked(NOW + LOCKED_FOR)
    assert other == Lock("reservation:r")


def test_old_failures_do_not_count() -> None:
    lock = Lock("caller:+1").failed(NOW - timedelta(hours=25)).failed(NOW - timedelta(hours=24)).failed(NOW)
    assert not lock.locked(NOW)
    assert lock.failed(NOW).failed(NOW).locked(NOW)


def test_rivals_cannot_count_past_each_other(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: fail(store, "caller:+1", "reservation:r"), range(8)))
    assert [len(lock.failures) for lock in store.locks(["caller:+1", "reservation:r"])] == [8, 8]


def test_a_change_of_locks_may_leave_them(store: Store) -> None:
    assert store.change_locks(["a", "b"], lambda locks: [lock.failed(NOW) for lock in locks[:1]])[1] == Lock("b")


def test_the_embedded_store_forgets_locks_that_are_over(tmp_path: Path) -> None:
    """Firestore does so by itself: `firestore_indexes.TTL`."""
    store = SqliteStore(tmp_path / "nightdesk.sqlite3")
    fail(store, "caller:+1", "session:s", times=3)
    store.change_locks(["caller:+2"], lambda locks: [lock.failed(NOW + timedelta(hours=23)) for lock in locks])
    assert all(lock.failures for lock in store.locks(["caller:+1", "session:s"]))
    store.change_locks(["caller:+3"], lambda locks: [lock.failed(NOW + timedelta(hours=25)) for lock in locks])
    with store._connection() as connection:
        kept = [key for (key,) in connection.execute("SELECT key FROM verification_locks ORDER BY key")]
    assert kept == ["caller:+2", "caller:+3"]
    store.close()
