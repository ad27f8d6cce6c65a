"""Dates as guests say them, against a fixed day: Saturday, November 21, 2026."""

from datetime import date, timedelta

import pytest
from nightdesk.hotel.dates import DatesSaid, find_dates, find_nights
from nightdesk.hotel.holidays import easter
from nightdesk.hotel.numbers_en import numbered, plain

SATURDAY = date(2026, 11, 21)


def said(text: str, today: date = SATURDAY, arriving: date | None = None, bare_number: bool = False) -> DatesSaid:
    return find_dates(numbered(plain(text)), today, arriving, bare_number)


def d(day: str) -> date:
    return date.fromisoformat(day)


ARRIVALS = [
    ("friday", "2026-11-27"),
    ("on friday please", "2026-11-27"),
    ("saturday", "2026-11-21"),  # today counts
    ("this friday", "2026-11-27"),
    ("next friday", "2026-11-27"),  # of next week, which begins on Monday
    ("friday next week", "2026-11-27"),
    ("next week on tuesday", "2026-11-24"),
    ("monday", "2026-11-23"),
    ("tonight", "2026-11-21"),
    ("today", "2026-11-21"),
    ("tomorrow", "2026-11-22"),
    ("tomorrow night", "2026-11-22"),
    ("the day after tomorrow", "2026-11-23"),
    ("in three days", "2026-11-24"),
    ("in a week", "2026-11-28"),
    ("in two weeks", "2026-12-05"),
    ("a week from friday", "2026-12-04"),
    ("two weeks from today", "2026-12-05"),
    ("november twenty-seventh", "2026-11-27"),
    ("november twenty seventh", "2026-11-27"),
    ("november the twenty seventh", "2026-11-27"),
    ("november twenty seven", "2026-11-27"),
    ("November 27th", "2026-11-27"),
    ("Nov. 27", "2026-11-27"),
    ("the twenty seventh of november", "2026-11-27"),
    ("27 november", "2026-11-27"),
    ("friday november twenty seventh", "2026-11-27"),
    ("friday the twenty seventh", "2026-11-27"),
    ("friday the twenty seventh of november", "2026-11-27"),
    ("11/27", "2026-11-27"),
    ("2026-11-27", "2026-11-27"),
    ("the 27th", "2026-11-27"),
    ("the twenty seventh", "2026-11-27"),
    ("the fifth", "2026-12-05"),  # past in this month
    ("the thirty first", "2026-12-31"),  # November has none
    ("january second", "2027-01-02"),  # over the end of the year
    ("november twentieth", "2027-11-20"),  # yesterday is next year
    ("november twenty first", "2026-11-21"),
    ("february twenty ninth", "2028-02-29"),
    ("december third twenty twenty seven", "2027-12-03"),
    ("december third two thousand twenty seven", "2027-12-03"),
    ("12/3/2027", "2027-12-03"),
    ("1/5", "2027-01-05"),
    ("next weekend", "2026-11-27"),
    ("this weekend", "2026-11-21"),  # it is Saturday
    ("friday no i mean sunday", "2026-11-29"),
    ("not friday, saturday", "2026-11-21"),
    ("saturday instead of friday", "2026-11-21"),
    ("change it to monday", "2026-11-23"),
]


@pytest.mark.parametrize(("text", "arrival"), ARRIVALS)
def test_the_arrival_is_found(text: str, arrival: str) -> None:
    assert said(text).check_in == d(arrival)
    assert said(text).check_out is None


STAYS = [
    ("two nights from friday", "2026-11-27", None, 2),
    ("for two nights from friday for two adults and a dog", "2026-11-27", None, 2),
    ("friday for two nights", "2026-11-27", None, 2),
    ("from friday to sunday", "2026-11-27", "2026-11-29", None),
    ("friday through monday", "2026-11-27", "2026-11-30", None),
    ("friday until tuesday", "2026-11-27", "2026-12-01", None),
    ("checking in on friday and checking out on monday", "2026-11-27", "2026-11-30", None),
    ("arriving friday leaving sunday", "2026-11-27", "2026-11-29", None),
    ("friday and saturday", "2026-11-27", None, 2),
    ("the twenty seventh to the twenty ninth", "2026-11-27", "2026-11-29", None),
    ("the twenty seventh to the twenty ninth of december", "2026-12-27", "2026-12-29", None),
    ("november 27 to 29", "2026-11-27", "2026-11-29", None),
    ("from the thirtieth to the second", "2026-11-30", "2026-12-02", None),
    ("december thirtieth to january second", "2026-12-30", "2027-01-02", None),
    ("december thirty first for one night", "2026-12-31", None, 1),
    ("2026-12-24 to 2026-12-27", "2026-12-24", "2026-12-27", None),
    ("may third through may fifth", "2027-05-03", "2027-05-05", None),
    ("for a week from friday", "2026-11-27", None, 7),
    ("friday for a week", "2026-11-27", None, 7),
    ("two weeks starting monday", "2026-11-23", None, 14),
    ("december twenty two nights", "2026-12-20", None, 2),
    ("a couple of nights from the third of may", "2027-05-03", None, 2),
    ("two nights until sunday", "2026-11-20", "2026-11-22", 2),
]


