"""Guests: known by their numbers, at one hotel; merged, asked for consent, erased. Over every store."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from nightdesk import events, guests, guests_erase, outbound_rules, properties
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.errors import NotFound, PublishError
from nightdesk.events import Event
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import LedgerChange, Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Callback, Guest, Message, ServiceRequest, Text
from nightdesk.hotel.reservations import Reservation
from nightdesk.tokens import session_id_of_call

from .conftest import CALLER, Clock, Service
from .schemas import validator
from .test_golden import golden

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


# what is allowed


def test_who_wants_to_be_forgotten_is_and_stays_so(any_store: Store) -> None:
    session = a_session(1)
    guests.remember(any_store, MOTEL, session, [a_lead(session)], [], START)
    guests.consent(any_store, MOTEL.property_id, CALLER, START, may_remember=False, may_market=False)
    later = a_session(2)
    guests.remember(any_store, MOTEL, later, [a_lead(later)], [], START)
    guest = guests.find(any_store, MOTEL.property_id, CALLER)
    assert guest is not None
    assert (guest.first_name, guest.last_name, guest.preferences, guest.may_market) == ("", "", None, False)


def test_a_no_is_known_before_the_first_call(any_store: Store) -> None:
    guests.consent(any_store, MOTEL.property_id, OTHER, START, may_text=False)
    guest = guests.find(any_store, MOTEL.property_id, OTHER)
    assert guest is not None
    assert (guest.may_text, guest.may_remember) == (False, None)


# erasing


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


def test_an_erased_guest_is_nowhere_and_what_the_law_wants_is_there(any_store: Store) -> None:
    session, past, coming = a_history(any_store)
    published: list[Event] = []
    erased = guests_erase.erase(any_store, any_store, MOTEL.property_id, CALLER, START, published.append)
    assert (erased.session_ids, erased.kept) == ((session.session_id,), (coming.reservation_id,))
    assert guests.find(any_store, MOTEL.property_id, CALLER) is None
    sid = session.session_id
    left = [
        any_store.session(sid),
        any_store.turns(sid),
        any_store.tool_calls(sid),
        any_store.leads(sid),
        *(any_store.records(kind, session_id=sid) for kind in (Message, ServiceRequest, Callback, Text)),  # type: ignore[type-var]
        *(any_store.record(Guest, guest_id) for guest_id in erased.guest_ids),
    ]
    for trace in ("Ann", "Lee", CALLER, OTHER, "12345678", "'203'", "ann@"):
        assert trace not in str(left), trace
    assert [turn.role for turn in any_store.turns(sid)] == ["user"]
    [callback] = any_store.records(Callback, session_id=sid)
    [request] = any_store.records(ServiceRequest, session_id=sid)
    assert (callback.status, request.status) == ("cancelled", "cancelled")
    over, stands = any_store.reservation(past.reservation_id), any_store.reservation(coming.reservation_id)
    assert over is not None
    assert stands is not None
    assert (over.last_name, over.total_cents, over.phone, over.email) == ("Lee", past.total_cents, "", "")
    assert (stands.last_name, stands.phone, stands.email) == ("Lee", CALLER, "ann@example.com")
    [event] = published
    validator("event", "event").validate(event)
    assert (event["event_type"], event["session_id"]) == ("guest.erased", sid)
    assert CALLER not in str(event)


def test_the_event_is_the_golden_one(store: MemoryStore) -> None:
    wanted = golden("event_guest_erased")["body"]
    session = a_session(session_id=wanted["session_id"], start_time=START)
    store.change_session(session.session_id, lambda _: session)
    guest = Guest("guest_1", MOTEL.property_id, START, (CALLER,))
    store.change_record(Guest, "guest_1", lambda _: guest)
    published: list[Event] = []
    guests_erase.erase(store, store, MOTEL.property_id, CALLER, START, published.append)
    assert published == [wanted]


def test_an_erasure_that_broke_is_finished_by_the_next(any_store: Store) -> None:
    session, *_ = a_history(any_store)

    def broken(event: Event) -> None:
        raise PublishError("the broker is down")

    with pytest.raises(PublishError):
        guests_erase.erase(any_store, any_store, MOTEL.property_id, CALLER, START, broken)
    published: list[Event] = []
    guests_erase.erase(any_store, any_store, MOTEL.property_id, CALLER, START, published.append)
    assert [event["session_id"] for event in published] == [session.session_id]


def erase(store: Store, phone: str = OTHER) -> guests_erase.Erased:
    return guests_erase.erase(store, store, MOTEL.property_id, phone, START, lambda event: None)


def a_withheld_call(store: Store, **more: Any) -> Session:
    """A guest who shows no number says who they are, and books a stay that is over by now for OTHER."""
    session = a_session(9, caller="", **more)
    store.change_session(session.session_id, lambda _: session)
    store.put_turn(session.session_id, Turn(1, 1, "user", "I am Ann Lee", START))
    made = booked(store, session, "past", phone=OTHER)
    store.change_reservation(made.reservation_id, lambda r: replace(r, status="checked_out"))
    return session


@pytest.mark.parametrize("caller", ["", CALLER], ids=["withheld", "of another line"])
def test_a_conversation_in_which_the_number_was_keyed_is_theirs(any_store: Store, caller: str) -> None:
    session = a_session(caller=caller, keypad_phone=OTHER)
    any_store.change_session(session.session_id, lambda _: session)
    any_store.put_turn(session.session_id, Turn(1, 1, "user", "I am Ann Lee", START))
    assert erase(any_store).session_ids == (session.session_id,)
    kept = any_store.session(session.session_id)
    assert kept is not None
    assert (kept.keypad_phone, kept.caller_id, kept.erased_at) == ("", "", START)
    assert [turn.text for turn in any_store.turns(session.session_id)] == [""]


def test_a_conversation_without_a_number_is_theirs_by_its_booking(any_store: Store) -> None:
    session = a_withheld_call(any_store)
    assert erase(any_store).session_ids == (session.session_id,)
    assert [turn.text for turn in any_store.turns(session.session_id)] == [""]
    with pytest.raises(NotFound):
        erase(any_store)


def test_one_that_is_theirs_by_a_booking_that_stands_is_erased_once(any_store: Store) -> None:
    session = a_session(caller="")
    any_store.change_session(session.session_id, lambda _: session)
    coming = booked(any_store, session, "coming", days=30, phone=OTHER)
    assert erase(any_store) == guests_erase.Erased((), (session.session_id,), (coming.reservation_id,))
    assert erase(any_store) == guests_erase.Erased((), (), (coming.reservation_id,))


def test_one_that_is_theirs_by_a_booking_is_found_again_after_a_failure(any_store: Store) -> None:
    session = a_withheld_call(any_store)

    def broken(event: Event) -> None:
        raise PublishError("the broker is down")

    with pytest.raises(PublishError):
        guests_erase.erase(any_store, any_store, MOTEL.property_id, OTHER, START, broken)
    assert erase(any_store).session_ids == (session.session_id,)


def test_where_another_is_known_only_what_was_left_under_the_number_goes(any_store: Store) -> None:
    """An agent of the hotel's guests keys one number, and books for several."""
    session = a_withheld_call(any_store, keypad_phone=CALLER)
    sid, hotel_id = session.session_id, MOTEL.property_id
    for name, phone in (("theirs", OTHER), ("else", CALLER)):
        text = Text(f"t_{name}", hotel_id, sid, START, phone, "confirmation", f"for {phone}", status="sent")
        any_store.change_record(Text, text.text_id, lambda _, text=text: text)  # type: ignore[misc]
        callback = Callback(f"c_{name}", hotel_id, sid, START, START, phone, "keypad", f"asks {phone}", "Ann Lee")
        any_store.change_record(Callback, callback.callback_id, lambda _, c=callback: c)  # type: ignore[misc]
    assert erase(any_store).session_ids == ()
    assert [turn.text for turn in any_store.turns(sid)] == ["I am Ann Lee"]
    texts, callbacks = any_store.records(Text, session_id=sid), any_store.records(Callback, session_id=sid)
    assert sorted((text.to, text.body) for text in texts) == [("", ""), (CALLER, f"for {CALLER}")]
    assert sorted((c.phone, c.reason, c.name, c.status) for c in callbacks) == [
        ("", "", "", "cancelled"),
        (CALLER, f"asks {CALLER}", "Ann Lee", "scheduled"),
    ]
    assert OTHER not in str((texts, callbacks, any_store.reservations_of(sid)))


