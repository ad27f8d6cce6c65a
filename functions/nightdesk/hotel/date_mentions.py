"""The single dates in a sentence, each with its place: the grammar below `dates.py`, which makes a stay of them. Pure.

The first pattern that fits a stretch of the text has it. A date that does not exist (February 30) is a mention, too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from nightdesk.hotel import holidays

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)"
MONTH = rf"(?:{'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_YEAR = r"(?: (?P<year>20 ?\d\d)\b)?"
_COUNTS_SOMETHING = (
    r"(?! (?:more |small |big )?(?:night|day|week|adult|people|person|guest|of us|kid|child|dog|cat|pet|room))"
)


@dataclass(frozen=True)
class Mention:
    """One date in the text. `day` is None when it does not exist (February 30).

    recurs: looked for from some day on ("friday", "the 27th"), so a departure is looked for from the arrival on.
    day_of_month, weekday: set for "the 27th" and "friday", whose month or week may be clear from what was said before.
    """

    start: int
    end: int
    day: date | None
    recurs: bool = False
    day_of_month: int = 0
    weekday: str = ""
    implied_nights: int | None = None
    is_tonight: bool = False


def mentions(text: str, today: date) -> list[Mention]:
    """Every date in the text, in order, none inside another."""
    found: list[Mention] = []
    for pattern, resolve in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= other.start or match.start() >= other.end for other in found):
                found.append(resolve(match, today))
    found = sorted((_seen_from(text, mention, today) for mention in found), key=lambda mention: mention.start)
    for mention in found:  # "november 27 to 29": after a full date and "to", a number is a day of the month
        rest = _BARE_DEPARTURE.match(text, mention.end)
        if rest and all(rest.end() <= other.start or rest.start() >= other.end for other in found):
            day = next_day(int(rest[1]), mention.day or today)
            return [*found, Mention(rest.start(1), rest.end(), day, True, int(rest[1]))]
    return found


def _seen_from(text: str, mention: Mention, today: date) -> Mention:
    """ "the weekend of december 5th" is the one that the day is in; "the day after christmas" is another day."""
    before = text[: mention.start]
    if re.search(r"\bnight of (?:the )?$", before):
        return replace(mention, implied_nights=1)
    if mention.day and (match := _WEEKEND_OF.search(before)):
        friday, nights = holidays.weekend_of(mention.day)
        if match["to"] != "of":
            friday, nights = friday + timedelta(weeks=1 if match["to"] == "after" else -1), 2
        return _from_friday(match.start(), mention.end, friday, nights, today)
    if mention.day and (match := re.search(rf"{AROUND}(?:the )?$", before)):
        days = (int(match["by"]) if match["by"].isdigit() else 1) * (7 if match["by_unit"] == "week" else 1)
        day = mention.day + timedelta(days=days if match["to"] == "after" else -days)
        return Mention(match.start(), mention.end, day)
    return mention


def _month_day(match: re.Match[str], today: date) -> Mention:
    month = next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(match["month"][:3]))
    day, year = int(match["day"]), match["year"]
    if year:
        made = make(int(year.replace(" ", "")), month, day)
    else:
        years = range(today.year, today.year + 9)  # February 29 may be eight years away
        made = next((found for y in years if (found := make(y, month, day)) and found >= today), None)
    return Mention(match.start(), match.end(), made, recurs=not year, implied_nights=_one_night_after(match))


def _numeric(match: re.Match[str], today: date) -> Mention:
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
    else:
        month, day, *given = (int(part) for part in match["us"].split("/"))
        year = given[0] if given else today.year
        year += 2000 if year < 100 else 0
        made = make(year, month, day)
        year += 1 if not given and made and made < today else 0
    return Mention(match.start(), match.end(), make(year, month, day))


def _near(match: re.Match[str], today: date) -> Mention:
    said = match[0]
    days = 2 if "after" in said else 1 if said == "tomorrow" else 0
    is_tonight = said in ("tonight", "this evening")
    implied = 1 if is_tonight else _one_night_after(match)
    day = today + timedelta(days=days)
    return Mention(match.start(), match.end(), day, implied_nights=implied, is_tonight=is_tonight)


def _offset(match: re.Match[str], today: date) -> Mention:
    """ "in 3 days", "2 weeks from now", "a week from friday"."""
    count, unit = match["in_count"] or match["count"], match["in_unit"] or match["unit"]
    days = (int(count) if count.isdigit() else 1) * (7 if unit == "week" else 1)
    origin = match["origin"] or "now"
    base = today + timedelta(days=1) if origin == "tomorrow" else today
    if re.fullmatch(WEEKDAY, origin):
        base = _coming(origin, today)
    return Mention(match.start(), match.end(), base + timedelta(days=days))


def _weekend(match: re.Match[str], today: date) -> Mention:
    friday = today - timedelta(days=today.weekday()) + timedelta(days=4)
    has_begun = today >= friday
    if match["after_next"]:
        friday += timedelta(days=14)
    elif match["which"] == "next" or today.weekday() == 6 or (match["which"] in _COMING and has_begun):
        friday += timedelta(days=7)
    return _from_friday(match.start(), match.end(), friday, 2, today)


def _from_friday(start: int, end: int, friday: date, nights: int, today: date) -> Mention:
    """A weekend; one that has begun is what is left of it, at least a night."""
    leave = friday + timedelta(days=nights)
    arrive = max(friday, min(today, leave - timedelta(days=1)))
    return Mention(start, end, arrive, implied_nights=(leave - arrive).days)


def _weekday(match: re.Match[str], today: date) -> Mention:
    name = match["day"] or match["day_next_week"]
    next_week = bool(match["which"] == "next" or match["next_week"] or match["day_next_week"])
    day = _coming(name, today + timedelta(days=1) if match["which"] in _COMING else today)
    if next_week:
        day = today + timedelta(days=7 - today.weekday() + number_of(name))
    bare = name if not next_week and not match["which"] else ""
    implied = _one_night_after(match)
    return Mention(match.start(), match.end(), day, not next_week, weekday=bare, implied_nights=implied)


def _holiday(match: re.Match[str], today: date) -> Mention:
    name = match["holiday"]
    holiday = next(found for pattern, found in holidays.HOLIDAYS.items() if re.fullmatch(pattern, name))
    if not match["weekend"]:
        day = holidays.coming(holiday, today)
        return Mention(match.start(), match.end(), day, recurs=True, implied_nights=_one_night_after(match))
    day = holidays.coming(holiday, today - timedelta(days=3))  # it may be over, and its weekend not
    friday, nights = holidays.weekend_of(day)
    if friday + timedelta(days=nights) <= today:  # its last night is over
        friday, nights = holidays.weekend_of(holidays.coming(holiday, day + timedelta(days=1)))
    return _from_friday(match.start(), match.end(), friday, nights, today)


def _nth_of_month(match: re.Match[str], today: date) -> Mention:
    """ "the first friday in december", "the last weekend of may": that of the month's first or last Saturday."""
    weekend = match["what"] == "weekend"
    weekday = 5 if weekend else number_of(match["what"])
    month = match["nth_month"]
    if month in ("this month", "next month"):
        first = today.replace(day=1)
        months = [first if month == "this month" else (first + timedelta(days=31)).replace(day=1)]
    else:
        number = next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(month[:3]))
        given = match["year"]
        years = [int(given.replace(" ", ""))] if given else [today.year, today.year + 1]
        months = [made for year in years if (made := make(year, number, 1))]
    days = [day for month_start in months if (day := _nth(month_start, match["nth"], weekday))]
    day = next((day for day in days if day >= today), None)
    if day and weekend:
        return _from_friday(match.start(), match.end(), day - timedelta(days=1), 2, today)
    return Mention(match.start(), match.end(), day)


