"""OpenAI's Realtime protocol (GA shapes): the wire's JSON <-> the dataclasses of `realtime`. Nothing else.

Events that no rule of ours needs come out as Ignored, ones we never heard of as Unknown; both are counted at most.
Source: OpenAI Realtime API reference, client events and server events.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import orjson

from relay.engine_wire import group, reader, text
from relay.errors import BadMessage
from relay.realtime import (
    AddFunctionCall,
    AddFunctionOutput,
    AddMessage,
    AppendAudio,
    AudioDelta,
    AudioDone,
    CancelResponse,
    Committed,
    CreateResponse,
    DeleteItem,
    EngineError,
    FromEngine,
    FunctionCalled,
    Ignored,
    ItemAdded,
    MessageDone,
    ResponseCreated,
    ResponseDone,
    SessionCreated,
    SessionUpdated,
    SpeechStarted,
    SpeechStopped,
    ToEngine,
    Transcribed,
    TranscribedDelta,
    TranscriptDelta,
    TranscriptDone,
    Truncate,
    UpdateSession,
)

# --- from the engine ---


def _session_created(message: dict[str, Any]) -> SessionCreated:
    expires_at = (message.get("session") or {}).get("expires_at")
    return SessionCreated(float(expires_at) if expires_at is not None else None)


def _audio_delta(message: dict[str, Any]) -> AudioDelta:
    try:
        audio = binascii.a2b_base64(message["delta"])
    except binascii.Error:
        raise BadMessage("engine", "bad_audio") from None
    return AudioDelta(text(message, "response_id"), text(message, "item_id"), int(message["content_index"]), audio)


def _item_added(message: dict[str, Any]) -> FromEngine:
    item = message["item"]
    return ItemAdded(text(message, "response_id"), text(item, "id"), text(item, "type"))


def _item_done(message: dict[str, Any]) -> FromEngine:
    """A finished item; a function call counts only when `status` is "completed".

    Source: `...function_call_arguments.done` is also emitted when a response is cut off, and its JSON may be partial.
    """
    item = message["item"]
    if item["type"] == "message":
        return MessageDone(text(message, "response_id"), text(item, "id"))
    if item["type"] == "function_call" and item.get("status") == "completed":
        return FunctionCalled(
            response_id=text(message, "response_id"),
            item_id=text(item, "id"),
            tool_call_id=text(item, "call_id"),
            name=text(item, "name"),
            arguments=text(item, "arguments"),
        )
    return Ignored("response.output_item.done")


def _response_done(message: dict[str, Any]) -> ResponseDone:
    response = message["response"]
    details = response.get("status_details") or {}
    error = details.get("error") or {}
    code = error.get("code") or error.get("type") or details.get("reason") or ""
    return ResponseDone(text(response, "id"), text(response, "status"), str(code), group(response.get("usage")))


def _error(message: dict[str, Any]) -> EngineError:
    error = message["error"]
    return EngineError(
        code=str(error.get("code") or error.get("type") or ""),
        message=str(error.get("message") or ""),
        event_id=str(error.get("event_id") or ""),
    )


_READERS: dict[str, Callable[[dict[str, Any]], FromEngine]] = {
    "session.created": _session_created,
    "session.updated": lambda m: SessionUpdated(group(group(m.get("session")).get("audio"))),
    "input_audio_buffer.speech_started": lambda m: SpeechStarted(text(m, "item_id"), int(m["audio_start_ms"])),
    "input_audio_buffer.speech_stopped": lambda m: SpeechStopped(text(m, "item_id"), int(m["audio_end_ms"])),
    "input_audio_buffer.committed": lambda m: Committed(text(m, "item_id")),
    "conversation.item.input_audio_transcription.delta": lambda m: TranscribedDelta(
        text(m, "item_id"), str(m.get("delta") or "")
    ),
    "conversation.item.input_audio_transcription.completed": lambda m: Transcribed(
        text(m, "item_id"), text(m, "transcript").strip(), group(m.get("usage"))
    ),
    "conversation.item.input_audio_transcription.failed": lambda m: Transcribed(text(m, "item_id"), ""),
    "response.created": lambda m: ResponseCreated(text(m["response"], "id")),
    "response.output_item.added": _item_added,
    "response.output_audio.delta": _audio_delta,
    "response.output_audio.done": lambda m: AudioDone(text(m, "response_id"), text(m, "item_id")),
    "response.output_audio_transcript.delta": lambda m: TranscriptDelta(
        text(m, "response_id"), text(m, "item_id"), text(m, "delta")
    ),
    "response.output_audio_transcript.done": lambda m: TranscriptDone(
        text(m, "response_id"), text(m, "item_id"), text(m, "transcript")
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

read = reader(_READERS, _IGNORED)

# --- to the engine ---

_CONTENT_TYPE = {"user": "input_text", "system": "input_text", "assistant": "output_text"}


def write(message: ToEngine) -> bytes:
    """The wire's JSON, GA shapes."""
    return orjson.dumps(as_wire(message))


# Around the caller's audio in base64: the message that comes 50 times a second is made of these.
APPEND = (b'{"type":"input_audio_buffer.append","audio":"', b'"}')


def as_wire(message: ToEngine) -> dict[str, Any]:
    match message:
        case AppendAudio(audio):
            return {"type": "input_audio_buffer.append", "audio": base64.b64encode(audio).decode()}
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
