"""Sentences for guests, in English. Facts and numbers come in; nothing is decided here."""

from __future__ import annotations

from nightdesk.hotel.model import Property

CUT_OFF = "I am sorry, we were cut off."
NOT_IN_SERVICE = "We are sorry, this number is not in service at the moment. Goodbye."
CANNOT_DO = "I am sorry, I cannot do that."

_COUNT = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def welcome(hotel: str) -> str:
    """At a screen, where nobody calls."""
    return f"Welcome to {hotel}. How may I help you?"


def count(number: int, one: str, many: str = "") -> str:
    """ "one night", "two nights", "12 nights"."""
    figure = _COUNT[number] if number < len(_COUNT) else str(number)
    return f"{figure} {one if number == 1 else many or one + 's'}"


def cut_off(language: str) -> str:
    return "Lo siento, se ha cortado." if language == "es" else CUT_OFF


def nobody_answered(to: str, language: str = "en") -> str:
    if language == "es":
        return f"Lo siento, en este momento nadie en {to} puede atenderle."
    return f"I am sorry, nobody at {to} can take your call right now."


def apology(hotel: Property | None) -> str:
    if hotel is None:
        return "I am sorry, something went wrong on our side. Please call again. Goodbye."
    return f"I am sorry, something went wrong on our side. I am putting you through to {hotel.front_desk.name}."
