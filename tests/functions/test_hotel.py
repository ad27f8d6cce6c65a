"""Prices and free rooms: pure. And check_availability's refusals, with what it offers instead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightdesk import properties
from nightdesk.conversation import Session
from nightdesk.errors import InvalidArguments, Refusal
from nightdesk.hotel import pricing
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.tariff import Pets, Tax
from nightdesk.tools.availability import check_availability
from nightdesk.tools.desk import Desk

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
TODAY, FRIDAY = date(2026, 11, 20), date(2026, 11, 27)


@pytest.fixture(scope="module")
def hotel() -> Property:
    found = properties.load().get("west-bethel-motel")
    assert found is not None
    return found


def stay(nights: int = 2, adults: int = 2, children: int = 0, pets: int = 0, check_in: date = FRIDAY) -> Stay:
    return Stay(check_in, check_in + timedelta(days=nights), adults, children, pets)


def test_two_nights_with_a_dog_cost_what_the_hotel_says(hotel: Property) -> None:
    offer = pricing.offers(hotel, stay(pets=1), set())[0].quote
    assert (offer.nightly_cents, offer.fees[0].cents, offer.tax_cents, offer.total_cents) == (
        (12900, 12900),
        5000,
        2772,
        33572,
    )


def test_offers_come_cheapest_first_and_hold_the_party(hotel: Property) -> None:
    assert [o.quote.room_type for o in pricing.offers(hotel, stay(), set())] == [
        "standard_queen",
        "deluxe_king",
        "suite",
    ]
    assert [o.quote.room_type for o in pricing.offers(hotel, stay(adults=2, children=1), set())] == ["suite"]
    assert pricing.offers(hotel, stay(adults=5), set()) == []


def test_a_pet_fee_is_charged_once_a_stay(hotel: Property) -> None:
    one, two = (pricing.offers(hotel, stay(pets=pets), set())[0] for pets in (1, 2))
    assert one.quote.total_cents == two.quote.total_cents


def test_tax_is_rounded_half_up(hotel: Property) -> None:
    odd = replace(hotel, taxes=(Tax("t", 850),), room_types=(replace(hotel.room_types[0], rate_cents=10_001),))
    assert pricing.offers(odd, stay(nights=1), set())[0].quote.tax_cents == 850  # 850.085
    even = replace(odd, room_types=(replace(hotel.room_types[0], rate_cents=10_030),), taxes=(Tax("t", 50),))
    assert pricing.offers(even, stay(nights=1), set())[0].quote.tax_cents == 50  # 50.15
    half = replace(odd, room_types=(replace(hotel.room_types[0], rate_cents=100),), taxes=(Tax("t", 50),))
    assert pricing.offers(half, stay(nights=1), set())[0].quote.tax_cents == 1  # 0.5


@given(nights=st.integers(1, 30), pets=st.integers(0, 2), rate=st.integers(1, 10**6), tax=st.integers(0, 10_000))
def test_a_total_is_the_sum_of_its_parts(nights: int, pets: int, rate: int, tax: int) -> None:
    demo = properties.load().get("west-bethel-motel")
    assert demo is not None
    hotel = replace(demo, taxes=(Tax("t", tax),), room_types=(replace(demo.room_types[0], rate_cents=rate),))
    [found] = pricing.offers(hotel, stay(nights=nights, pets=pets), set())
    offer = found.quote
    net = sum(offer.nightly_cents) + sum(fee.cents for fee in offer.fees)
    assert offer.total_cents == net + offer.tax_cents
    assert abs(offer.tax_cents - net * tax / 10_000) <= 0.5


def test_a_room_must_be_free_on_every_night(hotel: Property) -> None:
    suite = hotel.room_types[2]
    taken = {("suite", suite.rooms[0], FRIDAY), ("suite", suite.rooms[1], FRIDAY + timedelta(days=1))}
    assert pricing.free_rooms(suite, stay(nights=2).nights, taken) == len(suite.rooms) - 2
    assert pricing.free_rooms(suite, stay(nights=1).nights, taken) == len(suite.rooms) - 1


@pytest.mark.parametrize(
    ("cents", "currency", "text"),
    [(33572, "USD", "$335.72"), (133572, "USD", "$1,335.72"), (8000, "EUR", "€80.00"), (8000, "CHF", "CHF 80.00")],
)
def test_money_is_written_as_people_do(cents: int, currency: str, text: str) -> None:
    assert pricing.money(cents, currency) == text


# the tool


@pytest.fixture
def check(hotel: Property) -> Callable[..., Any]:
    session = Session(SESSION_ID, "west-bethel-motel", "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", NOW)
    store = MemoryStore()

    def run(full: list[date] | None = None, of: Property = hotel, **asked: Any) -> Any:
        for room_type in hotel.room_types:
            for room in room_type.rooms:
                store.take(hotel.property_id, room_type.room_type, room, full or [], "other")
        wanted = {"check_in": FRIDAY, "check_out": FRIDAY + timedelta(days=2), "adults": 2, **asked}
        wanted = {name: value.isoformat() if isinstance(value, date) else value for name, value in wanted.items()}
        return check_availability.function(Desk(session, of, NOW), store, **wanted).result

    return run


def test_the_words_and_the_figures_agree(check: Callable[..., Any]) -> None:
    result = check(pets=1)
    assert result["spoken"] == (
        "For two nights, Friday, November 27 to Sunday, November 29: a Standard Queen is $335.72, a Deluxe King is "
        "$401.12 and a Suite is $597.32 in total, including tax and the $50 pet fee."
    )
    assert [offer["total"] for offer in result["offers"]] == ["$335.72", "$401.12", "$597.32"]


def test_a_full_house_offers_other_nights(check: Callable[..., Any]) -> None:
    with pytest.raises(Refusal) as caught:
        check(full=[FRIDAY, FRIDAY + timedelta(days=1)])
    assert caught.value.code == "no_availability"
    alternatives = caught.value.details["alternatives"]
    assert [a["check_in"] for a in alternatives] == ["2026-11-29", "2026-11-25", "2026-11-30"]
    assert "I could offer a Standard Queen from Sunday, November 29" in caught.value.say


def test_a_full_room_type_offers_another_one(check: Callable[..., Any], hotel: Property) -> None:
    sold_out = replace(hotel, room_types=(replace(hotel.room_types[0], rooms=()), *hotel.room_types[1:]))
    with pytest.raises(Refusal) as caught:
        check(of=sold_out, room_type="standard_queen")
    assert caught.value.details["alternatives"][0]["room_type"] == "deluxe_king"
    assert "I could offer a Deluxe King for those nights, for $346.62 in total." in caught.value.say


def test_nothing_is_offered_in_the_past(check: Callable[..., Any]) -> None:
    nights = [TODAY + timedelta(days=n) for n in range(3)]
    with pytest.raises(Refusal) as caught:
        check(full=nights, check_in=TODAY, check_out=TODAY + timedelta(days=1))
    assert all(a["check_in"] > TODAY.isoformat() for a in caught.value.details["alternatives"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"check_in": date(2026, 11, 19)}, "check_in is in the past: today is 2026-11-20 (Friday)"),
        ({"check_out": FRIDAY}, "check_out must be after check_in"),
        ({"check_in": date(2028, 1, 1), "check_out": date(2028, 1, 2)}, "check_in must be within 400 days"),
    ],
)
def test_dates_that_cannot_be_are_explained_to_the_model(
    check: Callable[..., Any], asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArguments) as caught:
        check(**asked)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"adults": 5}, "too_many_guests"),
        ({"adults": 3, "children": 2}, "too_many_guests"),
        ({"pets": 3}, "too_many_pets"),
        ({"check_out": FRIDAY + timedelta(days=31)}, "stay_too_long"),
    ],
)
def test_what_the_hotel_does_not_do_is_an_answer(check: Callable[..., Any], asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        check(**asked)
    assert caught.value.code == code
    assert caught.value.say


def test_a_hotel_without_pets_says_so(check: Callable[..., Any], hotel: Property) -> None:
    with pytest.raises(Refusal) as caught:
        check(of=replace(hotel, pets=Pets()), pets=1)
    assert caught.value.code == "no_pets"


def test_today_is_today_at_the_hotel(hotel: Property) -> None:
    assert hotel.today(datetime(2026, 11, 21, 4, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert hotel.today(datetime(2026, 11, 21, 5, 0, tzinfo=UTC)) == date(2026, 11, 21)
