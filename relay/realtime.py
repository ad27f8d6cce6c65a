"""OpenAI's Realtime protocol (GA shapes): the wire's JSON <-> frozen dataclasses. Nothing else.

The wire's `call_id` is `tool_call_id` here (a phone call is `call_sid`). Events that no rule of ours needs come out
as Ignored, ones we never heard of as Unknown; both are counted at most.
Source: OpenAI Realtime API reference, client events and server events.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from relay.errors import BadMessage

# --- from the engine ---


@dataclass(frozen=True, slots=True)
class SessionCreated:
    pass


@dataclass(frozen=True, slots=True)
class SessionUpdated:
    pass


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    item_id: str
    audio_start_ms: int  # of all audio appended to this connection


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class Committed:
    item_id: str


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What the caller's item says; `text` is "" when it was heard but not understood, or transcription failed."""

    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ResponseCreated:
    response_id: str


@dataclass(frozen=True, slots=True)
class AudioDelta:
    response_id: str
    item_id: str
    content_index: int
    audio: bytes


@dataclass(frozen=True, slots=True)
class AudioDone:
    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class TranscriptDelta:
    response_id: str
    item_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class TranscriptDone:
    response_id: str
    item_id: str
    transcript: str


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """An item of a response was begun; `kind` is "message" or "function_call"."""

    response_id: str
    item_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class MessageDone:
    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class FunctionCalled:
    """A call that is complete (item status "completed"), never one that was cut off.

    `arguments` is the model's JSON.
    """

    response_id: str
    item_id: str
    tool_call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ResponseDone:
    response_id: str
    status: str  # completed, cancelled, failed, incomplete
    error_code: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineError:
    code: str
    message: str
    event_id: str  # of the client event it answers, or ""


@dataclass(frozen=True, slots=True)
class Ignored:
    type: str


@dataclass(frozen=True, slots=True)
class Unknown:
    type: str


FromEngine = (
    SessionCreated
    | SessionUpdated
    | SpeechStarted
    | SpeechStopped
    | Committed
    | Transcribed
    | ResponseCreated
    | AudioDelta
    | AudioDone
    | TranscriptDelta
    | TranscriptDone
    | ItemAdded
    | MessageDone
    | FunctionCalled
    | ResponseDone
    | EngineError
    | Ignored
    | Unknown
)


def read(data: bytes | memoryview) -> FromEngine:
    """One text message. Raises BadMessage when it is not JSON or lacks what its type needs; never quotes content."""
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadMessage("engine", "not_json") from None
    try:
        kind = message["type"]
        reader = _READERS.get(kind)
        if reader is not None:
            return reader(message)
        return Ignored(kind) if kind in _IGNORED else Unknown(str(kind)[:60])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadMessage("engine", "missing_field") from None


def _audio_delta(message: dict[str, Any]) -> AudioDelta:
    try:
        audio = binascii.a2b_base64(message["delta"])
    except binascii.Error:
        raise BadMessage("engine", "bad_audio") from None
    return AudioDelta(_text(message, "response_id"), _text(message, "item_id"), int(message["content_index"]), audio)


def _item_added(message: dict[str, Any]) -> FromEngine:
    item = message["item"]
    return ItemAdded(_text(message, "response_id"), _text(item, "id"), _text(item, "type"))


def _item_done(message: dict[str, Any]) -> FromEngine:
    """A finished item; a function call counts only when `status` is "completed".

    Source: `...function_call_arguments.done` is also emitted when a response is cut off, and its JSON may be partial.
    """
    item = message["item"]
    if item["type"] == "message":
        return MessageDone(_text(message, "response_id"), _text(item, "id"))
    if item["type"] == "function_call" and item.get("status") == "completed":
        return FunctionCalled(
            response_id=_text(message, "response_id"),
            item_id=_text(item, "id"),
            tool_call_id=_text(item, "call_id"),
            name=_text(item, "name"),
            arguments=_text(item, "arguments"),
        )
    return Ignored("response.output_item.done")


def _response_done(message: dict[str, Any]) -> ResponseDone:
    response = message["response"]
    details = response.get("status_details") or {}
    error = details.get("error") or {}
    code = error.get("code") or error.get("type") or ""
    return ResponseDone(_text(response, "id"), _text(response, "status"), str(code), response.get("usage") or {})


