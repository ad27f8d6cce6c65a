"""Days and times of day as guests and models say them."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightdesk import properties
from nightdesk.errors import InvalidArguments
from nightdesk.hotel import moments

MOTEL = properties.load().by_id["west-bethel-motel"]
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("phrase", "at"),
    [
        ("15:00", time(15)),
        ("07:05", time(7, 5)),
        ("three in the afternoon", time(15)),
        ("3 pm", time(15)),
        ("half past three p.m.", time(15, 30)),
        ("quarter to eight in the evening", time(19, 45)),
        ("seven thirty am", time(7, 30)),
        ("seven o'clock in the morning", time(7)),
        ("12:30 am", time(0, 30)),
        ("noon", time(12)),
        ("a las siete de la mañana", time(7)),
        ("las tres y media de la tarde", time(15, 30)),
        ("siete menos cuarto de la tarde", time(18, 45)),
        ("a mediodía", time(12)),
    ],
)
def test_times_of_day(phrase: str, at: time) -> None:
    assert moments.read_time("time", phrase) == at


@pytest.mark.parametrize("phrase", ["at 3", "8", "nine", "7:30", "a las siete"])
def test_what_may_be_morning_or_evening_is_asked(phrase: str) -> None:
    with pytest.raises(InvalidArguments, match=r"time: ask whether \d+:\d\d is in the morning or in the afternoon"):
        moments.read_time("time", phrase)
    assert moments.read_time("time", phrase, usual="am").hour < 12


@pytest.mark.parametrize("phrase", ["", "soon", "25:00", "12:75", "when I am back", "tomorrow"])
def test_what_is_no_time_is_said_so(phrase: str) -> None:
    with pytest.raises(InvalidArguments, match="time must be a time of day"):
        moments.read_time("time", phrase)


@pytest.mark.parametrize(
    ("phrase", "local"),
    [
        ("tomorrow at seven am", "2026-11-21 07:00"),
        ("2026-11-22 07:00", "2026-11-22 07:00"),
        ("2026-11-22T07:00", "2026-11-22 07:00"),
        ("07:00", "2026-11-21 07:00"),  # today's has passed
        ("13:30", "2026-11-20 13:30"),
        ("tonight at 8", "2026-11-20 20:00"),
        ("this evening at 6", "2026-11-20 18:00"),
        ("monday at half past six", "2026-11-23 06:30"),
        ("at 6:30 on november 27", "2026-11-27 06:30"),
        ("noon on saturday", "2026-11-21 12:00"),
        ("mañana a las siete de la mañana", "2026-11-21 07:00"),
        ("el lunes a las 8 y media", "2026-11-23 08:30"),
    ],
)
def test_a_day_and_a_time_are_one_moment_on_the_hotels_clock(phrase: str, local: str) -> None:
    moment = moments.read_moment(MOTEL, NOON, "en", "when", phrase, usual="am")
    assert f"{MOTEL.local(moment):%Y-%m-%d %H:%M}" == local


def test_a_time_that_the_clocks_skip_is_an_hour_later() -> None:
    skipped = moments.on_clock(MOTEL, datetime(2027, 3, 14, 2, 30))  # noqa: DTZ001
    assert f"{MOTEL.local(skipped):%H:%M}" == "03:30"


@given(st.text(max_size=60))
def test_no_words_break_it(phrase: str) -> None:
    try:
        moment = moments.read_moment(MOTEL, NOON, "en", "when", phrase, usual="am")
    except InvalidArguments:
        return
    assert moment.tzinfo is UTC
