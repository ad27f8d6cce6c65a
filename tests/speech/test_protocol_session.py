"""The session, and what the service answers to messages that are wrong."""

from typing import Any

import pytest

from tests.speech.wire import Client, error, events, only, telephone, types


def update(client: Client, **session: Any) -> list[Any]:
    return client.send("session.update", session={"type": "realtime", **session})


def test_the_first_event_shows_the_defaults_of_the_service() -> None:
    session = only(Client().realtime.opened(), "session.created")["session"]
    assert session["object"] == "realtime.session"
    assert session["model"] == "gpt-realtime-2.1"
    assert session["expires_at"] == 1_800_000_000
    assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert session["audio"]["input"]["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 200,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }


def test_an_update_changes_only_what_it_names() -> None:
    client = Client()
    before = client.realtime.session.snapshot()
    after = only(update(client, instructions="Be kind.", audio={"output": {"speed": 1.2}}), "session.updated")[
        "session"
    ]
    assert after["instructions"] == "Be kind."
    assert after["audio"]["output"] == before["audio"]["output"] | {"speed": 1.2}
    assert after["audio"]["input"] == before["audio"]["input"]
    assert after["tools"] == []


def test_the_session_of_a_telephone_call_is_taken_as_it_is() -> None:
    """The object that the functions send, field by field."""
    tool = {"type": "function", "name": "end_call", "description": "Hang up.", "parameters": {"type": "object"}}
    audio = telephone(threshold=0.5, prefix_padding_ms=300, create_response=False, interrupt_response=False)
    audio["input"] |= {
        "transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"},
        "noise_reduction": {"type": "near_field"},
    }
    audio["output"] |= {"voice": "marin"}
    sent = {
        "output_modalities": ["audio"],
        "instructions": "You answer calls.",
        "audio": audio,
        "tools": [tool],
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low"},
        "max_output_tokens": 1200,
        "truncation": {"type": "retention_ratio", "retention_ratio": 0.8},
    }
    session = only(update(Client(), **sent), "session.updated")["session"]
    assert session["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert session["audio"]["input"]["transcription"]["language"] == "en"
    assert session["tools"] == [tool]
    assert session["parallel_tool_calls"] is False


def test_null_empty_text_and_empty_list_clear() -> None:
    client = Client(instructions="Be kind.", tools=[{"type": "function", "name": "end_call"}])
    cleared = {"turn_detection": None, "transcription": None, "noise_reduction": None}
    update(client, audio={"input": {"transcription": {"model": "whisper-1"}, "noise_reduction": {"type": "far_field"}}})
    session = only(update(client, instructions="", tools=[], audio={"input": cleared}), "session.updated")["session"]
    assert (session["instructions"], session["tools"]) == ("", [])
    assert {name: session["audio"]["input"][name] for name in cleared} == cleared


def test_what_turn_detection_leaves_out_takes_its_default() -> None:
    client = Client(audio=telephone(silence_duration_ms=700, create_response=False))
    session = only(update(client, audio={"input": {"turn_detection": {"type": "semantic_vad"}}}), "session.updated")
    assert session["session"]["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
    }


REFUSED = [
    ({"modalities": ["audio"]}, "unknown_parameter", "session.modalities", "Unknown parameter: 'session.modalities'."),
    (
        {"audio": {"input": {"format": {"type": "audio/pcmu", "rate": 8000}}}},
        "unknown_parameter",
        "session.audio.input.format.rate",
        "Unknown parameter: 'session.audio.input.format.rate'.",
    ),
    (
        {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}},
        "integer_below_min_value",
        "session.audio.input.format.rate",
        "Invalid 'session.audio.input.format.rate': integer below minimum value. "
        "Expected a value >= 24000, but got 16000 instead.",
    ),
    (
        {"audio": {"input": {"turn_detection": {"type": "server_vad", "eagerness": "low"}}}},
        "unknown_parameter",
        "session.audio.input.turn_detection.eagerness",
        "Unknown parameter: 'session.audio.input.turn_detection.eagerness'.",
    ),
    (
        {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": "high"}}}},
        "invalid_type",
        "session.audio.input.turn_detection.threshold",
        "Invalid type for 'session.audio.input.turn_detection.threshold': "
        "expected a decimal, but got a string instead.",
    ),
    (
        {"truncation": {"type": "retention_ratio", "retention_ratio": 1.5}},
        "decimal_above_max_value",
        "session.truncation.retention_ratio",
        "Invalid 'session.truncation.retention_ratio': decimal above maximum value. "
        "Expected a value <= 1.0, but got 1.5 instead.",
    ),
    (
        {"audio": {"output": {"speed": 3}}},
        "decimal_above_max_value",
        "session.audio.output.speed",
        "Invalid 'session.audio.output.speed': decimal above maximum value. "
        "Expected a value <= 1.5, but got 3 instead.",
    ),
    (
        {"tools": [{"type": "function", "name": "a", "strict": True}]},
        "unknown_parameter",
        "session.tools[0].strict",
        "Unknown parameter: 'session.tools[0].strict'.",
    ),
    (
        {"tools": [{"type": "function"}]},
        "missing_required_parameter",
        "session.tools[0].name",
        "Missing required parameter: 'session.tools[0].name'.",
    ),
    (
        {"tool_choice": "sometimes"},
        "invalid_type",
        "session.tool_choice",
        "Invalid type for 'session.tool_choice': expected an object, but got a string instead.",
    ),
    (
        {"output_modalities": ["audio", "text"]},
        "invalid_value",
        "session.output_modalities",
        "Invalid modalities: ['audio', 'text']. Supported combinations are: ['text'] and ['audio'].",
    ),
    (
        {"output_modalities": ["video"]},
        "invalid_value",
        "session.output_modalities[0]",
        "Invalid value: 'video'. Supported values are: 'text' and 'audio'.",
    ),
    ({"instructions": None}, "invalid_type", "session.instructions", None),
    ({"max_output_tokens": 0}, "integer_below_min_value", "session.max_output_tokens", None),
    ({"model": "another"}, "invalid_value", "session.model", None),
    ({"type": "transcription"}, "invalid_session_type", "session.type", None),
    (
        {"type": "session"},
        "invalid_value",
        "session.type",
        "Invalid value: 'session'. Supported values are: 'realtime' and 'transcription'.",
    ),
]


@pytest.mark.parametrize(("patch", "code", "param", "message"), REFUSED)
def test_a_refused_update_names_the_field_and_changes_nothing(
    patch: dict[str, Any], code: str, param: str, message: str | None
) -> None:
    client = Client()
    before = client.realtime.session.snapshot()
    said = error(
        update(client, instructions="changed?", **patch) if "instructions" not in patch else update(client, **patch)
    )
    assert (said["code"], said["param"], said["type"]) == (code, param, "invalid_request_error")
    assert message is None or said["message"] == message
    assert client.realtime.session.snapshot() == before


def test_what_is_nested_too_deep_is_refused() -> None:
    nested = '{"a":' * 900 + "1" + "}" * 900
    tools = f'[{{"type":"function","name":"a","parameters":{nested}}}]'
    said = error(Client().raw(f'{{"type":"session.update","session":{{"type":"realtime","tools":{tools}}}}}'))
    assert (said["param"], said["message"]) == ("session", "Invalid 'session': nested deeper than 100 levels.")


def test_an_update_without_its_type_is_refused() -> None:
    said = error(Client().send("session.update", session={"instructions": "x"}))
    assert (said["code"], said["param"]) == ("missing_required_parameter", "session.type")


def test_the_voice_is_fixed_once_the_assistant_has_spoken() -> None:
    client = Client(audio={"output": {"voice": "cedar"}})
    client.speak("Good evening.", 400)
    said = error(update(client, audio={"output": {"voice": "marin"}}))
    assert said["code"] == "cannot_update_voice"
    assert types(update(client, audio={"output": {"voice": "cedar"}})) == ["session.updated"]


WRONG: list[tuple[str | bytes, str, str | None, str]] = [
    ("{", "invalid_json", None, "Invalid event: failed to parse JSON value."),
    ("[1]", "invalid_json", None, "Invalid event: failed to parse JSON value."),
    (b"{}", "invalid_event", None, "Expected a text WebSocket message; binary frames are not supported."),
    ("{}", "missing_required_parameter", "type", "Missing required parameter: 'type'."),
    ('{"type": 5}', "invalid_value", "type", ""),
    ('{"type": "input_audio_buffer.append"}', "missing_required_parameter", "audio", ""),
    ('{"type": "input_audio_buffer.append", "audio": "not base64!"}', "invalid_value", "audio", ""),
    ('{"type": "input_audio_buffer.commit", "now": 1}', "unknown_parameter", "now", ""),
    ('{"type": "session.update"}', "missing_required_parameter", "session", ""),
    ('{"type": "response.create", "response": {"modalities": []}}', "unknown_parameter", "response.modalities", ""),
    ('{"type": "response.create", "response": []}', "invalid_type", "response", ""),
]


@pytest.mark.parametrize(("message", "code", "param", "text"), WRONG)
def test_a_wrong_message_is_answered_and_the_session_goes_on(
    message: str | bytes, code: str, param: str | None, text: str
) -> None:
    client = Client()
    said = error(client.raw(message))
    assert (said["code"], said["param"]) == (code, param)
    assert text in said["message"]
    assert types(update(client)) == ["session.updated"]


def test_an_unknown_type_is_answered_by_the_list_of_known_ones() -> None:
    said = error(Client().send("transcription_session.update", event_id="e1"))
    assert said["message"].startswith(
        "Invalid value: 'transcription_session.update'. Supported values are: 'session.update',"
    )
    assert said["message"].endswith(", and 'response.cancel'.")


def test_errors_name_the_event_that_caused_them() -> None:
    client = Client()
    assert error(client.send("response.cancel", event_id="mine"))["event_id"] == "mine"
    assert error(client.send("response.cancel"))["event_id"] is None


def test_the_end_of_the_hour_is_an_error_and_then_a_close() -> None:
    outputs = Client().realtime.expired()
    assert events(outputs)[0]["error"]["code"] == "session_expired"
    assert (outputs[-1].code, outputs[-1].reason) == (1001, "Your session hit the maximum duration of 60 minutes.")  # type: ignore[union-attr]
