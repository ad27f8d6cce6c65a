"""OpenAI's GPT-Live protocol: the wire's JSON <-> the dataclasses of `live`. Nothing else.

Events that no rule of ours needs come out as Ignored, ones we never heard of as Unknown; both are counted at most.
Source: OpenAI GPT-Live reference, client events, server events and delegation to Responses.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import orjson

from relay.engine_wire import group, reader, text
from relay.errors import BadMessage
from relay.live import (
    AddFunctionOutput,
    AddUserText,
    Append,
    BackendCalled,
    BackendCreated,
    BackendEnded,
    Closed,
    CloseSession,
    CreateResponse,
    Delegated,
    EngineError,
    FromEngine,
    OutputAudio,
    Started,
    StartSession,
    ToEngine,
    Transcript,
    Usage,
)
from relay.realtime import AppendAudio, Ignored

# --- from the engine ---


def _started(message: dict[str, Any]) -> Started:
    session = message["session"]
    expires_at = session.get("expires_at")
    return Started(
        text(session, "id"),
        str(session.get("model") or ""),
        float(expires_at) if expires_at is not None else None,
        str((session.get("delegation") or {}).get("type") or "client"),
        group(session.get("audio")),
    )


def _output_audio(message: dict[str, Any]) -> OutputAudio:
    try:
        return OutputAudio(binascii.a2b_base64(message["delta"]))
    except binascii.Error:
        raise BadMessage("engine", "bad_audio") from None


def _delegated(message: dict[str, Any]) -> Delegated:
    delegation = message["delegation"]
    return Delegated(text(delegation, "id"), text(delegation, "target"), int(message["offset_ms"]))


def _response_event(message: dict[str, Any]) -> FromEngine:
    """An event of the text model's response. `delegation_id` may be null, or missing.

    Source: act on `response.output_item.done` alone and only when the item's status is "completed"; the snapshot at
    the end of a response never lists its calls.
    """
    event = message["event"]
    delegation_id = str(message.get("delegation_id") or "")
    kind = text(event, "type")
    if kind == "response.created":
        return BackendCreated(delegation_id, text(event["response"], "id"))
    if kind == "response.output_item.done":
        item = event["item"]
        if item["type"] == "function_call" and item.get("status") == "completed":
            return BackendCalled(delegation_id, text(item, "call_id"), text(item, "name"), text(item, "arguments"))
    elif kind in _ENDS:
        response = event["response"]
        why = group(response.get("error")).get("code") or group(response.get("incomplete_details")).get("reason")
        return BackendEnded(
            delegation_id,
            text(response, "id"),
            _ENDS[kind],
            str(response.get("model") or ""),
            group(response.get("usage")),
            str(why or ""),
        )
    return Ignored(kind)


def _closed(message: dict[str, Any]) -> Closed:
    usage = group(message.get("usage"))
    return Closed(str(message.get("reason") or ""), float(usage.get("seconds") or 0))


def _error(message: dict[str, Any]) -> EngineError:
    """`code` may be null, and the event that is meant may be named on either level."""
    error = message["error"]
    return EngineError(
        code=str(error.get("code") or ""),
        message=str(error.get("message") or ""),
        event_id=str(error.get("client_event_id") or message.get("client_event_id") or ""),
    )


_ENDS = {
    "response.completed": "completed",
    "response.failed": "failed",
    "response.incomplete": "incomplete",
    "response.cancelled": "failed",
}

_READERS: dict[str, Callable[[dict[str, Any]], FromEngine]] = {
    "session.started": _started,
    "session.output_audio.delta": _output_audio,
    "session.input_transcript.delta": lambda m: Transcript(
        "user", text(m, "delta"), int(m["start_ms"]), int(m["end_ms"])
    ),
    "session.output_transcript.delta": lambda m: Transcript(
        "assistant", text(m, "delta"), int(m["start_ms"]), int(m["end_ms"])
    ),
    "session.delegation.created": _delegated,
    "response.event": _response_event,
    "session.usage.updated": lambda m: Usage(float(m["usage"]["seconds"])),
    "session.closed": _closed,
    "error": _error,
}

_IGNORED = frozenset(
    {
        "session.updated",
        "session.instructions.appended",
        "session.thinking.appended",
        "session.commentary.appended",
        "session.input_audio.muted",
        "session.input_audio.unmuted",
        "session.output_audio.fixture.playing",
        "session.output_audio.fixture.played",
        "decision.event",
        "decision.item.created",
        "decision.item.deleted",
        "info",
    }
)

read = reader(_READERS, _IGNORED)

# --- to the engine ---


def write(message: ToEngine) -> bytes:
    return orjson.dumps(as_wire(message))


# Around the caller's audio in base64: the message that comes 50 times a second is made of these.
APPEND = (b'{"type":"session.input_audio.append","audio":"', b'"}')


def as_wire(message: ToEngine) -> dict[str, Any]:
    match message:
        case AppendAudio(audio):
            return {"type": "session.input_audio.append", "audio": base64.b64encode(audio).decode()}
        case StartSession(session, event_id):
            return {"type": "session.start", "event_id": event_id, "session": session}
        case Append(way, content, event_id, delegation_id):
            return {  # the key must be there, null for none
                "type": f"session.{way}.append",
                "event_id": event_id,
                "delegation_id": delegation_id or None,
                "content": content,
            }
        case AddFunctionOutput(tool_call_id, output, event_id):
            return _item(event_id, type="function_call_output", call_id=tool_call_id, output=output)
        case AddUserText(text, event_id):
            return _item(event_id, type="message", role="user", content=[{"type": "input_text", "text": text}])
        case CreateResponse(event_id):
            return {"type": "response.create", "event_id": event_id}
        case CloseSession(event_id):
            return {"type": "session.close", "event_id": event_id}


def _item(event_id: str, **item: Any) -> dict[str, Any]:
    return {"type": "response.item.create", "event_id": event_id, "item": item}
