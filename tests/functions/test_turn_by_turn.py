"""A call that has no engine, as `tools` answers it turn by turn: POST /sessions/{id}/reply."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from nightdesk.errors import Busy
from nightdesk.hotel.memory import MemoryStore
from nightdesk.runner import ToolRunner
from nightdesk.sinks import MemoryPublisher
from werkzeug.test import TestResponse

from .conftest import SESSION_ID, Service
from .schemas import validator

ROOM = "do you have a room from friday for two nights for two people"
KEYED = "2075550199"


def reply(tools: Service, turn: int, text: str = "", keys: str = "", attempt: int = 1) -> TestResponse:
    return tools.post(
        f"/sessions/{SESSION_ID}/reply", {"v": 1, "attempt": attempt, "turn": turn, "text": text, "keys": keys}
    )


def said(answer: TestResponse) -> str:
    assert answer.status_code == 200
    validator("reply", "answer").validate(answer.get_json())
    return str(answer.get_json()["say"])


def types(publisher: MemoryPublisher) -> list[str]:
    return [event["event_type"] for event in publisher.events]


def test_the_first_words_are_the_greeting(call: Service, store: MemoryStore) -> None:
    assert said(reply(call, 0)) == "Thank you for calling West Bethel Motel. How may I help you?"
    [turn] = store.turns(SESSION_ID)
    assert (turn.attempt, turn.turn, turn.role) == (1, 1, "assistant")


def test_a_conversation_that_was_cut_off_goes_on_where_it_stopped(call: Service, store: MemoryStore) -> None:
    call.turn(1, "assistant", "Thank you for calling. How may I help you?")
    call.turn(2, "user", "do you have a room from friday for two nights")
    call.turn(3, "assistant", "How many guests will stay?")
    store.change_session(SESSION_ID, lambda s: replace(s, attempt=2) if s else None)
    first = said(reply(call, 0, attempt=2))
    assert first.startswith("I am sorry, we were cut off.")
    assert "guests" in first
    again = said(reply(call, 2, attempt=2))
    assert again.startswith("Are you still there?")
    assert "guests" in again


def test_a_price_comes_from_the_same_tool_and_is_kept_as_with_an_engine(
    call: Service, store: MemoryStore, publisher: MemoryPublisher
) -> None:
    reply(call, 0)
    answer = said(reply(call, 2, ROOM))
    assert "$" in answer
    assert [(t.turn, t.role) for t in store.turns(SESSION_ID)] == [(1, "assistant"), (2, "user"), (3, "assistant")]
    [made] = store.tool_calls(SESSION_ID)
    assert (made.name, made.attempt, made.turn) == ("check_availability", 1, 2)
    assert types(publisher) == [
        "conversation.message",
        "conversation.message",
        "conversation.function_call",
        "conversation.message",
    ]
    for event in publisher.events:
        validator("event", "event").validate(event)
    assert len({event["event_id"] for event in publisher.events}) == 4


def test_a_call_that_no_relay_ever_had_is_told_to_have_begun(
    tools: Service, store: MemoryStore, publisher: MemoryPublisher, call: Service
) -> None:
    store.change_session(SESSION_ID, lambda s: replace(s, streams=()) if s else None)
    reply(call, 0)
    started = publisher.events[0]
    validator("event", "event").validate(started)
    assert (started["event_type"], started["metadata"]["engine"]) == ("conversation.started", "clerk")


def test_the_same_turn_asked_again_is_answered_the_same_and_done_once(
    call: Service, store: MemoryStore, publisher: MemoryPublisher
) -> None:
    reply(call, 0)
    first = reply(call, 2, "can i speak to a person").get_json()
    told = len(publisher.events)
    assert reply(call, 2, "can i speak to a person").get_json() == first
    assert len(store.tool_calls(SESSION_ID)) == 1
    assert len(publisher.events) == told


def test_a_person_is_put_through_when_it_was_said(call: Service, store: MemoryStore) -> None:
    reply(call, 0)
    answer = reply(call, 2, "can i speak to a person")
    assert answer.get_json()["then"] == {"action": "transfer", "to": "front_desk"}
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.then is not None
    assert (session.then.action, session.then.due) == ("transfer", True)


def test_what_is_keyed_reaches_the_session_and_nothing_else(
    call: Service, store: MemoryStore, publisher: MemoryPublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    reply(call, 0)
    reply(call, 2, ROOM)
    said(reply(call, 4, keys=KEYED))
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.keypad_phone == f"+1{KEYED}"
    kept = [*map(str, store.turns(SESSION_ID)), *map(str, store.tool_calls(SESSION_ID))]
    for place in (json.dumps(publisher.events), capsys.readouterr().out, *kept):
        assert KEYED not in place


def test_keys_that_are_none_are_refused_without_being_shown(call: Service, capsys: pytest.CaptureFixture[str]) -> None:
    answer = reply(call, 2, keys="4242 4242 4242 4242")
    assert answer.status_code == 400
    assert "4242" not in answer.get_data(as_text=True) + capsys.readouterr().out


def test_an_engines_conversation_is_continued_and_so_is_ours(
    call: Service, token: Callable[..., str], store: MemoryStore
) -> None:
    reply(call, 0)
    reply(call, 2, ROOM)
    history: list[dict[str, Any]] = call.session(token()).get_json()["history"]
    assert [(entry["type"], entry.get("role", entry.get("name"))) for entry in history] == [
        ("message", "assistant"),
        ("message", "user"),
        ("tool", "check_availability"),
        ("message", "assistant"),
    ]


def test_another_language_is_answered_in(call: Service) -> None:
    reply(call, 0)
    answer = reply(call, 2, "can we speak spanish please").get_json()
    assert answer["language"] == "es"


def test_an_attempt_that_is_over_gets_no_answer(call: Service, store: MemoryStore) -> None:
    store.change_session(SESSION_ID, lambda s: replace(s, attempt=2) if s else None)
    assert reply(call, 2, "hello").status_code == 409


def test_a_tool_that_fails_is_answered_in_words(
    call: Service, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Busy("unavailable", "too many tools of this process hang")

    reply(call, 0)
    monkeypatch.setattr(ToolRunner, "run", busy)
    assert "sorry" in said(reply(call, 2, ROOM)).lower()
