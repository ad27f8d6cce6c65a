"""The clerk: history in, next sentence or tool call out. Whole conversations, every cut of them, useless callers."""

import itertools
import json
from datetime import date
from functools import cache
from random import Random
from typing import Any

import pytest
from nightdesk.clerk import ClerkReply, ToolCall
from nightdesk.dialogue.steps import EXPECTS, Step
from nightdesk.dialogue.words import words_for

from .clerk_guest import HOTEL, Conversation, SmallHotel, talk, transcript

WORDS = words_for("en")
WISH = "do you have a room for two nights from friday for two adults and a dog"
OFFER = (
    "For two nights from Friday, November 27, for two adults and one pet, the Standard Queen is $335.72 in total,"
    " with the pet fee and tax. Shall I take your name and number, so the front desk can confirm it with you?"
)
READ_BACK = (
    "Let me read that back. Two nights from Friday, November 27, for two adults and one pet, in the Standard Queen,"
    " for $335.72 in total. We have your name as you said it, and will use the number you are calling from,"
    " ending in 42."
    " Is all of that right?"
)


def last(conversation: Conversation) -> ClerkReply:
    return conversation.replies[-1]


# --- one turn: what was said before, what the guest says, what the clerk answers ---

HELP = ["hello"]
ASKED_ARRIVAL = ["i need a room"]
ASKED_NIGHTS = [*ASKED_ARRIVAL, "friday"]
ASKED_GUESTS = [*ASKED_NIGHTS, "two nights"]
OFFERED = [WISH]
ASKED_NAME = [WISH, "yes please"]
ASKED_LINE = [*ASKED_NAME, "john smith"]
ASKED_KEYPAD = [*ASKED_LINE, "no"]
ASKED_NUMBER = [*ASKED_KEYPAD, "two oh seven five five five oh one nine nine"]
ASKED_CONFIRM = [*ASKED_LINE, "yes"]
ASKED_ELSE = [*ASKED_CONFIRM, "yes"]
ASKED_PERSON = ["blah", "blah"]

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


# --- what is asked of tools ---


def test_availability_is_asked_with_what_was_understood_and_nothing_else() -> None:
    hotel = talk([WISH]).hotel
    check = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2, "pets": 1}
    assert hotel.calls == [ToolCall("check_availability", check)]


def test_the_price_is_the_tools_and_never_our_own() -> None:
    conversation = Conversation().greet()
    conversation.hear(WISH)
    call = conversation.ask().tool_call
    assert call is not None
    offer = {"room_type": "suite", "name": "Suite", "available": 1, "fees": [], "tax_cents": 0, "total_cents": 1}
    result = {"offers": [{**offer, "total": "seven pounds"}]}
    conversation.history.append(
        {"type": "tool", "tool_call_id": "c", "name": call.name, "arguments": call.arguments, "result": result}
    )
    assert "the Suite is seven pounds in total. Shall" in conversation.ask().say


def test_a_lead_is_written_once_with_the_unconfirmed_name_the_item_that_holds_it_and_the_callers_line() -> None:
    conversation = talk([WISH, "yes please", "jon smif", "yes", "yes", "do you have a pool", "no that's all", "bye"])
    item = next(e["item_id"] for e in conversation.history if e.get("text") == "jon smif")
    assert conversation.hotel.named("create_lead") == [
        {
            "name": "Jon Smif",
            "name_confirmed": False,
            "name_item_id": item,
            "phone_source": "caller_line",
            "notes": "2 nights from 2026-11-27 for two adults and one pet."
            " Quoted $335.72 in total for the Standard Queen.",
            "room_type": "standard_queen",
            "check_in": "2026-11-27",
            "check_out": "2026-11-29",
        }
    ]


def test_a_keyed_number_is_never_in_the_arguments() -> None:
    hotel = talk([*ASKED_KEYPAD, "#99", "yes"]).hotel
    (lead,) = hotel.named("create_lead")
    assert lead["phone_source"] == "keypad"
    assert "phone" not in lead


def test_a_spoken_number_is_used_only_after_it_was_read_back() -> None:
    number = "two oh seven five five five oh one nine nine"
    assert not talk([*ASKED_KEYPAD, number, "no", "#11"]).hotel.named("create_lead")
    (lead,) = talk([*ASKED_KEYPAD, number, "yes", "yes"]).hotel.named("create_lead")
    assert (lead["phone_source"], lead["phone"]) == ("spoken", "2075550199")


