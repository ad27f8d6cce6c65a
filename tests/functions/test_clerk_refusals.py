"""What the clerk does when a tool says no or is not there, when nobody said yes, and where nothing is spoken."""

from typing import Any

import pytest
from nightdesk import properties
from nightdesk.clerk import ClerkRequest, reply

from .clerk_guest import CODE, TODAY, Conversation, SmallHotel, talk, transcript

SPOKEN_CODE = "four eight two one oh nine three seven"
WISH = "do you have a room for two nights from friday for two adults"
BOOK_READ = [WISH, "i would like to book it", "s m i t h", "yes"]
CANCEL_QUOTED = ["i want to cancel my reservation", SPOKEN_CODE, "yes", "s m i t h", "yes"]
CHANGE_READ = ["change my booking", "i don't have the code", "s m i t h", "yes", "three nights"]
PAY_READ = ["i want to pay my booking", SPOKEN_CODE, "yes", "s m i t h", "yes"]
WAKE_READ = ["i need a wake up call", "at seven tomorrow", "two oh four"]
MESSAGE_READ = ["leave a message for the manager", "i am late"]
CALL_READ = ["call me back tomorrow at ten", "my bill"]
TEXT_READ = ["text me the directions"]
READ_BACK = [BOOK_READ, CANCEL_QUOTED, CHANGE_READ, PAY_READ, WAKE_READ, MESSAGE_READ, CALL_READ, TEXT_READ]
WRITES = {
    *("create_reservation", "modify_reservation", "generate_payment_link", "send_sms", "take_message"),
    *("request_service", "schedule_callback", "create_lead"),
}


def writes(conversation: Conversation) -> list[str]:
    calls = conversation.hotel.calls
    return [c.name for c in calls if c.name in WRITES or (c.name == "cancel_reservation" and c.arguments["confirm"])]


@pytest.mark.parametrize("before", READ_BACK, ids=lambda before: before[0])
@pytest.mark.parametrize(
    "said",
    ["", "maybe", "no", "yes no", "hold on", "repeat that", "hello", "is breakfast included", "yes that's wrong"],
)
def test_nothing_is_done_without_a_plain_yes_to_what_was_read_back(before: list[str], said: str) -> None:
    assert not writes(talk([*before, said]))


@pytest.mark.parametrize("before", READ_BACK, ids=lambda before: before[0])
def test_a_read_back_that_was_cut_off_before_its_question_confirms_nothing(before: list[str]) -> None:
    conversation = talk(before)
    conversation.history[-1] = {**conversation.history[-1], "text": "Let me"}
    conversation.history.insert(-1, {"type": "message", "role": "assistant", "text": "How can I help you?"})
    conversation.say("yes")
    assert not writes(conversation), transcript(conversation)


@pytest.mark.parametrize("before", READ_BACK, ids=lambda before: before[0])
def test_a_yes_is_good_for_one_time(before: list[str]) -> None:
    conversation = talk([*before, "yes"])
    done = writes(conversation)
    assert len(done) == 1, transcript(conversation)
    conversation.say("is breakfast included")
    assert writes(conversation) == done


@pytest.mark.parametrize(
    ("before", "tool", "error", "answer"),
    [
        (
            BOOK_READ,
            "create_reservation",
            {"code": "already_booked", "say": "You have one. Shall I change it?"},
            "You have one. ",
        ),
        (
            BOOK_READ,
            "create_reservation",
            {"code": "timed_out", "say": "That is slow."},
            "That is slow. Shall I connect you",
        ),
        (CHANGE_READ, "modify_reservation", {"code": "no_pets", "say": "No pets."}, "No pets. What shall I change?"),
        (
            PAY_READ,
            "generate_payment_link",
            {"code": "nothing_to_pay", "say": "Nothing to pay."},
            "Nothing to pay. Anything",
        ),
        (
            PAY_READ,
            "generate_payment_link",
            {"code": "no_keypad_number", "say": "Key it."},
            "Please type the number on your keypad",
        ),
        (
            TEXT_READ,
            "send_sms",
            {"code": "sms_unavailable", "say": "No texts now."},
            "No texts now. Shall I connect you",
        ),
        (
            CALL_READ,
            "schedule_callback",
            {"code": "invalid_arguments", "message": "that has passed"},
            "For which day shall I arrange the call?",
        ),
        (
            WAKE_READ,
            "request_service",
            {"code": "invalid_arguments", "message": "there is no room 204"},
            "What is your room number?",
        ),
    ],
)
def test_a_refusal_is_told_and_what_was_wrong_is_asked_again(
    before: list[str], tool: str, error: dict[str, Any], answer: str
) -> None:
    conversation = talk(before, hotel=SmallHotel(refuse=[(tool, error)]))
    assert answer in conversation.say("yes").say, transcript(conversation)


