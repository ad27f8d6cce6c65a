"""The functions take the golden requests and give the golden answers. The relay's tests hold the other end."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from nightdesk import admission, blocking, properties
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLER, SECRET, Service, Twilio
from .schemas import GOLDEN

SECOND_STREAM = "MZ" + "f" * 32


def golden(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return message


def send(tools: Service, name: str, **changes: Any) -> Any:
    """Post a golden request as it stands, with its own headers."""
    message = golden(name)
    headers = {**message["http"]["headers"], "Authorization": f"Bearer {SECRET}"}
    return tools.client.post(message["http"]["path"], json={**message["body"], **changes}, headers=headers)


def expect(answer: Any, name: str, *unread: str) -> None:
    """The answer is the golden one. `unread` fields are only of the same kind: words that may be rewritten."""
    message = golden(name)
    assert answer.status_code == message["http"]["status"]
    body, wanted = answer.get_json(), message["body"]
    for field in unread:
        assert type(body.pop(field)) is type(wanted.pop(field))
    assert body == wanted


def test_a_first_session(tools: Service, token: Callable[..., str]) -> None:
    answer = send(tools, "session_request", token=token())
    body, wanted = answer.get_json(), golden("session_answer")["body"]
    engine, golden_engine = body["engine_session"], wanted["engine_session"]
    assert {**engine, "instructions": "", "tools": []} == {**golden_engine, "instructions": "", "tools": []}
    expect(answer, "session_answer", "engine_session", "opening")


def test_a_resumed_session(call: Service, token: Callable[..., str]) -> None:
    wanted = golden("session_answer_resumed")["body"]
    call.turn(1, "assistant", wanted["history"][0]["text"], item_id="item_1")
    send(call, "turn_request_user")
    send(call, "tool_request")
    send(call, "turn_request_assistant")
    call.tool("transfer_to_human", "call_10", _turn=4, department="spa")
    answer = send(call, "session_request", token=token(attempt=2), stream_sid=SECOND_STREAM)
    expect(answer, "session_answer_resumed", "engine_session")


def test_a_later_stream_may_be_the_first_that_reached_a_relay(tools: Service, token: Callable[..., str]) -> None:
    answer = send(tools, "session_request", token=token(attempt=2), stream_sid=SECOND_STREAM).get_json()
    assert (answer["attempt"], answer["resumed"]) == (2, False)


def test_sessions_refused(tools: Service, token: Callable[..., str], clock: Any, store: MemoryStore) -> None:
    stale = token()
    clock.forward(minutes=2)
    expect(send(tools, "session_request", token=stale), "session_refused_token")
    assert send(tools, "session_request", token=token(), stream_sid=SECOND_STREAM).status_code == 200
    expect(send(tools, "session_request", token=token()), "session_refused_stream")


def test_a_busy_hotel(tools: Service, token: Callable[..., str], clock: Any, store: MemoryStore) -> None:
    def takes(session: Session | None, slot: int | None) -> Session:
        return Session("x", "motel", "voice", "inbound", "en", "", "", "", "", clock(), slot=slot)

    slots = admission.slots(properties.load().by_id["west-bethel-motel"], clock())
    for number in range(slots.count):
        store.open_session(f"sess_{number}", slots, takes)
    expect(send(tools, "session_request", token=token()), "session_refused_busy")


def test_a_refused_call_is_told(
    tools: Service, token: Callable[..., str], clock: Any, publisher: MemoryPublisher, store: MemoryStore
) -> None:
    blocking.block(store, "west-bethel-motel", CALLER, clock(), None)
    send(tools, "session_request", token=token())
    assert publisher.events == [golden("event_call_refused")["body"]]


def test_a_tool(call: Service) -> None:
    expect(send(call, "tool_request"), "tool_answer")


def test_a_tool_with_a_then(call: Service) -> None:
    expect(send(call, "tool_request_transfer"), "tool_answer_then")
    expect(send(call, "then_request_heard"), "then_answer")


def test_a_hold(call: Service) -> None:
    expect(call.tool("play_hold_music", "call_12", seconds=20), "tool_answer_hold")
    expect(send(call, "then_request_heard"), "then_answer_hold")


def test_another_language(call: Service) -> None:
    expect(call.tool("set_language", "call_13", language="es"), "tool_answer_language")
    again = call.tool("set_language", "call_13", language="es").get_json()
    assert (again["replayed"], again["language"]) == (True, "es")


def test_a_reservation(call: Service) -> None:
    expect(send(call, "tool_request_reservation"), "tool_answer_reservation")
    again = send(call, "tool_request_reservation").get_json()
    assert {**again, "replayed": False} == golden("tool_answer_reservation")["body"]


def test_keys(call: Service) -> None:
    expect(send(call, "tool_request_keys"), "tool_answer_keys")


def test_tools_refused(call: Service, token: Callable[..., str]) -> None:
    wrong = {**golden("tool_request")["body"]["arguments"], "check_out": "2026-11-20"}
    expect(send(call, "tool_request", arguments=wrong), "tool_refused_arguments")
    expect(send(call, "tool_request"), "tool_refused_reused")
    expect(call.tool("book_spa"), "tool_refused_unknown")
    expect(send(call, "then_request_heard"), "then_refused")
    send(call, "session_request", token=token(attempt=2), stream_sid=SECOND_STREAM)
    expect(send(call, "tool_request"), "tool_refused_stale")


def test_a_full_house(call: Service, store: MemoryStore) -> None:
    hotel = properties.load().by_id["west-bethel-motel"]
    for room_type in hotel.room_types:
        for room in room_type.rooms:
            nights = [date(2026, 11, 27), *([date(2026, 11, 28)] if room_type.room_type != "standard_queen" else [])]
            store.take(hotel.property_id, room_type.room_type, room, nights, "other")
    arguments = {**golden("tool_request")["body"]["arguments"]}
    del arguments["room_type"]
    answer = send(call, "tool_request", arguments=arguments)
    body, wanted = answer.get_json(), golden("tool_refused_full")["body"]
    assert answer.status_code == 200
    assert set(body["error"]) == set(wanted["error"])
    assert body["error"]["alternatives"][0] == wanted["error"]["alternatives"][0]


def test_turns(call: Service) -> None:
    for name in ("turn_request_user", "turn_request_assistant"):
        expect(send(call, name), "turn_answer")


def test_a_call_given_back(call: Service) -> None:
    expect(send(call, "then_request_reason"), "then_answer_gather")


def test_a_turn_without_an_engine(call: Service) -> None:
    expect(send(call, "reply_request_first"), "reply_answer_first")
    answer = send(call, "reply_request").get_json()
    assert answer["then"] == golden("reply_answer")["body"]["then"]


def test_a_call_without_a_guest(call: Service) -> None:
    expect(send(call, "then_request_no_guest"), "then_answer_no_guest")


def test_the_clerk(call: Service) -> None:
    answer = send(call, "clerk_request")
    assert answer.status_code == 200
    assert set(answer.get_json()) >= set(golden("clerk_answer")["body"])


EVENTS = ["started", "message", "function_call", "function_call_keys", "stream_resumed", "stream_ended"]
OURS = ["function_call_mcp"]


@pytest.mark.parametrize("name", EVENTS + OURS)
def test_events_are_taken(call: Service, event_sink: Service, name: str) -> None:
    assert event_sink.push(golden(f"event_{name}")["body"]).status_code == 204


def test_the_end_has_the_golden_fields(
    call: Service, event_sink: Service, twilio: Twilio, publisher: MemoryPublisher
) -> None:
    event_sink.push(golden("event_stream_ended")["body"])
    twilio.post("/voice/twilio/status", CallStatus="completed", CallDuration="92")
    ended, wanted = publisher.events[-1], golden("event_ended")["body"]
    assert set(ended) == set(wanted)
    assert set(ended["summary"]) == set(wanted["summary"])
    assert {name: ended[name] for name in ("event_id", "event_type", "session_id")} == {
        name: wanted[name] for name in ("event_id", "event_type", "session_id")
    }
