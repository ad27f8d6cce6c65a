"""Dates that a tool is given, an ISO date or a guest's own words, against the hotel's clock. Pure.

The words are resolved here and not by the model, which miscounts weekdays; the tool's answer reads the dates back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nightdesk.errors import InvalidArguments
from nightdesk.hotel import dates_es, numbers_en, numbers_es
from nightdesk.hotel.dates import DatesSaid, find_dates
from nightdesk.hotel.model import Property


@dataclass(frozen=True)
class Clock:
    """The day at the hotel, the night for sale now (after midnight still yesterday's), and the guest's language."""

    today: date
    tonight: date
    language: str = "en"


def clock(hotel: Property, now: datetime, language: str) -> Clock:
    return Clock(hotel.today(now), hotel.tonight(now), language)


def read_stay(at: Clock, check_in: str, check_out: str | None = None, nights: int | None = None) -> tuple[date, date]:
    """(check_in, check_out) of a stay. `check_in` may say it all: "this Friday for two nights", "next weekend".

    `check_out` may be a date phrase ("Sunday") or a length ("two nights").
    Raises: InvalidArguments with a sentence that tells the model what to change or to ask.
    """
    said = _read(at, check_in)
    if said.check_in is None:
        raise InvalidArguments(_not_a_date("check_in", check_in))
    days = [
        _leaves(at, check_out, said.check_in) if check_out else None,
        said.check_in + timedelta(days=nights) if nights else None,
        said.check_out,
        said.check_in + timedelta(days=said.nights) if said.nights else None,
    ]
    departures = {day for day in days if day is not None}
    if not departures and said.implied_nights:
        departures = {said.check_in + timedelta(days=said.implied_nights)}
    if not departures:
        raise InvalidArguments("nights (or check_out) is missing: ask the guest how long they stay")
    if len(departures) > 1:
        said_so = " and ".join(day.isoformat() for day in sorted(departures))
        raise InvalidArguments(f"check_in, check_out and nights contradict each other, they mean {said_so}: ask which")
    return said.check_in, departures.pop()


def read_wish(at: Clock, check_in: str | None, check_out: str | None) -> tuple[date | None, date | None]:
    """What is known so far of a stay that nobody books yet. Raises: InvalidArguments, as `read_stay` does."""
    if check_in is None:
        return None, None if check_out is None else read_day(at, "check_out", check_out)
    if check_out is not None:
        return read_stay(at, check_in, check_out)
    arrival, said = read_day(at, "check_in", check_in), _read(at, check_in)
    nights = said.nights or said.implied_nights
    return arrival, said.check_out or (arrival + timedelta(days=nights) if nights else None)


def read_day(at: Clock, field: str, phrase: str) -> date:
    """One day: "tomorrow", "el lunes", "2026-11-27". Raises: InvalidArguments naming the argument `field`."""
    said = _read(at, phrase)
    if said.check_in is None:
        raise InvalidArguments(_not_a_date(field, phrase))
    return said.check_in


def _leaves(at: Clock, phrase: str, check_in: date) -> date:
    said = _read(at, phrase, arriving=check_in)
    if said.check_out is not None:
        return said.check_out
    if said.nights:
        return check_in + timedelta(days=said.nights)
    raise InvalidArguments(_not_a_date("check_out", phrase))


def _read(at: Clock, phrase: str, arriving: date | None = None) -> DatesSaid:
    """As the guest's language has it, or as another one does that finds the same and more: a model may think in it."""
    if phrase.strip().lower() in _NOW:
        phrase = "tonight"
    written = phrase.lower()
    for dash, meant in _RANGES:
        written = dash.sub(meant, written)
    best = DatesSaid()
    for language in sorted(_NUMBERED, key=lambda language: language != at.language[:2]):
        text = _NUMBERED[language](written)
        text = f"until {text}" if arriving else text
        said = find_dates(text, at.today, arriving, bare_number=True, tonight=at.tonight)
        if all(found in (None, getattr(said, name)) for name, found in vars(best).items()):
            best = said
    return best


def _not_a_date(field: str, phrase: str) -> str:
    return f"{field} must be a date like 2026-11-27, or words like 'next Friday', not {phrase!r}"


def _english(text: str) -> str:
    return numbers_en.numbered(numbers_en.plain(text))


def _spanish(text: str) -> str:
    return dates_es.in_english(numbers_es.numbered(numbers_es.plain(text)))


_NOW = frozenset({"now", "right now", "ahora", "ahora mismo"})
_DAY_NAME = r"(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mi[e\u00e9]|jue|vie|s[a\u00e1]b|dom)"
_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|set|dic)[a-z]*"
_DASH = r"\s*[-\u2013\u2014]\s*"
# Two dates with a dash between them, as they are written, and the interval of ISO 8601. Both grammars read "to".
_RANGES = [
    (re.compile(rf"\b(\d{{1,2}}){_DASH}(\d{{1,2}}\b)(?=\s+(?:of |de )?{_MONTH_NAME})"), r"the \1 to the \2"),
    (re.compile(rf"\b({_MONTH_NAME}\.? \d{{1,2}}){_DASH}(\d{{1,2}}\b)"), r"\1 to \2"),
    (re.compile(r"(\d)(?:/|\s*[-\u2013\u2014]\s*)(\d{4}-)"), r"\1 to \2"),
    (re.compile(rf"(\d){_DASH}(\d{{1,2}}/)"), r"\1 to \2"),
    (re.compile(rf"([a-z]){_DASH}({_DAY_NAME})"), r"\1 to \2"),
    (re.compile(r"(\w)\s+[-\u2013\u2014]\s+(\w)"), r"\1 to \2"),
]
_NUMBERED: dict[str, Callable[[str], str]] = {"en": _english, "es": _spanish}
