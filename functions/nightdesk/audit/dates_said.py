"""Dates with a month, and weekdays, as they are said: "Friday, November 27", "el viernes 27 de noviembre". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), 1)
} | {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "setiembre": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "lunes martes miercoles jueves viernes sabado domingo",
    )
    for number, name in enumerate(names.split())
}
_DAY_WORDS = {
    word: number
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third "
        "twenty-fourth "
        "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four twenty-five twenty-six twenty-seven "
        "twenty-eight twenty-nine thirty thirty-one",
        "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
        "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
        "veintiocho veintinueve treinta treinta-y-uno",
    )
    for number, word in enumerate(words.split(), 1)
} | {"primero": 1}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_WEEKDAY = "(?:" + "|".join(_WEEKDAYS) + ")"
_SPOKEN = "|".join(re.escape(word).replace(r"\-", "[- ]") for word in sorted(_DAY_WORDS, key=len, reverse=True))
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_SPOKEN})(?![\w:.]*\d)\b"
_COUNTED = (
    r"(?! (?:nights?|adults?|guests?|people|rooms?|pets?|children|noches|adultos|am|pm|dollars|and|hundred|thousand))"
)
_YEAR = r"(?:,? (?:de |del )?(?P<year>20\d\d))?"
_LEAD = rf"(?:\b(?P<weekday>{_WEEKDAY}),? (?:the |el |dia |el dia )?)?"
_ENGLISH = re.compile(rf"{_LEAD}\b(?P<month>{_MONTH}) (?:the )?(?P<day>{_DAY}){_COUNTED}{_YEAR}")
_DAY_FIRST = re.compile(rf"{_LEAD}\b(?P<day>{_DAY}) (?:of|de) (?P<month>{_MONTH}){_YEAR}")
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
# "may" is also a verb, "march" too: they are months after a preposition or a weekday.
_MONTH_FOR_SURE = re.compile(
    rf"(?:\b(?:on|from|to|until|till|through|by|before|after|of|and|for|is|the|arriving|leaving)|{_WEEKDAY},?) $"
)


@dataclass(frozen=True)
class DateSaid:
    """`day` is the date that is meant; None when there is none (February 30). `weekday` as said, 0 is Monday."""

    start: int
    end: int
    day: date | None
    weekday: int | None = None


def dates(text: str, today: date) -> list[DateSaid]:
    """Dates that name their month, in sentences.py's spelling. Without a year it is the next one, or one just past."""
    found = [
        _said(match, today)
        for pattern in (_ENGLISH, _DAY_FIRST)
        for match in pattern.finditer(text)
        if _is_date(text, match)
    ]
    for match in _ISO.finditer(text):
        found.append(DateSaid(match.start(), match.end(), _date(int(match[1]), int(match[2]), int(match[3]))))
    return sorted(found, key=lambda said: said.start)


def weekdays(text: str) -> set[int]:
    """Weekdays that are named, 0 is Monday."""
    return {_WEEKDAYS[word] for word in re.findall(rf"\b{_WEEKDAY}\b", text)}


def _is_date(text: str, match: re.Match[str]) -> bool:
    month = match["month"].rstrip(".")
    if month not in ("may", "march", "mar") or match["weekday"]:
        return True
    return bool(_MONTH_FOR_SURE.search(text[: match.start("month")])) or not match["day"].isdigit()


def _said(match: re.Match[str], today: date) -> DateSaid:
    month = _MONTHS[match["month"].rstrip(".")]
    word = match["day"].replace(" ", "-")
    number = int(re.sub(r"\D", "", word)) if word[0].isdigit() else _DAY_WORDS[word]
    weekday = _WEEKDAYS[match["weekday"]] if match["weekday"] else None
    if match["year"]:
        return DateSaid(match.start(), match.end(), _date(int(match["year"]), month, number), weekday)
    years = [_date(year, month, number) for year in (today.year - 1, today.year, today.year + 1)]
    near = [day for day in years if day is not None and (day - today).days > -60]
    return DateSaid(match.start(), match.end(), near[0] if near else None, weekday)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