def test_a_withheld_number_is_not_offered_and_the_keypad_is_asked_for() -> None:
    conversation = talk(ASKED_LINE, caller_last4="")
    assert last(conversation).say == "Please type the number on your keypad, then press the pound key."
    assert last(conversation).expect == "digits"


def test_keys_pressed_before_they_were_asked_for_are_not_lost() -> None:
    conversation = talk([WISH, "#99", "yes", "john smith"])
    assert "and will use the number ending in 99. Is all of that right?" in last(conversation).say


def test_keys_that_are_no_phone_number_are_asked_for_again() -> None:
    conversation = talk(ASKED_KEYPAD)
    note = "The guest pressed 3 keys: that is not a phone number with area code."
    conversation.history.append({"type": "message", "role": "system", "text": note})
    sorry = "I am sorry, that was not a full phone number."
    again = "Please type the number on your keypad, then press the pound key."
    assert conversation.run() == ClerkReply(f"{sorry} {again}", None, "digits")


@pytest.mark.parametrize(
    ("code", "say", "answer"),
    [
        (
            "no_caller_number",
            "I cannot see your number. Please key your phone number, then press the pound key.",
            "I cannot see your number. Please type the number on your keypad, then press the pound key.",
        ),
        (
            "no_keypad_number",
            "Please key your phone number, then press the pound key.",
            "Please type the number on your keypad, then press the pound key.",
        ),
        (
            "tool_timeout",
            "I am sorry, that is slow.",
            "I am sorry, that is slow. Shall I connect you with the front desk?",
        ),
    ],
)
def test_a_lead_that_fails_is_explained_and_not_tried_again_by_itself(code: str, say: str, answer: str) -> None:
    conversation = talk(ASKED_CONFIRM)
    conversation.hear("yes")
    call = conversation.ask().tool_call
    assert call is not None
    error = {"error": {"code": code, "message": "", "say": say}}
    entry = {"type": "tool", "tool_call_id": "c", "name": call.name, "arguments": call.arguments, "result": error}
    conversation.history.append(entry)
    assert conversation.run().say == answer
    assert conversation.run().tool_call is None


def test_a_guest_who_wants_only_a_call_leaves_a_lead_without_a_stay() -> None:
    conversation = talk(["can someone call me back please", "john smith", "yes"])
    assert "The front desk will call you back. We have your name as you said it" in last(conversation).say
    conversation.say("yes")
    (lead,) = conversation.hotel.named("create_lead")
    assert lead["notes"] == "Asks to be called back."
    assert not {"check_in", "check_out", "room_type"} & lead.keys()


@pytest.mark.parametrize(
    "said", ["", "maybe", "yes blah blah", "yes but three", "no", "hold on", "repeat that", "hello", "yes no"]
)
def test_nothing_is_written_without_a_plain_yes_to_the_read_back(said: str) -> None:
    assert not talk([*ASKED_CONFIRM, said]).hotel.named("create_lead")


def test_a_yes_to_a_read_back_that_was_cut_off_before_its_question_writes_nothing() -> None:
    conversation = talk(ASKED_CONFIRM)
    conversation.history[-1] = {**conversation.history[-1], "text": "Let me read that back. Two nights from"}
    conversation.say("yes")
    assert not conversation.hotel.named("create_lead")
    assert last(conversation).expect == "yes_no"


def test_a_yes_and_goodbye_in_one_breath_is_written_before_the_end() -> None:
    conversation = talk([*ASKED_CONFIRM, "yes thank you goodbye"])
    assert [call.name for call in conversation.hotel.calls][-2:] == ["create_lead", "end_call"]
    assert last(conversation).say == "It is noted. Thank you for calling West Bethel Motel. Goodbye."


def test_the_same_thing_is_never_looked_up_twice() -> None:
    lines = [
        WISH,
        "no three nights",
        "no two nights",
        "do you allow dogs",
        "do you allow dogs",
        "how much is the suite",
    ]
    hotel = talk(lines).hotel
    assert [call.name for call in hotel.calls] == ["check_availability", "check_availability", "search_kb"]
    assert "$335.72" in talk(lines[:3]).replies[-1].say


def test_the_same_stay_is_not_noted_twice_but_another_one_is() -> None:
    done = [*ASKED_CONFIRM, "yes"]
    assert len(talk([*done, "book it"]).hotel.named("create_lead")) == 1
    again = talk([*done, "i need a room for one night from monday", "yes", "yes"])
    leads = again.hotel.named("create_lead")
    assert [(lead["check_in"], lead.get("another")) for lead in leads] == [("2026-11-27", None), ("2026-11-23", True)]
    assert len(talk([*done, "call me back please", "yes", "yes"]).hotel.named("create_lead")) == 1