@pytest.mark.parametrize(("text", "arrival", "departure", "nights"), STAYS)
def test_a_whole_stay_is_found(text: str, arrival: str, departure: str | None, nights: int | None) -> None:
    assert said(text) == DatesSaid(d(arrival), d(departure) if departure else None, nights)


@pytest.mark.parametrize(
    ("text", "nights"),
    [
        *[("two nights", 2), ("one night", 1), ("fourteen nights", 14), ("a couple of nights", 2), ("3 nights", 3)],
        *[("a three night stay", 3), ("for a night", 1), ("just a night", 1), ("a week", 7), ("one week", 7)],
        *[("two weeks", 14), ("three days", 3), ("no a week", 7), ("overnight", 1), ("make it four nights", 4)],
        *[("a few nights", None), ("in three days", None), ("a week from friday", None), ("zero nights", None)],
        *[("ninety nights", None), ("how much is it a night", None), ("what is the rate a week", None), ("", None)],
    ],
)
def test_nights(text: str, nights: int | None) -> None:
    assert find_nights(numbered(plain(text))) == nights


@pytest.mark.parametrize(
    "text",
    [
        *["", "hello", "just a second", "wait one second please", "two adults", "room three", "may i speak to someone"],
        *["february thirtieth", "april thirty first", "next week", "the two of us", "in december", "twenty seven"],
        "for two adults and a dog",
    ],
)
def test_no_date_is_invented(text: str) -> None:
    assert said(text).check_in is None


@pytest.mark.parametrize(
    ("text", "nights"), [("tonight", 1), ("friday night", 1), ("next weekend", 2), ("this weekend", 1)]
)
def test_a_length_that_is_only_implied_is_marked_as_such(text: str, nights: int) -> None:
    assert said(text).implied_nights == nights
    assert said(text).nights is None
    assert said(f"three nights from {text}").implied_nights is None


@pytest.mark.parametrize(
    ("arriving", "text", "arrival"),
    [
        ("2026-11-27", "no saturday", "2026-11-28"),
        ("2026-11-27", "no thursday", "2026-11-26"),
        ("2026-12-11", "make it saturday", "2026-12-12"),
        ("2026-12-27", "no the twenty eighth", "2026-12-28"),
        ("2026-11-22", "no friday", "2026-11-27"),  # the nearest one is past
        ("2026-12-11", "this friday", "2026-11-27"),
        ("2026-12-11", "tomorrow", "2026-11-22"),
    ],
)
def test_a_correction_is_meant_near_what_was_said_before(arriving: str, text: str, arrival: str) -> None:
    assert said(text, arriving=d(arriving)).check_in == d(arrival)


@pytest.mark.parametrize(
    ("text", "departure"),
    [
        ("until sunday", "2026-11-29"),
        ("leaving on the second", "2026-12-02"),
        ("check out on december first", "2026-12-01"),
    ],
)
def test_a_departure_alone_is_counted_from_the_arrival(text: str, departure: str) -> None:
    assert said(text, arriving=d("2026-11-27")) == DatesSaid(None, d(departure))


def test_a_number_alone_is_a_day_only_when_a_day_was_asked_for() -> None:
    assert said("twenty seven").check_in is None
    assert said("twenty seven", bare_number=True).check_in == d("2026-11-27")
    assert said("um the five please", bare_number=True).check_in == d("2026-12-05")


@pytest.mark.parametrize("today", [date(2026, 12, 31), date(2027, 2, 28), date(2028, 2, 29), date(2026, 11, 30)])
def test_every_weekday_and_day_of_month_lies_ahead_across_the_ends_of_months_and_years(today: date) -> None:
    for ahead, name in enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]):
        found = said(name, today).check_in
        assert found is not None
        assert found.weekday() == ahead
        assert 0 <= (found - today).days < 7
    for day in range(1, 32):
        found = said(f"the {day}th", today).check_in
        assert found is not None
        assert found.day == day
        assert today <= found < today + timedelta(days=63)


def test_new_year_is_a_stay_over_two_years() -> None:
    stay = said("two nights from thursday", date(2026, 12, 30))
    assert (stay.check_in, stay.nights) == (d("2026-12-31"), 2)
    assert said("tomorrow", date(2026, 12, 31)).check_in == d("2027-01-01")
    assert said("friday to sunday", date(2026, 12, 30)) == DatesSaid(d("2027-01-01"), d("2027-01-03"))


@pytest.mark.parametrize(("today", "this", "after"), [(23, 27, 34), (27, 27, 34), (28, 28, 34), (29, 34, 34)])
def test_weekends_from_every_part_of_the_week(today: int, this: int, after: int) -> None:
    """Days of November 2026, counted on into December: the 27th is a Friday."""
    first = date(2026, 11, 1)
    assert said("this weekend", first + timedelta(days=today - 1)).check_in == first + timedelta(days=this - 1)
    assert said("next weekend", first + timedelta(days=today - 1)).check_in == first + timedelta(days=after - 1)


