"""Written text into words that a synthesiser says right: money, dates, times, telephone and room numbers, ordinals.

Only what is spoken goes through here; transcripts keep the written form. English. Applying it twice changes nothing,
since its output has no digits.
"""

import re
from collections.abc import Callable

from speech.number_words import cardinal, digits, ordinal, phone, room, year

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MONTH = "(" + "|".join(f"{name}|{name[:3]}\\b\\.?" for name in _MONTHS) + "|Sept\\b\\.?)"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?\b"

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')]?\s+(?=[^a-z])|(?<=[!?])\s+|(?<=[.!?])\s+$")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|No)\.$")

Match = re.Match[str]


def to_spoken(text: str) -> str:
    """What the synthesiser is given for `text`."""
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    return re.sub(r"[ \t]{2,}", " ", text)


def split_sentences(text: str) -> list[str]:
    """The sentences of `text` with the white space that follows them; joined, they are `text` again."""
    sentences, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        if not _ABBREVIATION.search(text[start : end.start()]):
            sentences.append(text[start : end.end()])
            start = end.end()
    return [*sentences, text[start:]] if start < len(text) else sentences


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name.rstrip(".")[:3]))


def _money(m: Match) -> str:
    dollars, cents = int(m[1].replace(",", "") or 0), int(m[2] or 0)
    parts = []
    if dollars or not cents:
        parts.append(f"{cardinal(dollars)} dollar{'' if dollars == 1 else 's'}")
    if cents:
        parts.append(f"{cardinal(cents)} cent{'' if cents == 1 else 's'}")
    return " and ".join(parts)


def _date(month: str, day: str, year_digits: str | None) -> str:
    said = f"{month} {ordinal(int(day))}"
    return f"{said}, {year(int(year_digits))}" if year_digits else said


def _slash_date(m: Match) -> str:
    month, day = int(m[1]), int(m[2])
    if 1 <= month <= 12 and 1 <= day <= 31:
        return _date(_MONTHS[month - 1], m[2], m[3])
    return f"{cardinal(month)} {cardinal(day)}"


def _clock(hour: int, minute: int, half: str) -> str:
    if not half:
        if (hour, minute) == (0, 0):
            return "midnight"
        if hour >= 13 or hour == 0:
            half, hour = ("p" if hour >= 13 else "a"), (hour - 12 if hour >= 13 else 12)
        elif minute == 0:
            return f"{cardinal(hour)} o'clock"
    said = cardinal(hour)
    if minute:
        said += f" oh {cardinal(minute)}" if minute < 10 else f" {cardinal(minute)}"
    return f"{said} {half.lower()} m" if half else said


def _half_of_range(m: Match) -> str:
    """The first time of "7 to 10 AM": its half of the day is said once, at the end."""
    return _clock(int(m[1]), int(m[2] or 0), "").removesuffix(" o'clock")


def _plain(m: Match) -> str:
    whole, fraction = m[1].replace(",", ""), m[2]
    if fraction:
        return f"{cardinal(int(whole))} point {digits(fraction)}"
    if (len(whole) > 1 and whole.startswith("0")) or ("," not in m[1] and len(whole) > 4):
        return digits(whole)
    return cardinal(int(whole))


def _code(m: Match) -> str:
    """Letter by letter and digit by digit, with a short pause between."""
    return ", ".join(digits(sign) if sign.isdigit() else sign for sign in m[0])


_TIME = r"(?<![\d:])(\d{1,2})(?::([0-5]\d))?"
_HALF = r"\s*([AaPp])\.?\s?[Mm]\b(?:\.(?=\s+[a-z,;])|\.(?=[,;?!])|(?=\.))?"

_RULES: tuple[tuple[re.Pattern[str], Callable[[Match], str] | str], ...] = (
    (re.compile(r"(?<!\w)\+(\d{8,15})\b"), lambda m: phone(m[1])),
    (
        re.compile(r"(?<![\w+])(?:\+?1[\s.-]?)?\(?(\d{3})\)?[\s.-]?(\d{3})[\s.-](\d{4})\b"),
        lambda m: phone(m[1] + m[2] + m[3]),
    ),
    (re.compile(r"(?<![\w-])(\d{3})-(\d{4})\b(?!-)"), lambda m: phone(m[1] + m[2])),
    (re.compile(r"(?<=\d)\s?[–-]\s?(?=\$)"), " to "),
    (re.compile(r"\$\s?(\d[\d,]*|(?=\.\d))(?:\.(\d{2}))?(?!\d)"), _money),
    (re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-([0-3]\d)\b"), lambda m: _date(_MONTHS[int(m[2]) - 1], m[3], m[1])),
    (
        re.compile(rf"\b{_MONTH}\s+{_DAY}\s?(?:-|–|to|through)\s?{_DAY}(?!:)(?!\s*[AaPp]\.?[Mm]\b)"),
        lambda m: f"{_month(m[1])} {ordinal(int(m[2]))} to {ordinal(int(m[3]))}",
    ),
    (re.compile(rf"\b{_MONTH}\s+{_DAY}(?:,?\s+(\d{{4}})\b)?"), lambda m: _date(_month(m[1]), m[2], m[3])),
    (re.compile(rf"\b{_DAY}\s+{_MONTH}\b"), lambda m: f"{ordinal(int(m[1]))} of {_month(m[2])}"),
    (re.compile(r"\b24/7\b"), "twenty-four seven"),
    (re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b"), _slash_date),
    (re.compile(r"(?<=\d)\s?[–-]\s?(?=\d)"), " to "),
    (re.compile(rf"{_TIME}(?=(?: to | and )\d{{1,2}}(?::\d\d)?\s*[AaPp]\.?\s?[Mm]\b)"), _half_of_range),
    (re.compile(_TIME + _HALF), lambda m: _clock(int(m[1]), int(m[2] or 0), m[3])),
    (re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b"), lambda m: _clock(int(m[1]), int(m[2]), "")),
    (re.compile(r"\b([Rr]oom|[Ss]uite)\s+(?:number\s+|no\.\s*|#\s?)?(\d{1,5})\b"), lambda m: f"{m[1]} {room(m[2])}"),
    (
        re.compile(r"\b((?:ending|ends) in|[Ee]xtension|[Cc]ode(?: is)?|PIN(?: is)?|ZIP(?: code)?)\s+(\d+)\b"),
        lambda m: f"{m[1]} {digits(m[2])}",
    ),
    (re.compile(r"\b(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{4,}\b"), _code),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda m: ordinal(int(m[1]))),
    (re.compile(r"(?<=\b(?:in|of)\s)((?:19|20)\d\d)\b(?!\s+[a-z])"), lambda m: year(int(m[1]))),
    (re.compile(r"(?<=\b(?:since|until)\s)((?:19|20)\d\d)\b"), lambda m: year(int(m[1]))),
    (re.compile(r"(\d)\s?%"), r"\1 percent"),
    (re.compile(r"(?<=\w)\s?&\s?(?=\w)"), " and "),
    (re.compile(r"#\s?(?=\d)"), "number "),
    (re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?!\w)"), _plain),
)
