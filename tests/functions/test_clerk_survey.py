"""A satisfaction call without a language model: a rating, one open question, thanks; each is kept when it is given."""

import pytest

from .clerk_guest import Conversation, talk, transcript

LIKED = {"en": "What did you like, or what could we do better?", "es": "¿Qué le gustó, o qué podríamos mejorar?"}
AGAIN = {
    "en": "Please say or press a number from one to five, where five is best.",
    "es": "Diga o pulse un número del uno al cinco, siendo cinco lo mejor.",
}


def survey(*lines: str, language: str = "en") -> Conversation:
    return talk(list(lines), language=language, purpose="satisfaction")


def kept(conversation: Conversation) -> list[dict[str, object]]:
    return conversation.hotel.named("record_feedback")


def last(conversation: Conversation) -> str:
    return conversation.replies[-1].say


@pytest.mark.parametrize(
    ("language", "said", "rating"),
    [
        ("en", "four", 4),
        ("en", "4", 4),
        ("en", "I would say five", 5),
        ("en", "three out of five", 3),
        ("en", "a two I'm afraid", 2),
        ("en", "four stars", 4),
        ("en", "one", 1),
        ("es", "cuatro", 4),
        ("es", "un cinco", 5),
        ("es", "tres sobre cinco", 3),
        ("es", "yo diría que un dos", 2),
        ("es", "uno", 1),
    ],
)
def test_a_rating_is_kept_at_once_and_the_open_question_follows(language: str, said: str, rating: int) -> None:
    conversation = survey(said, language=language)
    assert kept(conversation) == [{"rating": rating}], transcript(conversation)
    assert last(conversation).endswith(LIKED[language])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "it was lovely"),
        ("en", "ten"),
        ("en", "four or five"),
        ("en", "the one thing I liked was the view"),
        ("en", "zero"),
        ("es", "muy bien todo"),
        ("es", "cuatro o cinco"),
        ("es", "un diez"),
    ],
)
def test_no_number_is_guessed(language: str, said: str) -> None:
    conversation = survey(said, language=language)
    assert kept(conversation) == [], transcript(conversation)
    assert {"en": "from one to five", "es": "del uno al cinco"}[language] in last(conversation)


def test_who_is_not_understood_is_asked_in_other_words() -> None:
    assert last(survey("it was lovely")).endswith(AGAIN["en"])
    assert last(survey("muy bien todo", language="es")).endswith(AGAIN["es"])


def test_a_key_is_a_rating_too() -> None:
    conversation = survey()
    conversation.note("The guest pressed 5: a rating from 1 to 5. Call record_feedback.")
    assert kept(conversation) == [{"rating": 5}]
    assert last(conversation).endswith(LIKED["en"])


@pytest.mark.parametrize(
    ("language", "said", "comment", "then"),
    [
        ("en", "four", "the room was cold and nobody came", "Anything else?"),
        ("es", "cuatro", "la habitación estaba fría", "¿Algo más?"),
    ],
)
def test_their_own_words_are_kept_beside_it(language: str, said: str, comment: str, then: str) -> None:
    conversation = survey(said, comment, language=language)
    assert kept(conversation) == [{"rating": 4}, {"rating": 4, "comment": comment}], transcript(conversation)
    assert last(conversation).endswith(then)


@pytest.mark.parametrize(("language", "said", "no"), [("en", "five", "no thanks"), ("es", "cinco", "no, nada")])
def test_who_has_nothing_to_add_is_not_pressed(language: str, said: str, no: str) -> None:
    conversation = survey(said, no, no, language=language)
    assert kept(conversation) == [{"rating": 5}], transcript(conversation)
    assert conversation.is_over, transcript(conversation)


@pytest.mark.parametrize(("language", "no"), [("en", "no thank you"), ("en", "not really"), ("es", "no, gracias")])
def test_who_does_not_want_to_is_let_go(language: str, no: str) -> None:
    conversation = survey(no, language=language)
    assert kept(conversation) == [], transcript(conversation)
    assert conversation.is_over, transcript(conversation)


def test_a_rating_that_was_heard_wrong_is_corrected() -> None:
    conversation = survey("four", "no, I said five", "the bed")
    assert kept(conversation) == [{"rating": 4}, {"rating": 5}, {"rating": 5, "comment": "the bed"}]


def test_a_guest_who_wants_a_room_after_all_gets_one() -> None:
    conversation = survey("five", "nothing", "do you have a room for two nights from friday for two adults")
    assert conversation.hotel.named("check_availability"), transcript(conversation)


def test_a_question_in_between_is_answered_and_ours_asked_again() -> None:
    conversation = survey("is breakfast included")
    assert [call.name for call in conversation.hotel.calls] == ["search_kb"]
    assert "from one to five" in last(conversation)


def test_another_process_goes_on_where_the_call_was() -> None:
    whole = survey("two", "the shower was cold")
    again = Conversation(purpose="satisfaction", history=list(whole.history[:-2]))
    assert again.run().say.startswith("I have noted 2."), transcript(again)
