"""Sentences for guests, in English. Facts and numbers come in; nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from nightdesk.hotel.model import Department, Property, RoomType
from nightdesk.hotel.pricing import Offer, Stay, money

CUT_OFF = "I am sorry, we were cut off."
NOT_IN_SERVICE = "We are sorry, this number is not in service at the moment. Goodbye."
NO_PETS = "I am sorry, we cannot take pets."
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


def day(value: date) -> str:
    return f"{value:%A, %B} {value.day}"


def spoken_money(cents: int, currency: str) -> str:
    """Whole amounts without their cents: $50, $335.72."""
    return money(cents, currency).removesuffix(".00")


def listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def dates(stay: Stay) -> str:
    return f"{day(stay.check_in)} to {day(stay.check_out)}"


def offers(stay: Stay, found: Sequence[Offer], currency: str) -> str:
    rooms = listed([f"a {o.quote.name} is {spoken_money(o.quote.total_cents, currency)}" for o in found])
    in_all = [fee for fee in found[0].quote.fees if all(fee in other.quote.fees for other in found)]
    extras = [f"the {spoken_money(fee.cents, currency)} {fee.name}" for fee in in_all]
    return (
        f"For {count(len(stay.nights), 'night')}, {dates(stay)}: {rooms} in total, "
        f"including {listed(['tax', *extras])}."
    )


def full_house(stay: Stay, instead: Sequence[tuple[Stay, Offer]], currency: str) -> str:
    sorry = f"I am sorry, we have no such room free from {dates(stay)}."
    return " ".join([sorry, *_instead(stay, instead, currency)])


def room_too_small(stay: Stay, room: RoomType, instead: Sequence[tuple[Stay, Offer]], currency: str) -> str:
    sorry = f"A {room.name} takes {count(room.max_guests, 'guest')} at most."
    return " ".join([sorry, *_instead(stay, instead, currency)])


def _instead(stay: Stay, instead: Sequence[tuple[Stay, Offer]], currency: str) -> list[str]:
    offered = []
    for other, offer in instead:
        when = "for those nights" if other == stay else f"from {dates(other)}"
        total = spoken_money(offer.quote.total_cents, currency)
        offered.append(f"I could offer a {offer.quote.name} {when}, for {total} in total.")
    return offered


def cancellation(hotel: Property, free_until: datetime | None, late_fee_cents: int, now: datetime) -> str:
    """The terms of a booking, with the deadline on the hotel's clock."""
    fee = spoken_money(late_fee_cents, hotel.currency)
    if not late_fee_cents:
        return "You can cancel free of charge at any time."
    if free_until is None:
        return f"This rate cannot be refunded: cancelling costs {fee}."
    if now > free_until:
        return f"Check-in is so near that cancelling costs {fee}."
    local = hotel.local(free_until)
    when = f"{day(local.date())}, at {clock_time(local.time())}"
    return f"You can cancel free of charge until {when}. After that it costs {fee}."


def clock_time(value: time) -> str:
    """3:00 PM."""
    return f"{value.hour % 12 or 12}:{value.minute:02d} {'AM' if value.hour < 12 else 'PM'}"


def stay_too_long(nights: int) -> str:
    return f"I can book {nights} nights at most. For a longer stay I can take a message for the manager."


def stay_too_short(nights: int) -> str:
    return f"For those dates we take stays of at least {count(nights, 'night')}."


def too_many_pets(most: int) -> str:
    return f"I am sorry, we take {count(most, 'pet')} in a room at most."


def too_many_guests(most: int) -> str:
    return f"Our largest room takes {count(most, 'guest')}. I can note that you need more than one room."


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