def test_a_correction_of_what_was_noted_is_not_another_request() -> None:
    conversation = talk([*ASKED_CONFIRM, "yes", "actually three nights", "yes", "yes"])
    assert [lead["check_out"] for lead in conversation.hotel.named("create_lead")] == ["2026-11-29", "2026-11-30"]
    assert "another" not in conversation.hotel.named("create_lead")[1]


def test_a_yes_taken_back_before_the_write_writes_nothing() -> None:
    conversation = talk(ASKED_CONFIRM)
    conversation.hear("yes")
    conversation.hear("no wait that's wrong")
    assert conversation.run().tool_call is None
    assert not conversation.hotel.named("create_lead")


def test_a_full_house_offers_other_dates_and_goes_on() -> None:
    hotel = SmallHotel(full=frozenset({"2026-11-27"}))
    conversation = talk([WISH], hotel=hotel)
    assert last(conversation).say == "I am sorry, we are full that night. Would you like to try other dates?"
    assert last(conversation).expect == "dates"
    assert "For two nights from Monday, November 30" in conversation.say("from the thirtieth").say


def test_the_alternative_a_full_house_offers_can_be_taken() -> None:
    conversation = Conversation().greet()
    conversation.hear(WISH)
    call = conversation.ask().tool_call
    assert call is not None
    say = "I am sorry, we are full. I could offer a Suite from Sunday, November 29."
    error = {
        "code": "no_availability",
        "message": "full",
        "say": say,
        "alternatives": [{"check_in": "2026-11-29", "check_out": "2026-12-01", "room_type": "suite", "name": "Suite"}],
    }
    entry = {"type": "tool", "tool_call_id": "c", "name": call.name, "arguments": call.arguments}
    conversation.history.append({**entry, "result": {"error": error}})
    asked = conversation.run()
    assert (asked.say, asked.expect) == (f"{say} Would you like that one?", "yes_no")
    refused = Conversation(history=[*conversation.history]).say("no")
    assert (refused.say, refused.expect) == ("Would you like to try other dates?", "dates")
    conversation.say("yes")
    assert conversation.hotel.calls == [
        ToolCall(
            "check_availability",
            {"check_in": "2026-11-29", "check_out": "2026-12-01", "adults": 2, "pets": 1, "room_type": "suite"},
        )
    ]
    assert "For two nights from Sunday, November 29" in last(conversation).say


@pytest.mark.parametrize("code", ["too_many_pets", "stay_too_long", "no_pets", "too_many_guests"])
def test_what_the_house_does_not_do_can_be_changed(code: str) -> None:
    conversation = Conversation().greet()
    conversation.hear("a room for two nights from friday for two adults and three dogs")
    call = conversation.ask().tool_call
    assert call is not None
    result = {"error": {"code": code, "message": "", "say": "We cannot do that."}}
    entry = {"type": "tool", "tool_call_id": "c", "name": call.name, "arguments": call.arguments, "result": result}
    conversation.history.append(entry)
    assert conversation.run().say == "We cannot do that. What shall I change?"
    assert "for two adults and one pet" in conversation.say("one dog").say


@pytest.mark.parametrize("tool", ["check_availability", "search_kb", "create_lead"])
def test_a_broken_tool_is_spoken_of_and_a_person_offered(tool: str) -> None:
    lines = {"search_kb": ["do you allow dogs"]}.get(tool, [*ASKED_CONFIRM, "yes"] if tool == "create_lead" else [WISH])
    conversation = talk(lines, hotel=SmallHotel(broken=frozenset({tool})))
    assert last(conversation).say == "I am sorry, that does not work now. Shall I connect you with the front desk?"
    assert last(conversation).expect == "yes_no"
    assert conversation.say("yes").say == "One moment, I am connecting you."


def test_a_transfer_that_fails_is_spoken_of_and_the_talk_goes_on() -> None:
    conversation = talk([WISH, "a person please"], hotel=SmallHotel(broken=frozenset({"transfer_to_human"})))
    assert last(conversation).say.startswith("I am sorry, that does not work now. ")
    assert conversation.say("yes please").expect == "name"


