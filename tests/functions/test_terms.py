"""Until when a booking can be cancelled and what that costs, and what is due when it is made."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightdesk import properties
from nightdesk.hotel import pricing, terms
from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import Quote, Stay
from nightdesk.hotel.tariff import Cancellation, Payment
from nightdesk.tools import stays

MOTEL: Property = properties.load().by_id["west-bethel-motel"]
ALONDRA: Property = properties.load().by_id["hotel-casa-alondra"]
FRIDAY = date(2026, 11, 27)


def local(hotel: Property, text: str) -> datetime:
    """A moment by the hotel's own clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(hotel.time_zone)).astimezone(UTC)


def quoted(hotel: Property, room_type: str, rate_plan: str | None = None, nights: int = 2) -> Quote:
    return pricing.quote(hotel, Stay(FRIDAY, FRIDAY + timedelta(days=nights), 1), room_type, rate_plan)


def fee(hotel: Property, quote: Quote, now: datetime, check_in: date = FRIDAY) -> int:
    policy = terms.cancellation(hotel, quote.rate_plan)
    return terms.cancellation_fee(hotel, check_in, quote.nightly_cents, quote.total_cents, policy, now)


@pytest.mark.parametrize(
    ("moment", "cents"),
    [
        ("2026-11-21 12:00", 0),
        ("2026-11-26 14:59:59", 0),
        ("2026-11-26 15:00:00", 0),  # that instant is still free
        ("2026-11-26 15:00:01", 12900),  # then the first night is charged
        ("2026-11-27 15:00", 12900),
        ("2026-11-29 09:00", 12900),
    ],
)
def test_the_demo_hotel_is_free_until_24_hours_before_check_in_at_three(moment: str, cents: int) -> None:
    assert fee(MOTEL, quoted(MOTEL, "standard_queen"), local(MOTEL, moment)) == cents


@pytest.mark.parametrize(("moment", "share"), [("2026-11-24 14:00", 0), ("2026-11-24 14:00:01", 50)])
def test_the_other_hotel_has_its_own_hours_and_share(moment: str, share: int) -> None:
    quote = quoted(ALONDRA, "doble")
    assert quote.total_cents % 2 == 0
    assert fee(ALONDRA, quote, local(ALONDRA, moment)) == quote.total_cents * share // 100


def test_the_deadline_is_an_instant_and_so_the_same_wherever_it_is_asked() -> None:
    deadline = terms.free_until(MOTEL, FRIDAY, MOTEL.cancellation)
    assert deadline == datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
    quote = quoted(MOTEL, "suite")
    assert fee(MOTEL, quote, datetime(2026, 11, 26, 21, 0, tzinfo=ZoneInfo("Europe/Madrid"))) == 0
    assert fee(MOTEL, quote, datetime(2026, 11, 26, 21, 1, tzinfo=ZoneInfo("Europe/Madrid"))) == 24900


@pytest.mark.parametrize(
    ("check_in", "deadline"),
    [
        ("2027-03-14", "2027-03-13 14:00"),  # the day has 23 hours: 24 before three o'clock is two
        ("2026-11-01", "2026-10-31 16:00"),  # it has 25
    ],
)
def test_hours_are_real_ones_where_the_clock_changes(check_in: str, deadline: str) -> None:
    day = date.fromisoformat(check_in)
    assert terms.free_until(MOTEL, day, MOTEL.cancellation) == local(MOTEL, deadline)


def test_a_rate_that_cannot_be_refunded_costs_all_of_it_at_once() -> None:
    for hotel, room in ((MOTEL, "standard_queen"), (ALONDRA, "doble")):
        quote = quoted(hotel, room, "non_refundable")
        assert terms.free_until(hotel, FRIDAY, terms.cancellation(hotel, "non_refundable")) is None
        assert fee(hotel, quote, local(hotel, "2026-01-01 00:00")) == quote.total_cents


def test_a_plan_without_terms_of_its_own_has_the_hotels() -> None:
    for hotel in (MOTEL, ALONDRA):
        assert terms.cancellation(hotel, "standard") is hotel.cancellation
        assert terms.payment(hotel, "standard") is hotel.payment
        assert terms.cancellation(hotel, "a plan of last year") is hotel.cancellation


def test_a_fee_in_nights_is_no_more_than_the_stay() -> None:
    quote = quoted(MOTEL, "standard_queen", nights=1)
    three = Cancellation(24, fee_nights=3)
    assert terms.late_fee(quote.nightly_cents, quote.total_cents, three) == 12900
    assert terms.late_fee((100, 100, 100), 250, three) == 250  # as when a voucher was taken off the total


