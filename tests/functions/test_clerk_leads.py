"""What the clerk asks of tools until a lead is noted, and what it makes of their answers."""

import pytest
from nightdesk.clerk import ClerkReply, ToolCall

from .clerk_guest import Conversation, SmallHotel, talk
from .clerk_lines import (
    ASKED_CONFIRM,
    ASKED_KEYPAD,
    ASKED_LINE,
    OFFER,
    WISH,
    last,
)

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


@pytest.mark.parametrize("before", [[], ASKED_KEYPAD, ["look up my booking"]])
def test_zero_is_for_a_person_whatever_was_asked(before: list[str]) -> None:
    conversation = talk(before)
    note = "The guest pressed 0, the key for a person: use transfer_to_human now."
    conversation.history.append({"type": "message", "role": "system", "text": note})
    conversation.run()
    assert [call["department"] for call in conversation.hotel.named("transfer_to_human")] == ["front_desk"]


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