def test_who_is_known_by_a_text_alone_is_erased_and_then_unknown(any_store: Store) -> None:
    text = Text("t1", MOTEL.property_id, "sess_else", START, OTHER, "directions", "Dear Ann Lee", status="sent")
    any_store.change_record(Text, "t1", lambda _: text)
    assert erase(any_store) == guests_erase.Erased((), (), ())
    kept = any_store.record(Text, "t1")
    assert kept is not None
    assert (kept.to, kept.body) == ("", "")
    with pytest.raises(NotFound):
        erase(any_store)


def test_who_wants_no_calls_gets_none_after_an_erasure_either(any_store: Store) -> None:
    """A stay that stands would else be a reason for a reminder."""
    a_history(any_store)
    before = guests.consent(any_store, MOTEL.property_id, CALLER, START, may_call=False, may_text=False)
    for _ in range(2):
        assert erase(any_store, CALLER).guest_ids == (before.guest_id,)
    kept = guests.find(any_store, MOTEL.property_id, CALLER)
    assert outbound_rules.refused(MOTEL, "reminder", CALLER, START, kept, lambda: True) == "do_not_call"
    assert kept == Guest(
        before.guest_id, MOTEL.property_id, before.created_at, (CALLER,), may_call=False, may_text=False
    )


def test_a_no_that_is_kept_holds_for_all_numbers_and_a_yes_is_not_kept(any_store: Store) -> None:
    hotel_id = MOTEL.property_id
    into = guests.consent(any_store, hotel_id, CALLER, START, may_call=True, may_remember=False)
    other = guests.consent(any_store, hotel_id, OTHER, START + timedelta(seconds=1), may_market=False)
    guests.merge(any_store, hotel_id, other.guest_id, into.guest_id)
    erase(any_store, OTHER)
    for phone in (CALLER, OTHER):
        kept = guests.find(any_store, hotel_id, phone)
        assert kept is not None
        assert (kept.may_call, kept.may_text, kept.may_remember, kept.may_market) == (None, None, False, False)


