"""check_availability: what it reads, what it answers, and what it offers instead where it has to refuse."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from nightdesk import properties
from nightdesk.conversation import Session
from nightdesk.errors import InvalidArguments, Refusal
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.tariff import Pets, Season, Window
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


Check = Callable[..., Any]


@pytest.fixture
def check(hotel: Property) -> Check:
    """Call the tool with two adults from Friday to Sunday, or what else is asked. `full`: nights without a room."""
    store = MemoryStore()

    def run(
        full: Sequence[date] = (), of: Property = hotel, now: datetime = NOW, language: str = "en", **asked: Any
    ) -> Any:
        session = Session(SESSION_ID, of.property_id, "voice", "inbound", language, CALL_SID, CALLER, CALLED, "A", NOW)
        for room_type in of.room_types:
            for room in room_type.rooms:
                store.take(of.property_id, room_type.room_type, room, full, "other")
        wanted = {"check_in": "2026-11-27", "adults": 2, **asked}
        if "check_out" not in asked and "nights" not in asked:
            wanted["nights"] = 2
        wanted = {name: value.isoformat() if isinstance(value, date) else value for name, value in wanted.items()}
        books = OwnBooks(of, store, lambda: now)
        return check_availability.function(Desk(session, of, now), books, **wanted).result

    return run


def test_the_words_and_the_figures_agree(check: Check) -> None:
    result = check(pets=1)
    assert result["spoken"] == (
        "For two nights, Friday, November 27 to Sunday, November 29: a Standard Queen is $335.72, a Deluxe King is "
        "$401.12 and a Suite is $597.32 in total, including tax and the $50 pet fee."
    )
    assert [offer["total"] for offer in result["offers"]] == ["$335.72", "$401.12", "$597.32"]


def test_a_full_house_offers_other_nights(check: Check) -> None:
    with pytest.raises(Refusal) as caught:
        check(full=[FRIDAY, FRIDAY + timedelta(days=1)])
    assert caught.value.code == "no_availability"
    alternatives = caught.value.details["alternatives"]
    assert [a["check_in"] for a in alternatives] == ["2026-11-29", "2026-11-25", "2026-11-30"]
    assert "I could offer a Standard Queen from Sunday, November 29" in caught.value.say


def test_a_full_room_type_offers_another_one(check: Check, hotel: Property) -> None:
    sold_out = replace(hotel, room_types=(replace(hotel.room_types[0], rooms=()), *hotel.room_types[1:]))
    with pytest.raises(Refusal) as caught:
        check(of=sold_out, room_type="standard_queen")
    assert caught.value.details["alternatives"][0]["room_type"] == "deluxe_king"
    assert "I could offer a Deluxe King for those nights, for $346.62 in total." in caught.value.say


def test_nothing_is_offered_in_the_past(check: Check) -> None:
    nights = [TODAY + timedelta(days=n) for n in range(3)]
    with pytest.raises(Refusal) as caught:
        check(full=nights, check_in=TODAY, check_out=TODAY + timedelta(days=1))
    assert all(a["check_in"] > TODAY.isoformat() for a in caught.value.details["alternatives"])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"check_in": date(2026, 11, 19)}, "check_in is in the past: today is 2026-11-20 (Friday)"),
        ({"check_in": "tomorrow", "check_out": "yesterday"}, "check_out must be a date like 2026-11-27"),
        ({"check_in": "some day"}, "check_in must be a date like 2026-11-27"),
        ({"check_in": "Friday", "nights": None}, "nights (or check_out) is missing"),
        ({"check_out": FRIDAY}, "check_out must be after check_in"),
        ({"check_in": date(2028, 1, 1), "check_out": date(2028, 1, 2)}, "check_in must be within 400 days"),
    ],
)
def test_dates_that_cannot_be_are_explained_to_the_model(check: Check, asked: dict[str, Any], message: str) -> None:
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
def test_what_the_hotel_does_not_do_is_an_answer(check: Check, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        check(**asked)
    assert caught.value.code == code
    assert caught.value.say


def test_a_hotel_without_pets_says_so(check: Check, hotel: Property) -> None:
    with pytest.raises(Refusal) as caught:
        check(of=replace(hotel, pets=Pets()), pets=1)
    assert caught.value.code == "no_pets"


@pytest.mark.parametrize(
    ("language", "check_in", "more", "stay", "said"),
    [
        ("en", "next weekend", {"nights": None}, ("2026-11-27", "2026-11-29"), "Friday, November 27"),
        ("en", "this Saturday for three nights", {"nights": None}, ("2026-11-21", "2026-11-24"), "November 21"),
        ("en", "Friday", {"check_out": "the following Monday"}, ("2026-11-20", "2026-11-23"), "Friday, November 20"),
        ("en", "Christmas", {"nights": 3}, ("2026-12-25", "2026-12-28"), "Friday, December 25"),
        ("en", "December 30", {"check_out": "January 2"}, ("2026-12-30", "2027-01-02"), "Wednesday, December 30"),
        ("es", "el próximo viernes por dos noches", {"nights": None}, ("2026-11-27", "2026-11-29"), "27 de noviembre"),
        ("es", "3/12", {"check_out": "5/12"}, ("2026-12-03", "2026-12-05"), "del jueves 3 de diciembre"),
    ],
)
def test_a_guests_own_words_are_resolved_here_and_read_back(
    check: Check, language: str, check_in: str, more: dict[str, Any], stay: tuple[str, str], said: str
) -> None:
    result = check(check_in=check_in, language=language, **more)
    assert (result["check_in"], result["check_out"]) == stay
    assert said in result["spoken"]


def test_after_midnight_tonight_can_still_be_sold(check: Check) -> None:
    """At half past one a guest at the door needs a room for the night that has begun, not for the next one."""
    at_night = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
    assert check(check_in="tonight", nights=None, now=at_night)["check_in"] == "2026-11-20"
    with pytest.raises(InvalidArguments, match="check_in is in the past: today is 2026-11-21"):
        check(check_in="2026-11-20", now=datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


def test_a_stay_too_short_for_its_season_is_refused_and_never_offered_instead(check: Check, hotel: Property) -> None:
    peak = replace(hotel, seasons=(Season("peak", 0, Window("11-29", "11-30"), min_nights=4),))
    with pytest.raises(Refusal) as caught:
        check(of=peak, check_in=date(2026, 11, 29))
    assert (caught.value.code, caught.value.say) == (
        "stay_too_short",
        "For those dates we take stays of at least four nights.",
    )
    with pytest.raises(Refusal) as caught:
        check(of=peak, full=[FRIDAY, FRIDAY + timedelta(days=1)])
    assert [a["check_in"] for a in caught.value.details["alternatives"]] == ["2026-11-25", "2026-11-24"]


def test_a_room_that_is_too_small_says_so_and_what_is_not(check: Check) -> None:
    with pytest.raises(Refusal) as caught:
        check(room_type="standard_queen", adults=3)
    assert caught.value.message == "a standard_queen holds 2 guests"
    assert caught.value.say == (
        "A Standard Queen takes two guests at most. I could offer a Suite for those nights, for $542.82 in total."
    )


def test_a_full_kind_of_room_is_offered_on_the_nearest_other_nights(check: Check, hotel: Property) -> None:
    only = replace(hotel, room_types=(hotel.room_types[0],))
    with pytest.raises(Refusal) as caught:
        check(of=only, full=[FRIDAY], room_type="standard_queen")
    assert [(a["check_in"], a["room_type"]) for a in caught.value.details["alternatives"]] == [
        ("2026-11-28", "standard_queen"),
        ("2026-11-29", "standard_queen"),
        ("2026-11-25", "standard_queen"),
    ]


def test_other_rates_are_told_with_what_they_ask(check: Check) -> None:
    [offer] = check(room_type="suite")["offers"]
    assert offer["rate_plan"] == "standard"
    assert offer["other_rates"] == [
        {
            "rate_plan": "non_refundable",
            "name": "non-refundable rate",
            "refundable": False,
            "total_cents": 48854,
            "total": "$488.54",
        }
    ]


def test_a_longer_stay_has_its_own_rate_by_itself(check: Check) -> None:
    [offer] = check(room_type="standard_queen", nights=7)["offers"]
    assert (offer["rate_plan"], offer["nightly_cents"]) == ("weekly", [11610] * 7)


def test_a_fee_of_one_room_is_not_said_of_all(check: Check, hotel: Property) -> None:
    queen, king, _ = hotel.room_types
    rooms = (replace(queen, included_guests=1), king)
    result = check(of=replace(hotel, room_types=rooms, extra_guest_cents=1_000), pets=1)
    assert [[fee["name"] for fee in offer["fees"]] for offer in result["offers"]] == [
        ["extra guest fee", "pet fee"],
        ["pet fee"],
    ]
    assert result["spoken"].endswith("in total, including tax and the $50 pet fee.")


def test_prices_that_hold_their_tax_are_said_to_include_it(check: Check) -> None:
    casa = properties.load().by_id["hotel-casa-alondra"]
    spoken = check(of=casa, adults=2)["spoken"]
    assert spoken == (
        "For two nights, Friday, November 27 to Sunday, November 29: a Doble is €285.36, a Doble con Balcón is €347.46 "
        "and a Familiar is €430.26 in total, including tax."
    )


def test_today_is_today_at_the_hotel(hotel: Property) -> None:
    assert hotel.today(datetime(2026, 11, 21, 4, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert hotel.today(datetime(2026, 11, 21, 5, 0, tzinfo=UTC)) == date(2026, 11, 21)
