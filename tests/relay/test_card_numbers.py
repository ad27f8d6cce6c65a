"""Card numbers are found in what is said, figures or words, in both languages; other numbers are left alone."""

import pytest

from relay.card_numbers import REMOVED, find, mask
from relay.card_watch import CardWatch
from relay.card_words import About

VISA = "4111111111111111"


@pytest.mark.parametrize(
    "said",
    [
        "my card number is 4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "3782 822463 10005",
        "it is four one one one, one one one one, one one one one, one one one one",
        "forty one eleven eleven eleven eleven eleven eleven eleven",
        "quadruple nothing, but four triple one double one double one double one double one double one double one one",
        "mi tarjeta es cuatro uno uno uno uno uno",
        "cuarenta y uno once once once once once once once",
        "cuatro mil uno uno uno uno uno uno uno uno uno uno uno uno uno uno uno",
        "The Visa is four one uh one one then one one",
        "it is a MasterCard, five five zero zero, let me see, zero zero zero zero",
        "four one one one one one is my credit card",
    ],
)
def test_a_card_number_is_found_however_it_is_said(said: str) -> None:
    found = find(said)
    assert found.is_card
    left = [word for word in found.text.replace(REMOVED, "").lower().replace(",", "").split() if word.isdecimal()]
    assert left == []


@pytest.mark.parametrize("before", [About.NOTHING, About.CARD])
@pytest.mark.parametrize(
    "said",
    [
        "my phone is two zero seven five five five zero one four two",
        "call me at 207 555 0142",
        "207 555 0142 is my phone",
        "+1 207 555 0142",
        "+49 30 1234 567 8901",
        "mi teléfono es seis uno dos tres cuatro cinco seis siete ocho",
        "my confirmation code is 48210937",
        "the reservation number is four eight two one zero nine three seven",
        "from December twenty first to December twenty fourth twenty twenty six",
        "from 2026-12-21 to 2026-12-24",
        "12/21/2026 until 12/24/2026",
        "we are two adults and three children in room 204",
        "the zip code is 04217 1234",
        "two thousand twenty six",
        "it was 1,234.50 dollars",
        "del 21 al 24 de diciembre de 2026",
    ],
)
def test_other_numbers_are_none(said: str, before: About) -> None:
    assert find(said, before).text == said


def test_six_digits_are_enough_where_cards_are_talked_of_and_five_are_not() -> None:
    assert find("four one one one one", About.CARD).text == "four one one one one"
    assert find("four one one one one one", About.CARD).text == REMOVED
    assert not find("four one one one one one", About.NOTHING).is_card


def test_the_code_on_its_back_is_masked_and_a_zip_beside_it_is_not() -> None:
    assert find("the security code is 123 and my zip is 04217").text == (
        f"the security code is {REMOVED} and my zip is 04217"
    )
    assert find("el código de seguridad es uno dos tres").text == f"el código de seguridad es {REMOVED}"


def test_what_a_tool_is_given_is_masked_all_the_way_down() -> None:
    given = {"notes": f"pays with {VISA}", "card_number": "411111", "n": int(VISA), "list": [VISA, "204"], "nights": 2}
    masked = mask(given)
    assert masked == {
        "notes": f"pays with {REMOVED}",
        "card_number": REMOVED,
        "n": REMOVED,
        "list": [REMOVED, "204"],
        "nights": 2,
    }


def test_a_phone_number_and_a_code_in_a_tools_arguments_stay() -> None:
    given = {"phone": "+12075550142", "confirmation_code": "48210937", "payment_id": "payment_41111111111111111a"}
    assert mask(given) == given


def test_a_number_that_is_read_out_group_by_group_is_masked_from_its_beginning() -> None:
    watch = CardWatch()
    watch.agent("How would you like to pay, with which card?")
    assert not watch.caller("i1", "four one one one").is_card
    second = watch.caller("i2", "one one one one")
    assert second.is_card
    assert second.text == REMOVED
    assert second.earlier == (("i1", REMOVED),)
    assert watch.caller("i3", "two two two two").text == REMOVED


def test_a_number_that_is_being_said_is_noticed_at_its_sixth_digit() -> None:
    watch = CardWatch()
    said = "my card is"
    for count, word in enumerate(["four", "one", "one", "one", "one", "one"], 1):
        said += f" {word}"
        assert watch.hears(said) == (count == 6)


def test_after_a_refusal_a_telephone_number_for_the_link_is_none() -> None:
    watch = CardWatch()
    assert watch.caller("i1", f"my card is {VISA}").is_card
    watch.agent("I may not take card numbers. I can text you a secure link to pay instead. To which number?")
    assert watch.caller("i2", "two zero seven five five five zero one four two").text == (
        "two zero seven five five five zero one four two"
    )


def test_the_rest_of_a_number_behind_a_refusal_is_still_masked() -> None:
    watch = CardWatch()
    watch.caller("i1", "my card is four one one one one one one one")
    watch.agent("Please stop there. I can text you a secure link.")
    assert watch.caller("i2", "one one one one two two two two").text == REMOVED
    assert watch.caller("i3", "twelve twenty seven").text == REMOVED


def test_an_agent_that_reads_a_number_back_is_masked_and_one_that_says_the_last_four_is_not() -> None:
    watch = CardWatch()
    watch.caller("i1", f"my card is {VISA}")
    assert watch.agent("That is 4111 1111, right?") == f"That is {REMOVED}, right?"
    assert watch.agent("The card that ends in 1111.") == "The card that ends in 1111."


def test_what_was_talked_of_is_forgotten_after_a_while() -> None:
    watch = CardWatch()
    watch.caller("i1", "Do you take credit cards?")
    watch.agent("We do.")
    watch.agent("Anything else?")
    assert not watch.caller("i2", "three zero four five one two").is_card


@pytest.mark.parametrize("groups", [("4242 4242", "4242 4242"), ("4111", "1111", "one one one one", "it ends in 1111")])
def test_one_that_is_read_out_group_by_group_is_masked_though_nobody_said_that_it_is_a_card(
    groups: tuple[str, ...],
) -> None:
    watch = CardWatch()
    watch.agent("How would you like to settle it?")
    heard = [watch.caller(f"i{place}", group) for place, group in enumerate(groups)]
    assert [each.is_card for each in heard] == [False] * (len(groups) - 1) + [True]
    assert heard[-1].text.endswith(REMOVED)
    assert heard[-1].earlier == tuple((f"i{place}", REMOVED) for place in range(len(groups) - 1))


@pytest.mark.parametrize(
    "groups",
    [
        ("207 555", "0142", "yes, 207 555 0142"),
        ("4821 0937", "no, 4821 0936"),
        ("It is 4242 4242", "two of us", "and it is 4242 4242"),
        ("+1 207 555 0142", "424242"),
    ],
)
def test_telephone_numbers_and_codes_in_groups_are_none(groups: tuple[str, ...]) -> None:
    watch = CardWatch()
    assert [watch.caller(f"i{place}", group).text for place, group in enumerate(groups)] == list(groups)


def test_a_telephone_number_before_a_card_number_stays() -> None:
    watch = CardWatch()
    watch.caller("i1", "207 555 0142")
    assert watch.caller("i2", "4111 1111 1111 1111").earlier == ()
