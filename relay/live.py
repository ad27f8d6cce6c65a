"""What a Live engine tells us and what we tell it: frozen dataclasses in the words of OpenAI's GPT-Live API.

The rules of a talk know a Live engine by these alone; `live_codec` turns them into the wire's JSON and back. The
wire's `call_id` is `tool_call_id` here (a phone call is `call_sid`). Times are milliseconds on the session's timeline,
which only the audio that we send moves on.
Source: OpenAI GPT-Live reference, client events and server events of the primary WebSocket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# The same in every dialect: the caller's audio, and what no rule of ours needs.
from relay.realtime import AppendAudio, Ignored, Unknown

# --- from the engine ---


@dataclass(frozen=True, slots=True)
class Started:
    """The session runs: from now on audio is taken, and its clock is paid for."""

    live_session_id: str
    model: str
    expires_at: float | None = None  # seconds since 1970
    delegation: str = "client"  # who does the work: client, responses, decisions
    audio: Mapping[str, Any] = field(default_factory=dict, compare=False)  # the session's, as granted


@dataclass(frozen=True, slots=True)
class OutputAudio:
    """The next piece of the one continuous stream, silence included, in the session's format."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Transcript:
    """Some words, often part of one; `text` is kept as it came, with its spaces."""

    role: Literal["user", "assistant"]
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Delegated:
    """The voice model asks for work to be done; what for, it does not say."""

    delegation_id: str
    target: str  # client, responses, decisions
    offset_ms: int


@dataclass(frozen=True, slots=True)
class BackendCreated:
    """A response of the text model behind the voice began. `delegation_id` is "" where the wire has none."""

    delegation_id: str
    response_id: str


@dataclass(frozen=True, slots=True)
class BackendCalled:
    """A tool call that is complete, never one that was cut off. `arguments` is the model's JSON."""

    delegation_id: str
    tool_call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class BackendEnded:
    delegation_id: str
    response_id: str
    status: str  # completed, failed, incomplete
    model: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)
    error_code: str = ""  # of one that failed, or the reason why it is incomplete


@dataclass(frozen=True, slots=True)
class Usage:
    seconds: float  # of the whole session so far


@dataclass(frozen=True, slots=True)
class Closed:
    """The only proof that the session is over and what it cost."""

    reason: str  # close_requested, expired, content, remote_hangup, connection_lost
    seconds: float


@dataclass(frozen=True, slots=True)
class EngineError:
    code: str  # "" where the wire has null
    message: str
    event_id: str  # of our event that it answers, or ""


FromEngine = (
    Started
    | OutputAudio
    | Transcript
    | Delegated
    | BackendCreated
    | BackendCalled
    | BackendEnded
    | Usage
    | Closed
    | EngineError
    | Ignored
    | Unknown
)

# --- to the engine ---

Way = Literal["commentary", "thinking", "instructions"]


@dataclass(frozen=True, slots=True)
class StartSession:
    session: Mapping[str, Any]  # made by functions
    event_id: str


@dataclass(frozen=True, slots=True)
class Append:
    """Tell the voice model something: to be said (commentary), to be known (thinking), to be obeyed (instructions).

    `delegation_id` is "" where it belongs to none; only work that was delegated to us has one.
    """

    way: Way
    content: str
    event_id: str
    delegation_id: str = ""


@dataclass(frozen=True, slots=True)
class AddFunctionOutput:
    tool_call_id: str
    output: str
    event_id: str


@dataclass(frozen=True, slots=True)
class AddUserText:
    """Words for the text model that were not spoken."""

    text: str
    event_id: str


@dataclass(frozen=True, slots=True)
class CreateResponse:
    """Let the text model go on."""

    event_id: str


@dataclass(frozen=True, slots=True)
class CloseSession:
    event_id: str


ToEngine = StartSession | AppendAudio | Append | AddFunctionOutput | AddUserText | CreateResponse | CloseSession
