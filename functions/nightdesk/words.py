"""Sentences for guests, in English. Facts and numbers come in; nothing is decided here."""

from __future__ import annotations

from nightdesk.hotel.model import Department, Property

CUT_OFF = "I am sorry, we were cut off."
NOT_IN_SERVICE = "We are sorry, this number is not in service at the moment. Goodbye."
NOBODY_FREE = "I am sorry, nobody can take your call right now. Please call again a little later. Goodbye."
BUSY = "I am sorry, all our lines are busy at the moment."
NO_GUEST = "I cannot hear anybody on this line, so I will hang up now. Please call us again any time. Goodbye."
CANNOT_DO = "I am sorry, I cannot do that."

_COUNT = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def welcome(hotel: str) -> str:
    """At a screen, where nobody calls."""
    return f"Welcome to {hotel}. How may I help you?"


def count(number: int, one: str, many: str = "") -> str:
    """ "one night", "two nights", "12 nights"."""
    figure = _COUNT[number] if number < len(_COUNT) else str(number)
    return f"{figure} {one if number == 1 else many or one + 's'}"


def handing_over(reason: str, to: Department) -> str:
    """Before a call goes to people because the agent cannot go on. `reason` is that of POST then, or broken."""
    why = {
        "busy": BUSY,
        "withheld": "",
        "too_many_calls": "",
        "nobody_there": "I am sorry, nobody is answering there.",
        "over_time": "We have been talking for a long time.",
        "over_turns": "We have been talking for a long time.",
        "over_budget": "We have been talking for a long time.",
        "no_progress": "I am sorry, I do not understand you well enough to help.",
    }.get(reason, "I am sorry, I am having trouble with this line.")
    return f"{why} I am putting you through to {to.name}.".strip()


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
