"""Two rates for one room: the cheaper one is offered with what it costs in rights, and chosen by the guest alone."""

from typing import Any

import pytest
from nightdesk.clerk import ClerkReply, ToolCall

from .clerk_guest import Conversation, SmallHotel, talk, transcript

WISH = "do you have a room for two nights from friday for two adults"
BOOK = "i want to book a room for two nights from friday for two adults"
PRICE = "For two nights from Friday, November 27, for two adults, the Standard Queen is $281.22 in total, with tax."
QUESTION = "Which rate would you like: the standard one, for $281.22, or the non-refundable one, for $253.09?"
FIXED = "the Standard Queen is $253.09 in total, with tax, not refundable."
NAMED = ("s m i t h", "yes")
DESEO = "quiero reservar una habitación para dos noches desde el viernes para dos adultos"
PREGUNTA = "¿Qué tarifa prefiere: la normal, por $281.22, o la no reembolsable, por $253.09?"


def said(*lines: str, **settings: Any) -> Conversation:
    return talk(lines, hotel=SmallHotel(two_rates=True), **settings)


def last(conversation: Conversation) -> ClerkReply:
    return conversation.replies[-1]


def booked(conversation: Conversation) -> list[dict[str, Any]]:
    return conversation.hotel.named("create_reservation")


TURNS: list[tuple[list[str], str, str, str]] = [
    ([], BOOK, f"{PRICE} {QUESTION}", "open"),
    ([], WISH, "Shall I take your name and number", "yes_no"),
    ([WISH], "i would like to book it", QUESTION, "open"),
    ([WISH], "do you have anything cheaper", QUESTION, "open"),
    ([WISH], "is there a better rate", QUESTION, "open"),
    ([WISH], "what else do you have", "Which one would you like?", "open"),
    ([BOOK], "the non-refundable one", f"{FIXED} What is the last name", "name"),
    ([BOOK], "the cheaper one please", f"{FIXED} What is the last name", "name"),
    ([BOOK], "the second one", f"{FIXED} What is the last name", "name"),
    ([BOOK], "i'll take the cheap one", f"{FIXED} What is the last name", "name"),
    ([BOOK], "the standard one", "What is the last name", "name"),
    ([BOOK], "the flexible rate", "What is the last name", "name"),
    ([BOOK], "i want to be able to cancel", "What is the last name", "name"),
    ([BOOK], "the one that i can cancel", "What is the last name", "name"),
    ([BOOK], "yes", "Please say the standard one, or the non-refundable one", "open"),
    ([BOOK], "purple", "Please say the standard one, or the non-refundable one", "open"),
    ([BOOK], "is the pool heated", f"Yes: is the pool heated. {QUESTION}", "open"),
    ([BOOK], "what does non-refundable mean", QUESTION, "open"),
    ([BOOK], "no thank you", "All right. Anything else?", "open"),
    ([BOOK], "no, three nights", "for $421.83, or the non-refundable one, for $379.64?", "open"),
    ([BOOK], "what was that", QUESTION, "open"),
    ([BOOK, "the cheaper one"], "the flexible one instead", f"{PRICE} What is the last name", "name"),
    ([BOOK, "the cheaper one", *NAMED], "the flexible one instead", "for $281.22 in total. In the name of", "yes_no"),
    ([BOOK, "the standard one", *NAMED], "no, the non-refundable one", "$253.09 in total, not refundable.", "yes_no"),
    (
        [BOOK, "the cheaper one", *NAMED],
        "no, the suite",
        "in the Suite, for $488.53 in total, not refundable.",
        "yes_no",
    ),
    ([WISH, "anything cheaper"], "the non-refundable one", f"{FIXED} Shall I take your name and number", "yes_no"),
    ([WISH, "anything cheaper"], "the standard one", f"{PRICE} Shall I take your name and number", "yes_no"),
]


@pytest.mark.parametrize(("before", "line", "contains", "expect"), TURNS)
def test_a_turn(before: list[str], line: str, contains: str, expect: str) -> None:
    conversation = said(*before, line)
    assert contains in last(conversation).say, transcript(conversation)
    assert last(conversation).expect == expect
    assert last(conversation).say.count("?") <= 1


