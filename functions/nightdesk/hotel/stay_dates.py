"""Dates that a tool is given, an ISO date or a guest's own words, against the hotel's clock. Pure.

The words are resolved here and not by the model, which miscounts weekdays; the tool's answer reads the dates back.
"""

from __future__ import annotations

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

    What is said beside it goes first: `nights`, or `check_out`, which may be a date phrase ("Sunday") or a length.
    Raises: InvalidArguments with a sentence that tells the model what to change or to ask.
    """
    said = _read(at, check_in)
    if said.check_in is None:
        raise InvalidArguments(_not_a_date("check_in", check_in))
    leaves = _leaves(at, check_out, said.check_in) if check_out else None
    if leaves and nights and (leaves - said.check_in).days != nights:
        raise InvalidArguments(
            f"check_out is {leaves.isoformat()}, which is not {nights} nights after {said.check_in.isoformat()}: "
            "ask the guest which is meant, and give only one of the two"
        )
    length = nights or (None if leaves else said.nights or (None if said.check_out else said.implied_nights))
    leaves = leaves or (said.check_in + timedelta(days=length) if length else said.check_out)
    if leaves is None:
        raise InvalidArguments("nights (or check_out) is missing: ask the guest how long they stay")
    return said.check_in, leaves


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
    """The reading that finds most, in the guest's language where two find the same: the model may use another one."""
    languages = sorted(_NUMBERED, key=lambda language: language != at.language[:2])
    readings = []
    for language in languages:
        text = _NUMBERED[language](phrase)
        text = f"until {text}" if arriving else text
        readings.append(find_dates(text, at.today, arriving, bare_number=True, tonight=at.tonight))
    return max(readings, key=_fields_found)


def _fields_found(said: DatesSaid) -> int:
    found = (said.check_in, said.check_out, said.nights, said.implied_nights)
    return sum(value is not None for value in found)


def _not_a_date(field: str, phrase: str) -> str:
    return f"{field} must be a date like 2026-11-27, or words like 'next Friday', not {phrase!r}"


def _english(text: str) -> str:
    return numbers_en.numbered(numbers_en.plain(text))


def _spanish(text: str) -> str:
    return dates_es.in_english(numbers_es.numbered(numbers_es.plain(text)))


_NUMBERED: dict[str, Callable[[str], str]] = {"en": _english, "es": _spanish}
