"""Reservations and their nights, over every store: never overbooked, always in step, freed when they should be."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from nightdesk.errors import NoRoom
from nightdesk.hotel import reservations
from nightdesk.hotel.ports import Store, expire_holds
from nightdesk.hotel.reservations import Reservation, confirmation_code

from .conftest import CALLER, SESSION_ID
from .stored import FRIDAY, NOW, QUEENS, hold, quote


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def occupied(store: Store) -> list[tuple[str, str, int]]:
    """(room_type, room, days after Friday) of every night that is taken."""
    taken = store.taken("motel", FRIDAY - timedelta(days=20), FRIDAY + timedelta(days=60))
    return sorted((room_type, room, (night - FRIDAY).days) for room_type, room, night in taken)


def test_a_reservation_comes_back_as_it_was(store: Store) -> None:
    made = store.book(hold(), QUEENS)
    assert made == replace(hold(), room="101", confirmation_code=confirmation_code("res_1"), version=1)
    assert store.reservation("res_1") == made
    assert store.reservation("res_2") is None


def test_a_booking_takes_its_nights_and_no_more(store: Store) -> None:
    store.book(hold(nights=2), QUEENS)
    assert occupied(store) == [("standard_queen", "101", 0), ("standard_queen", "101", 1)]


def test_booking_again_under_one_id_changes_nothing(store: Store) -> None:
    first = store.book(hold(), QUEENS)
    assert store.book(hold(last_name="Other", nights=5), QUEENS) == first
    assert len(occupied(store)) == 2


def test_the_next_room_is_given_and_then_none(store: Store) -> None:
    rooms = [store.book(hold(f"res_{n}"), QUEENS).room for n in range(2)]
    with pytest.raises(NoRoom):
        store.book(hold("res_3", check_in=FRIDAY + timedelta(days=1)), QUEENS)
    assert rooms == ["101", "102"]
    assert store.reservation("res_3") is None
    assert len(occupied(store)) == 4


def test_stays_that_meet_on_a_morning_share_a_room(store: Store) -> None:
    store.book(hold("res_1", nights=1), ["101"])
    assert store.book(hold("res_2", check_in=FRIDAY + timedelta(days=1)), ["101"]).room == "101"


def test_a_room_out_of_order_is_not_given(store: Store) -> None:
    store.take("motel", "standard_queen", "101", [FRIDAY], "out of order")
    assert store.book(hold(), QUEENS).room == "102"


def test_another_hotels_room_of_that_number_is_another_room(store: Store) -> None:
    store.book(hold("res_1"), ["101"])
    assert store.book(hold("res_2", property_id="other"), ["101"]).room == "101"


def test_a_cancelled_room_is_sold_again(store: Store) -> None:
    store.book(hold("res_1"), ["101"])
    cancelled = store.change_reservation("res_1", lambda r: r.cancelled(NOW, 500))
    assert cancelled is not None
    assert (cancelled.status, cancelled.cancellation_fee_cents, cancelled.version) == ("cancelled", 500, 2)
    assert occupied(store) == []
    assert store.book(hold("res_2"), ["101"]).room == "101"


def test_confirming_keeps_the_room(store: Store) -> None:
    store.book(hold(), QUEENS)
    confirmed = store.change_reservation("res_1", lambda r: r.confirmed(NOW))
    assert confirmed is not None
    assert (confirmed.status, confirmed.room, confirmed.hold_expires_at) == ("confirmed", "101", None)
    assert len(occupied(store)) == 2


def test_holds_run_out_and_confirmed_ones_do_not(store: Store) -> None:
    store.book(hold("res_1"), ["101"])
    store.book(hold("res_2"), ["102"])
    store.book(hold("res_3", hold_expires_at=NOW + timedelta(hours=2)), ["103"])
    store.change_reservation("res_2", lambda r: r.confirmed(NOW))
    late = NOW + timedelta(minutes=31)
    assert expire_holds(store, "motel", NOW) == []
    assert [r.reservation_id for r in expire_holds(store, "motel", late)] == ["res_1"]
    assert expire_holds(store, "motel", late) == []
    assert {room for _, room, _ in occupied(store)} == {"102", "103"}


def test_a_hold_is_found_for_its_own_hotel(store: Store) -> None:
    store.book(hold(property_id="other"), QUEENS)
    assert store.lapsed_holds("motel", NOW + timedelta(days=1)) == []


def test_a_payment_that_comes_late_gets_a_room_if_there_is_one(store: Store) -> None:
    store.book(hold("res_1"), ["101"])
    expire_holds(store, "motel", NOW + timedelta(hours=1))
    store.book(hold("res_2"), ["101"])
    with pytest.raises(NoRoom):
        store.change_reservation("res_1", lambda r: r.confirmed(NOW), rooms=["101"])
    still = store.reservation("res_1")
    assert still is not None
    assert still.status == "expired"
    confirmed = store.change_reservation("res_1", lambda r: r.confirmed(NOW), rooms=QUEENS)
    assert confirmed is not None
    assert (confirmed.status, confirmed.room) == ("confirmed", "102")


def moved(days: int, nights: int = 2) -> Reservation:
    check_in = FRIDAY + timedelta(days=days)
    return hold(check_in=check_in, nights=nights)


def to(reservation: Reservation, wanted: Reservation) -> Reservation:
    return replace(reservation, check_in=wanted.check_in, check_out=wanted.check_out, quote=wanted.quote)


def test_a_move_over_its_own_nights_keeps_the_room(store: Store) -> None:
    store.book(hold(nights=3), ["101"])
    changed = store.change_reservation("res_1", lambda r: to(r, moved(1, nights=4)), rooms=QUEENS)
    assert changed is not None
    assert changed.room == "101"
    assert [day for _, _, day in occupied(store)] == [1, 2, 3, 4]


def test_a_move_into_taken_nights_finds_another_room_or_changes_nothing(store: Store) -> None:
    store.book(hold("res_1", nights=1), ["101"])
    store.book(hold("res_2", check_in=FRIDAY + timedelta(days=1), nights=1), ["101"])
    before = occupied(store)
    with pytest.raises(NoRoom):
        store.change_reservation("res_1", lambda r: to(r, moved(0, nights=2)), rooms=["101"])
    assert occupied(store) == before
    changed = store.change_reservation("res_1", lambda r: to(r, moved(0, nights=2)), rooms=QUEENS)
    assert changed is not None
    assert changed.room == "102"


def test_another_room_type_gives_the_old_room_up(store: Store) -> None:
    store.book(hold(), QUEENS)
    changed = store.change_reservation("res_1", lambda r: replace(r, quote=quote("suite")), rooms=["301"])
    assert changed is not None
    assert (changed.room_type, changed.room) == ("suite", "301")
    assert occupied(store) == [("suite", "301", 0), ("suite", "301", 1)]


def test_a_change_is_applied_once_under_its_id(store: Store) -> None:
    store.book(hold(), QUEENS)
    for _ in range(2):
        store.change_reservation("res_1", lambda r: replace(r, adults=r.adults + 1), change_id="change_1")
    after = store.change_reservation("res_1", lambda r: replace(r, adults=r.adults + 1), change_id="change_2")
    assert after is not None
    assert (after.adults, after.version, after.change_ids) == (4, 3, ("change_1", "change_2"))


def test_a_change_of_nothing_is_no_new_version(store: Store) -> None:
    made = store.book(hold(), QUEENS)
    assert store.change_reservation("res_1", lambda r: r) == made
    assert store.change_reservation("res_2", lambda r: r) is None


def test_what_makes_a_reservation_the_one_it_is_cannot_change(store: Store) -> None:
    made = store.book(hold(), QUEENS)
    with pytest.raises(ValueError, match="property_id"):
        store.change_reservation("res_1", lambda r: replace(r, property_id="other"))
    assert store.reservation("res_1") == made


def test_reservations_are_found_by_code_phone_and_session(store: Store) -> None:
    first = store.book(hold("res_1"), ["101"])
    later = store.book(hold("res_2", created_at=NOW + timedelta(minutes=1)), ["102"])
    store.book(hold("res_3", property_id="other", session_id="sess_other"), ["101"])
    assert store.reservation_by_code("motel", later.confirmation_code) == later
    assert store.reservation_by_code("other", later.confirmation_code) is None
    assert store.reservations_by_phone("motel", CALLER) == [later, first]
    assert store.reservations_by_phone("motel", "+12075550000") == []
    assert store.reservations_of(SESSION_ID) == [later, first]


def test_a_code_that_another_has_is_not_given(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservations, "confirmation_code", lambda reservation_id, n=0: f"1000000{n}")
    codes = [store.book(hold(f"res_{n}"), [str(n)]).confirmation_code for n in range(3)]
    assert codes == ["10000000", "10000001", "10000002"]
    other = store.book(hold("res_4", property_id="other"), ["1"])
    assert other.confirmation_code == "10000000"


def test_rivals_for_the_last_room_leave_one_reservation(store: Store) -> None:
    def one(number: int) -> bool:
        try:
            store.book(hold(f"res_{number}"), ["101"])
        except NoRoom:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1
    assert len(occupied(store)) == 2
    assert len(store.reservations_of(SESSION_ID)) == 1
