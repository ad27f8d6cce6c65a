"""Card numbers do not get in: the second door, with eyes of its own."""

import json

import pytest
from nightdesk.cards import REMOVED, masked, masked_in

VISA = "4111111111111111"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("My card number is 4111 1111 1111 1111, thanks", f"My card number is {REMOVED}, thanks"),
        ("4111-1111-1111-1111", REMOVED),
        ("3782 822463 10005", REMOVED),
        ("four one one one, one one one one, one one one one, one one one one", REMOVED),
        ("It is forty one eleven eleven eleven eleven eleven eleven eleven", f"It is {REMOVED}"),
        ("My Visa: four one one uh one one one", f"My Visa: {REMOVED}"),
        ("Mi tarjeta es cuatro uno uno uno uno uno", f"Mi tarjeta es {REMOVED}"),
        ("cuarenta y uno once once once once once once once", REMOVED),
        ("the security code is 123 and my zip is 04217", f"the security code is {REMOVED} and my zip is 04217"),
        ("el código de seguridad es uno dos tres", f"el código de seguridad es {REMOVED}"),
        (
            "for my reservation, with my card, 411111 and so on",
            f"for my reservation, with my card, {REMOVED} and so on",
        ),
    ],
)
def test_a_card_number_is_masked(said: str, kept: str) -> None:
    assert masked(said) == kept
    assert masked(kept) == kept


@pytest.mark.parametrize(
    "said",
    [
        "call me at 207 555 0142",
        "my phone is two zero seven five five five zero one four two",
        "+49 30 1234 567 8901",
        "mi teléfono es seis uno dos tres cuatro cinco seis siete ocho",
        "the confirmation code is 48210937, and I paid by card",
        "my card was charged for reservation 48210937",
        "from 2026-12-21 to 2026-12-24 with a card",
        "card, 12/21/2026 until 12/24/2026",
        "two adults and three children in room 204",
        "my card expires in two thousand twenty six",
        "lead_4111111111111111aa",
        "session sess_dwwvcqlv5huuipgg3u474f77jl",
    ],
)
def test_other_numbers_are_left_alone(said: str) -> None:
    assert masked(said) == said


def test_six_digits_are_enough_where_cards_were_talked_of_just_before() -> None:
    assert masked("four one one one one one", ["Which card is it?"]) == REMOVED
    assert masked("four one one one one one", ["I can text you a link to pay by card. To which number?"]) != REMOVED
    assert masked("four one one one one one") != REMOVED


def test_a_value_of_json_is_masked_all_the_way_down() -> None:
    given = {
        "notes": [f"pays with {VISA}"],
        "card_number": "411111",
        "n": int(VISA),
        "nights": 2,
        "phone": "+12075550142",
    }
    kept = masked_in(given)
    assert kept == {
        "notes": [f"pays with {REMOVED}"],
        "card_number": REMOVED,
        "n": REMOVED,
        "nights": 2,
        "phone": "+12075550142",
    }
    assert "411111" not in json.dumps(kept)
