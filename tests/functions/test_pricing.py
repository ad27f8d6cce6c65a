"""What a stay costs: pure, in cents. Tables of single rules."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from nightdesk import properties
from nightdesk.hotel import pricing
from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import Fee, Stay, TaxLine
from nightdesk.hotel.tariff import STANDARD, Cancellation, Children, Pets, RatePlan, Season, Tax, Window

from .bare_hotel import MOTEL, one_room, stay
from .stored import FRIDAY

ALONDRA: Property = properties.load().by_id["hotel-casa-alondra"]
FRI, SAT, SUN = 4, 5, 6


def nightly(hotel: Property, wanted: Stay, rate_plan: str | None = None) -> tuple[int, ...]:
    return pricing.quote(hotel, wanted, hotel.room_types[0].room_type, rate_plan).nightly_cents


# the demo hotel


def test_two_nights_with_a_dog_cost_what_the_hotel_says() -> None:
    quote = pricing.quote(MOTEL, stay(pets=1), "standard_queen")
    assert (quote.nightly_cents, quote.fees, quote.taxes, quote.tax_cents, quote.total_cents) == (
        (12900, 12900),
        (Fee("pet fee", 5000),),
        (TaxLine("Maine lodging tax", 2772, included=False),),
        2772,
        33572,
    )


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("month", range(1, 13))
def test_the_demo_hotel_costs_the_same_on_every_day_of_the_year(month: int, weekday: int) -> None:
    """Its scenes are played on any day, and their prices are written down."""
    first = date(2027, month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    totals = [o.quote.total_cents for o in pricing.offers(MOTEL, stay(2, check_in=day), set())]
    assert totals == [28122, 34662, 54282]  # two nights of $129, $159 and $249, and 9 % tax


def test_offers_come_cheapest_first_and_hold_the_party() -> None:
    def types(wanted: Stay) -> list[str]:
        return [offer.quote.room_type for offer in pricing.offers(MOTEL, wanted, set())]

    assert types(stay()) == ["standard_queen", "deluxe_king", "suite"]
    assert types(stay(adults=2, children=1)) == ["suite"]
    assert types(stay(adults=5)) == []


def test_a_room_must_be_free_on_every_night() -> None:
    suite = MOTEL.room_types[2]
    taken = {("suite", suite.rooms[0], FRIDAY), ("suite", suite.rooms[1], FRIDAY + timedelta(days=1))}
    assert pricing.free_rooms(suite, stay(nights=2).nights, taken) == len(suite.rooms) - 2
    assert pricing.free_rooms(suite, stay(nights=1).nights, taken) == len(suite.rooms) - 1


# nights


def test_a_night_costs_more_in_season_and_each_night_is_priced_by_itself() -> None:
    hotel = one_room(seasons=(Season("Christmas", 2_500, Window("12-24", "12-26")),))
    assert nightly(hotel, stay(4, check_in=date(2026, 12, 23))) == (10_000, 12_500, 12_500, 12_500)
    assert nightly(hotel, stay(1, check_in=date(2031, 12, 24))) == (12_500,)


def test_a_season_of_one_year_is_over_in_the_next() -> None:
    hotel = one_room(seasons=(Season("congress", 6_000, Window("2027-02-28", "2027-03-04")),))
    assert nightly(hotel, stay(2, check_in=date(2027, 3, 4))) == (16_000, 10_000)
    assert nightly(hotel, stay(1, check_in=date(2028, 3, 1))) == (10_000,)


def test_a_season_may_run_over_new_year() -> None:
    hotel = one_room(seasons=(Season("New Year", 4_000, Window("12-30", "01-01")),))
    assert nightly(hotel, stay(5, check_in=date(2026, 12, 29))) == (10_000, 14_000, 14_000, 14_000, 10_000)


def test_weekends_cost_more_where_the_hotel_says_so() -> None:
    hotel = one_room(seasons=(Season("weekend", 1_500, weekdays=frozenset({FRI, SAT})),))
    assert nightly(hotel, stay(4, check_in=FRIDAY - timedelta(days=1))) == (10_000, 11_500, 11_500, 10_000)


def test_of_two_seasons_the_first_of_the_file_sets_the_price() -> None:
    weekend, winter = Season("weekend", 1_500, weekdays=frozenset({FRI})), Season("w", -2_000, Window("11-01", "11-30"))
    assert nightly(one_room(seasons=(weekend, winter)), stay()) == (11_500, 8_000)
    assert nightly(one_room(seasons=(winter, weekend)), stay()) == (8_000, 8_000)


def test_a_plan_changes_what_the_season_has_made_of_the_rate() -> None:
    plan = RatePlan("less", "less", -1_000)
    hotel = one_room(seasons=(Season("peak", 5_000, Window("11-28", "11-28")),), rate_plans=(STANDARD, plan))
    assert nightly(hotel, stay(), "less") == (9_000, 13_500)


def test_each_step_is_rounded_to_the_cent_half_up() -> None:
    hotel = one_room(101, seasons=(Season("s", 5_000, Window("01-01", "12-31")),))
    assert nightly(hotel, stay(1)) == (152,)  # 151.5


# plans


LONG = RatePlan("long", "long", -1_500, min_nights=7)
WEEKEND = RatePlan("weekend", "weekend", -1_000, min_nights=2, max_nights=3, weekdays=frozenset({FRI, SAT, SUN}))
WINTER = RatePlan("winter", "winter", -2_000, window=Window("11-03", "12-15"))
FIRM = RatePlan("firm", "firm", -3_000, cancellation=Cancellation(None, fee_basis_points=10_000))
PLANS = one_room(rate_plans=(STANDARD, LONG, WEEKEND, FIRM))


@pytest.mark.parametrize(
    ("check_in", "nights", "plans"),
    [
        (FRIDAY, 1, ["standard", "firm"]),
        (FRIDAY, 2, ["standard", "weekend", "firm"]),
        (FRIDAY, 3, ["standard", "weekend", "firm"]),
        (FRIDAY, 4, ["standard", "firm"]),
        (FRIDAY - timedelta(days=1), 3, ["standard", "firm"]),  # with a Thursday
        (FRIDAY, 7, ["standard", "long", "firm"]),
    ],
)
def test_a_plan_takes_the_stays_it_is_for(check_in: date, nights: int, plans: list[str]) -> None:
    assert [plan.rate_plan for plan in pricing.plans(PLANS, stay(nights, check_in=check_in))] == plans


def test_a_plan_may_be_for_short_stays_only() -> None:
    hotel = one_room(rate_plans=(STANDARD, RatePlan("short", "short", -500, max_nights=2)))
    assert [pricing.quote(hotel, stay(nights), "room").rate_plan for nights in (1, 2, 3)] == ["short"] * 2 + [
        "standard"
    ]


def test_every_night_must_fall_into_the_window_of_a_plan() -> None:
    hotel = one_room(rate_plans=(STANDARD, WINTER))
    assert [p.rate_plan for p in pricing.plans(hotel, stay(2, check_in=date(2026, 12, 14)))] == ["standard", "winter"]
    assert [p.rate_plan for p in pricing.plans(hotel, stay(3, check_in=date(2026, 12, 14)))] == ["standard"]


def test_the_cheapest_plan_on_the_hotels_own_terms_applies_by_itself() -> None:
    [offer] = pricing.offers(PLANS, stay(7), set())
    assert (offer.quote.rate_plan, offer.quote.total_cents) == ("long", 59_500)
    assert pricing.quote(PLANS, stay(7), "room").rate_plan == "long"
    assert pricing.quote(PLANS, stay(7), "room", "standard").total_cents == 70_000  # it may still be asked for


def test_a_plan_with_terms_of_its_own_is_offered_and_never_applied() -> None:
    [offer] = pricing.offers(PLANS, stay(2), set())
    assert offer.quote.rate_plan == "weekend"
    assert [(other.rate_plan, other.total_cents) for other in offer.others] == [("firm", 14_000)]


def test_a_discount_that_takes_rights_for_nothing_is_not_offered() -> None:
    """A week costs as much without the terms: the weekly rate applies by itself."""
    [offer] = [o for o in pricing.offers(MOTEL, stay(7), set()) if o.quote.room_type == "suite"]
    assert (offer.quote.rate_plan, offer.others) == ("weekly", ())
    assert pricing.quote(MOTEL, stay(7), "suite", "non_refundable").total_cents == offer.quote.total_cents


def test_a_dearer_plan_with_better_terms_is_offered() -> None:
    freer = RatePlan("free", "free", 1_000, cancellation=Cancellation(0, fee_nights=1))
    [offer] = pricing.offers(one_room(rate_plans=(STANDARD, freer)), stay(), set())
    assert [other.rate_plan for other in offer.others] == ["free"]


@pytest.mark.parametrize(
    ("wanted", "room_type", "rate_plan"),
    [
        (stay(), "room", "long"),  # too short for it
        (stay(), "room", "no such plan"),
        (stay(), "no such room", None),
        (stay(adults=5), "room", None),
        (stay(nights=0), "room", None),
        (stay(nights=-1), "room", None),
    ],
)
def test_what_cannot_be_priced_is_an_error(wanted: Stay, room_type: str, rate_plan: str | None) -> None:
    with pytest.raises(ValueError, match=r"no room type|not for this stay"):
        pricing.quote(PLANS, wanted, room_type, rate_plan)


def test_a_season_may_ask_for_more_nights() -> None:
    hotel = one_room(seasons=(Season("congress", 0, Window("2026-11-28", "2026-11-28"), min_nights=3),))
    assert pricing.shortest_stay(hotel, stay(2).nights) == 3
    assert pricing.shortest_stay(hotel, stay(1).nights) == 1  # it leaves before


# fees and taxes


@pytest.mark.parametrize(
    ("adults", "children", "fees"),
    [
        (1, 0, []),
        (2, 0, []),
        (1, 1, []),
        (3, 0, [("extra guest fee", 6_000)]),
        (2, 1, [("child fee", 3_600)]),
        (2, 2, [("child fee", 7_200)]),
        (3, 1, [("extra guest fee", 6_000), ("child fee", 3_600)]),
        (1, 3, [("child fee", 7_200)]),  # one child has the second place
    ],
)
def test_guests_beyond_the_rooms_price_are_charged_by_the_night(
    adults: int, children: int, fees: list[tuple[str, int]]
) -> None:
    quote = pricing.quote(ALONDRA, stay(2, adults, children), "familiar")
    assert [(fee.name, fee.cents) for fee in quote.fees] == fees


def test_children_are_free_where_the_hotel_says_so() -> None:
    room = replace(MOTEL.room_types[2], included_guests=2)
    hotel = replace(MOTEL, room_types=(room,), children=Children(12, 0), extra_guest_cents=2_000)
    assert pricing.quote(hotel, stay(1, 2, 2), "suite").fees == ()
    assert pricing.quote(hotel, stay(1, 4), "suite").fees == (Fee("extra guest fee", 4_000),)


@pytest.mark.parametrize(("per", "cents"), [("stay", 5_000), ("night", 15_000)])
def test_pets_are_charged_once_a_stay_or_once_a_night_however_many_come(per: str, cents: int) -> None:
    pets = Pets(allowed=True, fee_cents=5_000, max_pets=2, per="night" if per == "night" else "stay")
    for number in (1, 2):
        quote = pricing.quote(one_room(pets=pets), stay(3, pets=number), "room")
        assert quote.fees == (Fee("pet fee", cents),)
    assert pricing.quote(one_room(pets=pets), stay(3), "room").fees == ()


@pytest.mark.parametrize(
    ("rate", "basis_points", "cents"),
    [(10_001, 850, 850), (10_030, 50, 50), (100, 50, 1), (99, 50, 0), (12_900, 0, 0), (1, 10_000, 1)],
)
def test_a_tax_is_rounded_half_up(rate: int, basis_points: int, cents: int) -> None:
    quote = pricing.quote(one_room(rate, taxes=(Tax("t", basis_points),)), stay(1), "room")
    assert (quote.tax_cents, quote.total_cents) == (cents, rate + cents)


@pytest.mark.parametrize(("rate", "cents"), [(11_000, 1_000), (10_006, 910), (10_005, 910), (10_004, 909)])
def test_an_included_tax_is_shown_and_not_added(rate: int, cents: int) -> None:
    quote = pricing.quote(one_room(rate, taxes=(Tax("VAT", 1_000, included=True),)), stay(1), "room")
    assert quote.taxes == (TaxLine("VAT", cents, included=True),)
    assert (quote.tax_cents, quote.total_cents) == (0, rate)


@pytest.mark.parametrize(("nights", "cents"), [(1, 1_848), (7, 12_936), (8, 12_936), (30, 12_936)])
def test_a_tax_by_adult_and_night_counts_so_many_nights_at_most(nights: int, cents: int) -> None:
    quote = pricing.quote(ALONDRA, stay(nights, adults=2, children=2), "familiar")
    assert quote.taxes[1] == TaxLine("tasa turística", cents, included=False)


def test_a_weekend_in_the_other_hotel_is_itemised() -> None:
    quote = pricing.quote(ALONDRA, stay(2), "doble")
    assert quote.rate_plan == "weekend"
    assert quote.nightly_cents == (12_420, 12_420)  # 120.00, 15 % more at the weekend, 10 % less for the two nights
    assert quote.taxes == (TaxLine("IVA", 2_258, included=True), TaxLine("tasa turística", 3_696, included=False))
    assert quote.total_cents == 24_840 + 3_696


@pytest.mark.parametrize(
    ("cents", "currency", "text"),
    [
        (33572, "USD", "$335.72"),
        (133572, "USD", "$1,335.72"),
        (8000, "EUR", "€80.00"),
        (5, "GBP", "£0.05"),
        (8000, "CHF", "CHF 80.00"),
    ],
)
def test_money_is_written_as_people_do(cents: int, currency: str, text: str) -> None:
    assert pricing.money(cents, currency) == text
