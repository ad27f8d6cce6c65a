"""Two records of one person where one of them is a no: what may be known of the one that is left. Over every store."""

from datetime import timedelta

import pytest
from nightdesk import guests
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Guest

from .conftest import CALLER
from .guest_book import MOTEL, OTHER, START


@pytest.mark.parametrize("forgotten", ["guest_1", "guest_2"])
def test_who_wants_to_be_forgotten_is_not_known_again_by_another_record(any_store: Store, forgotten: str) -> None:
    for guest_id, phone in (("guest_1", CALLER), ("guest_2", OTHER)):
        known = Guest(guest_id, MOTEL.property_id, START, (phone,), "Ann", "Lee", True, email="ann@example.com")
        guest = Guest(guest_id, MOTEL.property_id, START, (phone,), may_remember=False)
        stored = guest if guest_id == forgotten else known
        any_store.change_record(Guest, guest_id, lambda _, stored=stored: stored)  # type: ignore[misc]
    guests.merge(any_store, MOTEL.property_id, "guest_2", "guest_1")
    left = guests.find(any_store, MOTEL.property_id, OTHER)
    assert left is not None
    assert (left.may_remember, set(left.phones)) == (False, {CALLER, OTHER})
    assert (left.first_name, left.last_name, left.name_confirmed, left.email) == ("", "", False, "")


def test_two_numbers_that_say_no_in_the_same_moment_are_two_guests(any_store: Store) -> None:
    guests.consent(any_store, MOTEL.property_id, CALLER, START, may_text=False)
    guests.consent(any_store, MOTEL.property_id, OTHER, START, may_call=False)
    found = guests.find(any_store, MOTEL.property_id, OTHER)
    assert found is not None
    assert (found.may_text, found.may_call, found.phones) == (None, False, (OTHER,))


def test_a_no_that_came_while_a_first_call_was_remembered_holds_until_it_is_taken_back(any_store: Store) -> None:
    """Two processes at once have made a record each, and the number has not called since."""
    called = Guest("guest_1", MOTEL.property_id, START, (CALLER,), "Ann", "Lee", True, calls=1, last_call_at=START)
    refused = Guest("guest_2", MOTEL.property_id, START + timedelta(seconds=1), (CALLER,), may_text=False)
    for guest in (called, refused):
        any_store.change_record(Guest, guest.guest_id, lambda _, guest=guest: guest)  # type: ignore[misc]
    found = guests.find(any_store, MOTEL.property_id, CALLER)
    assert found is not None
    assert (found.guest_id, found.may_text, found.last_name, found.calls) == ("guest_1", False, "Lee", 1)
    guests.consent(any_store, MOTEL.property_id, CALLER, START, may_text=True)
    found = guests.find(any_store, MOTEL.property_id, CALLER)
    assert found is not None
    assert (found.guest_id, found.may_text) == ("guest_1", True)
