"""Pub/Sub pushes in, the store changes; twice in, it changes once."""

import base64
import json
from typing import Any

import pytest
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher

from .conftest import CALL_SID, CALLER, SESSION_ID, Service
from .test_finalise import relay_event, stored, stream_ended

STARTED = {
    "phone_number": CALLER,
    "call_sid": CALL_SID,
    "property": "west-bethel-motel",
    "direction": "inbound",
    "language": "en",
    "engine": "openai",
}


def message(turn: int, content: str, role: str = "user") -> dict[str, Any]:
    return relay_event("conversation.message", turn, turn=turn, message={"role": role, "content": content})


def test_the_engine_of_a_stream_is_kept(call: Service, event_sink: Service, store: MemoryStore) -> None:
    assert event_sink.push(relay_event("conversation.started", 1, metadata=STARTED)).status_code == 204
    assert [(s.attempt, s.engine) for s in stored(store).streams] == [(1, "openai")]
    assert stored(store).streams[0].stream_sid != ""


def test_events_count_once(call: Service, event_sink: Service, store: MemoryStore) -> None:
    tool = {"name": "search_kb", "tool_call_id": "call_1", "arguments": {}, "result": {}, "ok": True, "duration_ms": 3}
    for _ in range(3):
        event_sink.push(message(1, "hello"))
        event_sink.push(relay_event("conversation.function_call", 2, function=tool))
    assert stored(store).messages_count == 1
    assert stored(store).tools_executed == ("search_kb",)


def test_an_event_fills_in_a_turn_that_was_lost_and_leaves_one_that_was_not(
    call: Service, event_sink: Service, store: MemoryStore
) -> None:
    call.turn(1, "assistant", "Hello", item_id="item_1")
    event_sink.push(message(1, "Hello, how may I help you?", "assistant"))
    event_sink.push(message(2, "a room please"))
    assert [(t.turn, t.role, t.text) for t in store.turns(SESSION_ID)] == [
        (1, "assistant", "Hello"),
        (2, "user", "a room please"),
    ]


def test_a_report_of_a_stream_is_kept_with_it(call: Service, event_sink: Service, store: MemoryStore) -> None:
    event_sink.push(stream_ended())
    [stream] = stored(store).streams
    assert stream.ended is not None
    assert stream.ended["usage"]["total_tokens"] == 2120


def test_a_resumed_stream_makes_a_recovered_call(call: Service, event_sink: Service, store: MemoryStore) -> None:
    event_sink.push(relay_event("stream.resumed", 1, attempt=2, stream={"engine": "speech"}))
    assert stored(store).recovered
    assert [(s.attempt, s.engine) for s in stored(store).streams] == [(1, ""), (2, "speech")]


def test_a_conversation_that_the_store_has_not_seen_begins_with_its_event(
    event_sink: Service, store: MemoryStore
) -> None:
    event_sink.push(relay_event("conversation.started", 1, metadata=STARTED))
    assert (stored(store).caller_id, stored(store).property_id) == (CALLER, "west-bethel-motel")


def test_an_event_of_nobody_is_acknowledged(event_sink: Service, store: MemoryStore) -> None:
    assert event_sink.push(message(1, "hello")).status_code == 204
    assert store.session(SESSION_ID) is None


def test_an_event_that_nobody_needs_is_acknowledged(call: Service, event_sink: Service, store: MemoryStore) -> None:
    before = stored(store)
    assert event_sink.push(relay_event("engine.switched", 9, engine={"to": "speech"})).status_code == 204
    assert stored(store) == before


def test_stragglers_change_nothing_that_was_concluded(
    call: Service, event_sink: Service, store: MemoryStore, publisher: MemoryPublisher, twilio: Any
) -> None:
    event_sink.push(stream_ended())
    twilio.post("/voice/twilio/status", CallStatus="completed")
    before = stored(store)
    event_sink.push(message(9, "late"))
    event_sink.push(publisher.events[-1])
    assert stored(store) == before
    assert before.ended_published


def test_words_that_were_long_on_their_way_are_not_kept_of_a_guest_who_was_erased_meanwhile(
    call: Service, event_sink: Service, jobs: Service, store: MemoryStore, twilio: Any
) -> None:
    """The turn was lost on its way to `tools`, and Pub/Sub had to bring its event again."""
    call.turn(1, "assistant", "Hello")
    event_sink.push(stream_ended())
    twilio.post("/voice/twilio/status", CallStatus="completed")
    erased = {"property_id": "west-bethel-motel", "phone": CALLER}
    assert jobs.post("/jobs/guests/erase", erased).status_code == 200
    assert event_sink.push(message(2, "I am Ann Lee, of 12 Main Street")).status_code == 204
    assert [turn.text for turn in store.turns(SESSION_ID) if turn.text] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": {}},
        {"message": {"data": "not base64!"}},
        {"message": {"data": base64.b64encode(b"not json").decode()}},
        {"message": {"data": base64.b64encode(b"[]").decode()}},
        {"message": {"data": base64.b64encode(json.dumps({"v": 1}).encode()).decode()}},
    ],
)
def test_what_can_never_be_understood_goes_to_the_dead_letters(event_sink: Service, body: dict[str, Any]) -> None:
    assert event_sink.post("/", body).status_code == 400


@pytest.mark.parametrize("event_type", ["conversation.started", "conversation.message", "stream.ended"])
def test_an_event_without_its_payload_is_refused(call: Service, event_sink: Service, event_type: str) -> None:
    assert event_sink.push(relay_event(event_type, 1, turn=1)).status_code == 400


def test_a_store_that_is_down_brings_the_event_again(
    call: Service, event_sink: Service, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise RuntimeError("down")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "apply_event", down)
        assert event_sink.push(message(1, "hello")).status_code == 500
    assert event_sink.push(message(1, "hello")).status_code == 204
    assert stored(store).messages_count == 1
