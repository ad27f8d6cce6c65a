"""Which country a number belongs to, and what a guest keyed, as the hotel's own country dials. Pure.

Numbering plans are Google's libphonenumber's (the `phonenumbers` package): +1 alone is twenty-five countries, some of
which are favourites of fraud. It takes a tenth of a second to load, so nothing that answers a ring may import this.
"""

from __future__ import annotations

import re

import phonenumbers

from nightdesk.hotel.model import Property
from nightdesk.phones import E164


def country(number: str) -> str:
    """The ISO code of an E.164 number's country, like US; "" where there is no such number."""
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ""
    return str(found or "")


def from_keys(keys: str, hotel: Property) -> str:
    """A number that a guest keyed or said, as E.164, or "". Without a prefix it is of the hotel's country."""
    digits = re.sub(r"[\s().*#-]", "", keys)
    if E164.fullmatch(digits):
        return digits
    if not re.fullmatch(r"\+?\d{6,20}", digits):
        return ""
    try:
        number = phonenumbers.parse(digits, country(hotel.phone_numbers[0]) or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
