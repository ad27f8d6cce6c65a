"""What sentences mean: a table of what guests say, as the offline recogniser, cloud ones and keyboards write it."""

from datetime import date

import pytest
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.numbers import phone_digits
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.understand import Context, Meaning, spoken_name, understand
from nightdesk.hotel.dates import DatesSaid
from nightdesk.hotel.numbers_en import numbered, plain

from .clerk_guest import HOTEL, TODAY


def meaning(text: str, asked: Step | None = None) -> Meaning:
    return understand(text, Context(TODAY, HOTEL.room_types, asked))


FRIDAY = DatesSaid(date(2026, 11, 27))
TWO_FROM_FRIDAY = DatesSaid(date(2026, 11, 27), nights=2)

WANTS = [
    ("do you have a room", {Want.ROOM}),
    ("hi i need a room please", {Want.ROOM}),
    ("i'd like to make a reservation", {Want.ROOM, Want.BOOK}),
    ("any rooms for friday", {Want.ROOM}),
    ("is there anything available tomorrow", {Want.ROOM}),
    ("are you full on friday", {Want.ROOM}),
    ("rooms", {Want.ROOM}),
    ("how much is the suite", {Want.PRICE}),
    ("what are your rates", {Want.PRICE}),
    ("how much is a room per night", {Want.PRICE}),
    ("what else do you have", {Want.OTHER_ROOMS}),
    ("do you have something cheaper", {Want.OTHER_ROOMS, Want.CHEAPER, Want.ROOM}),
    ("we need two rooms", {Want.MANY_ROOMS, Want.ROOM}),
    ("i'll take the suite", {Want.HOLD}),
    ("book it", {Want.BOOK}),
    ("can someone call me back", {Want.CALLBACK}),
    ("i want to leave a message", {Want.MESSAGE}),
    ("a person please", {Want.PERSON}),
    ("manager", {Want.PERSON}),
    ("front desk please", {Want.PERSON}),
    ("can i speak to someone", {Want.PERSON}),
    ("could I talk with a real person, please?", {Want.PERSON}),
    ("hello i want to speak to the manager", {Want.PERSON}),
    ("operator", {Want.PERSON}),
    ("transfer me to the front desk", {Want.PERSON}),
    ("is there someone i can talk to", {Want.PERSON}),
    ("no a human being", {Want.PERSON}),
    ("put me through to reception", {Want.PERSON}),
    ("goodbye", {Want.GOODBYE}),
    ("no that's all thank you goodbye", {Want.GOODBYE}),
    ("thanks, that will be all", {Want.GOODBYE}),
    ("nothing else", {Want.GOODBYE}),
    ("i have to go", {Want.GOODBYE}),
    ("i will call you back later", {Want.GOODBYE}),
    ("repeat that please", {Want.REPEAT}),
    ("sorry", {Want.REPEAT}),
    ("what did you say", {Want.REPEAT}),
    ("can you speak more slowly", {Want.REPEAT}),
    ("hold on", {Want.WAIT}),
    ("just a second", {Want.WAIT}),
    ("what can i say", {Want.HELP}),
    ("hello", {Want.GREETING}),
    ("are you there", {Want.GREETING}),
    ("thank you very much", {Want.THANKS}),
    ("that's not what i said", {Want.WRONG}),
    ("start over", {Want.RESTART}),
    ("never mind", {Want.NEVER_MIND}),
    ("cancel that", {Want.NEVER_MIND}),
    ("use the number i'm calling from", {Want.THIS_NUMBER}),
    ("a different number", {Want.OTHER_NUMBER}),
    ("the name is wrong", {Want.CHANGE_NAME}),
    ("change the dates", {Want.CHANGE_DATES}),
    ("the number of guests", {Want.CHANGE_GUESTS}),
]


@pytest.mark.parametrize(("text", "wants"), WANTS)
def test_what_is_wanted(text: str, wants: set[Want]) -> None:
    assert meaning(text).wants == wants


