"""Which country a number belongs to, and what a guest keyed, as the hotel's own country dials. Pure.

Numbering plans are Google's libphonenumber's (the `phonenumbers` package): +1 alone is twenty-five countries, some of
which are favourites of fraud. It takes a tenth of a second to load, so nothing that answers a ring may import this.
"""

from __future__ import annotations

import re

import phonenumbers

from nightdesk import cards
from nightdesk.hotel.model import Property
from nightdesk.phones import E164

_EARNING = frozenset(
    {
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    }
)
"""Calls to them cost more than their country does, and some of it goes to their owner: nobody has us call himself."""


def country(number: str) -> str:
    """The ISO code of an E.164 number's country, like US; "" where there is no such number, or where it earns money."""
    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.number_type(found) in _EARNING:
        return ""
    return str(phonenumbers.region_code_for_number(found) or "")


def from_keys(keys: str, hotel: Property) -> str:
    """A number that a guest keyed or said, as E.164, or "". Without a prefix it is of the hotel's country.

    No guest is reached at a number of the hotel's own, or at one that earns money.
    """
    digits = re.sub(r"[\s().*#-]", "", keys)
    number = digits if E164.fullmatch(digits) else _dialled(digits, hotel)
    is_theirs = number not in hotel.phone_numbers and bool(country(number))
    return number if is_theirs else ""


def _dialled(digits: str, hotel: Property) -> str:
    """What is reached by dialling these digits where the hotel is; "" for nobody.

    There are countries whose numbers are as long as a card's: what checks as a card is none of them.
    """
    if not re.fullmatch(r"\d{6,20}", digits) or cards.is_number(digits):
        return ""
    try:
        number = phonenumbers.parse(digits, _region(hotel))
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _region(hotel: Property) -> str | None:
    """Where the hotel's first number is, which may itself be of a kind that costs more."""
    found: str | None = phonenumbers.region_code_for_number(phonenumbers.parse(hotel.phone_numbers[0]))
    return found
