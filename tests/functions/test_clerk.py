"""The clerk: what it does not understand, callers it cannot help, and its words."""

import itertools
from datetime import date
from random import Random

import pytest
from nightdesk.dialogue.steps import EXPECTS, Step
from nightdesk.dialogue.words import words_for

from .clerk_guest import HOTEL, Conversation, talk, transcript
from .clerk_lines import (
    ASKED_ARRIVAL,
    last,
)

WORDS = words_for("en")


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


# --- words ---


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("again", [False, True])
def test_every_question_is_found_again_in_its_own_words(step: Step, again: bool) -> None:
    question = WORDS.question(step, "42", again)
    assert WORDS.question_in(question) is step
    assert WORDS.question_in("Thank you. " + question.replace("42", "forty-two").upper()) is step


def test_the_greeting_leaves_every_kind_of_answer_open() -> None:
    assert EXPECTS[WORDS.question_in(HOTEL.greeting) or Step.NAME] == "open"


@pytest.mark.parametrize("today", [date(2026, 12, 31), date(2027, 2, 28)])
def test_the_date_is_the_hotels_not_the_machines(today: date) -> None:
    conversation = talk(["one night from tomorrow for one adult"], today=today)
    (check,) = conversation.hotel.named("check_availability")
    assert check["check_in"] == {12: "2027-01-01", 2: "2027-03-01"}[today.month]
