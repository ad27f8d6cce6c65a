"""What the clerk answers, turn by turn, until a lead is noted: a table."""

import pytest

from .clerk_guest import talk, transcript
from .clerk_lines import (
    ASKED_ARRIVAL,
    ASKED_CONFIRM,
    ASKED_ELSE,
    ASKED_GUESTS,
    ASKED_KEYPAD,
    ASKED_LINE,
    ASKED_NAME,
    ASKED_NIGHTS,
    ASKED_NUMBER,
    ASKED_PERSON,
    OFFER,
    OFFERED,
    READ_BACK,
    WISH,
    last,
)

TURNS: list[tuple[list[str], str, str, str]] = [
    # before, said, what the answer contains, what is expected then
    ([], "hello", "How can I help you?", "open"),
    ([], "i need a room", "Which day would you like to arrive?", "dates"),
    ([], "how much is the suite", "Which day would you like to arrive?", "dates"),
    ([], "i need a room for two nights", "Which day would you like to arrive?", "dates"),
    ([], "friday", "Friday, November 27. For how many nights?", "dates"),
    ([], "two nights from friday", "Two nights from Friday, November 27. For how many guests?", "guests"),
    ([], WISH, OFFER, "yes_no"),
    ([], "is breakfast included", "Yes: is breakfast included. Anything else?", "open"),
    ([], "can someone call me back", "Please say your name after this.", "name"),
    ([], "what can you do", "connect you with a person. How can I help you?", "open"),
    ([], "we need two rooms", "Shall I connect you with the front desk?", "yes_no"),
    ([], "i have a dog and need a room for friday and is parking free", "Yes: is parking free. Friday", "dates"),
    ([], "", "I am sorry, I did not catch that. You can ask for a room", "open"),
    ([], "yes", "I am sorry, I did not catch that.", "open"),
    ([], "two rooms for friday", "For more than one room", "yes_no"),
    ([], "hold on", "Of course, take your time. How can I help you?", "open"),
    (ASKED_ARRIVAL, "friday", "Friday, November 27. For how many nights?", "dates"),
    (ASKED_ARRIVAL, "twenty seven", "Friday, November 27. For how many nights?", "dates"),
    (ASKED_ARRIVAL, "next weekend", "Two nights from Friday, November 27. For how many guests?", "guests"),
    (ASKED_ARRIVAL, "february thirtieth", "I did not catch that. Please tell me the day you arrive", "dates"),
    (ASKED_ARRIVAL, "", "Please tell me the day you arrive, for example Friday", "dates"),
    (ASKED_ARRIVAL, "do you allow dogs", "Yes: do you allow dogs. Which day would you like to arrive?", "dates"),
    (ASKED_ARRIVAL, "friday, and is parking free?", "Yes: is parking free. Friday, November 27. For how", "dates"),
    (ASKED_ARRIVAL, "never mind", "All right. Anything else?", "open"),
    (ASKED_NIGHTS, "two", "Two nights from Friday, November 27. For how many guests?", "guests"),
    (ASKED_NIGHTS, "until sunday", "Two nights from Friday, November 27. For how many guests?", "guests"),
    (ASKED_NIGHTS, "no saturday", "Saturday, November 28. For how many nights?", "dates"),
    (ASKED_NIGHTS, "a few nights", "Please tell me how many nights you will stay.", "dates"),
    (ASKED_GUESTS, "two", "for two adults, the Standard Queen is $281.22 in total, with tax.", "yes_no"),
    (ASKED_GUESTS, "two adults and a dog", OFFER, "yes_no"),
    (ASKED_GUESTS, "three adults", "for three adults, the Suite is $542.82 in total", "yes_no"),
    (ASKED_GUESTS, "we have a dog", "For how many guests?", "guests"),
    (ASKED_GUESTS, "purple", "Please tell me how many people will stay", "guests"),
    (ASKED_GUESTS, "start over", "Which day would you like to arrive?", "dates"),
    (OFFERED, "yes please", "Please say your name after this.", "name"),
    (OFFERED, "book it", "Please say your name after this.", "name"),
    (OFFERED, "no thank you", "All right. Anything else?", "open"),
    (OFFERED, "no three nights", "For three nights from Friday, November 27, for two adults and one pet", "yes_no"),
    (OFFERED, "no saturday", "For two nights from Saturday, November 28,", "yes_no"),
    (OFFERED, "no two adults and no pets", "for two adults, the Standard Queen is $281.22", "yes_no"),
    (OFFERED, "how much is the suite", "the Suite is $597.32 in total, with the pet fee and tax. Shall I", "yes_no"),
    (OFFERED, "what else do you have", "and the Suite is $597.32 in total. Which one would you like?", "open"),
    (OFFERED, "i'll take the suite", "the Suite is $597.32 in total, with the pet fee and tax. Please say", "name"),
    (OFFERED, "do you have a pool", "Yes: do you have a pool. Shall I take your name and number", "yes_no"),
    (OFFERED, "what was that", OFFER, "yes_no"),
    (OFFERED, "hmm", "May I take your name and number for the front desk?", "yes_no"),
    (OFFERED, "yes no", "I am sorry, I did not catch that. May I take your name", "yes_no"),
    ([*OFFERED, "what else do you have"], "the king", "the Deluxe King is $401.12 in total", "yes_no"),
    (ASKED_NAME, "john smith", "Shall we use the number you are calling from, ending in 42?", "yes_no"),
    (ASKED_NAME, "", "Shall we use the number you are calling from, ending in 42?", "yes_no"),
    (ASKED_NAME, "the sky is blue", "Shall we use the number you are calling from", "yes_no"),
    (ASKED_NAME, "will", "Shall we use the number you are calling from", "yes_no"),
    (ASKED_NAME, "my name is robin pool", "Shall we use the number you are calling from", "yes_no"),
    (ASKED_NAME, "tuesday weld", "Shall we use the number you are calling from", "yes_no"),
    (ASKED_NAME, "no saturday", "For two nights from Saturday, November 28", "name"),
    (ASKED_NAME, "no actually no pets", "for two adults, the Standard Queen is $281.22", "name"),
    (ASKED_NAME, "207 555 0199", "Please say your name after this.", "name"),
    (ASKED_NAME, "okay", "I only need your name now. Please say your first and last name.", "name"),
    (ASKED_NAME, "sorry", "Please say your name after this.", "name"),
    (ASKED_NAME, "what time is check in", "Yes: what time is check in. Please say your name after this.", "name"),
    (ASKED_NAME, "no make it three nights", "For three nights from Friday, November 27", "name"),
    (ASKED_NAME, "never mind", "All right. Anything else?", "open"),
    (ASKED_LINE, "yes", READ_BACK, "yes_no"),
    (ASKED_LINE, "use this number", READ_BACK, "yes_no"),
    (ASKED_LINE, "no", "Please type the number on your keypad, then press the pound key.", "digits"),
    (ASKED_LINE, "another number", "Please type the number on your keypad", "digits"),
    (ASKED_LINE, "#99", "and will use the number ending in 99. Is all of that right?", "yes_no"),
    (ASKED_LINE, "maybe", "May we call you on the number you are calling from, ending in 42?", "yes_no"),
    (ASKED_KEYPAD, "#99", "and will use the number ending in 99. Is all of that right?", "yes_no"),
    (ASKED_KEYPAD, "use the number i am calling from", READ_BACK, "yes_no"),
    (ASKED_KEYPAD, "", "Please type your phone number with its area code", "digits"),
    (
        ASKED_KEYPAD,
        "two oh seven five five five oh one nine nine",
        "I heard 207-555-0199. Is that number right?",
        "yes_no",
    ),
    (ASKED_NUMBER, "yes", "and will use the number ending in 99. Is all of that right?", "yes_no"),
    (ASKED_NUMBER, "no", "Please type the number on your keypad, then press the pound key.", "digits"),
    (ASKED_NUMBER, "#12", "and will use the number ending in 12. Is all of that right?", "yes_no"),
    (ASKED_NUMBER, "maybe", "The number I heard is 207-555-0199. Is that number right, yes or no?", "yes_no"),
    ([*ASKED_KEYPAD, "#99", "no"], "#12", "and will use the number ending in 12. Is all of that right?", "yes_no"),
    ([*ASKED_KEYPAD, "#99", "no"], "another number", "Please type the number on your keypad", "digits"),
    (ASKED_CONFIRM, "yes", "It is noted. Anything else?", "open"),
    (ASKED_CONFIRM, "no", "All right. What shall I change?", "open"),
    (ASKED_CONFIRM, "no three nights", "Let me read that back. Three nights from Friday", "yes_no"),
    (ASKED_CONFIRM, "no the name is wrong", "Please say your name after this.", "name"),
    (ASKED_CONFIRM, "yes but another number", "Please type the number on your keypad", "digits"),
    (ASKED_CONFIRM, "yes blah blah", "I am sorry, I did not catch that. Is all of that right, yes or no?", "yes_no"),
    (ASKED_CONFIRM, "maybe", "I am sorry, I did not catch that. Is all of that right, yes or no?", "yes_no"),
    (ASKED_CONFIRM, "is breakfast included", "Yes: is breakfast included. " + READ_BACK, "yes_no"),
    ([*ASKED_CONFIRM, "no"], "the dates", "Which day would you like to arrive?", "dates"),
    ([*ASKED_CONFIRM, "no"], "the name", "Please say your name after this.", "name"),
    ([*ASKED_CONFIRM, "no"], "the number", "Please type the number on your keypad", "digits"),
    ([*ASKED_CONFIRM, "no"], "three nights", "Let me read that back. Three nights", "yes_no"),
    (ASKED_ELSE, "no thank you", "Thank you for calling West Bethel Motel. Goodbye.", "open"),
    (ASKED_ELSE, "yes", "How can I help you?", "open"),
    (ASKED_ELSE, "do you allow dogs", "Yes: do you allow dogs. Anything else?", "open"),
    (ASKED_ELSE, "thank you", "Thank you for calling West Bethel Motel. Goodbye.", "open"),
    (ASKED_ELSE, "actually three nights", "For three nights from Friday, November 27", "yes_no"),
    (ASKED_PERSON, "yes", "One moment, I am connecting you.", "open"),
    (ASKED_PERSON, "no", "All right. You can ask for a room, or about the hotel. What can I do", "open"),
    (ASKED_PERSON, "a room for friday", "Friday, November 27. For how many nights?", "dates"),
    *(
        (before, said, "One moment, I am connecting you.", "open")
        for before in ([], ASKED_ARRIVAL, OFFERED, ASKED_NAME, ASKED_LINE, ASKED_KEYPAD, ASKED_CONFIRM, ASKED_ELSE)
        for said in ("a person please", "can i speak to the manager")
    ),
    *(
        (before, said, "Thank you for calling West Bethel Motel. Goodbye.", "open")
        for before in ([], ASKED_GUESTS, OFFERED, ASKED_NAME, ASKED_KEYPAD, ASKED_CONFIRM)
        for said in ("no that's all goodbye", "thank you bye")
    ),
]


@pytest.mark.parametrize(("before", "said", "contains", "expect"), TURNS)
def test_a_turn(before: list[str], said: str, contains: str, expect: str) -> None:
    conversation = talk([*before, said])
    assert contains in last(conversation).say, transcript(conversation)
    assert last(conversation).expect == expect
    assert last(conversation).tool_call is None


def test_the_table_is_long_enough() -> None:
    assert len(TURNS) >= 100
