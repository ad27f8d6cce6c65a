"""POST /session: who may have it, what the engine is told, and what a later attempt knows."""

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from nightdesk import properties, session
from nightdesk.conversation import Session, Turn
from nightdesk.hotel.memory import MemoryStore
from nightdesk.tools import TOOLBOX
from openai.types.realtime import RealtimeSessionCreateRequest

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID, STREAM_SID, Clock, Service, Twilio
from .schemas import CONTRACTS, validator

START = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)
OTHER_STREAM = "MZ" + "f" * 32
GREETING = "Thank you for calling West Bethel Motel."


def test_the_answer_obeys_the_contract(tools: Service, token: Callable[..., str]) -> None:
    answer = tools.session(token())
    assert answer.status_code == 200
    validator("session", "answer").validate(answer.get_json())


def test_the_engine_session_is_what_the_realtime_api_takes(tools: Service, token: Callable[..., str]) -> None:
    engine = tools.session(token()).get_json()["engine_session"]
    RealtimeSessionCreateRequest.model_validate(engine)
    assert engine["type"] == "realtime"
    assert engine["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    turns = engine["audio"]["input"]["turn_detection"]
    assert (turns["create_response"], turns["interrupt_response"]) == (False, False)
    assert engine["parallel_tool_calls"] is False
    assert engine["truncation"] == {"type": "retention_ratio", "retention_ratio": 0.8}, "the rest stays cached"


def test_the_model_is_offered_every_tool_but_the_relays(tools: Service, token: Callable[..., str]) -> None:
    offered = tools.session(token()).get_json()["engine_session"]["tools"]
    assert [tool["name"] for tool in offered] == for_the_phone()
    transfer = next(tool for tool in offered if tool["name"] == "transfer_to_human")
    departments = ["front_desk", "manager", "housekeeping", "maintenance"]
    assert transfer["parameters"]["properties"]["department"]["enum"] == departments


def for_the_phone() -> list[str]:
    """The tools of the snapshot that a model is told of on the phone, in its order."""
    listed = json.loads((CONTRACTS / "tools.json").read_text())
    told = [tool for tool in listed if tool["caller"] == "model" and "purpose" not in tool]
    names = [tool["name"] for tool in told if "voice" in tool["audience"]]
    assert {"check_availability", "end_call"} <= set(names)
    assert "handle_ivr_menu" not in names
    return names


def test_instructions_begin_with_what_is_the_same_for_every_call(
    tools: Service, token: Callable[..., str], clock: Clock
) -> None:
    first = tools.session(token()).get_json()["engine_session"]["instructions"]
    other = {"session_id": "sess_" + "a" * 26, "call_sid": "CA" + "1" * 32, "caller": ""}
    clock.forward(days=1)
    second = tools.session(token(**other), call_sid="CA" + "1" * 32).get_json()["engine_session"]["instructions"]
    common = len([1 for a, b in zip(first.split("\n"), second.split("\n"), strict=False) if a == b])
    assert first != second
    assert first.split("\n# This call")[0] == second.split("\n# This call")[0]
    assert common > 20
    assert "Today is Friday, November 20, 2026" in first
    assert "ending in 0142" in first
    assert "number is withheld" in second


def test_the_first_opening_is_the_greeting_word_by_word(tools: Service, token: Callable[..., str]) -> None:
    opening = tools.session(token()).get_json()["opening"]
    assert opening["text"].startswith(GREETING)
    assert opening["instructions"] == f'Say exactly: "{opening["text"]}"'


def test_a_greeting_comes_with_its_clip_and_what_is_said_after_a_break_does_not() -> None:
    hotel = dataclasses.replace(properties.load().by_id["west-bethel-motel"], opening_clip="gs://clips/greeting.wav")
    stored = Session(SESSION_ID, hotel.property_id, "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", START)
    heard = Turn(attempt=1, turn=1, role="assistant", text=GREETING, stored_at=START)
    assert session.opening(stored, hotel, [])["clip_url"] == "gs://clips/greeting.wav"
    assert "clip_url" not in session.opening(stored, hotel, [heard])
    assert "clip_url" not in session.opening(dataclasses.replace(stored, channel="kiosk"), hotel, [])


def test_the_relay_is_told_which_engine_the_hotel_chose() -> None:
    hotel = properties.load().by_id["west-bethel-motel"]
    stored = Session(SESSION_ID, hotel.property_id, "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", START)
    assert "engine" not in session.answer(stored, hotel, TOOLBOX, [], [], START, "pcmu")
    chosen = dataclasses.replace(hotel, engine="openai")
    assert session.answer(stored, chosen, TOOLBOX, [], [], START, "pcmu")["engine"] == "openai"


def test_a_guest_is_greeted_in_the_language_of_the_call_and_so_is_one_who_was_cut_off() -> None:
    hotel = dataclasses.replace(properties.load().by_id["west-bethel-motel"], opening_clip="gs://clips/greeting.wav")
    stored = Session(SESSION_ID, hotel.property_id, "voice", "inbound", "es", CALL_SID, CALLER, CALLED, "A", START)
    heard = Turn(attempt=1, turn=1, role="assistant", text="Gracias por llamar.", stored_at=START)
    greeting = session.opening(stored, hotel, [])
    assert greeting["text"].startswith("Gracias por llamar al West Bethel Motel.")
    assert "clip_url" not in greeting, "the clip is in English"
    assert session.opening(stored, hotel, [heard])["text"] == "Lo siento, se ha cortado."
    unanswered = dataclasses.replace(stored, returned_from="no_answer")
    assert session.opening(unanswered, hotel, [heard])["text"].startswith("Lo siento, en este momento nadie")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_callers_words_are_written_in_the_language_of_the_call(language: str) -> None:
    """Not pinned, a short or foreign word flips the language of the transcript."""
    hotel = properties.load().by_id["west-bethel-motel"]
    stored = Session(SESSION_ID, hotel.property_id, "voice", "inbound", language, CALL_SID, CALLER, CALLED, "A", START)
    heard = session.engine_session(stored, hotel, TOOLBOX, START)["audio"]["input"]
    assert heard["transcription"]["language"] == language


def test_the_metadata_carries_the_verified_caller(tools: Service, token: Callable[..., str]) -> None:
    assert tools.session(token()).get_json()["metadata"] == {
        "phone_number": CALLER,
        "call_sid": CALL_SID,
        "property": "west-bethel-motel",
        "direction": "inbound",
        "language": "en",
    }


def test_the_same_stream_may_ask_again(tools: Service, token: Callable[..., str]) -> None:
    assert tools.session(token()).get_json() == tools.session(token()).get_json()


def test_the_same_stream_may_ask_again_after_its_token_has_expired(
    tools: Service, token: Callable[..., str], clock: Clock
) -> None:
    first = token()
    assert tools.session(first).status_code == 200
    clock.forward(minutes=10)
    assert tools.session(first).status_code == 200


def test_an_expired_token_is_refused(tools: Service, token: Callable[..., str], clock: Clock) -> None:
    stale = token()
    clock.forward(seconds=120)
    answer = tools.session(stale)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "bad_token")


