"""Dates as people say them: "two nights from friday", "the 27th to the 29th", "next weekend". Pure; `today` comes in.

Works on the `numbered` form of numbers.py. What is meant is a matter of convention, so it is always read back:
a bare weekday is the next one, today included; "next friday" and "next weekend" are those of next week (weeks start on
Monday); a weekend is Friday to Sunday; "through sunday" leaves on Sunday; a date already past this year is next year's;
"a week from friday" is a date, "for a week from friday" a stay.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

MAX_NIGHTS = 60

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)"
_MONTH = rf"(?:{'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_YEAR = r"(?: (?P<year>20 ?\d\d)\b)?"
_COUNTS_SOMETHING = (
    r"(?! (?:more |small |big )?(?:night|day|week|adult|people|person|guest|of us|kid|child|dog|cat|pet|room))"
)


@dataclass(frozen=True)
class DatesSaid:
    """What one sentence says about a stay; None where it says nothing.

    `implied_nights` is for "tonight", "friday night" and "this weekend": it counts only while no other length is known.
    """

    check_in: date | None = None
    check_out: date | None = None
    nights: int | None = None
    implied_nights: int | None = None


@dataclass(frozen=True)
class _Mention:
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


def find_dates(text: str, today: date, arriving: date | None = None, bare_number: bool = False) -> DatesSaid:
    """Read a stay out of `text`.

    arriving: the arrival known so far; a departure said alone is counted from it, and "no, saturday" is meant near it.
    bare_number: whether a number alone is a day of the month ("twenty seven", when a day was asked for).
    """
    text = _tens_apart(text)
    mentions = _mentions(text, today)
    if not mentions and bare_number and (match := re.fullmatch(r"(?:\D* )?(\d{1,2})(?: please)?", text)):
        mentions = [_Mention(match.start(1), match.end(), _next_day(int(match[1]), today), True, int(match[1]))]
    arrivals: list[_Mention] = []
    departures: list[_Mention] = []
    for mention in mentions:
        before = text[: mention.start]
        if not _NEGATED.search(before):
            moved = _MOVED_TO.search(before) and not arrivals
            (departures if _LEAVING.search(before) and not moved else arrivals).append(mention)

    arrival, nights_named = _choose_arrival(text, arrivals, today)
    if arrival and arriving:
        arrival = _near_to(arriving, arrival, today)
    departure = departures[-1] if departures else None
    if arrival and departure:
        arrival = _borrow_month(arrival, departure, today)
    check_in = arrival.day if arrival else None
    nights = find_nights(text) or nights_named
    check_out = _departure_day(text, departure, check_in or arriving) if departure else None
    if check_out and nights and check_in is None and arriving is None:
        check_in = check_out - timedelta(days=nights)  # "two nights until sunday"
    implied = arrival.implied_nights if arrival and not check_out and not nights else None
    return DatesSaid(check_in, check_out, nights, implied)


def find_nights(text: str) -> int | None:
    """The length of the stay: "3 nights", "a week", "3 days"; never "in 3 days"."""
    text = _tens_apart(text)
    text = _OFFSET.sub(" ", text)
    for number, unit in reversed(re.findall(r"\b(\d{1,2}) (night|day|week)s?\b(?! (?:after|later|ago|before))", text)):
        nights = int(number) * (7 if unit == "week" else 1)
        if 1 <= nights <= MAX_NIGHTS:
            return nights
    single = _SINGLE.search(text)
    if not single or (re.search(r"\b(?:how much|price|rate|cost)\b", text) and not single[0].startswith("for")):
        return None  # "how much is it a night" asks for a rate
    return 7 if single[0].endswith("week") else 1


_SINGLE = re.compile(
    r"\b(?:for|just|only|stay|no|sorry|meant|said|it|that|actually|room) (?:a|the) (?:single |whole )?(?:night|week)\b"
    r"|^(?:\w+ ){0,3}?a (?:night|week)\b|\ba single night\b|\bovernight\b|\ba week\b(?= (?:starting|on|beginning)\b)"
)
_NEGATED = re.compile(r"\b(?:not|instead of|rather than)(?: on| for| from)?(?: the)? ?$")
_LEAVING = re.compile(
    r"\b(?:to|until|till|til|thru|through|leav\w+|depart\w*|check(?:ing)? ?out)(?: is)?(?: on)?(?: the)? ?$"
)
_MOVED_TO = re.compile(
    r"\b(?:change|move|switch|make)\b(?!.*\b(?:check(?:ing)? ?out|leav\w+|depart\w*)\b)[\w ]* to(?: the)? ?$"
)


def _tens_apart(text: str) -> str:
    """ "november 22 nights" was "november twenty, two nights": nobody says a length alone after a month."""
    return re.sub(rf"\b({_MONTH}) ([23])([1-9]) (?=nights\b)", r"\1 \g<2>0 \3 ", text)


def _mentions(text: str, today: date) -> list[_Mention]:
    """Every date in the text, in order, none inside another."""
    found: list[_Mention] = []
    for pattern, resolve in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= other.start or match.start() >= other.end for other in found):
                found.append(resolve(match, today))
    found.sort(key=lambda mention: mention.start)
    for mention in found:  # "november 27 to 29": after a full date and "to", a number is a day of the month
        rest = _BARE_DEPARTURE.match(text, mention.end)
        if rest and all(rest.end() <= other.start or rest.start() >= other.end for other in found):
            day = _next_day(int(rest[1]), mention.day or today)
            return [*found, _Mention(rest.start(1), rest.end(), day, True, int(rest[1]))]
    return found


def _choose_arrival(text: str, arrivals: list[_Mention], today: date) -> tuple[_Mention | None, int | None]:
    """The arrival meant, and the nights when two days stand side by side ("friday and saturday")."""
    dated = [mention for mention in arrivals if mention.day]
    if len(dated) < 2:
        return (dated[0] if dated else None), None
    first, last = dated[0], dated[-1]
    between = text[first.end : last.start]
    if first.day and re.search(r"\b(?:no|not|mean|meant|actually|sorry|rather|wait|make (?:it|that))\b", between):
        return _near_to(first.day, last, today), None
    if first.day and "and" in between.split():
        following = _departure_day(text, last, first.day)
        return first, 2 if following == first.day + timedelta(days=1) else None
    return first, None


def _near_to(arriving: date, mention: _Mention, today: date) -> _Mention:
    """ "no, saturday" is the Saturday nearest to the arrival known so far; "no, the 28th" is of its month."""
    day = mention.day
    if mention.weekday:
        nearest = arriving + timedelta(days=(_number_of(mention.weekday) - arriving.weekday() + 3) % 7 - 3)
        day = nearest if nearest >= today else mention.day
    elif mention.day_of_month:
        day = _next_day(mention.day_of_month, max(today, arriving.replace(day=1)))
    return replace(mention, day=day)


def _borrow_month(arrival: _Mention, departure: _Mention, today: date) -> _Mention:
    """ "the 27th to the 29th of november": the month said last is meant for both."""
    if not arrival.day_of_month or departure.day_of_month or not departure.day:
        return arrival
    day = _make(departure.day.year, departure.day.month, arrival.day_of_month)
    return replace(arrival, day=day) if day and today <= day < departure.day else arrival


def _departure_day(text: str, departure: _Mention, check_in: date | None) -> date | None:
    """ "december 30 to january 2", "friday to sunday": the first such day after the arrival."""
    if check_in is None or not departure.recurs:
        return departure.day
    if departure.day_of_month:
        return _next_day(departure.day_of_month, check_in + timedelta(days=1))
    later = _mentions(text, check_in + timedelta(days=1))
    return next((mention.day for mention in later if mention.start == departure.start), departure.day)


def _month_day(match: re.Match[str], today: date) -> _Mention:
    month = next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(match["month"][:3]))
    day, year = int(match["day"]), match["year"]
    if year:
        made = _make(int(year.replace(" ", "")), month, day)
    else:
        years = range(today.year, today.year + 9)  # February 29 may be eight years away
        made = next((found for y in years if (found := _make(y, month, day)) and found >= today), None)
    return _Mention(match.start(), match.end(), made, recurs=not year, implied_nights=_one_night_after(match))


def _numeric(match: re.Match[str], today: date) -> _Mention:
    if match["iso"]:
        year, month, day = (int(part) for part in match["iso"].split("-"))
    else:
        month, day, *given = (int(part) for part in match["us"].split("/"))
        year = given[0] if given else today.year
        year += 2000 if year < 100 else 0
        made = _make(year, month, day)
        year += 1 if not given and made and made < today else 0
    return _Mention(match.start(), match.end(), _make(year, month, day))


def _near(match: re.Match[str], today: date) -> _Mention:
    said = match[0]
    days = 2 if "after" in said else 1 if said == "tomorrow" else 0
    implied = 1 if said in ("tonight", "this evening") else _one_night_after(match)
    return _Mention(match.start(), match.end(), today + timedelta(days=days), implied_nights=implied)


def _offset(match: re.Match[str], today: date) -> _Mention:
    """ "in 3 days", "2 weeks from now", "a week from friday"."""
    count, unit = match["in_count"] or match["count"], match["in_unit"] or match["unit"]
    days = (int(count) if count.isdigit() else 1) * (7 if unit == "week" else 1)
    origin = match["origin"] or "now"
    base = today + timedelta(days=1) if origin == "tomorrow" else today
    if re.fullmatch(_WEEKDAY, origin):
        base = _coming(origin, today)
    return _Mention(match.start(), match.end(), base + timedelta(days=days))


def _weekend(match: re.Match[str], today: date) -> _Mention:
    friday = today - timedelta(days=today.weekday()) + timedelta(days=4)
    if match["which"] == "next" or today.weekday() == 6:
        friday += timedelta(days=7)
    arrive = max(friday, today)
    return _Mention(match.start(), match.end(), arrive, implied_nights=(friday + timedelta(days=2) - arrive).days)


def _weekday(match: re.Match[str], today: date) -> _Mention:
    name = match["day"] or match["day_next_week"]
    next_week = bool(match["which"] == "next" or match["next_week"] or match["day_next_week"])
    day = _coming(name, today)
    if next_week:
        day = today + timedelta(days=7 - today.weekday() + _number_of(name))
    bare = name if not next_week and not match["which"] else ""
    implied = _one_night_after(match)
    return _Mention(match.start(), match.end(), day, not next_week, weekday=bare, implied_nights=implied)


def _day_of_month(match: re.Match[str], today: date) -> _Mention:
    day = int(match["ordinal"] or match["number"])
    implied = _one_night_after(match)
    return _Mention(match.start(), match.end(), _next_day(day, today), True, day, implied_nights=implied)


def _one_night_after(match: re.Match[str]) -> int | None:
    """ "friday night" is one night, unless another length is said."""
    return 1 if re.match(r" night\b", match.string[match.end() :]) else None


def _number_of(weekday: str) -> int:
    return next(number for number, full in enumerate(_WEEKDAYS) if full.startswith(weekday[:3]))


def _coming(weekday: str, today: date) -> date:
    return today + timedelta(days=(_number_of(weekday) - today.weekday()) % 7)


def _next_day(day: int, today: date) -> date | None:
    """The next date with this day of the month, today included."""
    for months in range(13):
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        made = _make(year, month + 1, day)
        if made and made >= today:
            return made
    return None


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_OFFSET = re.compile(
    r"\bin (?P<in_count>an?|\d{1,2}) (?P<in_unit>day|week)s?\b"
    rf"|(?<!for )\b(?P<count>an?|\d{{1,2}}) (?P<unit>day|week)s? from (?P<origin>now|today|tomorrow|{_WEEKDAY})\b"
)
_BARE_DEPARTURE = re.compile(rf" (?:to|until|till|through)(?: the)? (\d{{1,2}})\b{_COUNTS_SOMETHING}")
_BEFORE_MONTH = rf"(?:(?:this |next )?{_WEEKDAY} )?(?:the )?"

# The first pattern that fits a stretch of the text has it.
_PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], _Mention]]] = [
    (re.compile(r"\b(?:(?P<iso>\d{4}-\d{1,2}-\d{1,2})|(?P<us>\d{1,2}/\d{1,2}(?:/\d{2,4})?))\b"), _numeric),
    (
        re.compile(rf"\b{_BEFORE_MONTH}(?P<month>{_MONTH}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}"),
        _month_day,
    ),
    (
        re.compile(rf"\b{_BEFORE_MONTH}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b{_YEAR}"),
        _month_day,
    ),
    (_OFFSET, _offset),
    (re.compile(r"\b(?:the )?day after tomorrow\b|\btomorrow\b|\btoday\b|\btonight\b|\bthis evening\b"), _near),
    (
        re.compile(
            r"\b(?:the )?(?:(?P<which>this coming|this|next|coming|following) )?weekend\b(?! (?:after|before|of))"
        ),
        _weekend,
    ),
    (
        re.compile(
            rf"\b(?:(?P<which>this coming|this|next|coming) )?(?P<day>{_WEEKDAY})\b"
            r"(?P<next_week> (?:of )?next week\b)?(?! (?:the )?\d+(?:st|nd|rd|th))"
            rf"|\bnext week (?:on )?(?P<day_next_week>{_WEEKDAY})\b"
        ),
        _weekday,
    ),
    (
        re.compile(
            rf"(?<!\ba )(?<!\b1 )\b(?:{_WEEKDAY} )?"
            rf"(?:(?:the )?(?P<ordinal>\d{{1,2}})(?:st|nd|rd|th)\b|the (?P<number>\d{{1,2}})\b{_COUNTS_SOMETHING})"
        ),
        _day_of_month,
    ),
]