def test_a_room_that_was_sold_meanwhile_is_not_booked_and_another_is_offered() -> None:
    instead = [{"check_in": "2026-11-29", "check_out": "2026-12-01", "room_type": "suite", "name": "Suite"}]
    error = {"code": "no_availability", "say": "It has just been sold.", "alternatives": instead}
    conversation = talk(BOOK_READ, hotel=SmallHotel(refuse=[("create_reservation", error)]))
    assert conversation.say("yes").say == "It has just been sold. Would you like that one?"
    assert "For two nights from Sunday, November 29" in conversation.say("yes").say


def test_another_fee_needs_another_yes() -> None:
    hotel = SmallHotel()
    conversation = talk(CANCEL_QUOTED, hotel=hotel)
    hotel.refuse.append(
        ("cancel_reservation", {"code": "fee_changed", "say": "x", "fee_cents": 14900, "fee": "$149.00"})
    )
    assert conversation.say("yes").say == "Cancelling costs $149.00. Shall I cancel the booking?"
    conversation.hear("yes")
    call = conversation.ask().tool_call
    assert call is not None
    assert call.arguments["quoted_fee_cents"] == 14900


def test_a_code_that_is_needed_is_asked_for() -> None:
    refuse = [("lookup_reservation", {"code": "code_needed", "say": "Could you give me your confirmation code?"})]
    conversation = talk(["look up my booking", "i don't have it", "s m i t h"], hotel=SmallHotel(refuse=refuse))
    assert conversation.say("yes").say == "What is the confirmation code?"


def test_a_keyed_code_is_used_though_it_is_in_no_history() -> None:
    conversation = talk(["look up my booking"])
    note = "The guest keyed a confirmation code. It is known: leave confirmation_code out."
    conversation.history.append({"type": "message", "role": "system", "text": note})
    assert conversation.run().expect == "name"
    conversation.say("s m i t h")
    conversation.say("yes")
    assert conversation.hotel.named("lookup_reservation") == [{"last_name": "s m i t h".replace(" ", "").capitalize()}]


def test_of_several_bookings_the_day_of_arrival_chooses() -> None:
    options = [
        {"check_in": "2026-11-27", "confirmation_code": CODE},
        {"check_in": "2026-12-24", "confirmation_code": "1"},
    ]
    error = {"code": "several_reservations", "say": "I see more than one.", "reservations": options}
    hotel = SmallHotel(refuse=[("lookup_reservation", error)])
    conversation = talk(["look up my booking", "i don't have it", "s m i t h"], hotel=hotel)
    asked = conversation.say("yes")
    assert (asked.say, asked.expect) == ("I see more than one. For which day is that?", "dates")
    conversation.say("november 27")
    assert hotel.named("lookup_reservation")[-1]["confirmation_code"] == CODE


def test_after_two_wrong_pairs_a_person_is_offered_before_the_lock() -> None:
    pair = [SPOKEN_CODE, "yes", "j o n e s", "yes"]
    conversation = talk(["look up my booking", *pair, *pair])
    assert conversation.replies[-1].say.endswith("Shall I connect you with the front desk?")
    assert len(conversation.hotel.named("lookup_reservation")) == 2


