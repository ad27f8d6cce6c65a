"""What the clerk says where the hotel has called: as whoever is called hears it, in both languages."""

import pytest
from nightdesk.hotel.outbound import Purpose

from .clerk_guest import Conversation, talk, transcript

PURPOSES: list[Purpose] = ["callback", "reminder", "offer", "satisfaction"]
NUMBER = "2 0 7 2 2 0 3 5 0 1"
BYE = {
    "en": f"Thank you for your time. You can reach West Bethel Motel at {NUMBER}. Goodbye.",
    "es": f"Gracias por su tiempo. Puede llamar a West Bethel Motel al {NUMBER}. Adiós.",
}
INBOUND = ("thank you for calling", "calling from", "call us again", "su llamada", "desde el que llama", "otra vez")
"""Words for who has called us."""


def names(conversation: Conversation) -> list[str]:
    return [call.name for call in conversation.hotel.calls]


def last(conversation: Conversation) -> str:
    return conversation.replies[-1].say


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(("language", "bye"), [("en", "goodbye"), ("es", "adiós")])
def test_goodbye_thanks_nobody_for_calling_and_names_our_number(purpose: str, language: str, bye: str) -> None:
    conversation = talk([bye], language=language, purpose=purpose)
    assert last(conversation) == BYE[language], transcript(conversation)
    assert names(conversation) == ["end_call"]


@pytest.mark.parametrize("purpose", ["reminder", "offer"])
@pytest.mark.parametrize(
    ("language", "said"), [("en", "no thank you"), ("en", "okay thank you"), ("es", "no gracias"), ("es", "gracias")]
)
def test_a_call_that_nothing_follows_from_is_short(purpose: str, language: str, said: str) -> None:
    conversation = talk([said], language=language, purpose=purpose)
    assert last(conversation) == BYE[language], transcript(conversation)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "stop calling me"),
        ("en", "please take me off your list"),
        ("en", "don't call me again"),
        ("en", "I don't want any more calls"),
        ("es", "dejen de llamarme"),
        ("es", "no me llamen más"),
        ("es", "no quiero más llamadas"),
    ],
)
def test_who_wants_no_more_calls_is_obeyed_at_once_and_let_go(purpose: str, language: str, said: str) -> None:
    conversation = talk([said], language=language, purpose=purpose)
    assert names(conversation) == ["stop_calls", "end_call"], transcript(conversation)
    no_more = {"en": "We will not call you any more.", "es": "No le llamaremos más."}[language]
    assert last(conversation) == f"{no_more} {BYE[language]}"


def test_so_is_who_has_pressed_the_key_for_it() -> None:
    conversation = talk([], purpose="reminder")
    conversation.note("The guest pressed 9: they want no more calls. Call stop_calls, then say goodbye.")
    assert names(conversation) == ["stop_calls", "end_call"]


def test_who_calls_us_can_ask_for_no_more_calls_and_go_on() -> None:
    conversation = talk(["please stop calling me", "is breakfast included"])
    assert names(conversation) == ["stop_calls", "search_kb"]


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    ("language", "said"), [("en", "who is this"), ("en", "why are you calling"), ("es", "¿quién es?")]
)
def test_who_asks_is_told_once_more_who_calls_and_why(purpose: str, language: str, said: str) -> None:
    conversation = talk([said], language=language, purpose=purpose)
    assert names(conversation) == [], transcript(conversation)
    opening = conversation.opening
    assert last(conversation).startswith(opening[: opening.index(".")]), transcript(conversation)
    assert last(conversation).count("?") == 1


WRONG = [("en", "you have the wrong number"), ("en", "she is not here"), ("es", "se ha equivocado")]
NOT_NOW = [("en", "I am driving"), ("en", "this is not a good time"), ("es", "ahora no puedo hablar")]


@pytest.mark.parametrize(
    ("purpose", "language", "said"),
    [
        *((purpose, *row) for purpose in PURPOSES for row in WRONG),
        *((purpose, *row) for purpose in PURPOSES if purpose != "callback" for row in NOT_NOW),
    ],
)
def test_nobody_is_held_on_the_line(purpose: str, language: str, said: str) -> None:
    conversation = talk([said], language=language, purpose=purpose)
    assert names(conversation) == ["end_call"], transcript(conversation)
    sorry = {"en": "I am sorry to have disturbed you.", "es": "Perdone la molestia."}[language]
    assert last(conversation) == f"{sorry} {BYE[language]}"


@pytest.mark.parametrize(("language", "said"), NOT_NOW)
def test_who_asked_to_be_called_is_asked_when_else(language: str, said: str) -> None:
    conversation = talk([said], language=language, purpose="callback")
    day = {"en": "For which day shall I arrange the call?", "es": "¿Para qué día le apunto la llamada?"}[language]
    assert last(conversation) == day, transcript(conversation)


def test_what_the_called_say_means_nothing_of_the_kind_to_who_calls() -> None:
    conversation = talk(["I am driving from Boston tomorrow and need a room"])
    assert "end_call" not in names(conversation)


def test_who_wants_to_be_called_later_says_when() -> None:
    conversation = talk(["I am busy, call me back later", "tomorrow", "at five in the afternoon"], purpose="callback")
    assert last(conversation) == "What is the call about?", transcript(conversation)
    conversation.say("a cot for the baby")
    conversation.say("yes")
    assert conversation.hotel.named("schedule_callback")[0]["when"] == "2026-11-22"


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["i need a room for two nights from friday", "two adults", "yes please", "john smith", "yes", "yes"]),
        ("es", ["una habitación para dos noches desde el viernes", "dos adultos", "sí", "juan pérez", "sí", "sí"]),
        ("en", ["blah", "blah", "blah", "blah"]),
        ("es", ["bla", "bla", "bla", "bla"]),
    ],
)
def test_nothing_of_a_call_of_ours_sounds_as_if_they_had_called(language: str, lines: list[str]) -> None:
    conversation = talk([], language=language, purpose="callback", tools=None)
    for line in lines:
        if not conversation.is_over:
            conversation.say(line)
    for reply in conversation.replies:
        assert not [words for words in INBOUND if words in reply.say.lower()], transcript(conversation)
    if "john smith" in lines:
        assert "the number we have called, ending in 42" in " ".join(r.say for r in conversation.replies)
        assert len(conversation.hotel.named("create_lead")) == 1
