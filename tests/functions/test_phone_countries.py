"""Whose country a number is of, and keyed numbers as each hotel's country dials."""

from dataclasses import replace

import pytest
from nightdesk import phone_countries, properties

HOTELS = properties.load().by_id


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+12075550142", "US"),
        ("+14165550142", "CA"),
        ("+18765550142", "JM"),  # the same +1
        ("+34612345678", "ES"),
        ("+33612345678", "FR"),
        ("+18005550142", "US"),  # free for who calls
        ("+19005550142", ""),  # these earn their owner money, or pass a call on at the expense of who calls
        ("+34806123456", ""),
        ("+34902123456", ""),
        ("+448712345678", ""),
        ("+447012345678", ""),
        ("", ""),
        ("+999", ""),
        ("12075550142", ""),
    ],
)
def test_the_country_of_a_number(number: str, country: str) -> None:
    assert phone_countries.country(number) == country


@pytest.mark.parametrize(
    ("hotel", "keys", "number"),
    [
        ("west-bethel-motel", "2075550199", "+12075550199"),
        ("west-bethel-motel", "12075550199#", "+12075550199"),
        ("west-bethel-motel", "01134612345678", "+34612345678"),
        ("west-bethel-motel", "612345678", ""),
        ("west-bethel-motel", "48210937", ""),
        ("hotel-casa-alondra", "612345678", "+34612345678"),
        ("hotel-casa-alondra", "0012075550142", "+12075550142"),
        ("hotel-casa-alondra", "2075550199", ""),
        ("hotel-casa-alondra", "48210937", ""),
        ("hotel-casa-alondra", "+12075550142", "+12075550142"),
        ("west-bethel-motel", "4111111111111111", ""),
        ("west-bethel-motel", "*#", ""),
        ("west-bethel-motel", "call me", ""),
    ],
)
def test_keys_are_read_as_the_hotels_country_dials(hotel: str, keys: str, number: str) -> None:
    assert phone_countries.from_keys(keys, HOTELS[hotel]) == number


@pytest.mark.parametrize("keys", ["2072203501", "+12072203501", "9005550142", "+19005550142"])
def test_nobody_is_reached_at_the_hotels_own_number_or_at_one_that_earns_money(keys: str) -> None:
    assert phone_countries.from_keys(keys, HOTELS["west-bethel-motel"]) == ""


def test_a_country_of_long_numbers_takes_no_card_for_one() -> None:
    inn = replace(HOTELS["hotel-casa-alondra"], phone_numbers=("+4930123456",))
    assert phone_countries.from_keys("01701234567", inn) == "+491701234567"
    assert phone_countries.from_keys("371449635398431", inn) == ""