def test_a_card_number_is_never_taken() -> None:
    conversation = talk(["i want to pay my booking"])
    note = "The guest pressed what may be a card number. Say that cards are never taken here."
    conversation.history.append({"type": "message", "role": "system", "text": note})
    assert conversation.run().say.startswith("Please never give a card number here")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("i want to cancel my reservation", "Yes: i want to cancel my reservation."),
        ("i need a wake up call", "Yes: i need a wake up call."),
        ("can i leave a message", "Please say your name after this."),
        ("call me back tomorrow at ten", "Please say your name after this."),
        ("do you speak spanish", "Por supuesto, hablemos en español."),
    ],
)
def test_where_a_tool_is_not_offered_something_else_is_done(said: str, answer: str) -> None:
    few = frozenset({"check_availability", "search_kb", "create_lead", "transfer_to_human", "end_call"})
    conversation = talk([said], tools=few)
    assert conversation.replies[-1].say.startswith(answer)
    assert {call.name for call in conversation.hotel.calls} <= few


IN_WRITING = [
    [WISH, "yes", "John Smith", "yes", "no", "bye"],
    ["leave my number", "John Smith", "207 555 0199", "yes", "yes"],
    ["cancel my booking", "??", "48210937", "Smith", "yes"],
    ["wake me up", "??", "7:30", "??", "204", "yes", "text me the directions", "yes"],
    ["??", "??", "??"],
]
ESCRITO = [
    ["quiero una habitación para dos noches desde el viernes para dos", "sí", "Juan García", "sí", "no", "adiós"],
    ["quiero cancelar mi reserva", "??", "48210937", "Smith", "sí"],
    ["quiero que me despierten", "??", "7:30", "204", "sí"],
]


@pytest.mark.parametrize("channel", ["kiosk", "sms"])
@pytest.mark.parametrize(("language", "lines"), [*(("en", x) for x in IN_WRITING), *(("es", x) for x in ESCRITO)])
def test_in_writing_nothing_is_spoken_spelled_or_keyed(channel: str, language: str, lines: list[str]) -> None:
    conversation = Conversation(channel=channel, language=language, caller_last4="0142" if channel == "sms" else "")
    spoken = (
        "say ",
        "spell",
        "keypad",
        "pound key",
        "calling",
        "diga",
        "dígame",
        "deletre",
        "teclado",
        "desde el que llama",
    )
    for line in lines:
        said = conversation.say(line).say.lower()
        assert not [word for word in spoken if word in said], said


def test_what_was_typed_is_not_asked_twice() -> None:
    conversation = talk(["cancel my booking", "48210937", "Smith"], channel="kiosk", caller_last4="")
    assert conversation.replies[-1].say == "Cancelling it costs $129. Shall I cancel the booking?"


def test_a_hotel_whose_own_language_is_spanish_is_spoken_for_in_it() -> None:
    hotel = properties.load().by_id["hotel-casa-alondra"]
    history: list[dict[str, Any]] = [
        {"type": "message", "role": "assistant", "text": hotel.greeting},
        {"type": "message", "role": "user", "text": "quiero hablar con la dirección"},
    ]
    asked = reply(ClerkRequest(hotel, history, TODAY, language=hotel.language))
    assert asked.tool_call is not None
    assert asked.tool_call.arguments["department"] == "management"


def test_a_cancellation_that_a_model_began_is_finished() -> None:
    quote = SmallHotel().run(talk(CANCEL_QUOTED).hotel.calls[-1])
    arguments = {"confirmation_code": CODE, "last_name": "Smith", "confirm": False}
    entry = {"type": "tool", "tool_call_id": "c", "name": "cancel_reservation", "arguments": arguments, "result": quote}
    history: list[dict[str, Any]] = [
        {"type": "message", "role": "user", "text": "Please cancel my room, the code is 48210937, Smith."},
        entry,
    ]
    conversation = Conversation(history=[*history])
    assert conversation.run().say == "Cancelling it costs $129. Shall I cancel the booking?"
    assert conversation.say("yes").say == "I have cancelled it, for $129. Anything else?"


@pytest.mark.parametrize(
    ("language", "said", "answer"),
    [("en", "do you know me", "Your number is withheld"), ("es", "¿me conoce?", "Su número está oculto")],
)
def test_nothing_is_known_of_a_withheld_number_and_none_is_asked_for(language: str, said: str, answer: str) -> None:
    hotel = SmallHotel(refuse=[("get_caller_history", {"code": "no_caller_number"})])
    conversation = talk([], hotel=hotel, language=language, caller_last4="")
    reply = conversation.say(said)
    assert answer in reply.say, transcript(conversation)
    assert reply.expect == "open"
    assert len(hotel.named("get_caller_history")) == 1
