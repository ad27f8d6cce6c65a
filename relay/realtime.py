"""What an engine tells us and what we tell it: frozen dataclasses in the words of OpenAI's Realtime API.

The rules of a talk know an engine by these alone; `realtime_codec` turns them into the wire's JSON and back. The
wire's `call_id` is `tool_call_id` here (a phone call is `call_sid`).
Source: OpenAI Realtime API reference, client events and server events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# --- from the engine ---


@dataclass(frozen=True, slots=True)
class SessionCreated:
    expires_at: float | None = None  # seconds since 1970


@dataclass(frozen=True, slots=True)
class SessionUpdated:
    audio: Mapping[str, Any] = field(default_factory=dict, compare=False)  # the session's, as granted


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
class TranscribedDelta:
    """The next words of the caller's item; some engines give them while the caller speaks."""

    item_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What the caller's item says; `text` is "" when it was heard but not understood, or transcription failed."""

    item_id: str
    text: str
    usage: Mapping[str, Any] = field(default_factory=dict)  # what that took, of the model that transcribes


@dataclass(frozen=True, slots=True)
class ResponseCreated:
    response_id: str


@dataclass(frozen=True)  # without slots, which its compiled form (realtime.pxd) refuses
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
    | TranscribedDelta
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

# --- to the engine ---


@dataclass(frozen=True, slots=True)
class UpdateSession:
    session: Mapping[str, Any]  # made by functions, passed on unread; later only what has changed of it
    event_id: str


@dataclass(frozen=True, slots=True)
class AppendAudio:
    """In the caller's format. Nearly all of the caller's audio goes another way: see `dialects.Codec`."""

    audio: bytes


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
