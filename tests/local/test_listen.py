"""The forced choice, on the agent's voice as the speech program makes it."""

import pytest

from local import listen
from local.listen import heard_price, other_prices, price_in_words
from local.render import AGENT_RATE_WPM, AGENT_VOICE, speak_all
from local.sound import noise

SENTENCE = (
    "For two nights from Friday, November twenty seventh, the Standard Queen is {} in total, with the pet fee and tax."
)
PRICES = (33572, 28122, 16747, 51445, 104200)


@pytest.fixture(scope="module")
def said() -> dict[int, bytes]:
    sentences = [SENTENCE.format(price_in_words(cents)) for cents in PRICES]
    return dict(zip(PRICES, speak_all(sentences, AGENT_VOICE, AGENT_RATE_WPM), strict=True))


@pytest.mark.parametrize("cents", PRICES)
def test_the_price_that_was_said_is_chosen_out_of_21(said: dict[int, bytes], cents: int) -> None:
    heard = heard_price(said[cents], cents)
    assert len(heard.choices) == 21
    assert heard.cents == cents


@pytest.mark.parametrize("cents", PRICES[:3])
@pytest.mark.parametrize("other", [0, 9])
def test_a_price_that_was_not_said_is_not_heard(said: dict[int, bytes], cents: int, other: int) -> None:
    claimed = other_prices(cents)[other]
    assert heard_price(said[cents], claimed).cents != claimed


def test_silence_has_no_price() -> None:
    assert heard_price(b"\xff" * 8000, 33572).cents is None
    assert heard_price(noise(3, -80), 33572).cents is None


@pytest.mark.parametrize("cents", [1, 99, 100, 5000, 33572, 99999])
def test_the_other_prices_are_twenty_and_different(cents: int) -> None:
    others = other_prices(cents)
    assert cents not in others
    assert len(set(others)) == len(others)
    assert all(price > 0 for price in others)
    if cents > 10_000:
        assert len(others) == listen.CHOICES


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (33572, "three hundred thirty five dollars and seventy two cents"),
        (100, "one dollar"),
        (1, "one cent"),
        (30800, "three hundred eight dollars"),
        (123456, "one thousand two hundred thirty four dollars and fifty six cents"),
    ],
)
def test_prices_in_words(cents: int, words: str) -> None:
    assert price_in_words(cents) == words
