"""The menu of keys: what is said, and what a key brings about. Pure; the state between two keys travels in a URL.

It comes before the agent (a choice of language), instead of it, or as what is left when nobody else can talk: of the
hotel's choices those are offered then that need no agent. 0 is a person at any time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from nightdesk import phone_words
from nightdesk.hotel.menu import Choice
from nightdesk.hotel.model import Property
from nightdesk.then import Then
from nightdesk.twiml_keys import Line

MOST_TRIES = 3
"""Times that a menu is asked without one of its keys being pressed."""


@dataclass(frozen=True)
class Asked:
    """One question of the menu. `last`: there is no agent behind it. `tries` counts how often it was asked before."""

    menu: Literal["language", "main"]
    language: str
    attempt: int = 1
    tries: int = 0
    last: bool = False

    @property
    def query(self) -> str:
        pairs = {"menu": self.menu, "language": self.language, "attempt": self.attempt, "tries": self.tries}
        return urlencode(pairs | ({"last": 1} if self.last else {}))


@dataclass(frozen=True)
class Next:
    """What follows a key: another question after some words, the agent in a language, or an end of the menu."""

    asked: Asked | None = None
    first: tuple[Line, ...] = ()
    agent: str = ""
    then: Then | None = None


def read(args: dict[str, str], hotel: Property) -> Asked:
    """The question that a URL was made of; one that makes no sense is the first question of a menu."""
    language = args.get("language", "")
    return Asked(
        menu="language" if args.get("menu") == "language" else "main",
        language=language if language in languages(hotel) else hotel.language,
        attempt=int(args["attempt"]) if args.get("attempt", "").isdigit() else 1,
        tries=int(args["tries"]) if args.get("tries", "").isdigit() else 0,
        last=args.get("last") == "1",
    )


def first(hotel: Property) -> Asked:
    """The first question of a call."""
    menu: Literal["language", "main"] = "language" if len(languages(hotel)) > 1 or _is_before(hotel) else "main"
    return Asked(menu, hotel.language)


def languages(hotel: Property) -> list[str]:
    """Those that can be chosen, by the keys from 1 on: those of the hotel that Twilio's voice is given words in."""
    spoken = [hotel.language, *(language.language for language in hotel.languages)]
    return [language for language in spoken if language in phone_words.SPOKEN] or [hotel.language]


def lines(hotel: Property, asked: Asked) -> list[Line]:
    """The question. Each language is offered in itself."""
    if asked.menu == "language":
        offered = languages(hotel)
        chosen = phone_words.languages(offered) if len(offered) > 1 else []
        person = [(phone_words.said("person", language), language) for language in offered]
        return [Line(text, phone_words.locale(hotel, language)) for text, language in [*chosen, *person]]
    said = [_offer(hotel, choice, asked.language) for choice in _choices(hotel, asked)]
    text = " ".join([*said, phone_words.said("person", asked.language)])
    return [Line(text, phone_words.locale(hotel, asked.language))]


def press(hotel: Property, asked: Asked, key: str, now: datetime) -> Next:
    """What a key brings about; "" is none."""
    if key == "0":
        return Next(then=Then("transfer", to="front_desk", reason="key"))
    if asked.menu == "language":
        offered = languages(hotel)
        if key.isdigit() and 1 <= int(key) <= len(offered) > 1:
            return _in_language(hotel, asked, offered[int(key) - 1])
        if key or (len(offered) > 1 and asked.tries + 1 < 2):
            return _again(hotel, asked, key)
        return _in_language(hotel, asked, hotel.language)
    choice = next((choice for choice in _choices(hotel, asked) if choice.key == key), None)
    if choice is None:
        return _again(hotel, asked, key)
    match choice.does:
        case "agent":
            return Next(agent=asked.language)
        case "message":
            return Next(then=Then("voicemail", reason="key"))
        case "department":
            return Next(then=Then("transfer", to=choice.department, reason="key"))
    local = hotel.local(now)
    told = Line(phone_words.hours(hotel, local.weekday(), asked.language), phone_words.locale(hotel, asked.language))
    return Next(asked=replace(asked, tries=0), first=(told,))


def has_agent_behind(hotel: Property, asked: Asked) -> bool:
    """Whether a guest whom no person takes goes on to the agent: the menu came before it, and not in its place."""
    return _is_before(hotel) and not asked.last


def _is_before(hotel: Property) -> bool:
    return hotel.ivr.when == "before"


def _in_language(hotel: Property, asked: Asked, language: str) -> Next:
    if _is_before(hotel) and not asked.last:
        return Next(agent=language)
    return Next(asked=replace(asked, menu="main", language=language, tries=0))


def _again(hotel: Property, asked: Asked, key: str) -> Next:
    if asked.tries + 1 >= MOST_TRIES:
        if asked.menu == "language" and _is_before(hotel):
            return Next(agent=asked.language)
        return Next(then=Then("transfer", to="front_desk", reason="no_key", last_resort=True))
    sorry = phone_words.said("not_a_choice", asked.language) if key else ""
    return Next(
        asked=replace(asked, tries=asked.tries + 1), first=(Line(sorry, phone_words.locale(hotel, asked.language)),)
    )


def _choices(hotel: Property, asked: Asked) -> Collection[Choice]:
    return [choice for choice in hotel.ivr.choices if not (asked.last and choice.does == "agent")]


def _offer(hotel: Property, choice: Choice, language: str) -> str:
    if choice.does != "department":
        return phone_words.said(choice.does, language, key=choice.key)
    to = hotel.department(choice.department) or hotel.front_desk
    return phone_words.said("department", language, name=phone_words.department(to, hotel, language), key=choice.key)