def test_what_nobody_knows_is_admitted_and_a_person_offered() -> None:
    conversation = talk(
        [WISH, "what is the capital of france"], hotel=SmallHotel(unknown=frozenset({"what is the capital of france"}))
    )
    assert last(conversation).say == "I don't know that. Shall I connect you with the front desk?"
    assert (
        conversation.say("no").say
        == "All right. Shall I take your name and number, so the front desk can confirm it with you?"
    )


def test_a_room_is_priced_but_not_held_where_no_lead_can_be_left() -> None:
    conversation = talk([WISH], tools=frozenset({"check_availability"}))
    assert last(conversation).say == OFFER.replace(
        "Shall I take your name and number, so the front desk can confirm it with you?", "Anything else?"
    )


def test_tools_that_are_not_offered_are_not_called() -> None:
    everything = [WISH, "do you allow dogs", "a person please", "", "", "", "can someone call me", "yes", "yes", "bye"]
    conversation = talk(everything, tools=frozenset())
    assert conversation.hotel.calls == []
    assert all(reply.say for reply in conversation.replies)


# --- not understood ---


def test_what_was_not_understood_is_asked_in_other_words_then_a_person_offered_then_called() -> None:
    conversation = talk([*ASKED_ARRIVAL, "", "blah", ""])
    said = [reply.say for reply in conversation.replies if reply.say]
    assert said[2].startswith("I am sorry, I did not catch that. Please tell me the day you arrive")
    assert said[3] == "I am sorry, I still did not understand. Shall I connect you with the front desk?"
    assert said[4] == "One moment, I am connecting you."


def test_a_sentence_that_is_understood_clears_the_count() -> None:
    conversation = talk([*ASKED_ARRIVAL, "", "friday", "", "two nights", "", "two"])
    assert last(conversation).expect == "yes_no"
    assert not conversation.is_over


def test_a_second_failure_after_a_transfer_came_back_ends_the_call_politely() -> None:
    conversation = talk(["", "", "", "", "", ""])
    assert [call.name for call in conversation.hotel.calls] == ["transfer_to_human", "end_call"]
    assert last(conversation).say.endswith("Thank you for calling West Bethel Motel. Goodbye.")


USELESS = [
    *["", "yes", "no", "hello", "blah", "repeat that", "thank you", "hold on", "help", "do you allow dogs", "friday"],
    *["two adults", "the suite", "what else do you have", "call me back", "i have a dog", "that's wrong", "start over"],
]


PAIRS = Random(1).sample([*itertools.permutations(USELESS, 2)], 40)


@pytest.mark.parametrize("cycle", [*((w,) for w in USELESS), *PAIRS])
def test_a_caller_who_only_ever_says_the_same_things_gets_out_of_it(cycle: tuple[str, ...]) -> None:
    """Sixty turns are the most that anybody is kept; a caller who says one thing is let go long before."""
    conversation = Conversation().greet()
    for turn in range(61):
        conversation.say(cycle[turn % len(cycle)])
        if conversation.is_over:
            break
    assert conversation.is_over, transcript(conversation)
    assert turn <= (8 if len(cycle) == 1 else 60)
    assert not conversation.hotel.named("create_lead") or "yes" in cycle


# --- the history may end anywhere ---

WHOLE = [
    "hello",
    "do you have a room",
    "friday",
    "do you allow dogs",
    "two nights",
    "two adults and a dog",
    "no three nights",
    "how much is the suite",
    "yes",
    "john smith",
    "no",
    "#99",
    "is parking free",
    "yes",
    "what time is check out",
    "no that's all goodbye",
]


@cache
def whole_call() -> Conversation:
    """Only to be read."""
    return talk(WHOLE)


def cuts() -> list[int]:
    return list(range(1, len(whole_call().history) + 1))


@pytest.mark.parametrize("at", cuts())
def test_a_conversation_cut_anywhere_takes_the_same_next_step(at: int) -> None:
    whole = whole_call()
    kept = whole.history[:at]
    resumed = Conversation(history=[*kept]).ask()
    if kept[-1].get("role") == "assistant":  # nothing is owed, so the question is asked again
        step = WORDS.question_in(kept[-1]["text"])
        if step is None:  # the goodbye was heard
            assert resumed.say
        else:
            assert WORDS.question_in(resumed.say) == step
            assert resumed.expect == EXPECTS[step]
        assert resumed.tool_call is None
        return
    following = whole.history[at]
    if following["type"] == "tool":
        assert resumed.tool_call == ToolCall(following["name"], following["arguments"])
    else:
        assert resumed.say == following["text"]
        assert resumed.tool_call is None


