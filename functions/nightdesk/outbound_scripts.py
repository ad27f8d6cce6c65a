"""What is said in a call that the hotel places: `prompts/outbound/<purpose>.md`, and in Spanish `es/<purpose>.md`.

The front matter has the `variables` that whoever orders the call gives, the `opening` and the `voicemail`; the text
below is the engine's. An `opening_unsure` is for a number that may be somebody else's (`UNSURE` among the variables):
whoever is called there must not hear what another has said. {hotel}, {number}, {stop} and {stop_there} are always
there: who calls, its number, and how to be called no more, by a key in the call or there. A variable that is a date
(2026-11-27) is spoken as one.

Sources: 47 CFR 64.1200(b), of every call by an artificial voice: (1) who calls is said first; (2) a number of theirs at
which calls can be refused, during the call or after: the goodbye and the messages name the hotel's own line, and who
answers there takes a no; (3) where it advertises, how to be called no more by voice or key is said within two seconds
of (1), and it ends the call. For that a message on a machine needs a toll-free number: such a hotel calls from one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import get_args

import yaml

from nightdesk import service_words, spoken
from nightdesk.conversation import Session
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import Purpose

FOLDER = Path(__file__).parent / "prompts" / "outbound"
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LANGUAGES = ("en", "es")
LONGEST_VALUE = 300
UNSURE = "unsure"
"""Of a call to a number that somebody gave without its being theirs for certain."""
_PLACE = re.compile(r"\{(\w+)\}")
_STOP: Mapping[str, Mapping[str, str]] = {
    "en": {
        "stop": "To get no more such calls, press nine at any time.",
        "stop_there": "To get no more such calls, tell us there.",
    },
    "es": {
        "stop": "Para no recibir más llamadas así, pulse nueve en cualquier momento.",
        "stop_there": "Para no recibir más llamadas así, díganoslo ahí.",
    },
}
_OURS = frozenset({"hotel", "number", "stop", "stop_there"})


@dataclass(frozen=True)
class Script:
    """`prompt` is for the engine; `opening` and `voicemail` are spoken as they are."""

    opening: str
    voicemail: str
    prompt: str
    variables: tuple[str, ...] = ()
    opening_unsure: str = ""


@cache
def template(purpose: str, language: str) -> Script:
    """With its places still open; in English for a language that there is none in. Raises: ValueError."""
    folder = FOLDER if language[:2] not in LANGUAGES[1:] else FOLDER / language[:2]
    parts = re.split(r"^---\s*$", (folder / f"{purpose}.md").read_text("utf-8"), maxsplit=2, flags=re.MULTILINE)
    head = yaml.safe_load(parts[1])
    prompt, unsure = parts[2].strip(), head.get("opening_unsure", "")
    found = Script(head["opening"], head["voicemail"], prompt, tuple(head["variables"]), unsure)
    used = {name for text in (found.opening, found.voicemail, prompt, unsure) for name in _PLACE.findall(text)}
    if unknown := used - _OURS - set(found.variables):
        raise ValueError(f"{purpose} in {language}: nobody gives {', '.join(sorted(unknown))}")
    return found


def problems(purpose: str, variables: Mapping[str, str]) -> list[str]:
    """What is wrong with the variables of a call that is ordered."""
    wanted = template(purpose, LANGUAGES[0]).variables
    missing = [f"{name} is missing" for name in wanted if not variables.get(name, "").strip()]
    unknown = [f"{name} is no variable of {purpose}" for name in variables if name not in wanted]
    long = [f"{name} is too long" for name, value in variables.items() if len(value) > LONGEST_VALUE]
    return [*missing, *unknown, *long]


def script(purpose: str, language: str, hotel: Property, variables: Mapping[str, str]) -> Script:
    """Filled in. A variable that was not given is left out."""
    found = template(purpose, language)
    values = {name: _spoken(value, language) for name, value in variables.items()}
    values |= {"hotel": hotel.name, "number": spoken.home_number(hotel.phone_numbers[0])}
    values |= _STOP[language[:2] if language[:2] in _STOP else LANGUAGES[0]]

    def filled(text: str) -> str:
        return _PLACE.sub(lambda place: values.get(place[1], ""), text)

    opening = found.opening_unsure if variables.get(UNSURE) and found.opening_unsure else found.opening
    return Script(filled(opening), filled(found.voicemail), filled(found.prompt), found.variables)


def opening(session: Session, hotel: Property) -> str:
    """What a call that we have placed begins with; "" for every other."""
    if not session.purpose:
        return ""
    return script(session.purpose, session.language, hotel, session.variables or {}).opening


def _spoken(value: str, language: str) -> str:
    """On one line, and without what would end a sentence that is to be said exactly."""
    text = re.sub(r"\s+", " ", value).strip().replace('"', "'").rstrip(".")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            return service_words.day(date.fromisoformat(text), language)
        except ValueError:
            return text
    return text
