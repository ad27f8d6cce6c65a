"""A call that began before the last one that is known of its caller: what it adds, and what it does not touch."""

from nightdesk import guests
from nightdesk.hotel.ports import Store

from .conftest import CALLER
from .guest_book import MOTEL, START, a_lead, a_session, booked


def test_a_call_during_which_another_came_and_went_is_remembered_when_it_is_over(any_store: Store) -> None:
    long, short = a_session(1), a_session(2, language="es")
    made = booked(any_store, long, "r1")
    for session, stays in ((short, []), (long, [made]), (long, [made])):
        guests.remember(any_store, MOTEL, session, [], stays, START)
    guest = guests.find(any_store, MOTEL.property_id, CALLER)
    assert guest is not None
    assert (guest.last_name, guest.name_confirmed, guest.email) == ("Lee", True, "ann@example.com")
    assert (guest.stays, guest.preferences) == (("reservation_r1",), {"room": "Suite", "pets": "comes with a pet"})
    assert (guest.calls, guest.language, guest.last_session_id) == (1, "es", short.session_id)


def test_an_earlier_call_that_is_told_late_changes_nothing_newer(any_store: Store) -> None:
    earlier, later = a_session(1), a_session(2)
    guests.remember(any_store, MOTEL, later, [a_lead(later, name="Bo Ray", room_type="suite")], [], START)
    known = guests.find(any_store, MOTEL.property_id, CALLER)
    guests.remember(any_store, MOTEL, earlier, [a_lead(earlier, room_type="standard_queen")], [], START)
    assert guests.find(any_store, MOTEL.property_id, CALLER) == known
    guests.consent(any_store, MOTEL.property_id, CALLER, START, may_remember=False)
    guests.remember(any_store, MOTEL, earlier, [a_lead(earlier)], [], START)
    forgotten = guests.find(any_store, MOTEL.property_id, CALLER)
    assert forgotten is not None
    assert (forgotten.last_name, forgotten.preferences) == ("", None)