def _nth(month_start: date, nth: str, weekday: int) -> date | None:
    first = month_start + timedelta(days=(weekday - month_start.weekday()) % 7)
    all_of_them = [first + timedelta(weeks=n) for n in range(5)]
    within = [day for day in all_of_them if day.month == month_start.month]
    return within[-1] if nth == "last" else next(iter(within[int(nth[0]) - 1 :]), None)


def _day_of_month(match: re.Match[str], today: date) -> Mention:
    day = int(match["ordinal"] or match["number"])
    implied = _one_night_after(match)
    return Mention(match.start(), match.end(), next_day(day, today), True, day, implied_nights=implied)


def _one_night_after(match: re.Match[str]) -> int | None:
    """ "friday night" is one night, unless another length is said."""
    return 1 if re.match(r" night\b", match.string[match.end() :]) else None


def number_of(weekday: str) -> int:
    return next(number for number, full in enumerate(_WEEKDAYS) if full.startswith(weekday[:3]))


def _coming(weekday: str, today: date) -> date:
    return today + timedelta(days=(number_of(weekday) - today.weekday()) % 7)


def next_day(day: int, today: date) -> date | None:
    """The next date with this day of the month, today included."""
    for months in range(13):
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        made = make(year, month + 1, day)
        if made and made >= today:
            return made
    return None


