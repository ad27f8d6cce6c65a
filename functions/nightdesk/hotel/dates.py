"""Dates as people say them: "two nights from friday", "the 27th to the 29th", "next weekend". Pure; `today` comes in.

Works on the `numbered` form of numbers_en.py; another language is first put into these words (dates_es.py). What is
meant is a matter of convention, so it is always read back: a bare weekday is the next one, today included; "the coming
friday" is after today; "next friday" and "next weekend" are those of next week (weeks start on Monday); a weekend is
Friday to Sunday; "through sunday" leaves on Sunday; a date already past this year is next year's; "a week from friday"
is a date, "for a week from friday" a stay.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from nightdesk.hotel.date_mentions import AROUND, MONTH, OFFSET, Mention, make, mentions, next_day, number_of

MAX_NIGHTS = 60
_HALF_A_YEAR = timedelta(days=182)


@dataclass(frozen=True)
class DatesSaid:
    """What one sentence says about a stay; None where it says nothing.

    `implied_nights` is for "tonight", "friday night" and "this weekend": it counts only while no other length is known.
    """

    check_in: date | None = None
    check_out: date | None = None
    nights: int | None = None
    implied_nights: int | None = None


def find_dates(
    text: str,
    today: date,
    arriving: date | None = None,
    bare_number: bool = False,
    tonight: date | None = None,
) -> DatesSaid:
    """Read a stay out of `text`.

    tonight: the night that "tonight" means; after midnight that may still be yesterday's. None: today's.
    arriving: the arrival known so far; a departure said alone is counted from it, and "no, saturday" is meant near it.
    bare_number: whether a number alone is a day of the month ("twenty seven", when a day was asked for).
    """
    text = _tens_apart(text)
    found = mentions(text, today)
    if not found and bare_number and (match := re.fullmatch(r"(?:\D* )?(\d{1,2})(?: please)?", text)):
        found = [Mention(match.start(1), match.end(), next_day(int(match[1]), today), True, int(match[1]))]
    if tonight:
        found = [replace(mention, day=tonight) if mention.is_tonight else mention for mention in found]
    arrivals: list[Mention] = []
    departures: list[Mention] = []
    for mention in found:
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
    text = re.sub(AROUND, " ", OFFSET.sub(" ", text))
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
    return re.sub(rf"\b({MONTH}) ([23])([1-9]) (?=nights\b)", r"\1 \g<2>0 \3 ", text)


def _choose_arrival(text: str, arrivals: list[Mention], today: date) -> tuple[Mention | None, int | None]:
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


def _near_to(arriving: date, mention: Mention, today: date) -> Mention:
    """ "no, saturday" is the Saturday nearest to the arrival known so far; "no, the 28th" is of its month."""
    day = mention.day
    if mention.weekday:
        nearest = arriving + timedelta(days=(number_of(mention.weekday) - arriving.weekday() + 3) % 7 - 3)
        day = nearest if nearest >= today else mention.day
    elif mention.day_of_month:
        day = next_day(mention.day_of_month, max(today, arriving.replace(day=1)))
    return replace(mention, day=day)


def _borrow_month(arrival: Mention, departure: Mention, today: date) -> Mention:
    """ "the 27th to the 29th of november": the month said last is meant for both."""
    if not arrival.day_of_month or departure.day_of_month or not departure.day:
        return arrival
    day = make(departure.day.year, departure.day.month, arrival.day_of_month)
    return replace(arrival, day=day) if day and today <= day < departure.day else arrival


def _departure_day(text: str, departure: Mention, check_in: date | None) -> date | None:
    """ "december 30 to january 2", "friday to sunday": the first such day after the arrival.

    "january 3 to january 1" is a slip and no stay of a year: the day is the one before the arrival.
    """
    if check_in is None or not departure.recurs:
        return departure.day
    if departure.day_of_month:
        return next_day(departure.day_of_month, check_in + timedelta(days=1))
    after = _said_of(text, departure, check_in + timedelta(days=1))
    is_near = after is None or after - check_in <= _HALF_A_YEAR
    return after if is_near else _said_of(text, departure, check_in - _HALF_A_YEAR)


def _said_of(text: str, mention: Mention, since: date) -> date | None:
    """The day of this mention, looked for from `since` on."""
    found = mentions(text, since)
    return next((other.day for other in found if other.start == mention.start), mention.day)
