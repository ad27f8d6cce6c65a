"""A day and a time of day as guests and models say them, against the hotel's clock. Pure.

"tomorrow at seven", "mañana a las siete", "2026-11-22 07:00", "half past three in the afternoon". What could be morning
or evening is not guessed. A time that the clocks skip in spring is the one an hour later.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from nightdesk.errors import InvalidArguments
from nightdesk.hotel import numbers_en, numbers_es, stay_dates
from nightdesk.hotel.model import Property

Half = Literal["am", "pm", ""]

_MORNING = r"a\.? ?m\b\.?|in the morning|(?:de|por) la manana|de la madrugada"
_EVENING = (
    r"p\.? ?m\b\.?|in the (?:afternoon|evening)|at night|tonight|this (?:afternoon|evening)"
    r"|(?:de|por) la (?:tarde|noche)"
)
_AT = r"(?:\b(?:at|around|about|by|a|sobre|hacia) )?(?:\b(?:la|las) )?"
_WORDS = {"noon": time(12), "midday": time(12), "mediodia": time(12), "midnight": time(0), "medianoche": time(0)}
_CLOCK = re.compile(rf"{_AT}\b(\d{{1,2}})[:.h](\d{{2}})(?::\d{{2}})?\b")
_PAST = re.compile(rf"{_AT}\b(half|quarter) past (\d{{1,2}})\b|{_AT}\bquarter to (\d{{1,2}})\b")
_SPANISH_PAST = re.compile(rf"{_AT}\b(\d{{1,2}}) (y media|y cuarto|menos cuarto)\b")
_HOUR = re.compile(
    rf"(?:\b(?:at|around|about|by|sobre|hacia) |\ba las? |\blas? )(\d{{1,2}})(?: (\d{{2}}))?\b(?! of| de (?!la))"
    rf"|\b(\d{{1,2}})(?: (\d{{2}}))? ?(?=o ?clock|{_MORNING}|{_EVENING})|^(\d{{1,2}})(?: (\d{{2}}))?$"
)


def read_time(field: str, phrase: str, usual: Half = "") -> time:
    """A time of day. `usual` is the half of the day meant where none is said, as for a wake-up call.

    Raises: InvalidArguments naming the argument `field`, also where it may be morning or evening.
    """
    found = _find(field, _normal(phrase), usual)
    if found is None:
        raise InvalidArguments(f"{field} must be a time of day like 15:00, or words like 'three in the afternoon'")
    return found[0]


def read_moment(hotel: Property, now: datetime, language: str, field: str, phrase: str, usual: Half = "") -> datetime:
    """The instant that a day and a time mean, in UTC; a time alone is the next such. Raises: InvalidArguments."""
    text = _normal(phrase)
    found = _find(field, text, usual)
    if found is None:
        raise InvalidArguments(
            f"{field} needs a time of day: ask the guest for it, then say it like '2026-11-22 07:00'"
        )
    at, rest = found
    rest = re.sub(r"\b(?:at|around|about|by|on|el|a las?|next morning|please|for)\b", " ", rest)
    if rest.strip(" ,."):
        day = stay_dates.read_day(stay_dates.clock(hotel, now, language), field, " ".join(rest.split()))
        return on_clock(hotel, datetime.combine(day, at))
    today = on_clock(hotel, datetime.combine(hotel.today(now), at))
    return today if today > now else on_clock(hotel, datetime.combine(hotel.today(now) + timedelta(days=1), at))


def on_clock(hotel: Property, local: datetime) -> datetime:
    """The instant at which the hotel's clock shows this, in UTC."""
    return local.replace(tzinfo=ZoneInfo(hotel.time_zone)).astimezone(UTC)


def _normal(phrase: str) -> str:
    """Number words as digits, no accents; an ISO date's T is a space."""
    text = re.sub(r"(\d{4}-\d\d-\d\d)[tT](?=\d)", r"\1 ", phrase.strip().lower())
    text = re.sub(r"o['\u2019]clock", "oclock", text)
    kept: list[str] = []
    for word in re.split(r"(\d{4}-\d\d-\d\d|\d{1,2}[:.h]\d{2}(?::\d{2})?)", text):
        if re.fullmatch(r"\d{4}-\d\d-\d\d|\d{1,2}[:.h]\d{2}(?::\d{2})?", word):
            kept.append(word)
        else:
            kept.append(numbers_es.numbered(numbers_en.numbered(numbers_es.plain(word))))
    return " ".join(" ".join(kept).split())


def _find(field: str, text: str, usual: Half) -> tuple[time, str] | None:
    """The time in a text, and the text without it."""
    for word, at in _WORDS.items():
        if re.search(rf"\b{word}\b", text):
            return at, re.sub(rf"\b(?:at |a |al )?{word}\b", " ", text)
    half: Half = "am" if re.search(_MORNING, text) else "pm" if re.search(_EVENING, text) else ""
    hour = minute = -1
    as_written = ""
    if match := _CLOCK.search(text):
        hour, minute, as_written = int(match[1]), int(match[2]), match[1]
    elif match := _PAST.search(text):
        hour, minute = (int(match[3]) - 1, 45) if match[3] else (int(match[2]), 30 if match[1] == "half" else 15)
    elif match := _SPANISH_PAST.search(text):
        hour, minute = int(match[1]), {"y media": 30, "y cuarto": 15, "menos cuarto": -15}[match[2]]
        hour, minute = (hour - 1, 45) if minute < 0 else (hour, minute)
    elif match := _HOUR.search(text):
        said = [part for part in match.groups() if part]
        hour, minute = int(said[0]), int(said[1]) if len(said) > 1 else 0
    if match is None or hour > 23 or hour < 0 or minute > 59:
        return None
    rest = f"{text[: match.start()]} {text[match.end() :]}"
    rest = re.sub(rf"\bo ?clock\b|{_MORNING}|{_EVENING}", lambda m: " today " if "this" in m[0] else " ", rest)
    if "tonight" in text and "today" not in rest:
        rest += " today"
    if not half and len(as_written) != 2 and 0 < hour <= 12:
        if not usual:
            raise InvalidArguments(f"{field}: ask whether {hour}:{minute:02d} is in the morning or in the afternoon")
        half = usual
    if half == "pm" and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    return time(hour, minute), rest