def make(year: int, month: int, day: int) -> date | None:
    """None for a day that does not exist, or that nobody travels on: dates around it can then be counted safely."""
    try:
        return date(year, month, day) if 2000 <= year < 2200 else None
    except ValueError:
        return None


OFFSET = re.compile(
    r"\bin (?P<in_count>an?|\d{1,2}) (?P<in_unit>day|week)s?\b"
    rf"|(?<!for )\b(?P<count>an?|\d{{1,2}}) (?P<unit>day|week)s? from (?P<origin>now|today|tomorrow|{WEEKDAY})\b"
)
_BARE_DEPARTURE = re.compile(rf" (?:to|until|till|through)(?: the)? (\d{{1,2}})\b{_COUNTS_SOMETHING}")
_COMING = ("coming", "this coming", "following")
_HOLIDAY = "|".join(holidays.HOLIDAYS)
AROUND = r"\b(?P<by>the|an?|\d{1,2}) (?P<by_unit>day|week)s? (?P<to>after|before) "
_WEEKEND_OF = re.compile(r"\b(?:the )?weekend (?P<to>of|after|before) (?:the )?$")
_BEFORE_MONTH = rf"(?:(?:this |next )?{WEEKDAY} )?(?:the )?"

# The first pattern that fits a stretch of the text has it.
_PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], Mention]]] = [
    (re.compile(r"\b(?:(?P<iso>\d{4}-\d{1,2}-\d{1,2})|(?P<us>\d{1,2}/\d{1,2}(?:/\d{2,4})?))\b"), _numeric),
    (
        re.compile(
            rf"\b(?:the )?(?P<nth>1st|2nd|3rd|4th|5th|last) (?P<what>weekend|{WEEKDAY}) (?:of|in) "
            rf"(?P<nth_month>{MONTH}|(?:this|next) month)\b{_YEAR}"
        ),
        _nth_of_month,
    ),
    (
        re.compile(rf"\b{_BEFORE_MONTH}(?P<month>{MONTH}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}"),
        _month_day,
    ),
    (
        re.compile(rf"\b{_BEFORE_MONTH}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH})\b{_YEAR}"),
        _month_day,
    ),
    (OFFSET, _offset),
    (re.compile(rf"(?<!merry )(?<!happy )(?<!feliz )\b(?P<holiday>{_HOLIDAY})(?P<weekend> weekend)?\b"), _holiday),
    (re.compile(r"\b(?:the )?day after tomorrow\b|\btomorrow\b|\btoday\b|\btonight\b|\bthis evening\b"), _near),
    (
        re.compile(
            r"\b(?:the )?(?:(?P<which>this coming|this|next|coming|following) )?weekend\b"
            r"(?P<after_next> after next\b)?(?! (?:after|before|of))"
        ),
        _weekend,
    ),
    (
        re.compile(
            rf"\b(?:(?P<which>this coming|this|next|coming|following) )?(?P<day>{WEEKDAY})\b"
            r"(?P<next_week> (?:of )?next week\b)?(?! (?:the )?\d+(?:st|nd|rd|th))"
            rf"|\bnext week (?:on )?(?P<day_next_week>{WEEKDAY})\b"
        ),
        _weekday,
    ),
    (
        re.compile(
            rf"(?<!\ba )(?<!\b1 )\b(?:{WEEKDAY} )?"
            rf"(?:(?:the )?(?P<ordinal>\d{{1,2}})(?:st|nd|rd|th)\b|the (?P<number>\d{{1,2}})\b{_COUNTS_SOMETHING})"
        ),
        _day_of_month,
    ),
]