@pytest.mark.parametrize(
    ("text", "arrival"),
    [
        ("the coming friday", "2026-11-27"),
        ("this coming saturday", "2026-11-28"),  # it is Saturday
        ("christmas", "2026-12-25"),
        ("Christmas Eve", "2026-12-24"),
        ("New Year's Eve", "2026-12-31"),
        ("for new year's", "2026-12-31"),
        ("New Year's Day", "2027-01-01"),
        ("thanksgiving", "2026-11-26"),
        ("the day after thanksgiving", "2026-11-27"),
        ("black friday", "2026-11-27"),
        ("a week after christmas", "2027-01-01"),
        ("valentine's day", "2027-02-14"),
        ("easter", "2027-03-28"),
        ("easter sunday", "2027-03-28"),
        ("good friday", "2027-03-26"),
        ("memorial day", "2027-05-31"),
        ("the fourth of july", "2027-07-04"),
        ("labor day", "2027-09-06"),
        ("columbus day", "2027-10-11"),
        ("halloween", "2027-10-31"),
    ],
)
def test_a_holiday_is_the_next_one(text: str, arrival: str) -> None:
    assert said(text) == DatesSaid(d(arrival))


@pytest.mark.parametrize(
    ("text", "arrival", "nights"),
    [
        ("thanksgiving weekend", "2026-11-27", 2),
        ("labor day weekend", "2027-09-03", 3),  # until Monday
        ("the weekend of december fifth", "2026-12-04", 2),
        ("the weekend of the twelfth", "2026-12-11", 2),
        ("the weekend of christmas", "2026-12-25", 2),
        ("the weekend after next", "2026-12-04", 2),
        ("the weekend after thanksgiving", "2026-12-04", 2),
        ("the weekend before christmas", "2026-12-18", 2),
        ("the coming weekend", "2026-11-27", 2),
    ],
)
def test_a_named_weekend_is_its_friday(text: str, arrival: str, nights: int) -> None:
    assert said(text) == DatesSaid(d(arrival), implied_nights=nights)


@pytest.mark.parametrize(
    ("text", "arrival", "nights"),
    [
        ("the first weekend in december", "2026-12-04", 2),
        ("the last weekend of may", "2027-05-28", 2),
        ("the second weekend of next month", "2026-12-11", 2),
        ("the fourth weekend of this month", "2026-11-27", 2),
        ("the first weekend of november", "2027-11-05", 2),  # this year's is over
        ("the first friday in december", "2026-12-04", None),
        ("the last sunday of february two thousand twenty eight", "2028-02-27", None),
        ("the night of the twenty seventh", "2026-11-27", 1),
    ],
)
def test_the_nth_of_a_month_is_counted(text: str, arrival: str, nights: int | None) -> None:
    assert said(text) == DatesSaid(d(arrival), implied_nights=nights)


def test_a_fifth_monday_that_a_month_has_not_is_no_date() -> None:
    assert said("the fifth monday of december 2026").check_in is None


@pytest.mark.parametrize(
    ("text", "today", "arrival", "nights"),
    [
        ("labor day weekend", "2027-09-05", "2027-09-05", 1),  # Sunday
        ("labor day weekend", "2027-09-06", "2028-09-01", 3),  # the day itself: guests leave
        ("the weekend of the 21st", "2026-11-21", "2026-11-21", 1),
        ("the first weekend of august", "2026-08-01", "2026-08-01", 1),
        ("thanksgiving weekend", "2026-11-28", "2026-11-28", 1),
        ("thanksgiving weekend", "2026-11-29", "2027-11-26", 2),
    ],
)
def test_of_a_weekend_that_has_begun_the_rest_is_meant(text: str, today: str, arrival: str, nights: int) -> None:
    assert said(text, d(today)) == DatesSaid(d(arrival), implied_nights=nights)


@pytest.mark.parametrize("text", ["merry christmas", "happy new year", "thank you and happy easter to you"])
def test_good_wishes_are_no_dates(text: str) -> None:
    assert said(text) == DatesSaid()


def test_holidays_bound_a_stay_like_other_days() -> None:
    assert said("from christmas to new year's eve") == DatesSaid(d("2026-12-25"), d("2026-12-31"))
    assert said("december 23rd until christmas") == DatesSaid(d("2026-12-23"), d("2026-12-25"))
    assert said("two days before christmas for three nights") == DatesSaid(d("2026-12-23"), nights=3)
    assert said("christmas", today=d("2026-12-25")).check_in == d("2026-12-25")
    assert said("christmas", today=d("2026-12-26")).check_in == d("2027-12-25")


@pytest.mark.parametrize(
    ("year", "sunday"), [(2024, "03-31"), (2026, "04-05"), (2027, "03-28"), (2038, "04-25"), (2285, "03-22")]
)
def test_easter_is_computed(year: int, sunday: str) -> None:
    assert easter(year) == d(f"{year}-{sunday}")