QUESTIONS = [
    *["do you allow dogs", "are pets welcome", "can i bring my dog", "how much is the pet fee", "is my cat allowed"],
    *[
        "what time is check in",
        "check out",
        "can we check in early",
        "is there a late check out",
        "how late can i check in",
    ],
    *["is parking free", "where can i park", "do you have a charging station", "is breakfast included", "breakfast"],
    *["what is your cancellation policy", "can i cancel for free", "is there wifi"],
    *[
        "do you have a pool",
        "is the pool open on sunday",
        "do children stay free",
        "are kids welcome",
        "do you have a crib",
    ],
    *[
        "is smoking allowed",
        "where are you located",
        "how do i get there",
        "what is nearby",
        "do you take credit cards",
    ],
    *["what rooms do you have", "is there an elevator", "do you have accessible rooms", "are you open all night"],
    *["is there someone at the front desk at night", "when is the front desk open", "am i talking to a robot"],
    *["what is the capital of france", "does the room have wifi", "do you have any discounts", "is tax included"],
    *[
        "and is breakfast included",
        "hi, do you have a pool?",
        "how much is breakfast",
    ],
]


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_about_the_house_is_nothing_else(text: str) -> None:
    found = meaning(text)
    assert found.wants == {Want.QUESTION}
    assert found.question == text
    assert not found.speaks_of_stay


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("do you have a room for friday and is breakfast included", "is breakfast included"),
        ("two adults. Do you have a pool?", "Do you have a pool"),
        ("yes and do you allow dogs", "do you allow dogs"),
        ("Friday, and is parking free?", "is parking free"),
    ],
)
def test_of_a_longer_sentence_only_the_clause_with_the_question_is_looked_up(text: str, question: str) -> None:
    asked = Step.ARRIVAL if text.startswith("Friday") else None
    assert meaning(text, asked).question == question


STAYS = [
    (
        "do you have a room for two nights from friday for two adults and a dog",
        Meaning(frozenset({Want.ROOM}), dates=TWO_FROM_FRIDAY, adults=2, pets=1),
    ),
    ("2 nights from Friday for 2 adults and a dog.", Meaning(dates=TWO_FROM_FRIDAY, adults=2, pets=1)),
    ("friday", Meaning(dates=FRIDAY)),
    ("no three nights", Meaning(dates=DatesSaid(nights=3))),
    ("no, saturday", Meaning(dates=DatesSaid(date(2026, 11, 21)))),
    ("make it three nights", Meaning(dates=DatesSaid(nights=3))),
    ("sorry two nights", Meaning(dates=DatesSaid(nights=2))),
    ("two adults and one child", Meaning(adults=2, children=1)),
    ("two adults two children and two dogs", Meaning(adults=2, children=2, pets=2)),
    ("four people", Meaning(adults=4)),
    ("the two of us", Meaning(adults=2)),
    ("just me", Meaning(adults=1)),
    ("me and my wife", Meaning(adults=2)),
    ("my husband and i", Meaning(adults=2)),
    ("two adults with a cat", Meaning(adults=2, pets=1)),
    ("two adults and a dog and a cat", Meaning(adults=2, pets=2)),
    ("one adult no pets", Meaning(adults=1, pets=0)),
    ("we have a small dog", Meaning(pets=1)),
    ("no children", Meaning(children=0)),
    ("we're a family of four with a baby", Meaning(adults=4)),
    ("is it possible to bring our two dogs", Meaning(frozenset({Want.QUESTION}), pets=2)),
    ("my two cats", Meaning(pets=2)),
    ("the suite", Meaning(frozenset({Want.ROOM}), room_type="suite")),
    ("a king suite please", Meaning(frozenset({Want.ROOM}), room_type="suite")),
    ("the standard queen", Meaning(frozenset({Want.ROOM}), room_type="standard_queen")),
    ("not the suite the king", Meaning(room_type="deluxe_king")),
    ("just two adults that's all", Meaning(adults=2)),
    ("my number is two oh seven five five five oh one four two", Meaning(phone="2075550142")),
]


@pytest.mark.parametrize(("text", "expected"), STAYS)
def test_what_is_said_of_the_stay(text: str, expected: Meaning) -> None:
    found = meaning(text)
    slots = ("dates", "adults", "children", "pets", "room_type", "phone")
    assert {s: getattr(found, s) for s in slots} == {s: getattr(expected, s) for s in slots}
    assert not found.wants - expected.wants - {Want.ROOM}