TURNOS: list[tuple[list[str], str, str]] = [
    ([], DESEO, PREGUNTA),
    ([DESEO], "la no reembolsable", "cuesta $253.09 en total, no reembolsable. ¿Cuál es el apellido"),
    ([DESEO], "la más barata", "cuesta $253.09 en total, no reembolsable. ¿Cuál es el apellido"),
    ([DESEO], "la normal", "¿Cuál es el apellido"),
    ([DESEO], "la que puedo cancelar", "¿Cuál es el apellido"),
    ([DESEO], "sí", "Diga la normal, o la no reembolsable"),
    ([DESEO, "la barata", "ese eme i te hache", "sí"], "mejor la normal", "por $281.22 en total. A nombre de Smith"),
    ([DESEO, "la normal"], "mejor la no reembolsable", "$253.09 en total, no reembolsable. ¿Cuál es el apellido"),
]


@pytest.mark.parametrize(("before", "line", "contains"), TURNOS)
def test_a_turn_in_spanish(before: list[str], line: str, contains: str) -> None:
    conversation = said(*before, line, language="es")
    assert contains in last(conversation).say, transcript(conversation)


@pytest.mark.parametrize("channel", ["voice", "sms", "web"])
@pytest.mark.parametrize(("choice", "plan"), [("the non-refundable one", "non_refundable"), ("the standard one", None)])
def test_what_was_chosen_is_booked(channel: str, choice: str, plan: str | None) -> None:
    conversation = said(BOOK, choice, *(NAMED if channel == "voice" else ("smith",)), "yes", channel=channel)
    (made,) = booked(conversation)
    assert made.get("rate_plan") == plan


def test_nothing_is_booked_that_the_guest_has_chosen_no_rate_for() -> None:
    assert not booked(said(BOOK, "yes", "yes please", "yes"))


def test_a_corrected_rate_is_booked_as_corrected() -> None:
    (made,) = booked(said(BOOK, "the cheaper one", *NAMED, "the flexible one instead", "yes"))
    assert "rate_plan" not in made


def test_in_writing_choosing_a_rate_is_the_yes() -> None:
    conversation = said(WISH, channel="sms")
    assert last(conversation).say == f"{PRICE} {QUESTION}"
    (made,) = booked(said(WISH, "non-refundable", "smith", "yes", channel="sms"))
    assert made["rate_plan"] == "non_refundable"


def test_a_lead_says_at_which_rate_the_price_was_told() -> None:
    conversation = said(WISH, "anything cheaper", "the non-refundable one", "yes", "john smith", "yes", "yes")
    (lead,) = conversation.hotel.named("create_lead")
    assert lead["notes"].endswith("Quoted $253.09 in total for the Standard Queen, not refundable.")


def test_a_rate_that_saves_nothing_is_not_offered() -> None:
    conversation = Conversation().greet()
    conversation.hear(BOOK)
    call = conversation.ask().tool_call
    assert isinstance(call, ToolCall)
    rates = [
        {"rate_plan": "b", "refundable": False, "total_cents": 10000, "total": "$100.00"},
        {"rate_plan": "c", "refundable": True, "total_cents": 9000, "total": "$90.00"},
    ]
    offer = {"room_type": "suite", "name": "Suite", "available": 1, "total_cents": 10000, "total": "$100.00"}
    result = {"offers": [{**offer, "other_rates": rates}]}
    conversation.history.append(
        {"type": "tool", "tool_call_id": "c", "name": call.name, "arguments": call.arguments, "result": result}
    )
    assert "Shall I book it for you?" in conversation.ask().say


def test_another_rung_goes_on_with_the_rate_that_was_chosen() -> None:
    before = said(BOOK, "the cheaper one", *NAMED)
    again = Conversation(hotel=SmallHotel(two_rates=True), history=[*before.history])
    again.say("yes")
    (made,) = booked(again)
    assert made["rate_plan"] == "non_refundable"
