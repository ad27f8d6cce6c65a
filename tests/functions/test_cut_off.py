"""An answer of which the guest did not hear the end: whoever goes on gives it, and nothing is done a second time.

The engines were lost in mid-answer (the call goes on turn by turn), or the stream was (another attempt, another relay).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher

from .conftest import SESSION_ID, Service
from .test_turn_by_turn import ROOM, reply, said

SORRY = "I am sorry, we were cut off."
SECOND_STREAM = "MZ" + "f" * 32
STAY = {"check_in": "friday", "nights": 2, "adults": 2}
GREETING = "Thank you for calling West Bethel Motel. How may I help you?"


@pytest.fixture
def greeted(call: Service) -> Service:
    call.turn(1, "assistant", GREETING)
    return call


@pytest.fixture
def break_off(store: MemoryStore) -> Callable[[], None]:
    """The next attempt is promised, as stream-ended does it."""

    def broken() -> None:
        store.change_session(SESSION_ID, lambda s: replace(s, attempt=s.attempt + 1) if s else None)

    return broken


def carried_on(tools: Service, token: Callable[..., str], attempt: int = 2) -> tuple[dict[str, Any], str]:
    """The session of the next stream, and what its engine says first where the clerk is its brain."""
    session = tools.session(token(attempt), SECOND_STREAM).get_json()
    asked = {
        "v": 1,
        "property_id": session["property_id"],
        "session_id": session["session_id"],
        "channel": "voice",
        "language": "en",
        "history": session["history"],
        "instructions": session["opening"]["instructions"],
    }
    return session, tools.post("/clerk", asked).get_json()["say"]


def test_turn_by_turn_the_answer_is_said_that_was_cut_off(
    greeted: Service, break_off: Callable[[], None], store: MemoryStore
) -> None:
    greeted.turn(2, "user", "do you allow pets")
    greeted.tool("search_kb", "call_1", _turn=2, question="do you allow pets")
    greeted.turn(3, "assistant", "Dogs are", interrupted=True)
    break_off()
    answer = said(reply(greeted, 0, attempt=2))
    assert answer.startswith(f"{SORRY} ")
    assert "welcome" in answer.lower(), answer
    assert len(store.tool_calls(SESSION_ID)) == 1
    assert said(reply(greeted, 0, attempt=2)) == answer


def test_the_next_engine_says_the_answer_that_was_cut_off(
    greeted: Service, break_off: Callable[[], None], token: Callable[..., str], store: MemoryStore
) -> None:
    greeted.turn(2, "user", ROOM)
    greeted.tool("check_availability", "call_1", _turn=2, **STAY)
    greeted.turn(3, "assistant", "The standard", interrupted=True)
    break_off()
    session, say = carried_on(greeted, token)
    assert session["history"][-1]["name"] == "check_availability", "nobody is told of half an answer"
    assert say.startswith(f"{SORRY} ")
    assert "$" in say
    assert len(store.tool_calls(SESSION_ID)) == 1


def test_a_relay_that_was_killed_could_not_even_tell_what_was_heard(
    greeted: Service, break_off: Callable[[], None], token: Callable[..., str]
) -> None:
    greeted.turn(2, "user", "do you allow pets")
    break_off()
    _, say = carried_on(greeted, token)
    assert say == SORRY, "and the clerk asks for the tool that answers it"
    assert "welcome" in said(reply(greeted, 0, attempt=2)).lower()


def test_what_was_written_is_told_and_not_written_again(
    greeted: Service, break_off: Callable[[], None], store: MemoryStore, publisher: MemoryPublisher
) -> None:
    greeted.turn(2, "user", "i would like to leave a message for the manager")
    greeted.turn(3, "assistant", "What is the message?")
    greeted.turn(4, "user", "the key of room twelve is with the neighbours")
    text = "the key of room twelve is with the neighbours"
    assert greeted.tool("take_message", "call_1", _turn=4, message=text, for_whom="manager").get_json()["ok"]
    greeted.turn(5, "assistant", "I have", interrupted=True)
    break_off()
    answer = said(reply(greeted, 0, attempt=2))
    assert "message" in answer, answer
    assert len(store.tool_calls(SESSION_ID)) == 1


def test_two_breaks_in_the_same_answer_leave_it_to_be_said(
    greeted: Service, break_off: Callable[[], None], token: Callable[..., str]
) -> None:
    greeted.turn(2, "user", ROOM)
    greeted.tool("check_availability", "call_1", _turn=2, **STAY)
    greeted.turn(3, "assistant", "The standard", interrupted=True)
    break_off()
    greeted.session(token(2), SECOND_STREAM)
    greeted.turn(1, "assistant", f"{SORRY} The standard queen", attempt=2, interrupted=True)
    break_off()
    assert "$" in said(reply(greeted, 0, attempt=3))


def test_an_answer_that_was_heard_is_not_given_again(greeted: Service, break_off: Callable[[], None]) -> None:
    greeted.turn(2, "user", "do you allow pets")
    greeted.tool("search_kb", "call_1", _turn=2, question="do you allow pets")
    greeted.turn(3, "assistant", "Dogs are welcome.")
    break_off()
    assert "welcome" not in said(reply(greeted, 0, attempt=2))


def test_an_answer_that_the_guest_cut_short_is_left_as_they_heard_it(
    greeted: Service, break_off: Callable[[], None], token: Callable[..., str]
) -> None:
    greeted.turn(2, "user", "do you allow pets")
    greeted.turn(3, "assistant", "Dogs are", interrupted=True)
    greeted.turn(4, "user", ROOM)
    break_off()
    session, _ = carried_on(greeted, token)
    assert [entry["text"] for entry in session["history"]] == [GREETING, "do you allow pets", "Dogs are", ROOM]


def test_a_greeting_that_was_cut_off_is_none_to_be_given_again(
    call: Service, break_off: Callable[[], None], token: Callable[..., str]
) -> None:
    call.turn(1, "assistant", "Thank you for calling", interrupted=True)
    break_off()
    session, say = carried_on(call, token)
    assert [entry["text"] for entry in session["history"]] == ["Thank you for calling"]
    assert say == f"{SORRY} How can I help you?"
