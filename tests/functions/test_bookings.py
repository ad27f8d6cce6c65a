"""The port to a hotel's bookings: one suite over every adapter, so that tools need not know which one they ask."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from nightdesk import properties
from nightdesk.errors import NoRoom
from nightdesk.hotel import pms
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import (
    Booking,
    Change,
    FeeChanged,
    NotBookable,
    NotChangeable,
    PropertyManagement,
    UnknownReservation,
)
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.reservations import Paid, Reservation
from nightdesk.hotel.tariff import RatePlan

from .conftest import CALLER, SESSION_ID, Clock

FRIDAY, SUNDAY = date(2026, 11, 27), date(2026, 11, 29)
STAY = Stay(FRIDAY, SUNDAY, adults=2)
HOTELS = Path(__file__).parent / "hotels"


@pytest.fixture(scope="module")
def hotel() -> Property:
    """Three queens and two suites; a night must be paid to make a booking binding."""
    return properties.load(HOTELS).by_id["contract-inn"]


def booking(reservation_id: str = "reservation_1", **changes: Any) -> Booking:
    guest = {"last_name": "Davis", "first_name": "Linda", "phone": CALLER, "phone_source": "caller_line"}
    return Booking(**{"reservation_id": reservation_id, "session_id": SESSION_ID, "stay": STAY, **guest, **changes})


def suite(reservation_id: str = "reservation_1", **changes: Any) -> Booking:
    return booking(reservation_id, room_type="suite", **changes)


def free(books: PropertyManagement, stay: Stay = STAY) -> dict[str, int]:
    return {offer.quote.room_type: offer.available for offer in books.offers([stay])[0]}


def held(books: PropertyManagement, reservation_id: str = "reservation_1", **changes: Any) -> Reservation:
    return books.hold(suite(reservation_id, **changes))


class Suite:
    """What every keeper of bookings promises."""

    def test_offers_are_priced_to_the_cent_cheapest_first(self, books: PropertyManagement) -> None:
        [offers] = books.offers([STAY])
        assert [(o.quote.room_type, o.available, o.quote.total_cents) for o in offers] == [
            ("queen", 3, 28122),
            ("suite", 2, 54282),
        ]
        for quote in (offer.quote for offer in offers):
            fees = sum(fee.cents for fee in quote.fees)
            assert quote.total_cents == sum(quote.nightly_cents) + fees + quote.tax_cents

    def test_several_stays_are_asked_for_at_once_and_answered_in_their_order(self, books: PropertyManagement) -> None:
        stays = [STAY, STAY.moved(1), replace(STAY, adults=4), replace(STAY, adults=9)]
        answered = books.offers(stays)
        assert [[o.quote.room_type for o in offers] for offers in answered[2:]] == [["suite"], []]
        assert len(answered) == 4
        assert books.offers([]) == []

    def test_a_hold_is_what_was_offered_and_takes_the_room(self, books: PropertyManagement, clock: Clock) -> None:
        offered = next(o.quote for o in books.offers([STAY])[0] if o.quote.room_type == "suite")
        made = held(books)
        assert (made.quote, made.stay, made.status) == (offered, STAY, "held")
        assert made.due_cents == offered.nightly_cents[0]
        assert made.hold_expires_at == clock() + timedelta(minutes=30)
        assert (made.last_name, made.phone, made.session_id) == ("Davis", CALLER, SESSION_ID)
        assert made.confirmation_code.isdigit()
        assert free(books)["suite"] == 1

    def test_a_hold_that_is_asked_for_again_is_the_same_one(self, books: PropertyManagement) -> None:
        first = held(books)
        assert held(books) == first
        assert held(books, stay=STAY.moved(7)) == first
        assert free(books)["suite"] == 1

    def test_the_last_room_is_sold_once(self, books: PropertyManagement) -> None:
        def one(n: int) -> str:
            try:
                return held(books, f"reservation_{n}").room or "a room"
            except NoRoom:
                return ""

        with ThreadPoolExecutor(8) as pool:
            rooms = list(pool.map(one, range(8)))
        assert sum(bool(room) for room in rooms) == 2
        assert "suite" not in free(books)

    def test_what_no_price_is_for_cannot_be_booked(self, books: PropertyManagement) -> None:
        with pytest.raises(NotBookable):
            held(books, stay=replace(STAY, adults=5))
        with pytest.raises(NotBookable):
            held(books, rate_plan="friends_and_family")
        with pytest.raises(NotBookable):
            books.hold(booking(room_type="igloo"))

    def test_a_hold_whose_time_is_over_is_sold_again(self, books: PropertyManagement, clock: Clock) -> None:
        first, _ = held(books, "reservation_1"), held(books, "reservation_2")
        clock.forward(minutes=31)
        assert free(books)["suite"] == 2
        found = books.reservation(first.reservation_id)
        assert found is not None
        assert found.status == "expired"
        held(books, "reservation_3")
        with pytest.raises(NotChangeable):
            books.modify(first.reservation_id, Change(adults=1), "change_1")

    def test_a_payment_confirms_and_the_time_runs_out_no_more(self, books: PropertyManagement, clock: Clock) -> None:
        made = held(books)
        paid = Paid("payment_1", made.due_cents)
        confirmed = books.confirm(made.reservation_id, "payment_1", paid)
        assert (confirmed.status, confirmed.paid_cents, confirmed.hold_expires_at) == (
            "confirmed",
            made.due_cents,
            None,
        )
        assert confirmed.confirmed_at == clock()
        clock.forward(days=1)
        assert books.confirm(made.reservation_id, "payment_1", paid) == confirmed
        assert free(books)["suite"] == 1

    def test_a_payment_that_comes_late_gets_a_room_if_there_is_one(
        self, books: PropertyManagement, clock: Clock
    ) -> None:
        late, too_late = held(books, "reservation_1"), held(books, "reservation_2")
        clock.forward(minutes=31)
        held(books, "reservation_3")
        assert books.confirm(late.reservation_id, "payment_1").status == "confirmed"
        with pytest.raises(NoRoom):
            books.confirm(too_late.reservation_id, "payment_2")
        found = books.reservation(too_late.reservation_id)
        assert found is not None
        assert found.status == "expired"

    def test_what_was_paid_and_given_back_only_grows(self, books: PropertyManagement) -> None:
        made = held(books)
        books.record_payment(made.reservation_id, "event_2", Paid("payment_1", 24900, 5000))
        books.record_payment(made.reservation_id, "event_1", Paid("payment_1", 24900, 0))
        now = books.record_payment(made.reservation_id, "event_3", Paid("payment_2", 100))
        assert (now.paid_cents, now.refunded_cents) == (25000, 5000)

    def test_payments_stand_in_the_order_in_which_they_came(self, books: PropertyManagement) -> None:
        made = held(books)
        for n, payment_id in enumerate(("payment_2", "payment_1", "payment_3", "payment_1", "payment_2")):
            now = books.record_payment(made.reservation_id, f"event_{n}", Paid(payment_id, 100, n))
        assert [paid.payment_id for paid in now.payments] == ["payment_2", "payment_1", "payment_3"]

    def test_news_of_a_payment_does_not_keep_a_hold_alive(self, books: PropertyManagement, clock: Clock) -> None:
        made = held(books)
        clock.forward(minutes=31)
        assert books.record_payment(made.reservation_id, "event_1", Paid("payment_1", 100)).status == "expired"

    def test_a_changed_stay_has_todays_price_and_the_same_code(self, books: PropertyManagement) -> None:
        made = held(books)
        longer = books.modify(made.reservation_id, Change(check_out=SUNDAY + timedelta(days=1)), "change_1")
        assert (longer.confirmation_code, longer.check_out) == (made.confirmation_code, SUNDAY + timedelta(days=1))
        assert len(longer.quote.nightly_cents) == 3
        assert longer.total_cents == 81423
        assert longer.version > made.version
        other_room = books.modify(made.reservation_id, Change(room_type="queen", pets=1), "change_2")
        assert (other_room.room_type, other_room.pets, other_room.check_out) == ("queen", 1, longer.check_out)
        assert any(fee.cents == 5000 for fee in other_room.quote.fees)
        assert (free(books)["suite"], free(books)["queen"]) == (2, 2)

    def test_a_change_is_made_once_by_its_id(self, books: PropertyManagement) -> None:
        made = held(books)
        first = books.modify(made.reservation_id, Change(adults=1), "change_1")
        books.modify(made.reservation_id, Change(adults=2), "change_2")
        again = books.modify(made.reservation_id, Change(adults=1), "change_1")
        assert (first.adults, again.adults) == (1, 2)

    def test_a_change_into_a_full_house_leaves_everything_as_it_was(self, books: PropertyManagement) -> None:
        made = held(books)
        for n in (2, 3):
            held(books, f"reservation_{n}", stay=STAY.moved(7))
        with pytest.raises(NoRoom):
            books.modify(
                made.reservation_id, Change(check_in=FRIDAY + timedelta(7), check_out=SUNDAY + timedelta(7)), "c"
            )
        with pytest.raises(NotBookable):
            books.modify(made.reservation_id, Change(adults=5), "d")
        assert books.reservation(made.reservation_id) == made

    def test_cancelling_is_free_in_time_and_sells_the_room_again(
        self, books: PropertyManagement, hotel: Property, clock: Clock
    ) -> None:
        made = books.confirm(held(books).reservation_id, "payment_1")
        assert pms.fee(hotel, made, clock()) == 0
        cancelled = books.cancel(made.reservation_id, 0, "change_1")
        assert (cancelled.status, cancelled.cancellation_fee_cents, cancelled.cancelled_at) == ("cancelled", 0, clock())
        assert books.cancel(made.reservation_id, 0, "change_2").cancelled_at == clock()
        assert free(books)["suite"] == 2
        with pytest.raises(NotChangeable):
            books.modify(made.reservation_id, Change(adults=1), "change_3")
        with pytest.raises(NotChangeable):
            books.confirm(made.reservation_id, "payment_2")

    def test_cancelling_costs_what_the_guest_was_told_or_is_not_done(
        self, books: PropertyManagement, hotel: Property, clock: Clock
    ) -> None:
        made = books.confirm(held(books).reservation_id, "payment_1")
        told = pms.fee(hotel, made, clock())
        clock.forward(days=6, hours=10)
        with pytest.raises(FeeChanged) as caught:
            books.cancel(made.reservation_id, told, "change_1")
        assert caught.value.fee_cents == pms.fee(hotel, made, clock()) == 24900
        found = books.reservation(made.reservation_id)
        assert found is not None
        assert found.status == "confirmed"
        assert books.cancel(made.reservation_id, 24900, "change_1").cancellation_fee_cents == 24900

    def test_letting_go_of_a_hold_costs_nothing_however_late_it_is(
        self, books: PropertyManagement, hotel: Property, clock: Clock
    ) -> None:
        clock.forward(days=6, hours=10)
        made = held(books)
        assert pms.fee(hotel, made, clock()) == 0
        assert books.cancel(made.reservation_id, 0, "change_1").status == "cancelled"

    def test_a_reservation_is_found_by_id_code_number_and_conversation(self, books: PropertyManagement) -> None:
        first = held(books, "reservation_1")
        second = held(books, "reservation_2", phone="+12075550143", session_id="sess_" + "b" * 26)
        assert books.reservation(first.reservation_id) == first
        assert books.by_code(second.confirmation_code) == second
        assert books.by_phone(CALLER) == [first]
        assert books.of_session(SESSION_ID) == [first]
        assert (books.by_code("00000000"), books.by_phone("+12075550199"), books.by_phone("")) == (None, [], [])
        assert books.reservation("reservation_9") is None

    def test_what_is_not_there_cannot_be_changed(self, books: PropertyManagement) -> None:
        with pytest.raises(UnknownReservation):
            books.modify("reservation_9", Change(adults=1), "c")
        with pytest.raises(UnknownReservation):
            books.cancel("reservation_9", 0, "c")
        with pytest.raises(UnknownReservation):
            books.confirm("reservation_9", "c")
        with pytest.raises(UnknownReservation):
            books.record_payment("reservation_9", "c", Paid("payment_1", 1))


class TestOwnBooks(Suite):
    @pytest.fixture
    def books(self, hotel: Property, any_store: Store, clock: Clock) -> PropertyManagement:
        return OwnBooks(hotel, any_store, clock)

    def test_another_hotels_reservations_are_not_there(
        self, books: PropertyManagement, hotel: Property, any_store: Store, clock: Clock
    ) -> None:
        made = held(books)
        other = OwnBooks(replace(hotel, property_id="other-inn"), any_store, clock)
        assert other.reservation(made.reservation_id) is None
        assert other.by_code(made.confirmation_code) is None
        assert other.by_phone(CALLER) == []
        assert other.of_session(SESSION_ID) == []
        with pytest.raises(UnknownReservation):
            other.cancel(made.reservation_id, 0, "c")

    def test_where_nothing_is_asked_for_a_booking_is_binding_at_once(
        self, hotel: Property, any_store: Store, clock: Clock
    ) -> None:
        books = OwnBooks(replace(hotel, payment=replace(hotel.payment, at_booking="nothing")), any_store, clock)
        made = held(books)
        assert (made.status, made.due_cents, made.hold_expires_at) == ("confirmed", 0, None)

    def test_a_hold_that_is_changed_to_terms_that_ask_for_nothing_is_binding(
        self, hotel: Property, any_store: Store, clock: Clock
    ) -> None:
        paid_now = replace(hotel.payment, at_booking="total")
        short = RatePlan("short", "short stay rate", max_nights=2, payment=paid_now)
        asks_nothing = replace(hotel.payment, at_booking="nothing")
        inn = replace(hotel, payment=asks_nothing, rate_plans=(*hotel.rate_plans, short))
        books = OwnBooks(inn, any_store, clock)
        made = held(books, rate_plan="short")
        assert (made.status, made.due_cents) == ("held", made.total_cents)
        changed = books.modify(made.reservation_id, Change(check_out=SUNDAY + timedelta(days=1)), "change_1")
        assert (changed.status, changed.due_cents, changed.hold_expires_at) == ("confirmed", 0, None)
        clock.forward(hours=2)
        found = books.reservation(made.reservation_id)
        assert found is not None
        assert found.status == "confirmed"
