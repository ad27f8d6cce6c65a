"""Dates that tools are given, ISO or in words, against the hotel's own clock."""

import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightdesk import properties
from nightdesk.errors import InvalidArguments
from nightdesk.hotel.model import Property
from nightdesk.hotel.stay_dates import Clock, clock, read_day, read_stay, read_wish

SATURDAY = Clock(date(2026, 11, 21), date(2026, 11, 21))
SABADO = replace(SATURDAY, language="es")


@pytest.fixture(scope="module")
def hotel() -> Property:
    return properties.load().by_id["west-bethel-motel"]


def d(day: str) -> date:
    return date.fromisoformat(day)


@pytest.mark.parametrize(
    ("at", "check_in", "check_out", "nights", "arrival", "departure"),
    [
        (SATURDAY, "2026-11-27", "2026-11-29", None, "2026-11-27", "2026-11-29"),
        (SATURDAY, "2026-11-27", None, 3, "2026-11-27", "2026-11-30"),
        (SATURDAY, "2026-11-27", "2026-11-29", 2, "2026-11-27", "2026-11-29"),
        (SATURDAY, "next weekend", None, None, "2026-11-27", "2026-11-29"),
        (SATURDAY, "next weekend", "Monday", None, "2026-11-27", "2026-11-30"),
        (SATURDAY, "next weekend", None, 3, "2026-11-27", "2026-11-30"),
        (SATURDAY, "this Friday for two nights", None, None, "2026-11-27", "2026-11-29"),
        (SATURDAY, "this Friday for two nights", None, 2, "2026-11-27", "2026-11-29"),
        (SATURDAY, "Friday", "the following Sunday", None, "2026-11-27", "2026-11-29"),
        (SATURDAY, "Friday", "two nights", None, "2026-11-27", "2026-11-29"),
        (SATURDAY, "friday to sunday", None, None, "2026-11-27", "2026-11-29"),
        (SATURDAY, "tonight", None, None, "2026-11-21", "2026-11-22"),
        (SATURDAY, "twenty seven", None, 2, "2026-11-27", "2026-11-29"),
        (SATURDAY, "December 30", "January 2", None, "2026-12-30", "2027-01-02"),
        (SATURDAY, "Christmas", "New Year's Eve", None, "2026-12-25", "2026-12-31"),
        (SATURDAY, "Thanksgiving weekend", None, None, "2026-11-27", "2026-11-29"),
        (SATURDAY, "Labor Day weekend", None, None, "2027-09-03", "2027-09-06"),
        (SATURDAY, "3/12", "3/14", None, "2027-03-12", "2027-03-14"),
        (SABADO, "3/12", "5/12", None, "2026-12-03", "2026-12-05"),
        (SABADO, "el próximo viernes por dos noches", None, None, "2026-11-27", "2026-11-29"),
        (SABADO, "el viernes", "domingo", None, "2026-11-27", "2026-11-29"),
        (SABADO, "friday for two nights", None, None, "2026-11-27", "2026-11-29"),  # a model may think in English
        (SATURDAY, "el viernes por dos noches", None, None, "2026-11-27", "2026-11-29"),
    ],
)
def test_a_stay_is_read(
    at: Clock, check_in: str, check_out: str | None, nights: int | None, arrival: str, departure: str
) -> None:
    assert read_stay(at, check_in, check_out, nights) == (d(arrival), d(departure))


@pytest.mark.parametrize(
    ("check_in", "check_out", "arrival", "departure"),
    [
        (None, None, None, None),
        ("next Friday", None, "2026-11-27", None),
        ("next weekend", None, "2026-11-27", "2026-11-29"),
        ("Friday for three nights", None, "2026-11-27", "2026-11-30"),
        ("friday to sunday", None, "2026-11-27", "2026-11-29"),
        (None, "2026-11-29", None, "2026-11-29"),
        ("Friday", "Sunday", "2026-11-27", "2026-11-29"),
    ],
)
def test_a_wish_may_say_less(
    check_in: str | None, check_out: str | None, arrival: str | None, departure: str | None
) -> None:
    assert read_wish(SATURDAY, check_in, check_out) == tuple(day and d(day) for day in (arrival, departure))


