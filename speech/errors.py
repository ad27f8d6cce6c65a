"""What a client does wrong, in the words of the real service.

Sources of the wording: recorded answers of the service (OpenAI's Realtime reference names only a part of the codes). A
`ClientError` becomes one `error` event; the session stays open.
"""

from collections.abc import Sequence
from typing import Any

INVALID_REQUEST = "invalid_request_error"


class ClientError(Exception):
    """One refused client event. `param` is the path of the offending field."""

    def __init__(self, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param

    def body(self, event_id: str | None) -> dict[str, Any]:
        """The `error` object of the event; `event_id` is that of the client's event."""
        return {
            "type": INVALID_REQUEST,
            "code": self.code,
            "message": self.message,
            "param": self.param,
            "event_id": event_id,
        }


def unknown_parameter(path: str) -> ClientError:
    return ClientError(f"Unknown parameter: '{path}'.", "unknown_parameter", path)


def missing_parameter(path: str) -> ClientError:
    return ClientError(f"Missing required parameter: '{path}'.", "missing_required_parameter", path)


def invalid_type(path: str, expected: str, got: Any) -> ClientError:
    message = f"Invalid type for '{path}': expected {expected}, but got {_described(got)} instead."
    return ClientError(message, "invalid_type", path)


def invalid_value(path: str, got: str, supported: Sequence[str]) -> ClientError:
    if len(supported) == 1:
        return ClientError(f"Invalid value: '{got}'. Value must be '{supported[0]}'.", "invalid_value", path)
    return ClientError(f"Invalid value: '{got}'. Supported values are: {_listed(supported)}.", "invalid_value", path)


def out_of_range(path: str, kind: str, bound: float, got: float) -> ClientError:
    """`kind` is "integer" or "decimal"."""
    side, sign, word = ("min", ">=", "below minimum") if got < bound else ("max", "<=", "above maximum")
    message = f"Invalid '{path}': {kind} {word} value. Expected a value {sign} {bound}, but got {got} instead."
    return ClientError(message, f"{kind}_{'below' if side == 'min' else 'above'}_{side}_value", path)


def too_long(path: str, limit: int, got: int) -> ClientError:
    message = (
        f"Invalid '{path}': string too long. Expected a string with maximum length {limit}, "
        f"but got a string with length {got} instead."
    )
    return ClientError(message, "string_above_max_length", path)


def too_deep(path: str, limit: int) -> ClientError:
    return ClientError(f"Invalid '{path}': nested deeper than {limit} levels.", "invalid_value", path)


def wrong_pattern(path: str, pattern: str) -> ClientError:
    message = (
        f"Invalid '{path}': string does not match pattern. Expected a string that matches the pattern '{pattern}'."
    )
    return ClientError(message, "invalid_value", path)


def invalid_json() -> ClientError:
    return ClientError("Invalid event: failed to parse JSON value.", "invalid_json")


def binary_frame() -> ClientError:
    return ClientError("Expected a text WebSocket message; binary frames are not supported.", "invalid_event")


def transcription_session_refused() -> ClientError:
    message = "Passing a transcription session update event to a realtime session is not allowed."
    return ClientError(message, "invalid_session_type", "session.type")


def voice_is_fixed() -> ClientError:
    message = "Cannot update a conversation's voice if assistant audio is present."
    return ClientError(message, "cannot_update_voice", "session.audio.output.voice")


def buffer_too_small(buffered_ms: float) -> ClientError:
    message = (
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
        f"but buffer only has {buffered_ms:.2f}ms of audio."
    )
    return ClientError(message, "input_audio_buffer_commit_empty")


def response_active(response_id: str) -> ClientError:
    message = (
        f"Conversation already has an active response in progress: {response_id}. "
        "Wait until the response is finished before creating a new one."
    )
    return ClientError(message, "conversation_already_has_active_response")


def no_active_response() -> ClientError:
    return ClientError("Cancellation failed: no active response found", "response_cancel_not_active")


def no_item_to_delete(item_id: str) -> ClientError:
    message = f"Error deleting item: the item with id '{item_id}' does not exist."
    return ClientError(message, "item_delete_invalid_item_id")


def no_item_to_retrieve(item_id: str) -> ClientError:
    message = f"Error retrieving item: the item with id '{item_id}' does not exist."
    return ClientError(message, "item_retrieve_invalid_item_id")


def no_item_to_truncate(item_id: str) -> ClientError:
    return ClientError(f"Item with item_id not found: {item_id}", "item_truncate_invalid_item_id")


def no_previous_item(item_id: str) -> ClientError:
    message = f"Error adding item: the previous item with id '{item_id}' does not exist."
    return ClientError(message, "item_create_invalid_previous_item_id", "previous_item_id")


def no_referenced_item(path: str, item_id: str) -> ClientError:
    return ClientError(f"Item with item_id not found: {item_id}", "invalid_value", path)


def item_exists(item_id: str) -> ClientError:
    return ClientError(f"Error adding item: an item with id '{item_id}' already exists.", "invalid_value", "item.id")


def unknown_call(call_id: str) -> ClientError:
    return ClientError(f"Tool call ID '{call_id}' not found in conversation.", "invalid_tool_call_id")


def not_truncatable() -> ClientError:
    return ClientError("Only model output audio messages can be truncated")


def audio_already_shorter(audio_ms: int, wanted_ms: int) -> ClientError:
    return ClientError(f"Audio content of {audio_ms}ms is already shorter than {wanted_ms}ms", "invalid_value")


def invalid_audio(path: str) -> ClientError:
    return ClientError(
        f"Invalid '{path}'. Expected base64-encoded audio bytes in the session's format, but the value could not be "
        "decoded.",
        "invalid_value",
        path,
    )


_DESCRIPTIONS = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string", list: "an array"}


def _described(value: Any) -> str:
    return "null" if value is None else _DESCRIPTIONS.get(type(value), "an object")


def _listed(values: Sequence[str]) -> str:
    quoted = [f"'{value}'" for value in values]
    return " and ".join(quoted) if len(quoted) == 2 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def beta_shape() -> ClientError:
    message = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
    return ClientError(message, "beta_api_shape_disabled")


def missing_model() -> ClientError:
    message = "You must provide a model parameter, for example wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1"
    return ClientError(message, "missing_model")
