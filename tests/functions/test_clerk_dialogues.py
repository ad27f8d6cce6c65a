"""Whole conversations with the clerk, in both languages: what is done in the end, and that no break changes it.

A break may come after every entry of the history. Then another attempt or another rung carries on, which knows the
history alone: once with an apology, once as a plain copy whose objects have travelled as text.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from nightdesk.clerk import ToolCall
from nightdesk.dialogue.steps import EXPECTS
from nightdesk.dialogue.words import question_heard

from .clerk_guest import Conversation, Entry, SmallHotel, talk, transcript

CODE = "four eight two one oh nine three seven"
CUT_OFF = {"en": "I am sorry, we were cut off.", "es": "Lo siento, se ha cortado."}


@dataclass(frozen=True)
class Story:
    """`done`: the tools in order, each with what its arguments have among others; search_kb is left out."""

    lines: tuple[str, ...]
    done: tuple[tuple[str, dict[str, Any]], ...]
    settings: dict[str, Any] = field(default_factory=dict)
    two_rates: bool = False

    def hotel(self) -> SmallHotel:
        return SmallHotel(two_rates=self.two_rates)

    @property
    def language(self) -> str:
        return str(self.settings.get("language", "en"))


STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
SPANISH = {"language": "es"}
BOOKS_A_ROOM = "i want to book a room for two nights from friday for two adults"
STORIES = {
    "the cheaper rate, taken back at the end": Story(
        (
            *(BOOKS_A_ROOM, "what does non-refundable mean", "the cheaper one", "s m i t h", "yes"),
            *("the flexible one instead", "is there a lift", "yes", "no", "bye"),
        ),
        (
            ("check_availability", STAY),
            ("create_reservation", {"room_type": "standard_queen", "last_name": "Smith"}),
            ("end_call", {}),
        ),
        two_rates=True,
    ),
    "something cheaper, in another room, in writing": Story(
        (
            *("do you have a room for two nights from friday for two adults", "anything cheaper", "non-refundable"),
            *("no, the suite", "smith", "yes", "no thanks"),
        ),
        (
            ("check_availability", STAY),
            ("create_reservation", {"room_type": "suite", "rate_plan": "non_refundable"}),
        ),
        {"channel": "sms"},
        two_rates=True,
    ),
    "la tarifa más barata": Story(
        (
            *("quiero reservar una habitación para dos noches desde el viernes para dos adultos", "la más barata"),
            *("¿hay ascensor?", "ese eme i te hache", "sí", "sí", "sí por favor", "no me ha llegado", "sí", "adiós"),
        ),
        (
            ("check_availability", STAY),
            ("create_reservation", {"rate_plan": "non_refundable", "last_name": "Smith"}),
            ("generate_payment_link", {"send_by": "sms"}),
            ("send_sms", {"template": "payment_link", "another": True}),
            ("end_call", {}),
        ),
        SPANISH,
        two_rates=True,
    ),
    "a booking, with questions and a correction": Story(
        (
            *("hello", "i'd like to book a room", "friday", "do you allow dogs", "two nights", "two adults", "yes"),
            *(
                "is breakfast included",
                "jones",
                "no",
                "s m i t h",
                "yes",
                "no three nights",
                "yes",
                "yes please",
                "bye",
            ),
        ),
        (
            ("check_availability", STAY),
            ("check_availability", {"check_out": "2026-11-30"}),
            ("create_reservation", {"check_out": "2026-11-30", "last_name": "Smith", "phone_source": "caller_line"}),
            ("generate_payment_link", {"last_name": "Smith", "send_by": "sms"}),
            ("end_call", {}),
        ),
    ),
    "a booking with a keyed number, and its confirmation by text": Story(
        (
            *("can i book a room for two nights from friday for two adults", "yes", "s m i t h", "yes", "#99", "yes"),
            *("no", "text me the confirmation", "yes", "no that's all"),
        ),
        (
            ("check_availability", STAY),
            ("create_reservation", {"phone_source": "keypad"}),
            ("send_sms", {"template": "confirmation", "confirmation_code": "48210937"}),
            ("end_call", {}),
        ),
        {"caller_last4": ""},
    ),
    "a cancellation, its fee heard twice": Story(
        (
            *(
                "i want to cancel my reservation",
                "when is check out",
                CODE,
                "no",
                CODE,
                "yes",
                "sierra mike india tango hotel",
            ),
            *("yes", "what was that", "yes cancel it", "goodbye"),
        ),
        (
            ("cancel_reservation", {"confirmation_code": "48210937", "last_name": "Smith", "confirm": False}),
            ("cancel_reservation", {"confirm": True, "quoted_fee_cents": 12900}),
            ("end_call", {}),
        ),
    ),
    "a booking is found, changed, and a link is sent": Story(
        (
            *("do i have a reservation", CODE, "yes", "smith", "yes", "i want to change my booking", "four nights"),
            *("no three nights", "yes", "send me the payment link", "yes", "thank you goodbye"),
        ),
        (
            ("lookup_reservation", {"last_name": "Smith"}),
            ("lookup_reservation", {"last_name": "Smith"}),
            ("check_availability", {"check_out": "2026-12-01"}),
            ("check_availability", {"check_out": "2026-11-30"}),
            ("modify_reservation", {"confirmation_code": "48210937", "check_out": "2026-11-30"}),
            ("generate_payment_link", {"send_by": "sms"}),
            ("end_call", {}),
        ),
    ),
    "a morning in the house": Story(
        (
            *("i need a wake up call", "half past six", "is breakfast included", "two oh four", "no at seven", "yes"),
            *("and send two towels please", "204", "yes", "the shower is leaking in room 204", "yes", "no thanks"),
        ),
        (
            ("request_service", {"service": "wake_up_call", "room": "204", "when": "07:00"}),
            ("request_service", {"service": "housekeeping", "room": "204"}),
            ("request_service", {"service": "maintenance", "room": "204"}),
            ("end_call", {}),
        ),
    ),
    "a task in the middle of another": Story(
        (
            *("do you have a room for two nights from friday for two adults", "i want to book it"),
            *("i left my jacket in room 12", "yes", "s m i t h", "yes", "yes", "no", "goodbye"),
        ),
        (
            ("check_availability", STAY),
            ("request_service", {"service": "lost_and_found", "room": "12"}),
            ("create_reservation", {"last_name": "Smith"}),
            ("end_call", {}),
        ),
    ),
    "a message and a call back": Story(
        (
            *("i want to leave a message for the manager", "the invoice is wrong", "yes", "call me back tomorrow"),
            *("at three", "the invoice", "no at four", "yes", "that's all"),
        ),
        (
            ("take_message", {"for_whom": "the manager", "message": "the invoice is wrong"}),
            ("schedule_callback", {"when": "2026-11-22", "time": "16:00", "reason": "the invoice"}),
            ("end_call", {}),
        ),
    ),
    "places and directions, then a person": Story(
        ("can you recommend a restaurant", "text me the directions", "yes", "let me speak to the manager"),
        (
            ("concierge_info", {"category": "restaurants"}),
            ("send_sms", {"template": "directions"}),
            ("transfer_to_human", {"department": "manager"}),
        ),
    ),
    "a booking at a screen": Story(
        ("a room for two nights from friday for two adults", "yes", "John Smith", "yes", "yes", "no thank you bye"),
        (
            ("check_availability", STAY),
            ("create_reservation", {"first_name": "John", "last_name": "Smith"}),
            ("generate_payment_link", {"send_by": "screen"}),
            ("end_call", {}),
        ),
        {"channel": "kiosk", "caller_last4": ""},
    ),
    "English, then Spanish": Story(
        (
            *("hello", "do you have a room for friday", "español por favor", "dos noches", "dos adultos"),
            *("quiero reservarla", "smith", "sí", "sí", "no", "adiós"),
        ),
        (
            ("set_language", {"language": "es"}),
            ("check_availability", STAY),
            ("create_reservation", {"last_name": "Smith"}),
            ("end_call", {}),
        ),
    ),
    "una reserva con preguntas": Story(
        (
            *("hola", "quiero reservar una habitación", "el viernes", "¿se admiten perros?", "dos noches"),
            *("mi mujer y yo", "sí", "ese eme i te hache", "sí", "¿el desayuno está incluido?", "sí", "sí", "adiós"),
        ),
        (
            ("check_availability", STAY),
            ("create_reservation", {"last_name": "Smith"}),
            ("generate_payment_link", {"send_by": "sms"}),
            ("end_call", {}),
        ),
        SPANISH,
    ),
    "una cancelación": Story(
        (
            *("quiero cancelar mi reserva", "cuatro ocho dos uno cero nueve tres siete", "sí", "smith", "sí"),
            *("¿a qué hora es la salida?", "sí", "nada más gracias"),
        ),
        (
            ("cancel_reservation", {"confirm": False}),
            ("cancel_reservation", {"confirm": True, "quoted_fee_cents": 12900}),
            ("end_call", {}),
        ),
        SPANISH,
    ),
    "un cambio y un despertador": Story(
        (
            *("quisiera cambiar mi reserva", "no lo tengo", "smith", "sí", "tres noches", "sí"),
            *("despiértenme mañana a las siete", "la doscientos cuatro", "no, a las ocho", "sí", "adiós"),
        ),
        (
            ("lookup_reservation", {"last_name": "Smith"}),
            ("check_availability", {"check_out": "2026-11-30"}),
            ("modify_reservation", {"check_out": "2026-11-30"}),
            ("request_service", {"service": "wake_up_call", "room": "204", "when": "2026-11-22 08:00"}),
            ("end_call", {}),
        ),
        SPANISH,
    ),
    "un recado y una llamada": Story(
        (
            *("quiero dejar un recado para el gerente", "que llego tarde", "sí", "llámenme mañana a las diez"),
            *("por la factura", "sí", "una persona por favor"),
        ),
        (
            ("take_message", {"for_whom": "el gerente", "message": "que llego tarde"}),
            ("schedule_callback", {"when": "2026-11-22", "time": "10:00"}),
            ("transfer_to_human", {"department": "front_desk"}),
        ),
        SPANISH,
    ),
}
NAMES = sorted(STORIES)


@cache
def told(name: str) -> Conversation:
    """Only to be read."""
    story = STORIES[name]
    return talk(story.lines, hotel=story.hotel(), **story.settings)


def tools_of(history: list[Entry]) -> list[ToolCall]:
    made = [ToolCall(e["name"], e["arguments"]) for e in history if e["type"] == "tool"]
    return [call for call in made if call.name != "search_kb"]


def resumed(name: str, at: int, hotel: SmallHotel | None = None) -> Conversation:
    whole = told(name)
    settings: dict[str, Any] = {
        "language": whole.language,
        "channel": whole.channel,
        "caller_last4": whole.caller_last4,
    }
    return Conversation(hotel=hotel or STORIES[name].hotel(), history=[*whole.history[:at]], **settings)


def cuts() -> list[tuple[str, int]]:
    return [(name, at) for name in NAMES for at in range(1, len(told(name).history) + 1)]


def is_said(entry: Entry) -> bool:
    return entry.get("role") in ("user", "system")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_done_in_the_end(name: str) -> None:
    made, expected = tools_of(told(name).history), STORIES[name].done
    assert [call.name for call in made] == [tool for tool, _ in expected], transcript(told(name))
    for call, (_, arguments) in zip(made, expected, strict=True):
        assert arguments.items() <= call.arguments.items(), transcript(told(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_short_and_asks_one_thing(name: str) -> None:
    for said in (reply.say for reply in told(name).replies if reply.say):
        assert said.count("?") <= 1, said
        assert len(said) < 400, said


@pytest.mark.parametrize(("name", "at"), cuts())
def test_another_rung_takes_the_same_next_step(name: str, at: int) -> None:
    whole = told(name)
    conversation = resumed(name, at)
    conversation.history = [as_text(entry) for entry in conversation.history]
    move = conversation.ask()
    if not is_owed(whole.history[:at]):  # nothing is owed, so the question is asked again
        step, _ = question_heard(whole.history[at - 1]["text"], whole.language)
        assert move.tool_call is None
        if step is not None:
            assert move.expect == EXPECTS[step]
            assert question_heard(move.say, whole.language)[0] is step
        return
    following = whole.history[at]
    if following["type"] == "tool":
        assert move.tool_call == ToolCall(following["name"], following["arguments"])
    else:
        assert (move.say, move.tool_call) == (following["text"], None)


@pytest.mark.parametrize(("name", "at"), cuts())
def test_another_attempt_comes_to_the_same_end(name: str, at: int) -> None:
    story, whole = STORIES[name], told(name)
    if any(call.name in ("end_call", "transfer_to_human") for call in tools_of(whole.history[:at])):
        return  # it was over
    conversation = resumed(name, at)
    apology = f'Say exactly: "{CUT_OFF[story.language]}" Then carry on where the conversation stopped.'
    conversation.run(apology)
    for line in story.lines[sum(map(is_said, whole.history[:at])) :]:
        conversation.key(line[1:]) if line.startswith("#") else conversation.say(line)
    assert tools_of(conversation.history) == tools_of(whole.history), transcript(conversation)


def is_owed(history: list[Entry]) -> bool:
    return history[-1].get("role") != "assistant"


def as_text(entry: Entry) -> Entry:
    """As another rung may hand it on: objects as text, and no item ids."""
    copied = {name: value for name, value in entry.items() if name != "item_id"}
    return {n: json.dumps(v) if n in ("arguments", "result") else v for n, v in copied.items()}