@pytest.mark.parametrize("at", cuts())
def test_a_conversation_cut_anywhere_ends_with_the_same_lead_after_the_apology(at: int) -> None:
    whole = whole_call()
    conversation = Conversation(history=[*whole.history[:at]])
    kept = [e for e in conversation.history if e.get("role") in ("user", "system")]
    conversation.run('Say exactly: "I am sorry, we were cut off." Then carry on where the conversation stopped.')
    spoken = next(e for e in conversation.history[at:] if e.get("role") == "assistant")
    assert spoken["text"].startswith("I am sorry, we were cut off.")
    for line in WHOLE[len(kept) :]:
        if line.startswith("#"):
            conversation.key(line[1:])
        else:
            conversation.say(line)
    tools = [e for e in conversation.history if e["type"] == "tool"]
    asked = [json.dumps([e["name"], e["arguments"]], sort_keys=True) for e in tools if e["name"] != "end_call"]
    assert len(asked) == len(set(asked))
    (lead,) = [e["arguments"] for e in tools if e["name"] == "create_lead"]
    (expected,) = whole.hotel.named("create_lead")
    assert {**lead, "name_item_id": ""} == {**expected, "name_item_id": ""}


def test_an_empty_history_is_begun() -> None:
    assert Conversation().ask() == ClerkReply("How can I help you?", None, "open")


def test_an_answer_that_nobody_heard_was_not_given() -> None:
    conversation = talk([WISH])
    conversation.history.pop()  # the stream broke before the price was heard
    assert conversation.ask().say == OFFER


def test_two_sentences_in_a_row_are_answered_together() -> None:
    conversation = Conversation().greet()
    conversation.hear("two nights from friday")
    conversation.hear("for two adults and a dog")
    assert conversation.run().say == OFFER


def test_a_correction_that_came_while_the_tool_ran_counts() -> None:
    conversation = Conversation().greet()
    conversation.hear(WISH)
    call = conversation.ask().tool_call
    assert call is not None
    conversation.hear("no three nights")
    result = conversation.hotel.run(call)
    entry = {"type": "tool", "tool_call_id": "c", "name": call.name, "arguments": call.arguments, "result": result}
    conversation.history.append(entry)
    assert "For three nights from Friday" in conversation.run().say


def test_one_moment_please_is_no_answer() -> None:
    conversation = Conversation().greet()
    conversation.hear(WISH)
    conversation.history.append({"type": "message", "role": "assistant", "text": "One moment, please."})
    assert conversation.run().say == OFFER


def test_a_goodbye_that_was_interrupted_is_withdrawn() -> None:
    conversation = talk([WISH, "that's all"])
    conversation.history.pop()
    assert "the Suite is $597.32" in conversation.say("wait how much is the suite").say


# --- instructions ---


def test_a_quoted_sentence_is_spoken_as_it_is() -> None:
    conversation = Conversation()
    assert conversation.ask(f'Say exactly: "{HOTEL.greeting}"') == ClerkReply(HOTEL.greeting, None, "open")
    asked = talk(ASKED_ARRIVAL)
    assert asked.ask('Say exactly: "Are you still there?"') == ClerkReply("Are you still there?", None, "dates")


def test_other_instructions_are_for_a_model_and_change_nothing() -> None:
    assert Conversation().ask("Be kind and speak Spanish.") == Conversation().ask()


def test_after_the_apology_the_last_question_is_asked_again() -> None:
    conversation = talk(ASKED_NIGHTS)
    carry_on = 'Say exactly: "I am sorry, we were cut off." Then carry on where the conversation stopped.'
    assert conversation.ask(carry_on) == ClerkReply("I am sorry, we were cut off. For how many nights?", None, "dates")


@pytest.mark.parametrize("heard", [True, False])
def test_after_a_transfer_nobody_took_the_guest_is_not_connected_again(heard: bool) -> None:
    conversation = talk([WISH, "a person please"])
    if not heard:
        conversation.history.pop()
    sorry = "I am sorry, nobody at the front desk can take your call right now."
    reply = conversation.run(f'Say exactly: "{sorry}" Then carry on where the conversation stopped.')
    assert reply.say.startswith(sorry)
    assert reply.say.endswith("Shall I take your name and number, so the front desk can confirm it with you?")
    assert "connecting" not in reply.say
    assert len(conversation.hotel.named("transfer_to_human")) == 1
    assert conversation.say("a person please").say == "One moment, I am connecting you."
    assert len(conversation.hotel.named("transfer_to_human")) == 2