@pytest.mark.parametrize(
    ("check_in", "check_out", "nights", "message"),
    [
        ("whenever", None, 2, "check_in must be a date like 2026-11-27, or words like 'next Friday', not 'whenever'"),
        ("February 30", None, 1, "check_in must be a date .*'February 30'"),
        ("", None, 1, "check_in must be a date"),
        ("Friday", "whenever", None, "check_out must be a date .*'whenever'"),
        ("Friday", None, None, r"nights \(or check_out\) is missing: ask the guest how long they stay"),
        ("2026-11-27", "2026-11-29", 3, "contradict each other, they mean 2026-11-29 and 2026-11-30: ask which"),
        ("this Friday for two nights", None, 1, "they mean 2026-11-28 and 2026-11-29"),
        ("Friday to Sunday", "Monday", None, "they mean 2026-11-29 and 2026-11-30"),
        ("in two weeks for the weekend", None, None, r"nights \(or check_out\) is missing"),  # which of the two?
    ],
)
def test_what_cannot_be_read_is_told_to_the_model(
    check_in: str, check_out: str | None, nights: int | None, message: str
) -> None:
    with pytest.raises(InvalidArguments, match=message):
        read_stay(SATURDAY, check_in, check_out, nights)


@pytest.mark.parametrize(
    ("check_in", "check_out", "arrival", "departure"),
    [
        ("January 3", "January 1", "2027-01-03", "2027-01-01"),
        ("January 3", "January 3", "2027-01-03", "2027-01-03"),
        ("January 3 to January 1", None, "2027-01-03", "2027-01-01"),
        ("3 de enero", "1 de enero", "2027-01-03", "2027-01-01"),
        ("December 31", "December 29", "2026-12-31", "2026-12-29"),
        ("November 30", "February 2", "2026-11-30", "2027-02-02"),
    ],
)
def test_a_departure_before_the_arrival_is_no_stay_of_a_year(
    check_in: str, check_out: str | None, arrival: str, departure: str
) -> None:
    assert read_stay(SATURDAY, check_in, check_out) == (d(arrival), d(departure))


@pytest.mark.parametrize(
    "written",
    [
        *["Nov 27-29", "November 27 - 29", "Nov 27\u201329", "27\u201329 November", "27-29 of November", "Fri-Sun"],
        *["Friday - Sunday", "11/27-11/29", "11/27 - 11/29", "2026-11-27/2026-11-29", "2026-11-27 - 2026-11-29"],
        *["2026-11-27 to 2026-11-29", "27-29 de noviembre", "viernes - domingo"],
    ],
)
def test_a_dash_between_two_dates_is_read(written: str) -> None:
    assert read_stay(SATURDAY, written) == (d("2026-11-27"), d("2026-11-29"))


@pytest.mark.parametrize("phrase", ["now", "right now", "ahora", "tonight", "esta noche"])
def test_now_is_the_night_for_sale(phrase: str) -> None:
    assert read_stay(Clock(d("2026-11-21"), d("2026-11-20")), phrase) == (d("2026-11-20"), d("2026-11-21"))


def test_a_single_day_is_read() -> None:
    assert read_day(SATURDAY, "when", "tomorrow") == d("2026-11-22")
    assert read_day(SABADO, "when", "el lunes") == d("2026-11-23")
    with pytest.raises(InvalidArguments, match="when must be a date"):
        read_day(SATURDAY, "when", "some day")


@given(today=st.dates(date(2026, 1, 1), date(2030, 12, 31)), ahead=st.integers(0, 399), nights=st.integers(1, 30))
def test_an_iso_date_is_itself_whatever_the_day(today: date, ahead: int, nights: int) -> None:
    check_in = today + timedelta(days=ahead)
    check_out = check_in + timedelta(days=nights)
    for language in ("en", "es"):
        at = Clock(today, today, language)
        assert read_stay(at, check_in.isoformat(), check_out.isoformat()) == (check_in, check_out)
        assert read_stay(at, check_in.isoformat(), None, nights) == (check_in, check_out)


