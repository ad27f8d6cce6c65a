"""Times of day as people say them: "half past seven", "7 pm", "las siete y media". Pure; works on `numbered` text."""

import re
from collections.abc import Callable
from typing import Literal

Usual = Literal["morning", "day"]
"""What a bare hour means: "seven" is in the morning for a wake-up call, in the evening for a call back."""

_AFTER_NOON = re.compile(
    r"\bpm\b|\bp m\b|\b(?:in the |this )?(?:afternoon|evening)\b|\b(?:at|to)night\b|\bde la (?:tarde|noche)\b"
)
_MORNING = re.compile(r"\bam\b|\ba m\b|\b(?:in the |this |tomorrow )?morning\b|\bde la (?:manana|madrugada)\b")
_FRACTIONS = {"quarter": 15, "half": 30, "media": 30, "cuarto": 15}
_SUFFIX = r"(?: ?(?:am|pm|a m|p m)\b| ?o ?clock\b| (?:in the|de la|en punto)\b)"


def clock_time(numbered_text: str, usual: Usual = "morning", asked: bool = False) -> str:
    """ "07:30", or "" when no time is said. asked: whether a number alone is an hour."""
    text = re.sub(r"(\d)(am|pm)\b", r"\1 \2", numbered_text)
    if re.search(r"\b(?:noon|mid ?day|mediodia)\b", text):
        return "12:00"
    if re.search(r"\b(?:midnight|medianoche)\b", text):
        return "00:00"
    for pattern, read in _WAYS if asked else _WAYS[:-1]:
        if match := pattern.search(text):
            hour, minute = read(match)
            if 0 <= hour < 24 and 0 <= minute < 60:
                return f"{_on_the_day(hour, text, usual):02d}:{minute:02d}"
    return ""


def _on_the_day(hour: int, text: str, usual: Usual) -> int:
    if _AFTER_NOON.search(text):
        return hour + 12 if hour < 12 else hour
    if _MORNING.search(text):
        return 0 if hour == 12 else hour
    return hour + 12 if usual == "day" and 1 <= hour < 8 else hour


def _past(match: re.Match[str]) -> tuple[int, int]:
    return int(match["hour"]), _minutes(match["minutes"])


def _to(match: re.Match[str]) -> tuple[int, int]:
    return (int(match["hour"]) - 1) % 12 or 12, 60 - _minutes(match["minutes"])


def _plain(match: re.Match[str]) -> tuple[int, int]:
    return int(match["hour"]), int(match["minutes"] or 0)


def _minutes(said: str) -> int:
    return _FRACTIONS.get(said) or int(said)


_HOUR = r"(?P<hour>\d{1,2})"
_WAYS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int]]]] = [
    (re.compile(rf"\b(?P<minutes>half|quarter|\d{{1,2}}) (?:minutes )?past {_HOUR}\b"), _past),
    (re.compile(rf"\b(?:a )?(?P<minutes>quarter|\d{{1,2}}) (?:minutes )?to {_HOUR}\b"), _to),
    (re.compile(rf"\b{_HOUR} menos (?P<minutes>cuarto|\d{{1,2}})\b"), _to),
    (re.compile(rf"\b{_HOUR} y (?P<minutes>media|cuarto|\d{{1,2}})\b"), _past),
    (re.compile(rf"\b{_HOUR}(?: (?:oh |o |0 )?(?P<minutes>\d{{1,2}}))?{_SUFFIX}"), _plain),
    (
        re.compile(
            r"\b(?:at|by|until|till|around|about|before|after|a las?|las|sobre las|hasta las|antes de las)"
            rf" {_HOUR}(?: (?:oh |o )?(?P<minutes>\d{{2}}|0?\d(?= |$)))?(?! (?:night|day|week|adult|guest|noche|dia))\b"
        ),
        _plain,
    ),
    (
        re.compile(
            rf"(?:^|\b(?:yes|it is|make it|let us say|say|no|si|mejor) ){_HOUR}"
            r"(?: (?:oh |o )?(?P<minutes>\d{1,2}))?(?: please| por favor)?$"
        ),
        _plain,
    ),
]