@pytest.mark.parametrize(
    ("payment", "due"),
    [
        (Payment("card"), 0),
        (Payment("nothing"), 0),
        (Payment("total"), 28122),
        (Payment("deposit", deposit_basis_points=3_000), 8437),  # 8436.6
        (Payment("deposit", deposit_nights=1), 12900),
        (Payment("deposit", deposit_nights=9), 25800),
        (Payment("deposit", deposit_cents=5_000), 5000),
        (Payment("deposit", deposit_cents=50_000), 28122),
    ],
)
def test_what_is_due_at_booking(payment: Payment, due: int) -> None:
    assert terms.due_at_booking(quoted(MOTEL, "standard_queen"), payment) == due


def test_a_room_is_held_for_as_long_as_the_rate_allows() -> None:
    now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    assert terms.hold_until(now, terms.payment(MOTEL, "standard")) == now + timedelta(minutes=30)
    assert terms.hold_until(now, terms.payment(ALONDRA, "standard")) == now + timedelta(minutes=60)
    assert terms.hold_until(now, terms.payment(ALONDRA, "non_refundable")) == now + timedelta(minutes=20)


def test_the_terms_are_read_out_with_the_hotels_clock() -> None:
    stay = Stay(FRIDAY, FRIDAY + timedelta(days=2), 1)
    quote, firm = (quoted(MOTEL, "standard_queen", plan) for plan in ("standard", "non_refundable"))
    early, late = local(MOTEL, "2026-11-20 12:00"), local(MOTEL, "2026-11-26 15:01")

    def said(of: Quote, policy: Cancellation, now: datetime) -> str:
        return stays.cancellation_words(MOTEL, stay, of, policy, now)

    assert said(quote, MOTEL.cancellation, early) == (
        "You can cancel free of charge until Thursday, November 26, at 3:00 PM. After that it costs $129."
    )
    assert said(quote, MOTEL.cancellation, late) == "Check-in is so near that cancelling costs $129."
    firmly = terms.cancellation(MOTEL, "non_refundable")
    assert said(firm, firmly, early) == "This rate cannot be refunded: cancelling costs $253.10."
    assert said(quote, Cancellation(24), early) == "You can cancel free of charge at any time."


POLICIES = (
    st.builds(Cancellation, st.integers(0, 500), fee_nights=st.integers(1, 5))
    | st.builds(Cancellation, st.integers(0, 500), fee_basis_points=st.integers(0, 10_000))
    | st.just(Cancellation(None, fee_basis_points=10_000))
)


@given(
    nightly=st.lists(st.integers(0, 10**6), min_size=1, max_size=30),
    on_top=st.integers(0, 10**6),
    policy=POLICIES,
    check_in=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    hours=st.lists(st.integers(-1000, 100), min_size=2, max_size=2).map(sorted),
)
def test_a_fee_is_within_the_total_and_never_falls_as_time_goes_by(
    nightly: list[int], on_top: int, policy: Cancellation, check_in: date, hours: list[int]
) -> None:
    total = sum(nightly) + on_top
    earlier, later = (terms.check_in_instant(MOTEL, check_in) + timedelta(hours=h) for h in hours)
    first, second = (
        terms.cancellation_fee(MOTEL, check_in, nightly, total, policy, moment) for moment in (earlier, later)
    )
    assert 0 <= first <= second <= total
    deadline = terms.free_until(MOTEL, check_in, policy)
    if deadline is not None:
        assert terms.cancellation_fee(MOTEL, check_in, nightly, total, policy, deadline) == 0
        just_after = deadline + timedelta(microseconds=1)
        late = terms.late_fee(nightly, total, policy)
        assert terms.cancellation_fee(MOTEL, check_in, nightly, total, policy, just_after) == late


def test_a_booking_keeps_the_terms_it_was_made_under() -> None:
    """They are handed in, so another file of the hotel changes nothing."""
    stricter = replace(MOTEL, cancellation=Cancellation(None, fee_basis_points=10_000))
    quote, now = quoted(MOTEL, "standard_queen"), local(MOTEL, "2026-11-26 12:00")
    booked_under = MOTEL.cancellation
    assert terms.cancellation_fee(stricter, FRIDAY, quote.nightly_cents, quote.total_cents, booked_under, now) == 0
