"""What a stay costs, whatever the hotel: random rates, seasons, plans, fees and taxes, for what must always hold."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from nightdesk.hotel import pricing
from nightdesk.hotel.model import Property, RoomType
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.tariff import STANDARD, Cancellation, Children, Pets, RatePlan, Season, Tax, Window

from .bare_hotel import one_room, stay

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
CHANGES = st.integers(-9_000, 30_000)
WEEKDAYS = st.frozensets(st.integers(0, 6), max_size=7)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    if draw(st.booleans()):
        return Window(first.isoformat(), last.isoformat())
    ends = [first.isoformat()[5:], last.isoformat()[5:]]
    return Window(*(ends if draw(st.booleans()) else reversed(ends)))


SEASONS = st.builds(Season, st.just("season"), CHANGES, st.none() | windows(), WEEKDAYS, st.integers(1, 4))
TAXES = st.builds(Tax, st.just("tax"), st.integers(0, 10_000), st.booleans()) | st.builds(
    Tax,
    st.just("city tax"),
    per_adult_night_cents=st.integers(1, 5_000),
    nights_at_most=st.integers(0, 10),
)


@st.composite
def rate_plans(draw: st.DrawFn) -> tuple[RatePlan, ...]:
    others = [
        RatePlan(
            f"plan_{n}",
            "plan",
            draw(CHANGES),
            min_nights=(shortest := draw(st.integers(1, 10))),
            max_nights=draw(st.just(0) | st.integers(shortest, 20)),
            weekdays=draw(WEEKDAYS),
            window=draw(st.none() | windows()),
            cancellation=draw(st.none() | st.just(Cancellation(24, fee_nights=1))),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    return (STANDARD, *others)


@st.composite
def hotels(draw: st.DrawFn) -> Property:
    most = draw(st.integers(1, 6))
    room = RoomType(
        "room", "Room", draw(st.integers(1, 10**7)), most, ("1",), included_guests=draw(st.integers(0, most))
    )
    return one_room(
        room_types=(room,),
        rate_plans=draw(rate_plans()),
        seasons=tuple(draw(st.lists(SEASONS, max_size=4))),
        taxes=tuple(draw(st.lists(TAXES, max_size=3))),
        pets=Pets(True, draw(st.integers(0, 10_000)), 9, draw(st.sampled_from(["stay", "night"]))),
        children=Children(12, draw(st.integers(0, 5_000))),
        extra_guest_cents=draw(st.integers(0, 5_000)),
    )


@st.composite
def stays_at(draw: st.DrawFn, hotel: Property, most_nights: int = 30) -> Stay:
    adults = draw(st.integers(1, hotel.room_types[0].max_guests))
    children = draw(st.integers(0, hotel.room_types[0].max_guests - adults))
    return stay(draw(st.integers(1, most_nights)), adults, children, draw(st.integers(0, 2)), draw(DAYS))


@given(data=st.data(), hotel=hotels())
def test_a_quote_adds_up_in_whole_cents_and_nothing_in_it_is_negative(data: st.DataObject, hotel: Property) -> None:
    wanted = data.draw(stays_at(hotel))
    for plan in pricing.plans(hotel, wanted):
        quote = pricing.quote(hotel, wanted, "room", plan.rate_plan)
        amounts = [
            *quote.nightly_cents,
            *(fee.cents for fee in quote.fees),
            *(tax.cents for tax in quote.taxes),
            quote.tax_cents,
            quote.total_cents,
        ]
        assert all(type(cents) is int and cents >= 0 for cents in amounts)
        net = sum(quote.nightly_cents) + sum(fee.cents for fee in quote.fees)
        assert quote.tax_cents == sum(tax.cents for tax in quote.taxes if not tax.included)
        assert quote.total_cents == net + quote.tax_cents
        assert len(quote.nightly_cents) == len(wanted.nights)
        assert all(tax.cents <= net for tax in quote.taxes if tax.included)


@given(data=st.data(), hotel=hotels())
def test_under_one_plan_a_longer_stay_never_costs_less(data: st.DataObject, hotel: Property) -> None:
    wanted = data.draw(stays_at(hotel))
    longer = replace(wanted, check_out=wanted.check_out + timedelta(days=1))
    for plan in pricing.plans(hotel, wanted):
        if plan.takes(longer.nights):
            short, long = (pricing.quote(hotel, s, "room", plan.rate_plan) for s in (wanted, longer))
            assert long.total_cents >= short.total_cents
            assert long.nightly_cents[:-1] == short.nightly_cents


@given(data=st.data(), hotel=hotels())
def test_a_longer_stay_costs_less_only_by_the_rule_of_another_plan(data: st.DataObject, hotel: Property) -> None:
    wanted = data.draw(stays_at(hotel))
    longer = replace(wanted, check_out=wanted.check_out + timedelta(days=1))
    short, long = (pricing.quote(hotel, s, "room") for s in (wanted, longer))
    if long.total_cents < short.total_cents:
        assert long.rate_plan != short.rate_plan


@given(data=st.data(), hotel=hotels())
def test_more_guests_or_pets_never_cost_less(data: st.DataObject, hotel: Property) -> None:
    wanted = data.draw(stays_at(hotel))
    before = pricing.quote(hotel, wanted, "room").total_cents
    assert pricing.quote(hotel, replace(wanted, pets=wanted.pets + 1), "room").total_cents >= before
    if wanted.guests < hotel.room_types[0].max_guests:
        for more in (replace(wanted, adults=wanted.adults + 1), replace(wanted, children=wanted.children + 1)):
            assert pricing.quote(hotel, more, "room").total_cents >= before


@given(data=st.data(), hotel=hotels())
def test_what_applies_by_itself_is_the_cheapest_that_asks_nothing_of_the_guest(
    data: st.DataObject, hotel: Property
) -> None:
    wanted = data.draw(stays_at(hotel))
    [offer] = pricing.offers(hotel, wanted, set())
    assert offer.quote == pricing.quote(hotel, wanted, "room")
    for plan in pricing.plans(hotel, wanted):
        quote = pricing.quote(hotel, wanted, "room", plan.rate_plan)
        assert plan.has_own_terms or quote.total_cents >= offer.quote.total_cents
        in_name_only = plan.basis_points < 0 and quote.total_cents >= offer.quote.total_cents
        assert (plan.has_own_terms and not in_name_only) == (quote in offer.others)
    assert list(offer.others) == sorted(offer.others, key=lambda other: other.total_cents)


@given(data=st.data(), window=windows())
def test_a_window_of_every_year_has_the_same_days_in_every_year(data: st.DataObject, window: Window) -> None:
    day = data.draw(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
    if len(window.first) == 5:
        assert (day in window) == (day.replace(year=2031) in window)
    elif day in window:
        assert window.first <= day.isoformat() <= window.last
