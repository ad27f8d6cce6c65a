"""The codec of the Realtime wire against golden messages, the `openai` package's own types, and garbage."""

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import realtime, realtime_codec
from relay.errors import BadMessage
from tests.relay import golden
from tests.relay.test_twilio import JSON
from tests.relay.wire_types import client_problems, server_problems

AUDIO = b"\x55" * 160


SERVER: dict[str, realtime.FromEngine] = {
    "session_created": realtime.SessionCreated(),
    "session_updated": realtime.SessionUpdated(),
    "input_audio_buffer_speech_started": realtime.SpeechStarted("item_1", 1000),
    "input_audio_buffer_speech_stopped": realtime.SpeechStopped("item_1", 2400),
    "input_audio_buffer_committed": realtime.Committed("item_1"),
    "conversation_item_input_audio_transcription_delta": realtime.TranscribedDelta("item_1", "I need"),
    "conversation_item_input_audio_transcription_completed": realtime.Transcribed(
        "item_1", "I need a room.", {"type": "duration", "seconds": 1.4}
    ),
    "conversation_item_input_audio_transcription_failed": realtime.Transcribed("item_1", ""),
    "response_created": realtime.ResponseCreated("resp_1"),
    "response_output_item_added": realtime.ItemAdded("resp_1", "item_2", "message"),
    "response_output_audio_delta": realtime.AudioDelta("resp_1", "item_2", 0, AUDIO),
    "response_output_audio_done": realtime.AudioDone("resp_1", "item_2"),
    "response_output_audio_transcript_delta": realtime.TranscriptDelta("resp_1", "item_2", "Good "),
    "response_output_audio_transcript_done": realtime.TranscriptDone("resp_1", "item_2", "Good evening."),
    "response_output_item_done": realtime.MessageDone("resp_1", "item_2"),
    "response_output_item_done_function_call": realtime.FunctionCalled(
        "resp_1", "item_3", "call_9", "check_availability", '{"adults":2}'
    ),
    "response_output_item_done_cut_off": realtime.Ignored("response.output_item.done"),
    "response_done_failed": realtime.ResponseDone("resp_1", "failed", "insufficient_quota"),
    "response_done_incomplete": realtime.ResponseDone("resp_1", "incomplete", "content_filter"),
    "error": realtime.EngineError(
        "conversation_already_has_active_response",
        "Conversation already has an active response in progress: resp_1.",
        "create_2",
    ),
}
ITEM = "conversation_item_create_"
CLIENT: dict[str, realtime.ToEngine] = {
    "session_update": realtime.UpdateSession(golden.body("realtime", "client_session_update")["session"], "configure"),
    "input_audio_buffer_append": realtime.AppendAudio(
        base64.b64decode(golden.body("twilio", "from_media")["media"]["payload"])
    ),
    ITEM + "user": realtime.AddMessage("user", "I need a room.", "item_7"),
    ITEM + "assistant": realtime.AddMessage("assistant", "For which nights?"),
    ITEM + "system": realtime.AddMessage("system", "The guest keyed a phone number ending in 99."),
    ITEM + "function_call": realtime.AddFunctionCall("call_9", "check_availability", '{"adults":2}'),
    ITEM + "function_call_output": realtime.AddFunctionOutput("call_9", '{"total":"$335.72"}'),
    "conversation_item_truncate": realtime.Truncate("item_2", 0, 1840),
    "conversation_item_delete": realtime.DeleteItem("item_2"),
    "response_create_opening": realtime.CreateResponse("create_1", "opening", 'Say exactly: "Thank you for calling."'),
    "response_create_reply": realtime.CreateResponse("create_2", "reply"),
    "response_create_announce": realtime.CreateResponse(
        "create_3", "announce", 'Say exactly: "One moment, please."', may_call_tools=False
    ),
    "response_cancel": realtime.CancelResponse(),
}


def test_every_golden_message_is_tried() -> None:
    tried = {f"server_{name}" for name in [*SERVER, "response_done"]} | {f"client_{name}" for name in CLIENT}
    assert sorted(tried) == golden.names("realtime")


@pytest.mark.parametrize("name", SERVER)
def test_server_events_are_read(name: str) -> None:
    assert realtime_codec.read(json.dumps(golden.body("realtime", f"server_{name}")).encode()) == SERVER[name]


def test_the_usage_of_a_response_is_kept() -> None:
    event = realtime_codec.read(json.dumps(golden.body("realtime", "server_response_done")).encode())
    assert isinstance(event, realtime.ResponseDone)
    assert event.usage["input_token_details"]["cached_tokens"] == 1408


@pytest.mark.parametrize("name", golden.names("realtime", "server_"))
def test_golden_server_events_are_of_the_packages_types(name: str) -> None:
    assert server_problems(golden.body("realtime", name)) == []


@pytest.mark.parametrize("name", CLIENT)
def test_client_events_are_as_the_golden_ones_and_of_the_packages_types(name: str) -> None:
    wire = json.loads(realtime_codec.write(CLIENT[name]))
    assert wire == golden.body("realtime", f"client_{name}")
    assert client_problems(wire) == []


def test_unknown_types_and_types_without_a_rule_are_ignored() -> None:
    assert realtime_codec.read(b'{"type":"response.hologram.delta"}') == realtime.Unknown("response.hologram.delta")
    assert realtime_codec.read(b'{"type":"rate_limits.updated"}') == realtime.Ignored("rate_limits.updated")


@settings(max_examples=2_000)
@given(
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.tuples(st.sampled_from(golden.names("realtime", "server_")), st.text(max_size=12), JSON).map(
        lambda drawn: json.dumps(broken(*drawn)).encode()
    )
)
def test_no_input_does_anything_but_be_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        realtime_codec.read(data)


def broken(name: str, field: str, value: Any) -> dict[str, Any]:
    """A golden event with one field replaced by anything."""
    event = golden.body("realtime", name)
    fields = sorted(event.keys() - {"type"})
    event[fields[len(field) % len(fields)]] = value
    return event


def test_the_callers_audio_is_passed_on_as_it_came() -> None:
    payload = golden.body("twilio", "from_media")["media"]["payload"]
    appended = {"type": "input_audio_buffer.append", "audio": payload}
    assert json.loads(payload.encode().join(realtime_codec.APPEND)) == appended
    assert json.loads(realtime_codec.write(realtime.AppendAudio(base64.b64decode(payload)))) == appended