# --- conversations that another began ---


def test_a_conversation_that_a_model_began_is_continued() -> None:
    history: list[dict[str, Any]] = [
        {"type": "message", "role": "assistant", "text": "Hi! This is West Bethel Motel, what brings you to us?"},
        {"type": "message", "role": "user", "text": "Hey, so we're thinking of the weekend after Thanksgiving."},
        {
            "type": "tool",
            "tool_call_id": "call_1",
            "name": "check_availability",
            "arguments": {"check_in": "2026-12-04", "check_out": "2026-12-06", "adults": 2, "children": 0, "pets": 0},
            "result": {
                "offers": [
                    {"room_type": "suite", "name": "Suite", "available": 1, "total_cents": 54282, "total": "$542.82"}
                ]
            },
        },
        {"type": "message", "role": "assistant", "text": "The suite is $542.82. May I have your name and number?"},
        {"type": "message", "role": "user", "text": "Yes, sure."},
    ]
    conversation = Conversation(history=history)
    assert conversation.ask() == ClerkReply("Please say your name after this.", None, "name")
    conversation.run()
    conversation.say("Ann Lee")
    assert (
        "Two nights from Friday, December 4, for two adults, in the Suite, for $542.82" in conversation.say("yes").say
    )


def test_a_stay_that_a_model_asked_for_in_words_is_known_from_the_result() -> None:
    conversation = talk([])
    offer = {"room_type": "suite", "name": "Suite", "available": 1, "total_cents": 54282, "total": "$542.82"}
    result = {"check_in": "2026-11-27", "check_out": "2026-11-29", "nights": 2, "offers": [offer]}
    arguments = {"check_in": "next weekend", "adults": 2}
    conversation.history += [
        {"type": "message", "role": "user", "text": "Do you have something for next weekend?"},
        {"type": "tool", "tool_call_id": "c", "name": "check_availability", "arguments": arguments, "result": result},
    ]
    assert "two nights from Friday, November 27, for two adults, the Suite is $542.82" in conversation.ask().say


def test_unknown_tools_roles_and_fields_are_passed_over() -> None:
    conversation = talk(ASKED_NIGHTS)
    conversation.history += [
        {"type": "tool", "tool_call_id": "x", "name": "play_music", "arguments": {}, "result": {"ok": True}},
        {"type": "message", "role": "system", "text": "The guest is a member."},
        {"type": "dance", "text": "?"},
        {},
        {"type": "tool", "name": "check_availability", "arguments": "not json", "result": None},
        {"type": "message", "role": "assistant"},
    ]
    assert conversation.ask().say


def test_no_history_however_damaged_stops_the_clerk() -> None:
    random = Random(7)
    whole = whole_call().history
    odd: list[Any] = [None, "", 0, [], {}, "yes", "[]", {"error": None}, {"error": {"code": 1}}, {"offers": [1, {}]}]
    for _ in range(400):
        history = [dict(entry) for entry in random.sample(whole, random.randrange(len(whole)))]
        for entry in history:
            if random.random() < 0.3:
                entry[random.choice(list(entry))] = random.choice(odd)
        reply = Conversation(history=history).ask()
        assert reply.say or reply.tool_call


# --- words ---


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("again", [False, True])
def test_every_question_is_found_again_in_its_own_words(step: Step, again: bool) -> None:
    question = WORDS.question(step, "42", again)
    assert WORDS.question_in(question) is step
    assert WORDS.question_in("Thank you. " + question.replace("42", "forty-two").upper()) is step


def test_every_sentence_of_a_call_is_short_and_asks_one_thing() -> None:
    for said in (reply.say for reply in whole_call().replies if reply.say):
        assert said.count("?") <= 1, said
        assert len(said) < 300, said


def test_the_greeting_leaves_every_kind_of_answer_open() -> None:
    assert EXPECTS[WORDS.question_in(HOTEL.greeting) or Step.NAME] == "open"


@pytest.mark.parametrize("today", [date(2026, 12, 31), date(2027, 2, 28)])
def test_the_date_is_the_hotels_not_the_machines(today: date) -> None:
    conversation = talk(["one night from tomorrow for one adult"], today=today)
    (check,) = conversation.hotel.named("check_availability")
    assert check["check_in"] == {12: "2027-01-01", 2: "2027-03-01"}[today.month]