def test_another_stream_is_refused_and_changes_nothing(
    call: Service, token: Callable[..., str], store: MemoryStore
) -> None:
    before = store.session(SESSION_ID)
    answer = call.session(token(), stream_sid=OTHER_STREAM)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "token_used")
    assert store.session(SESSION_ID) == before


def test_a_token_of_another_call_is_refused(tools: Service, token: Callable[..., str]) -> None:
    answer = tools.session(token(), call_sid="CA" + "9" * 32)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "bad_token")


@pytest.mark.parametrize("forged", ["", "x.y.z"])
def test_a_forged_token_is_refused(tools: Service, forged: str, store: MemoryStore) -> None:
    assert tools.session(forged).status_code == 401
    assert store.session(SESSION_ID) is None


def test_an_older_attempt_is_fenced(tools: Service, token: Callable[..., str]) -> None:
    assert tools.session(token(attempt=2), stream_sid=OTHER_STREAM).status_code == 200
    answer = tools.session(token(attempt=1))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "stale_attempt")


def test_a_call_that_is_over_has_no_session(call: Service, token: Callable[..., str], twilio: Twilio) -> None:
    twilio.post("/voice/twilio/status", CallStatus="completed")
    assert call.session(token()).get_json()["error"]["code"] == "session_ended"


@pytest.mark.parametrize("change", [{"dialect": "morse"}, {"audio": "opus"}, {"v": 2}, {"stream_sid": "x"}])
def test_what_the_contract_does_not_know_is_a_bad_request(
    tools: Service, token: Callable[..., str], change: dict[str, Any]
) -> None:
    assert tools.session(token(), **change).status_code == 400


# what a later attempt knows


def second_attempt(call: Service, token: Callable[..., str]) -> dict[str, Any]:
    answer = call.session(token(attempt=2), stream_sid=OTHER_STREAM)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.get_json()
    validator("session", "answer").validate(body)
    return body


