"""What was said is kept for the days that the hotel's file names, and then that it was said. Over every store."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nightdesk import conversation_erase, properties, retention
from nightdesk.conversation import Session, Turn
from nightdesk.errors import PublishError
from nightdesk.events import Event
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Retention
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Callback, Delivery, Guest, Message, ServiceRequest, Text
from nightdesk.hotel.store_sqlite import SqliteStore
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLER, SESSION_ID, Clock, Service
from .guest_book import MOTEL, OTHER, START, a_history, a_session

HOTEL = replace(MOTEL, retention=Retention(conversations_days=90))
LATER = START + timedelta(days=91)
RECORDS = (Message, ServiceRequest, Callback, Text, Delivery, OutboundCall)


def nobody(event: Event) -> None:
    """Listens."""


def expire(store: Store, now: Any = LATER, published: list[Event] | None = None) -> retention.Expired:
    return retention.expire(store, HOTEL, now, (published if published is not None else []).append, lambda: True)


def left(store: Store, session_id: str) -> str:
    """All that a store holds of a conversation."""
    records = [store.records(kind, session_id=session_id) for kind in RECORDS]  # type: ignore[type-var]
    said = store.turns(session_id), store.tool_calls(session_id), store.leads(session_id)
    return str((store.session(session_id), said, records))


def a_delivery(session_id: str, **changes: Any) -> Delivery:
    made = Delivery("d1", MOTEL.property_id, session_id, START, "crm", "lead.changed", {"name": "Ann Lee"}, START)
    return replace(made, **changes)


def test_after_its_days_nothing_says_who_the_guest_was_or_what_was_said(any_store: Store) -> None:
    session, *_ = a_history(any_store)
    sid = session.session_id
    any_store.change_record(Delivery, "d1", lambda _: a_delivery(sid, status="dead"))
    published: list[Event] = []
    assert expire(any_store, START + timedelta(days=89), published) == retention.Expired()
    assert "Ann Lee" in left(any_store, sid)
    assert expire(any_store, LATER, published) == retention.Expired(erased=1)
    for trace in ("Ann", "Lee", CALLER, OTHER, "12345678", "'203'"):
        assert trace not in left(any_store, sid), trace
    assert [(event["event_type"], event["session_id"], event["guest"]) for event in published] == [
        ("guest.erased", sid, {"guest_ids": []})
    ]


def test_that_there_was_a_conversation_is_kept_and_so_is_the_guest_and_every_stay(any_store: Store) -> None:
    session, past, coming = a_history(any_store)
    expire(any_store)
    kept = any_store.session(session.session_id)
    assert kept is not None
    assert (kept.start_time, kept.erased_at) == (session.start_time, LATER)
    assert [turn.role for turn in any_store.turns(session.session_id)] == ["user"]
    [guest] = any_store.records(Guest, property_id=MOTEL.property_id, phones=CALLER)
    assert guest.last_name == "Lee"
    for reservation in (past, coming):
        stands = any_store.reservation(reservation.reservation_id)
        assert stands is not None
        assert (stands.last_name, stands.phone) == ("Lee", CALLER)


def test_it_is_done_once(any_store: Store) -> None:
    a_history(any_store)
    published: list[Event] = []
    assert expire(any_store, LATER, published).erased == 1
    assert expire(any_store, LATER + timedelta(days=1), published) == retention.Expired()
    assert len(published) == 1


def test_who_dies_half_way_begins_again(any_store: Store) -> None:
    session, *_ = a_history(any_store)

    def broken(event: Event) -> None:
        raise PublishError("the broker is down")

    failed = retention.expire(any_store, HOTEL, LATER, broken, lambda: True)
    assert failed == retention.Expired(failed=(session.session_id,))
    published: list[Event] = []
    assert expire(any_store, LATER, published).erased == 1
    assert len(published) == 1


def test_what_was_promised_for_later_is_left_until_then(any_store: Store) -> None:
    session, *_ = a_history(any_store)
    due = LATER + timedelta(days=3)
    any_store.change_record(Callback, "c1", lambda c: replace(c, due_at=due) if c else None)
    assert expire(any_store) == retention.Expired(waiting=1)
    assert "Ann Lee" in left(any_store, session.session_id)
    assert expire(any_store, due + timedelta(days=1)).erased == 1
    assert "Ann Lee" not in left(any_store, session.session_id)


def test_a_service_that_is_wanted_later_is_left_too(any_store: Store) -> None:
    a_history(any_store)
    due = LATER + timedelta(days=3)
    any_store.change_record(ServiceRequest, "s1", lambda r: replace(r, due_at=due) if r else None)
    assert expire(any_store).waiting == 1


def many(store: MemoryStore, count: int) -> None:
    for n in range(count):
        session = a_session(session_id=f"sess_{n:03}", start_time=START + timedelta(seconds=n // 3))
        store.change_session(session.session_id, lambda _, s=session: s)  # type: ignore[misc]


def test_those_that_wait_do_not_hold_up_the_others(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_PAGE", 5)
    many(store, 40)
    for n in range(12):
        waits = Callback(f"c{n}", MOTEL.property_id, f"sess_{n:03}", START, LATER + timedelta(days=1), CALLER)
        store.change_record(Callback, waits.callback_id, lambda _, c=waits: c)  # type: ignore[misc]
    assert expire(store) == retention.Expired(erased=28, waiting=12)
    assert expire(store) == retention.Expired(waiting=12)


def test_one_that_cannot_be_erased_does_not_hold_up_the_others(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(store, 5)
    erase = conversation_erase.erase

    def broken(turns: Any, store: Any, session: Session, *more: Any) -> None:
        if session.session_id in ("sess_000", "sess_003"):
            raise KeyError("a document that nobody can read")
        erase(turns, store, session, *more)

    with monkeypatch.context() as patch:
        patch.setattr(conversation_erase, "erase", broken)
        assert expire(store) == retention.Expired(erased=3, failed=("sess_000", "sess_003"))
    assert expire(store) == retention.Expired(erased=2)


def test_when_the_time_is_over_the_rest_is_for_the_next_round(store: MemoryStore) -> None:
    many(store, 10)
    left = iter([True, True, True, False])
    assert retention.expire(store, HOTEL, LATER, nobody, lambda: next(left)).erased == 3
    assert expire(store).erased == 7


def test_nothing_of_it_is_left_in_the_embedded_stores_file(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    store = SqliteStore(path)
    session = a_session(start_time=START)
    store.change_session(session.session_id, lambda _: session)
    for n in range(200):
        store.put_turn(session.session_id, Turn(1, n, "user", f"I am Theodora Winterbottom, {n}", START))
    expire(store)
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Winterbottom" not in path.read_bytes()


def test_another_hotels_are_its_own(any_store: Store) -> None:
    a_history(any_store)
    casa = properties.load(properties.PACKAGED).by_id["hotel-casa-alondra"]
    assert retention.expire(any_store, casa, LATER, nobody, lambda: True) == retention.Expired()


@pytest.mark.parametrize(
    ("delivery", "after"),
    [
        ({"status": "pending"}, ("dead", {})),
        ({"status": "dead"}, ("dead", {})),
        ({"status": "pending", "body": {"about": {"lead_id": "l"}}}, ("pending", {"about": {"lead_id": "l"}})),
        ({"status": "delivered", "body": {}}, ("delivered", {})),
    ],
)
def test_what_other_systems_did_not_take_is_not_sent_any_more(
    store: MemoryStore, delivery: dict[str, Any], after: Any
) -> None:
    many(store, 1)
    store.change_record(Delivery, "d1", lambda _: a_delivery("sess_000", **delivery))
    expire(store)
    [kept] = store.records(Delivery, session_id="sess_000")
    assert (kept.status, kept.body) == after


# by the job


def test_the_job_goes_by_each_hotels_own_days(
    call: Service, jobs: Service, store: MemoryStore, publisher: MemoryPublisher, clock: Clock
) -> None:
    call.turn(2, "user", "My name is Ada Byron")
    clock.forward(days=364)
    assert jobs.post("/jobs/retention", {}).get_json()["conversations"] == 0
    assert store.turns(SESSION_ID)[0].text
    clock.forward(days=2)
    answer = jobs.post("/jobs/retention", {}).get_json()
    assert (answer["conversations"], answer["waiting"], answer["failed"]) == (1, 0, [])
    assert (store.turns(SESSION_ID)[0].text, store.session(SESSION_ID).caller_id) == ("", "")  # type: ignore[union-attr]
    assert [event["event_type"] for event in publisher.events][-1:] == ["guest.erased"]


def test_an_event_that_cannot_be_published_fails_the_round(
    call: Service, jobs: Service, publisher: MemoryPublisher, clock: Clock
) -> None:
    clock.forward(days=366)
    publisher.broken = True
    answer = jobs.post("/jobs/retention", {})
    assert (answer.status_code, answer.get_json()["failed"]) == (503, [SESSION_ID])
    publisher.broken = False
    assert jobs.post("/jobs/retention", {}).get_json()["conversations"] == 1
