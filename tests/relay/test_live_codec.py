"""The codec of the Live wire against golden messages, the `openai` package's own types, and garbage."""

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import live, live_codec
from relay.errors import BadMessage
from relay.realtime import AppendAudio, Ignored, Unknown
from tests.relay import golden
from tests.relay.live_types import client_problems, server_problems
from tests.relay.test_twilio import JSON

AUDIO = b"\x55" * 160
NESTED = "response_event_"

SERVER: dict[str, live.FromEngine] = {
    "session_started": live.Started("live_u0_EXAMPLE", "gpt-live-1", 1795212000.0, "client"),
    "session_started_responses": live.Started("live_u0_EXAMPLE", "gpt-live-1", 1795212000.0, "responses"),
    "output_audio_delta": live.OutputAudio(AUDIO),
    "input_transcript_delta": live.Transcript("user", " a room", 4200, 4400),
    "output_transcript_delta": live.Transcript("assistant", "Good ", 900, 1100),
    "delegation_created_client": live.Delegated("item_EXAMPLE1", "client", 4600),
    "delegation_created_responses": live.Delegated("item_EXAMPLE2", "responses", 4600),
    NESTED + "created": live.BackendCreated("item_EXAMPLE2", "resp_1"),
    NESTED + "created_alone": live.BackendCreated("", "resp_1"),
    NESTED + "reasoning": Ignored("response.output_item.done"),
    NESTED + "function_call": live.BackendCalled("item_EXAMPLE2", "call_1", "find_availability", '{"guests":2}'),
    NESTED + "function_call_cut_off": Ignored("response.output_item.done"),
    NESTED + "failed": live.BackendEnded(
        "item_EXAMPLE2", "resp_1", "failed", "gpt-5.6-terra", {}, "rate_limit_exceeded"
    ),
    "commentary_appended": Ignored("session.commentary.appended"),
    "usage_updated": live.Usage(58.0),
    "session_closed": live.Closed("close_requested", 184.2),
    "error": live.EngineError("immutable_field_update", "delegation type is fixed", "upd_1"),
    "info": Ignored("info"),
}
WITH_USAGE = {NESTED + "completed": ("completed", ""), NESTED + "incomplete": ("incomplete", "max_output_tokens")}


def start(name: str) -> live.StartSession:
    return live.StartSession(golden.body("live", f"client_{name}")["session"], "configure")


CLIENT: dict[str, live.ToEngine] = {
    "session_start": start("session_start"),
    "session_start_client": start("session_start_client"),
    "input_audio_append": AppendAudio(base64.b64decode(golden.body("twilio", "from_media")["media"]["payload"])),
    "commentary_append": live.Append("commentary", 'Say exactly: "Thank you for calling."', "commentary_1"),
    "commentary_append_delegation": live.Append(
        "commentary", "A double room is free from 3 to 5 December.", "commentary_2", "item_EXAMPLE1"
    ),
    "thinking_append": live.Append("thinking", "A phone number ending in 23 was keyed.", "thinking_3"),
    "instructions_append": live.Append("instructions", "Stop speaking now, and wait for the caller.", "instructions_4"),
    "function_call_output": live.AddFunctionOutput("call_1", '{"rooms":[{"type":"double"}]}', "out_call_1"),
    "user_message": live.AddUserText("A phone number ending in 23 was keyed.", "text_1"),
    "response_create": live.CreateResponse("go_on_1"),
    "session_close": live.CloseSession("bye"),
}


def test_every_golden_message_is_tried() -> None:
    tried = {f"server_{name}" for name in [*SERVER, *WITH_USAGE]} | {f"client_{name}" for name in CLIENT}
    assert sorted(tried) == golden.names("live")


@pytest.mark.parametrize("name", SERVER)
def test_server_events_are_read(name: str) -> None:
    assert read(golden.body("live", f"server_{name}")) == SERVER[name]


@pytest.mark.parametrize("name", WITH_USAGE)
def test_what_a_response_used_is_kept_with_its_model(name: str) -> None:
    event = read(golden.body("live", f"server_{name}"))
    assert isinstance(event, live.BackendEnded)
    assert (event.status, event.error_code) == WITH_USAGE[name]
    assert (event.model, event.usage["input_tokens"]) == ("gpt-5.6-terra", 6000)


@pytest.mark.parametrize("name", golden.names("live", "server_"))
def test_golden_server_events_are_of_the_packages_types(name: str) -> None:
    assert server_problems(golden.body("live", name)) == []


@pytest.mark.parametrize("name", CLIENT)
def test_client_events_are_as_the_golden_ones_and_of_the_packages_types(name: str) -> None:
    wire = json.loads(live_codec.write(CLIENT[name]))
    golden_wire = golden.body("live", f"client_{name}")
    if name == "input_audio_append":
        wire["audio"] = golden_wire["audio"]
    assert wire == golden_wire
    assert client_problems(wire) == []


def test_the_callers_audio_is_passed_on_as_it_came() -> None:
    payload = golden.body("twilio", "from_media")["media"]["payload"]
    appended = {"type": "session.input_audio.append", "audio": payload}
    assert json.loads(payload.encode().join(live_codec.APPEND)) == appended
    assert json.loads(live_codec.write(AppendAudio(base64.b64decode(payload)))) == appended


@pytest.mark.parametrize(
    "event",
    [
        {"type": "session.commentary.append", "event_id": "1", "content": "no delegation_id"},
        {"type": "session.thinking.append", "event_id": "1", "delegation_id": None, "content": "x", "role": "user"},
        {"type": "session.start", "session": {"model": "gpt-live-1", "input": None}},
        {"type": "session.start", "session": {"model": "gpt-live-1", "temperature": 1}},
        {"type": "session.start", "session": {"model": "gpt-live-1", "audio": {"format": {"type": "audio/pcmu"}}}},
        {"type": "input_audio_buffer.append", "audio": ""},
        {"type": "response.create", "response": {}},
        {"type": "response.item.create", "item": {"type": "function_call_output", "output": "{}"}},
    ],
)
def test_what_the_service_would_refuse_is_seen_as_wrong(event: dict[str, Any]) -> None:
    assert client_problems(event)


def test_an_error_may_have_no_code_and_name_our_event_on_either_level() -> None:
    error = {"type": "invalid_request_error", "code": None, "message": "no"}
    assert read({"type": "error", "error": error, "client_event_id": "go_on_1"}) == live.EngineError(
        "", "no", "go_on_1"
    )


def test_unknown_types_are_unknown() -> None:
    assert read({"type": "session.hologram.delta"}) == Unknown("session.hologram.delta")


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"type":"session.output_audio.delta","delta":"abc"}'])
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(BadMessage):
        live_codec.read(data)


@settings(max_examples=10_000)
@given(
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.tuples(st.sampled_from(golden.names("live", "server_")), st.text(max_size=12), JSON).map(
        lambda drawn: json.dumps(broken(*drawn)).encode()
    )
)
def test_no_input_does_anything_but_be_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        live_codec.read(data)


def read(event: dict[str, Any]) -> live.FromEngine:
    return live_codec.read(json.dumps(event).encode())


def broken(name: str, field: str, value: Any) -> dict[str, Any]:
    """A golden event with one field, on the first or the second level, replaced by anything."""
    event = golden.body("live", name)
    inner = [event[name] for name in ("session", "event", "error", "delegation", "usage") if name in event]
    target = inner[0] if inner and len(field) % 2 else event
    fields = sorted(target.keys() - ({"type"} if target is event else set()))
    target[fields[len(field) // 2 % len(fields)]] = value
    return event
