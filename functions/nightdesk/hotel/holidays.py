"""Holidays that guests name instead of a date. Pure.

A convention, read back like every date: "new year's" is the night before it, "holy week" begins on its Thursday. The
names are those of the United States: "labor day" is in September, and what other countries call so has another name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

Holiday = Callable[[int], date]


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar. Source: Meeus, Astronomical Algorithms, chapter 8."""
    century, in_century = divmod(year, 100)
    golden = year % 19
    skipped = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - skipped + 15) % 30
    to_sunday = (32 + 2 * (century % 4) + 2 * (in_century // 4) - epact - in_century % 4) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _on(month: int, day: int) -> Holiday:
    return lambda year: date(year, month, day)


def _weekday_of(month: int, nth: int, weekday: int) -> Holiday:
    """The nth such weekday (Monday is 0) of a month."""

    def found(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))

    return found


def _last_monday(month: int) -> Holiday:
    def found(year: int) -> date:
        last = date(year, month + 1, 1) - timedelta(days=1)
        return last - timedelta(days=last.weekday())

    return found


def _from_easter(days: int) -> Holiday:
    return lambda year: easter(year) + timedelta(days=days)


_thanksgiving = _weekday_of(11, 4, 3)

# Names in the form of numbers_en.numbered, the longer before the shorter.
HOLIDAYS: dict[str, Holiday] = {
    "new years day": _on(1, 1),
    "new years eve": _on(12, 31),
    "new years?": _on(12, 31),
    "christmas eve": _on(12, 24),
    "boxing day": _on(12, 26),
    "christmas(?: day)?": _on(12, 25),
    "epiphany|3 kings day": _on(1, 6),
    "(?:martin luther king|mlk) day": _weekday_of(1, 3, 0),
    "valentines(?: day)?": _on(2, 14),
    "presidents day": _weekday_of(2, 3, 0),
    "(?:saint|st) patricks(?: day)?": _on(3, 17),
    "maundy thursday|holy week": _from_easter(-3),
    "good friday": _from_easter(-2),
    "easter monday": _from_easter(1),
    "easter(?: sunday)?": _from_easter(0),
    "memorial day": _last_monday(5),
    "juneteenth": _on(6, 19),
    "independence day": _on(7, 4),
    "labor day": _weekday_of(9, 1, 0),
    "(?:columbus|indigenous peoples) day": _weekday_of(10, 2, 0),
    "halloween": _on(10, 31),
    "all saints(?: day)?": _on(11, 1),
    "veterans day": _on(11, 11),
    "black friday": lambda year: _thanksgiving(year) + timedelta(days=1),
    "thanksgiving(?: day)?": _thanksgiving,
}


def coming(holiday: Holiday, today: date) -> date:
    """The next time it is celebrated, today included."""
    day = holiday(today.year)
    return day if day >= today else holiday(today.year + 1)


def weekend_of(day: date) -> tuple[date, int]:
    """The Friday of the weekend that a day belongs to or is nearest to, and its nights: with a Monday, three."""
    friday = day + timedelta(days=(4 - day.weekday() + 3) % 7 - 3)
    return friday, 3 if day.weekday() == 0 else 2