@pytest.mark.parametrize(
    ("text", "asked", "slot", "value"),
    [
        ("two", Step.GUESTS, "adults", 2),
        ("just two please", Step.GUESTS, "adults", 2),
        ("two and a dog", Step.GUESTS, "adults", 2),
        ("there will be three of us", Step.GUESTS, "adults", 3),
        ("two", Step.NIGHTS, "dates", DatesSaid(nights=2)),
        ("just two", Step.NIGHTS, "dates", DatesSaid(nights=2)),
        ("twenty seven", Step.ARRIVAL, "dates", FRIDAY),
        ("two", None, "adults", None),
        ("two", Step.ARRIVAL, "adults", None),
        ("two", Step.HOLD, "dates", DatesSaid()),
    ],
)
def test_a_number_alone_answers_the_question_that_was_asked(text: str, asked: Step, slot: str, value: object) -> None:
    assert getattr(meaning(text, asked), slot) == value


YES = [
    *[
        "yes",
        "yeah",
        "yes please",
        "sure",
        "okay",
        "um yes",
        "that's right",
        "yes that is correct",
        "go ahead",
        "yes it is",
    ],
    *["of course", "sounds good", "uh huh", "why not", "please do", "all right", "Yes, please!", "okay thank you"],
    *["yes i would like that", "that's fine thank you", "yes book it", "yes goodbye"],
]
NO = [
    *[
        "no",
        "nope",
        "no thank you",
        "not really",
        "that's wrong",
        "no that is not right",
        "i don't think so",
        "incorrect",
    ],
    *["too expensive", "no that's too much", "another number", "no not that number", "nah", "no i don't want that"],
]
NEITHER = [
    *[
        "",
        "two nights",
        "yes no",
        "no that's right",
        "yes but not friday",
        "maybe",
        "blah",
        "right now",
        "good morning",
    ],
    *["no i want something else", "no november thirty first", "hello"],
]


@pytest.mark.parametrize("text", YES)
def test_a_yes(text: str) -> None:
    assert meaning(text).yes is True
    assert meaning(text).only_yes


@pytest.mark.parametrize("text", NO)
def test_a_no(text: str) -> None:
    assert meaning(text).yes is False


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_both_or_neither_is_no_answer(text: str) -> None:
    assert meaning(text).yes is None


@pytest.mark.parametrize(
    "text",
    ["yes but my name is smith", "yes for three nights", "yes the other one", "yes and is parking free", "yes blah"],
)
def test_a_yes_with_anything_beside_it_is_not_enough_for_a_write(text: str) -> None:
    assert not meaning(text).only_yes


@pytest.mark.parametrize(
    "text", ["", "   ", "...", "blah blah", "the the", "mmh the sky is blue", "i don't know", "purple"]
)
def test_what_is_not_recognised_means_nothing(text: str) -> None:
    assert meaning(text) == Meaning()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("john smith", "John Smith"),
        ("my name is john smith", "John Smith"),
        ("yes it's mary jones please", "Mary Jones"),
        ("this is doctor brown", "Doctor Brown"),
        ("Siobhán O'Brien.", "Siobhán O'Brien"),
        ("um under smith", "Smith"),
        ("MacDonald", "MacDonald"),
        ("", ""),
    ],
)
def test_the_name_is_cut_out_of_its_sentence(text: str, name: str) -> None:
    assert spoken_name(text) == name


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twenty-seven", "27"),
        ("the twenty seventh", "the 27th"),
        ("thirty first", "31st"),
        ("twelve", "12"),
        ("two oh seven", "2 oh 7"),
        ("two thousand and twenty seven", "2027"),
        ("one hundred", "100"),
        ("I'm here; don't wait, that's all", "i am here do not wait that is all"),
        ("november twenty", "november 20"),
    ],
)
def test_words_become_numbers(text: str, numbers: str) -> None:
    assert numbered(plain(text)) == numbers


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("two oh seven five five five oh one four two", "2075550142"),
        ("one two zero seven five five five zero one four two", "2075550142"),
        ("(207) 555-0142", "2075550142"),
        ("+1 207 555 0142", "2075550142"),
        ("two oh seven triple five oh one double two", "2075550122"),
        ("five five five oh one four two", ""),
        ("one one one five five five oh one four two", ""),
        ("two nights from friday", ""),
    ],
)
def test_a_phone_number_is_taken_whole_or_not_at_all(text: str, digits: str) -> None:
    assert phone_digits(numbered(plain(text))) == digits