def test_who_calls_again_after_an_erasure_is_met_anew_and_the_no_still_holds(any_store: Store) -> None:
    a_history(any_store)
    guests.consent(any_store, MOTEL.property_id, CALLER, START, may_text=False)
    erase(any_store, CALLER)
    later = a_session(20)
    guests.remember(any_store, MOTEL, later, [a_lead(later, name="Ann Lee")], [], START)
    guest = guests.find(any_store, MOTEL.property_id, CALLER)
    assert guest is not None
    assert (guest.first_name, guest.calls, guest.stays, guest.may_text) == ("Ann", 1, (), False)


def test_only_that_guest_of_that_hotel_is_erased(any_store: Store) -> None:
    a_history(any_store)
    for n, caller, hotel in ((5, OTHER, MOTEL), (6, CALLER, CASA)):
        session = a_session(n, caller, hotel)
        any_store.change_session(session.session_id, lambda _, session=session: session)  # type: ignore[misc]
        any_store.put_turn(session.session_id, Turn(1, 1, "user", "hello", START))
        guests.remember(any_store, hotel, session, [], [], START)
    guests_erase.erase(any_store, any_store, MOTEL.property_id, CALLER, START, lambda event: None)
    assert guests.find(any_store, MOTEL.property_id, OTHER) is not None
    assert guests.find(any_store, CASA.property_id, CALLER) is not None
    for n in (5, 6):
        assert [turn.text for turn in any_store.turns(session_id_of_call(f"call {n}"))] == ["hello"]


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
