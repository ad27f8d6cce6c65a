"""Guests who want to be forgotten: nothing is left of them but what the law wants, and their no. Over every store."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nightdesk import guests, guests_erase, outbound_rules
from nightdesk.conversation import Session, Turn
from nightdesk.errors import NotFound, PublishError
from nightdesk.events import Event
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Callback, Guest, Message, ServiceRequest, Text
from nightdesk.tokens import session_id_of_call

from .conftest import CALLER
from .guest_book import CASA, MOTEL, OTHER, START, a_history, a_lead, a_session, booked
from .schemas import validator
from .test_golden import golden

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