@given(today=st.dates(date(2026, 1, 1), date(2030, 12, 31)), ahead=st.integers(0, 360))
def test_a_month_and_day_without_a_year_is_the_next_one(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    if (day.month, day.day) == (2, 29):
        return  # there may be a nearer one than a year ahead, or none
    assert read_day(Clock(today, today), "when", f"{day:%B} {day.day}") == day
    assert read_day(Clock(today, today, "es"), "when", f"{day.day}/{day.month}") == day


@given(today=st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_weekends_are_fridays_to_sundays_ahead(today: date) -> None:
    at = Clock(today, today)
    for phrase, weeks in (("next weekend", 1), ("the coming weekend", 0)):
        arrival, departure = read_stay(at, phrase)
        assert (arrival.weekday(), departure - arrival) == (4, timedelta(days=2))
        assert today < arrival <= today + timedelta(days=7 * (weeks + 1))
    arrival, departure = read_stay(at, "this weekend")
    assert arrival >= today
    assert departure.weekday() == 6


WORDS = """
    friday monday sun next this coming weekend week night nights days two 3 31 27th the of to until from after before a
    in november february 12/3 31/12 29/2 2026-11-27 9999-12-31 0001-01-01 2026-02-30 13/13 00/00 1/1/99 christmas easter
    today tomorrow tonight leaving no not and change instead el viernes proximo fin semana manana pasado dentro de
    noches hasta desde navidad dia del al y despues 99 0
"""


@given(
    phrases=st.lists(
        st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=6).map(" ".join), min_size=2, max_size=2
    ),
    language=st.sampled_from(["en", "es", "fr"]),
    nights=st.none() | st.sampled_from([1, 365]),
    today=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
)
def test_any_words_are_a_stay_or_a_complaint(
    phrases: list[str], language: str, nights: int | None, today: date
) -> None:
    at = Clock(today, today - timedelta(days=1), language)
    for check_out in (None, phrases[1]):
        with contextlib.suppress(InvalidArguments):
            arrival, departure = read_stay(at, phrases[0], check_out, nights)
            assert 2000 <= arrival.year < 2200
            assert departure.year < 2201


# the hotel's clock


@pytest.mark.parametrize(
    ("local", "today", "tonight"),
    [
        ("2026-11-20 23:59", "2026-11-20", "2026-11-20"),
        ("2026-11-21 00:00", "2026-11-21", "2026-11-20"),  # the night that began on Friday
        ("2026-11-21 03:59", "2026-11-21", "2026-11-20"),
        ("2026-11-21 04:00", "2026-11-21", "2026-11-21"),
        ("2027-03-14 03:30", "2027-03-14", "2027-03-13"),  # clocks went from 2 to 3
        ("2026-11-01 01:30", "2026-11-01", "2026-10-31"),  # this hour comes twice
    ],
)
def test_after_midnight_tonight_is_still_the_night_that_began(
    hotel: Property, local: str, today: str, tonight: str
) -> None:
    for fold in (0, 1):
        now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(hotel.time_zone), fold=fold).astimezone(UTC)
        at = clock(hotel, now, "en")
        assert (at.today, at.tonight) == (d(today), d(tonight))
        assert read_stay(at, "tonight") == (d(tonight), d(tonight) + timedelta(days=1))
        assert read_day(at, "when", "today") == d(today)
        assert read_day(at, "when", "tomorrow") == d(today) + timedelta(days=1)


def test_the_day_is_the_hotels_and_not_that_of_the_server(hotel: Property) -> None:
    now = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)  # half past eleven in the evening in Maine
    there = replace(hotel, time_zone="Europe/Madrid")
    assert read_day(clock(hotel, now, "en"), "when", "tomorrow") == d("2026-11-21")
    assert read_day(clock(there, now, "en"), "when", "tomorrow") == d("2026-11-22")


def test_nights_are_counted_in_days_also_where_the_clock_changes() -> None:
    at = Clock(d("2027-03-12"), d("2027-03-12"))
    assert read_stay(at, "saturday for two nights") == (d("2027-03-13"), d("2027-03-15"))