def _error(message: dict[str, Any]) -> EngineError:
    error = message["error"]
    return EngineError(
        code=str(error.get("code") or error.get("type") or ""),
        message=str(error.get("message") or ""),
        event_id=str(error.get("event_id") or ""),
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


_READERS: dict[str, Callable[[dict[str, Any]], FromEngine]] = {
    "session.created": lambda m: SessionCreated(),
    "session.updated": lambda m: SessionUpdated(),
    "input_audio_buffer.speech_started": lambda m: SpeechStarted(_text(m, "item_id"), int(m["audio_start_ms"])),
    "input_audio_buffer.speech_stopped": lambda m: SpeechStopped(_text(m, "item_id"), int(m["audio_end_ms"])),
    "input_audio_buffer.committed": lambda m: Committed(_text(m, "item_id")),
    "conversation.item.input_audio_transcription.completed": lambda m: Transcribed(
        _text(m, "item_id"), _text(m, "transcript").strip()
    ),
    "conversation.item.input_audio_transcription.failed": lambda m: Transcribed(_text(m, "item_id"), ""),
    "response.created": lambda m: ResponseCreated(_text(m["response"], "id")),
    "response.output_item.added": _item_added,
    "response.output_audio.delta": _audio_delta,
    "response.output_audio.done": lambda m: AudioDone(_text(m, "response_id"), _text(m, "item_id")),
    "response.output_audio_transcript.delta": lambda m: TranscriptDelta(
        _text(m, "response_id"), _text(m, "item_id"), _text(m, "delta")
    ),
    "response.output_audio_transcript.done": lambda m: TranscriptDone(
        _text(m, "response_id"), _text(m, "item_id"), _text(m, "transcript")
    ),
    "response.output_item.done": _item_done,
    "response.done": _response_done,
    "error": _error,
}

_IGNORED = frozenset(
    {
        "conversation.created",
        "conversation.item.added",
        "conversation.item.created",
        "conversation.item.done",
        "conversation.item.deleted",
        "conversation.item.retrieved",
        "conversation.item.truncated",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.cleared",
        "input_audio_buffer.timeout_triggered",
        "response.content_part.added",
        "response.content_part.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_text.delta",
        "response.output_text.done",
        "rate_limits.updated",
    }
)

# --- to the engine ---


@dataclass(frozen=True, slots=True)
class UpdateSession:
    session: Mapping[str, Any]  # made by functions, passed on unread
    event_id: str


@dataclass(frozen=True, slots=True)
class AppendAudio:
    payload: str  # base64, as Twilio sent it


@dataclass(frozen=True, slots=True)
class AddMessage:
    role: Literal["user", "assistant", "system"]
    text: str
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class AddFunctionCall:
    tool_call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class AddFunctionOutput:
    tool_call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class Truncate:
    item_id: str
    content_index: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class DeleteItem:
    item_id: str


@dataclass(frozen=True, slots=True)
class CreateResponse:
    event_id: str
    purpose: str
    instructions: str = ""
    may_call_tools: bool = True


@dataclass(frozen=True, slots=True)
class CancelResponse:
    pass


ToEngine = (
    UpdateSession
    | AppendAudio
    | AddMessage
    | AddFunctionCall
    | AddFunctionOutput
    | Truncate
    | DeleteItem
    | CreateResponse
    | CancelResponse
)

_CONTENT_TYPE = {"user": "input_text", "system": "input_text", "assistant": "output_text"}


def write(message: ToEngine) -> bytes:
    """The wire's JSON, GA shapes."""
    return orjson.dumps(as_wire(message))


def as_wire(message: ToEngine) -> dict[str, Any]:
    match message:
        case AppendAudio(payload):
            return {"type": "input_audio_buffer.append", "audio": payload}
        case UpdateSession(session, event_id):
            return {"type": "session.update", "event_id": event_id, "session": session}
        case AddMessage(role, text, item_id):
            content = [{"type": _CONTENT_TYPE[role], "text": text}]
            return _item({"id": item_id} if item_id else {}, type="message", role=role, content=content)
        case AddFunctionCall(tool_call_id, name, arguments):
            return _item({}, type="function_call", call_id=tool_call_id, name=name, arguments=arguments)
        case AddFunctionOutput(tool_call_id, output):
            return _item({}, type="function_call_output", call_id=tool_call_id, output=output)
        case Truncate(item_id, content_index, audio_end_ms):
            return {
                "type": "conversation.item.truncate",
                "item_id": item_id,
                "content_index": content_index,
                "audio_end_ms": audio_end_ms,
            }
        case DeleteItem(item_id):
            return {"type": "conversation.item.delete", "item_id": item_id}
        case CreateResponse(event_id, purpose, instructions, may_call_tools):
            response: dict[str, Any] = {"metadata": {"purpose": purpose}}
            if instructions:
                response["instructions"] = instructions
            if not may_call_tools:
                response["tool_choice"] = "none"
            return {"type": "response.create", "event_id": event_id, "response": response}
        case CancelResponse():
            return {"type": "response.cancel"}


def _item(item: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": {**item, **fields}}