def test_a_greeting_nobody_heard_is_said_again(call: Service, token: Callable[..., str]) -> None:
    body = second_attempt(call, token)
    assert body["history"] == []
    assert body["opening"]["text"].startswith(GREETING)


def test_a_caller_who_spoke_but_heard_no_greeting_is_greeted(call: Service, token: Callable[..., str]) -> None:
    call.turn(1, "user", "Hello?")
    assert second_attempt(call, token)["opening"]["text"].startswith(GREETING)


def test_a_greeting_that_was_heard_is_not_said_again(call: Service, token: Callable[..., str]) -> None:
    call.turn(1, "assistant", GREETING)
    opening = second_attempt(call, token)["opening"]
    assert opening == {
        "instructions": 'Say exactly: "I am sorry, we were cut off." Then carry on where the conversation stopped.',
        "text": "I am sorry, we were cut off.",
    }


def test_history_is_in_the_order_of_turns_whatever_came_first(call: Service, token: Callable[..., str]) -> None:
    call.turn(4, "assistant", "A queen room is free.", item_id="item_4")
    stay = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
    result = call.tool("check_availability", "call_9", _turn=3, **stay).get_json()["result"]
    call.turn(2, "user", "A room for Friday?", item_id="item_2")
    call.turn(1, "assistant", GREETING, item_id="item_1")
    history = second_attempt(call, token)["history"]
    assert history == [
        {"type": "message", "role": "assistant", "text": GREETING, "item_id": "item_1"},
        {"type": "message", "role": "user", "text": "A room for Friday?", "item_id": "item_2"},
        {
            "type": "tool",
            "tool_call_id": "call_9",
            "name": "check_availability",
            "arguments": stay,
            "result": result,
        },
        {"type": "message", "role": "assistant", "text": "A queen room is free.", "item_id": "item_4"},
    ]


def test_a_tool_without_a_turn_stands_where_it_was_called(
    call: Service, token: Callable[..., str], clock: Clock
) -> None:
    call.turn(1, "user", "goodbye")
    clock.forward(seconds=1)
    call.tool("end_call", "call_9", _turn=None)
    clock.forward(seconds=1)
    call.turn(3, "assistant", "Goodbye!")
    history = second_attempt(call, token)["history"]
    assert [entry.get("text", entry.get("name")) for entry in history] == ["goodbye", "end_call", "Goodbye!"]


def test_a_refused_tool_is_in_history_as_the_engine_was_told(call: Service, token: Callable[..., str]) -> None:
    error = call.tool("check_availability", "call_9", check_in="soon").get_json()["error"]
    [entry] = second_attempt(call, token)["history"]
    assert entry["result"] == {"error": error}


def test_turns_without_words_are_not_in_history(call: Service, token: Callable[..., str]) -> None:
    call.turn(1, "user", "")
    assert second_attempt(call, token)["history"] == []


def test_keyed_digits_are_in_no_history(call: Service, token: Callable[..., str]) -> None:
    call.tool("handle_ivr_menu", "dtmf-1-1", keys="2075550199")
    body = second_attempt(call, token)
    note = "The guest keyed a phone number ending in 99."
    assert body["history"] == [{"type": "message", "role": "system", "text": note}]
    assert "555" not in str(body["history"])


def test_a_claim_that_nothing_bears_out_is_put_right_by_who_goes_on(call: Service, token: Callable[..., str]) -> None:
    """The engine that was told of it may have been lost with its stream."""
    call.turn(1, "user", "a room for friday, please")
    note = call.turn(2, "assistant", "I've booked the Suite for you.").get_json()["note"]
    assert second_attempt(call, token)["history"][-1] == {"type": "message", "role": "system", "text": note}


def test_what_was_put_right_before_the_break_is_not_put_right_again(call: Service, token: Callable[..., str]) -> None:
    call.turn(1, "assistant", "I've booked the Suite for you.")
    call.turn(2, "assistant", "I am sorry, that was not right: nothing is booked yet.")
    assert {entry["role"] for entry in second_attempt(call, token)["history"]} == {"assistant"}


def test_a_turn_posted_again_replaces_the_first(call: Service, token: Callable[..., str]) -> None:
    call.turn(1, "assistant", "A queen room is free for", heard_ms=900)
    call.turn(1, "assistant", "A queen room", heard_ms=500, interrupted=True)
    assert [e["text"] for e in second_attempt(call, token)["history"]] == ["A queen room"]


def test_the_stream_is_bound_to_the_session(call: Service, store: MemoryStore) -> None:
    session = store.session(SESSION_ID)
    assert session is not None
    assert [(s.attempt, s.stream_sid) for s in session.streams] == [(1, STREAM_SID)]
