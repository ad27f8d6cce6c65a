"""A guest who pays by the keys of the telephone, as the policy without a model leads there and takes up from there."""

from dataclasses import replace
from typing import Any

import pytest
from nightdesk import pay_words

from .clerk_guest import CODE, HOTEL, Conversation, talk

TAKES_CARDS = replace(HOTEL, pay_connector="Default")
BOOKED = ("i would like to book a room for two nights from friday for two adults", "yes", "s m i t h", "yes", "yes")
IN_SPANISH = (
    "quiero reservar una habitación para dos noches desde el viernes para dos adultos",
    "sí",
    "ese eme i te hache",
)


def booked(**settings: Any) -> Conversation:
    """At the end of a booking that has to be paid for."""
    return talk(BOOKED, **{"house": TAKES_CARDS, **settings})


def paid_by(conversation: Conversation) -> list[str]:
    return [call["send_by"] for call in conversation.hotel.named("generate_payment_link")]


def test_a_link_comes_first() -> None:
    conversation = booked()
    assert "the link to pay by text message" in conversation.replies[-1].say
    conversation.say("yes")
    assert paid_by(conversation) == ["sms"]


def test_who_wants_no_link_is_offered_the_payment_line() -> None:
    conversation = booked()
    assert "Shall I put you through to the payment line?" in conversation.say("no").say
    said = conversation.say("yes").say
    assert paid_by(conversation) == ["keypad"]
    assert "?" not in said, "the call leaves: nothing is asked any more"


def test_who_wants_neither_is_left_alone() -> None:
    conversation = booked()
    conversation.say("no")
    assert conversation.say("no").say == "All right, I will leave it. Anything else?"
    assert paid_by(conversation) == []


@pytest.mark.parametrize(
    ("house", "channel"), [(HOTEL, "voice"), (TAKES_CARDS, "sms")], ids=["no connector", "in writing"]
)
def test_where_no_card_can_be_keyed_none_is_asked_for(house: Any, channel: str) -> None:
    conversation = Conversation(house=house, channel=channel)
    for line in ("i would like to pay for my booking", CODE, "smith", "yes" if channel == "voice" else "no"):
        conversation.say(line)
    assert not any("payment line" in reply.say for reply in conversation.replies)


@pytest.mark.parametrize(
    "wish", ["can i pay over the phone", "i want to pay with the keypad", "i would like to key in my card"]
)
def test_who_asks_for_the_keys_is_not_offered_a_link(wish: str) -> None:
    conversation = booked()
    assert "Shall I put you through to the payment line?" in conversation.say(wish).say
    conversation.say("yes please")
    assert paid_by(conversation) == ["keypad"]


def test_the_guest_is_told_what_was_paid() -> None:
    conversation = booked()
    conversation.say("no")
    conversation.say("yes")
    note = pay_words.note_paid("$281.22", "visa", "4242", CODE, "confirmed")
    said = conversation.back_from_paying(note, pay_words.said("paid", "en")).say
    assert said == (
        "Thank you, that has worked. You have paid $281.22 with the card ending in 4 2 4 2. Your booking is confirmed. "
        "Anything else?"
    )
    assert conversation.say("no thank you goodbye").tool_call is None
    assert paid_by(conversation) == ["keypad"]


def test_after_a_card_that_was_refused_there_is_another_way() -> None:
    conversation = booked()
    conversation.say("no")
    conversation.say("yes")
    note = pay_words.note_failed("payment-connector-error")
    said = conversation.back_from_paying(note, pay_words.said("not_paid", "en")).say
    assert "The card was not accepted, and nothing was charged." in said
    assert said.endswith("Shall I send you the link to pay by text message, to the number ending in 42?")
    conversation.say("no")
    conversation.say("yes")
    assert paid_by(conversation) == ["keypad", "keypad"]
    conversation.back_from_paying(pay_words.note_failed("caller-interrupted-with-star"), "I am back.")
    conversation.say("yes")
    assert paid_by(conversation) == ["keypad", "keypad", "sms"]


def test_it_is_told_in_the_guests_language() -> None:
    conversation = talk([*IN_SPANISH, "sí", "sí", "no"], language="es", house=TAKES_CARDS)
    assert "¿Le paso con la línea de pago?" in conversation.replies[-1].say
    conversation.say("sí")
    assert paid_by(conversation) == ["keypad"]
    note = pay_words.note_paid("", "visa", "4242", CODE, "confirmed")
    said = conversation.back_from_paying(note, pay_words.said("paid", "es")).say
    assert "Su reserva está confirmada." in said


@pytest.mark.parametrize(
    ("note", "paid", "part"),
    [
        (pay_words.note_paid("$5.00", "visa", "4242", CODE, "confirmed"), True, "paid $5.00"),
        (pay_words.note_paid("", "", "", CODE, "confirmed"), True, "your card on file"),
        (pay_words.note_unsettled("$5.00", "visa", "4242"), True, "not in our books yet"),
        (pay_words.note_given_back("$5.00", "$3.00", "visa", "4242", CODE, "expired"), True, "$3.00 goes back"),
        (pay_words.note_failed("payment-connector-error"), False, "not accepted"),
        (pay_words.note_failed("validation-error"), False, "Nothing was charged"),
    ],
)
def test_every_note_is_read_as_it_was_written(note: str, paid: bool, part: str) -> None:
    told = pay_words.for_guest(note, "en")
    assert told is not None
    assert told[0] is paid
    assert part in told[1]


def test_another_note_is_none_of_these() -> None:
    assert pay_words.for_guest("The guest keyed a phone number ending in 42.", "en") is None
