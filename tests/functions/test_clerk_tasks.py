"""What the clerk does for guests beside a room's price: bookings, services, messages, in two languages, by turns."""

import pytest

from .clerk_guest import talk, transcript
from .clerk_table import WISH, Row
from .clerk_table_bookings import BOOK, BOOKINGS
from .clerk_table_es import SPANISH
from .clerk_table_house import HOUSE

ROWS = [*(("en", row) for row in [*BOOKINGS, *HOUSE]), *(("es", row) for row in SPANISH)]


@pytest.mark.parametrize(
    ("language", "row"), ROWS, ids=[f"{language}-{row[0][-1:]}-{row[1]}" for language, row in ROWS]
)
def test_a_turn(language: str, row: Row) -> None:
    before, said, contains, tool, expect = row
    conversation = talk(before, language=language)
    assert not conversation.is_over, transcript(conversation)
    known = len(conversation.hotel.calls)
    answer = conversation.key(said[1:]) if said.startswith("#") else conversation.say(said)
    story = transcript(conversation)
    assert contains in answer.say, story
    assert answer.expect == expect, story
    made = [call for call in conversation.hotel.calls[known:] if call.name != "search_kb"]
    if tool is None:
        assert made == [], story
    else:
        assert [call.name for call in made] == [tool[0]], story
        assert tool[1].items() <= made[0].arguments.items(), story


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 150


@pytest.mark.parametrize("was_heard", [True, False])
@pytest.mark.parametrize(
    ("before", "asks"),
    [([WISH], "Shall I take your name and number"), (BOOK, "What is the last name for the booking? Please spell it.")],
)
def test_back_from_hold_the_question_that_stood_is_asked_again(before: list[str], asks: str, was_heard: bool) -> None:
    conversation = talk([*before, "put me on hold"])
    if not was_heard:  # the stream ended with the tool's outcome
        conversation.history.pop()
    answer = conversation.run('Say exactly: "Thank you for holding." Then carry on where the conversation stopped.')
    assert answer.say.startswith("Thank you for holding. "), transcript(conversation)
    assert asks in answer.say, transcript(conversation)
    assert "Please hold" not in answer.say
    assert len(conversation.hotel.named("play_hold_music")) == 1
