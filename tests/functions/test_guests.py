"""Guests: known by their numbers, at one hotel; merged, and asked for consent. Over every store."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from nightdesk import events, guests
from nightdesk.conversation import Session
from nightdesk.errors import NotFound
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Guest

from .conftest import CALLER, Clock, Service
from .guest_book import CASA, MOTEL, OTHER, START, a_history, a_lead, a_session, booked

# what is learnt of a call


def test_a_caller_is_known_from_the_second_call_on(any_store: Store) -> None:
    first, second = a_session(1), a_session(2, language="es")
    assert guests.find(any_store, MOTEL.property_id, CALLER) is None
    guests.remember(any_store, MOTEL, first, [a_lead(first, room_type="suite")], [], START)
    guests.remember(any_store, MOTEL, second, [], [], START)
    guest = guests.find(any_store, MOTEL.property_id, CALLER)
    assert guest is not None
    assert (guest.first_name, guest.last_name, guest.name_confirmed) == ("Ann Marie", "Lee", True)
    assert (guest.calls, guest.language, guest.last_call_at) == (2, "es", second.start_time)
    assert guest.preferences == {"room": "Suite"}


def test_the_same_call_told_twice_or_late_counts_once(any_store: Store) -> None:
    for session in (a_session(2), a_session(2), a_session(1)):
        guests.remember(any_store, MOTEL, session, [], [], START)
    guest = guests.find(any_store, MOTEL.property_id, CALLER)
    assert guest is not None
    assert guest.calls == 1


def test_a_name_that_was_not_confirmed_is_not_kept(any_store: Store) -> None:
    session = a_session()
    guest = guests.remember(any_store, MOTEL, session, [a_lead(session, name_confirmed=False)], [], START)
    assert guest is not None
    assert (guest.first_name, guest.last_name, guest.name_confirmed) == ("", "", False)


def test_stays_and_what_was_wished_are_kept(any_store: Store) -> None:
    session = a_session()
    made = booked(any_store, session, "r1")
    guest = guests.remember(any_store, MOTEL, session, [], [made], START)
    assert guest is not None
    assert guest.stays == ("reservation_r1",)
    assert guest.preferences == {"room": "Suite", "pets": "comes with a pet"}
    assert guest.email == "ann@example.com"


@pytest.mark.parametrize("session", [a_session(caller=""), a_session(refused="busy")], ids=["withheld", "refused"])
def test_nobody_is_remembered_without_a_number_or_a_call(any_store: Store, session: Session) -> None:
    assert guests.remember(any_store, MOTEL, session, [], [], START) is None


def test_what_one_hotel_knows_the_other_does_not(any_store: Store) -> None:
    session = a_session()
    guests.remember(any_store, MOTEL, session, [a_lead(session)], [], START)
    assert guests.find(any_store, CASA.property_id, CALLER) is None


def test_a_call_that_ended_is_remembered_by_the_event(event_sink: Service, store: MemoryStore, clock: Clock) -> None:
    session = a_session(start_time=clock())
    store.change_session(session.session_id, lambda _: session)
    store.put_lead(a_lead(session))
    event = events.event(
        events.CONVERSATION_ENDED,
        session_id=session.session_id,
        property_id=session.property_id,
        writer="",
        n="",
        now=clock(),
        summary={"duration_seconds": 60, "messages_count": 2, "function_calls": 1, "outcome": "lead_created"},
    )
    for _ in range(2):
        assert event_sink.push(event).status_code == 204
    guest = guests.find(store, MOTEL.property_id, CALLER)
    assert guest is not None
    assert (guest.calls, guest.last_name) == (1, "Lee")


# two records of one person


def test_two_first_calls_at_once_become_one_guest(any_store: Store) -> None:
    for n in (1, 2):
        twin = Guest(f"guest_{n}", MOTEL.property_id, START + timedelta(seconds=n), (CALLER,), calls=1)
        any_store.change_record(Guest, twin.guest_id, lambda _, twin=twin: twin)  # type: ignore[misc]
    guests.remember(any_store, MOTEL, a_session(3), [], [], START)
    [guest] = any_store.records(Guest, property_id=MOTEL.property_id, phones=CALLER)
    assert (guest.guest_id, guest.calls) == ("guest_1", 3)
    gone = any_store.record(Guest, "guest_2")
    assert gone is not None
    assert (gone.merged_into, gone.phones) == ("guest_1", ())


def test_merging_keeps_all_of_both_and_every_no(any_store: Store) -> None:
    one = Guest(
        "guest_1", MOTEL.property_id, START, (CALLER,), "Ann", "Lee", True, calls=2, may_text=True, stays=("a",)
    )
    other = Guest(
        "guest_2",
        MOTEL.property_id,
        START - timedelta(days=9),
        (OTHER,),
        email="ann@example.com",
        calls=1,
        may_text=False,
        may_market=True,
        may_call=False,
        stays=("b",),
        preferences={"room": "Suite"},
        last_call_at=START,
    )
    for guest in (one, other):
        any_store.change_record(Guest, guest.guest_id, lambda _, guest=guest: guest)  # type: ignore[misc]
    for _ in range(2):
        guests.merge(any_store, MOTEL.property_id, "guest_2", "guest_1")
    for phone in (CALLER, OTHER):
        found = guests.find(any_store, MOTEL.property_id, phone)
        assert found is not None
        assert (found.guest_id, found.first_name, found.email, found.calls) == ("guest_1", "Ann", "ann@example.com", 3)
        assert (found.may_text, found.may_market, set(found.stays)) == (False, True, {"a", "b"})
        assert found.may_call is False


def test_guests_of_two_hotels_are_never_merged(any_store: Store) -> None:
    for hotel, guest_id in ((MOTEL, "guest_1"), (CASA, "guest_2")):
        guest = Guest(guest_id, hotel.property_id, START, (CALLER,))
        any_store.change_record(Guest, guest_id, lambda _, guest=guest: guest)  # type: ignore[misc]
    with pytest.raises(NotFound):
        guests.merge(any_store, MOTEL.property_id, "guest_2", "guest_1")


# by hand


@pytest.fixture
def ask(jobs: Service) -> Callable[..., Any]:
    def post(what: str, **body: Any) -> Any:
        answer = jobs.post(f"/jobs/guests/{what}", {"property_id": MOTEL.property_id, **body})
        return answer.status_code, answer.get_json()

    return post


def test_people_may_erase_merge_and_note_consent(ask: Callable[..., Any], store: MemoryStore) -> None:
    a_history(store)
    status, noted = ask("consent", phone=OTHER, may_text=False)
    assert (status, noted["may_text"], noted["may_remember"]) == (200, False, None)
    known = guests.find(store, MOTEL.property_id, CALLER)
    assert known is not None
    status, merged = ask("merge", guest_id=noted["guest_id"], into=known.guest_id)
    assert (status, merged["phones"]) == (200, 2)
    status, erased = ask("erase", phone=OTHER)
    assert (status, erased["guest_ids"], len(erased["session_ids"])) == (200, [known.guest_id], 1)
    assert ask("erase", phone="+12075550100")[0] == 404


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("erase", {"phone": "2075550142"}),
        ("erase", {}),
        ("consent", {"phone": CALLER, "may_text": "no"}),
        ("merge", {"guest_id": "g", "into": "h", "and": "more"}),
    ],
)
def test_what_is_asked_for_is_checked(ask: Callable[..., Any], what: str, body: dict[str, Any]) -> None:
    assert ask(what, **body)[0] == 400


def test_nobody_but_our_own_services_may(jobs: Service) -> None:
    answer = jobs.client.post("/jobs/guests/erase", json={"property_id": MOTEL.property_id, "phone": CALLER})
    assert answer.status_code == 401
