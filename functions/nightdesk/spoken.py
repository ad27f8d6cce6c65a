"""Days, times, counts and lists as they are said in the languages we know. Pure.

A language that is not here is answered in English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nightdesk.hotel.pricing import Stay

_WEEKDAYS_ES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS_ES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_COUNTS: Mapping[str, Sequence[str]] = {
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "es": ("ningún", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
}


def known(language: str) -> str:
    """ "es-MX" -> "es"; English where there are no words."""
    return language[:2] if language[:2] in _COUNTS else "en"


def number(value: int, language: str = "en") -> str:
    """As a word where it is short: "two", "15". Spanish before a masculine noun: "un"."""
    counts = _COUNTS[known(language)]
    return counts[value] if 0 <= value < len(counts) else str(value)


def nights(count: int, language: str = "en") -> str:
    if known(language) == "es":
        return "una noche" if count == 1 else f"{number(count, 'es')} noches"
    return f"{number(count)} night{'' if count == 1 else 's'}"


def day(value: date, language: str = "en") -> str:
    """Friday, November 27; viernes 27 de noviembre."""
    if known(language) == "es":
        return f"{_WEEKDAYS_ES[value.weekday()]} {value.day} de {_MONTHS_ES[value.month - 1]}"
    return f"{value:%A, %B} {value.day}"


def dates(stay: Stay, language: str = "en") -> str:
    """From the day of arrival to that of departure."""
    first, last = day(stay.check_in, language), day(stay.check_out, language)
    return f"del {first} al {last}" if known(language) == "es" else f"{first} to {last}"


def clock(value: time, language: str = "en") -> str:
    """3:00 PM; las 15:00."""
    if known(language) == "es":
        return f"{'la' if value.hour == 1 else 'las'} {value.hour}:{value.minute:02d}"
    return f"{value.hour % 12 or 12}:{value.minute:02d} {'AM' if value.hour < 12 else 'PM'}"


def moment(local: datetime, language: str = "en") -> str:
    """A day and a time: Friday, November 27 at 3:00 PM; viernes 27 de noviembre a las 15:00."""
    at = "a" if known(language) == "es" else "at"
    return f"{day(local.date(), language)} {at} {clock(local.time(), language)}"


def listed(items: Sequence[str], language: str = "en") -> str:
    last = " y " if known(language) == "es" else " and "
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + last + items[-1]


def amount(cents: int, currency: str) -> str:
    """Whole amounts without their cents: $50, $335.72."""
    from nightdesk.hotel.pricing import money

    return money(cents, currency).removesuffix(".00")


def home_number(number: str) -> str:
    """A number of ours, E.164, digit by digit and as it is dialled at home: the country's prefix is for foreigners."""
    return digits(number.removeprefix("+1").removeprefix("+34").removeprefix("+"))


def digits(number_ends: str) -> str:
    """Apart, as they are read out."""
    return " ".join(number_ends)
