"""A text whose webhook comes again when the hotel's day has changed meanwhile: it is still the same text."""

import pytest
from nightdesk import guests
from nightdesk.hotel.memory import MemoryStore

from .conftest import CALLER, Clock
from .texting import HOTEL, Phone, day_of, phone

__all__ = ["phone"]


@pytest.fixture
def late(phone: Phone, clock: Clock) -> Phone:
    """Two seconds to midnight at the hotel."""
    clock.forward(hours=11, minutes=59, seconds=58)
    return phone


def test_one_that_comes_again_after_midnight_gets_the_same_answer_and_counts_once(
    late: Phone, store: MemoryStore, clock: Clock
) -> None:
    first = late.texts("Do you have a pool?", MessageSid="SM" + "a" * 32)
    clock.forward(seconds=16)
    assert late.texts("Do you have a pool?", MessageSid="SM" + "a" * 32) == first != ""
    [session] = day_of(store)
    assert len(store.turns(session.session_id)) == 2
    late.texts("Do you take dogs?")
    assert len(day_of(store)) == 2, "it is another day all the same"


def test_a_stop_that_comes_again_after_midnight_does_not_undo_the_start_between(
    late: Phone, store: MemoryStore, clock: Clock
) -> None:
    late.texts("STOP", MessageSid="SM" + "a" * 32)
    late.texts("START", MessageSid="SM" + "b" * 32)
    clock.forward(seconds=16)
    late.texts("STOP", MessageSid="SM" + "a" * 32)
    guest = guests.find(store, HOTEL, CALLER)
    assert guest is not None
    assert guest.may_text is True
