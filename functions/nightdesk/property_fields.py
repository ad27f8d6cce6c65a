"""Reads the fields of a property's file one by one: each is checked, and named with its place when it is wrong.

No pydantic here: the `twilio` function loads these files before it can answer the first ring.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

from nightdesk.errors import PropertyFileError
from nightdesk.phones import E164

T = TypeVar("T")
Check = Callable[[str], str]
"""What is wrong with a text, as the end of a sentence; "" when nothing is."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Source: ISO 4217. Amounts are whole hundredths here, and these currencies have none.
_NO_HUNDREDTHS = re.compile(
    r"BHD|BIF|CLP|DJF|GNF|IQD|ISK|JOD|JPY|KMF|KRW|KWD|LYD|OMR|PYG|RWF|TND|UGX|VND|VUV|XAF|XOF|XPF"
)


class Fields:
    """One mapping of a file. A field that no reader has taken is a misspelt one, which `done` complains of."""

    def __init__(self, file: str, where: str, data: object) -> None:
        self._file, self._where = file, where
        if not isinstance(data, dict):
            raise PropertyFileError(file, where.rstrip("."), f"must be a mapping, not {_kind(data)}")
        self._data: dict[object, object] = dict(data)

    def __contains__(self, field: str) -> bool:
        return field in self._data

    def wrong(self, field: str, problem: str) -> PropertyFileError:
        return PropertyFileError(self._file, (self._where + field).rstrip("."), problem)

    def text(self, field: str, *, default: str | None = None, check: Check | None = None) -> str:
        value = self._take(field, default)
        if not isinstance(value, str) or not (value.strip() or default is not None):
            raise self.wrong(field, f"must be text in quotes, not {_kind(value)}")
        return self._checked(field, value.strip(), check)

    def texts(self, field: str, check: Check | None = None, *, at_least: int = 0) -> tuple[str, ...]:
        values = self._list(field, at_least)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{field}[{index}]", f"must be text in quotes, not {_kind(value)}")
        return tuple(self._checked(f"{field}[{i}]", str(v).strip(), check) for i, v in enumerate(values))

    def number(self, field: str, *, at_least: int, at_most: int | None = None, default: int | None = None) -> int:
        value = self._take(field, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(field, f"must be a whole number, not {_kind(value)}")
        if value < at_least:
            raise self.wrong(field, f"must be at least {at_least}, not {value}")
        if at_most is not None and value > at_most:
            raise self.wrong(field, f"must be at most {at_most}, not {value}")
        return value

    def numbers(self, field: str, *, at_least: int, at_most: int) -> tuple[int, ...]:
        found = []
        for index, value in enumerate(self._list(field, 0)):
            if not isinstance(value, int) or isinstance(value, bool) or not at_least <= value <= at_most:
                raise self.wrong(f"{field}[{index}]", f"must be a whole number from {at_least} to {at_most}")
            found.append(value)
        return tuple(found)

    def amount(self, field: str, *, default: float) -> float:
        value = self._take(field, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
            raise self.wrong(field, "must be a number above 0")
        return float(value)

    def percent(self, field: str, *, lowest: int = 0, highest: int = 100, default: int | None = None) -> int:
        """In basis points: 8.5 percent are 850."""
        value = self._take(field, default)
        try:
            points = Decimal(str(value)) * 100
        except InvalidOperation:
            raise self.wrong(field, "must be a number of percent") from None
        fits = points.is_finite() and points == int(points) and lowest * 100 <= points <= highest * 100
        if isinstance(value, bool) or not fits:
            raise self.wrong(field, f"must be between {lowest} and {highest} percent, with two decimals at most")
        return int(points)

    def flag(self, field: str, *, default: bool) -> bool:
        value = self._take(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, f"must be true or false, not {_kind(value)}")
        return value

    def clock(self, field: str, *, default: str | None = None) -> time:
        """A time of day without a zone: the hotel's."""
        value = self._take(field, default)
        # YAML reads an unquoted 15:00 as the number 900.
        if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            raise self.wrong(field, 'must be a time of day in quotes, like "15:00"')
        return time.fromisoformat(value)

    def day(self, field: str) -> str:
        """A date as text: "2027-03-21", or "12-20" for every year."""
        value = self._take(field, None)
        if isinstance(value, date):  # unquoted, YAML has read it already
            value = value.isoformat()
        try:
            if not isinstance(value, str) or not re.fullmatch(r"(\d{4}-)?\d\d-\d\d", value):
                raise ValueError
            date.fromisoformat(value if len(value) == 10 else f"2028-{value}")  # which has a February 29
        except ValueError:
            raise self.wrong(field, 'must be a date like "2027-03-21", or "12-20" for every year') from None
        return value

    def weekdays(self, field: str, *, at_least: int = 0) -> frozenset[int]:
        """Names of weekdays as numbers, Monday is 0."""
        return frozenset(WEEKDAYS.index(name) for name in self.texts(field, one_of(*WEEKDAYS), at_least=at_least))

    def section(self, field: str, read: Callable[[Fields], T]) -> T:
        """A mapping within this one; as if it were empty when it is not there."""
        inner = Fields(self._file, f"{self._where}{field}.", self._take(field, {}))
        return inner._read(read)

    def rows(self, field: str, read: Callable[[Fields], T], *, at_least: int = 0) -> tuple[T, ...]:
        rows = self._list(field, at_least)
        return tuple(Fields(self._file, f"{self._where}{field}[{i}].", row)._read(read) for i, row in enumerate(rows))

    def done(self) -> None:
        """A misspelt field would be ignored in silence, so every field must have been read."""
        if self._data:
            raise self.wrong(str(next(iter(self._data))), "is not a field of a property file")

    def _read(self, read: Callable[[Fields], T]) -> T:
        made = read(self)
        self.done()
        return made

    def _take(self, field: str, default: object) -> object:
        value = self._data.pop(field, default)
        if value is None:
            raise self.wrong(field, "is missing")
        return value

    def _list(self, field: str, at_least: int) -> list[object]:
        value = self._take(field, [] if at_least == 0 else None)
        if not isinstance(value, list):
            raise self.wrong(field, f"must be a list, not {_kind(value)}")
        if len(value) < at_least:
            raise self.wrong(field, f"needs at least {at_least}")
        return value

    def _checked(self, field: str, value: str, check: Check | None) -> str:
        if check and value and (problem := check(value)):
            raise self.wrong(field, problem)
        return value


def one_of(*choices: str) -> Check:
    return lambda value: "" if value in choices else f"must be one of {', '.join(choices)}, not {value!r}"


def phone_number(value: str) -> str:
    return "" if E164.fullmatch(value) else f"must be a phone number like +12072203501, not {value!r}"


def name(value: str) -> str:
    return "" if _NAME.fullmatch(value) else f"must be small letters, digits and underscores, not {value!r}"


def menu_key(value: str) -> str:
    return "" if re.fullmatch(r"[1-9]", value) else f"must be a key from 1 to 9 in quotes, not {value!r}: 0 is a person"


def currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        return f"must be a currency code like USD, not {value!r}"
    return f"cannot be {value}: it has no hundredths to count in" if _NO_HUNDREDTHS.fullmatch(value) else ""


def language(value: str) -> str:
    return "" if re.fullmatch(r"[a-z]{2}", value) else f"must be a language code like en, not {value!r}"


def country(value: str) -> str:
    return "" if re.fullmatch(r"[A-Z]{2}", value) else f"must be a country code like US, not {value!r}"


def region(value: str) -> str:
    known = re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", value)
    return "" if known else f"must be a country, or a part of one, like ES or US-ME, not {value!r}"


def clip_url(value: str) -> str:
    known = value.startswith(("https://", "gs://", "file:///"))
    return "" if known else f"must be an https, gs or file URL, not {value!r}"


def music_url(value: str) -> str:
    return "" if value.startswith("https://") else f"must be an https URL, not {value!r}"


def zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return f"is not a time zone: {value!r}"
    return ""


def _kind(value: object) -> str:
    return {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}.get(type(value), repr(value))
