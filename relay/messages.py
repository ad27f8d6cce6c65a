"""What passes between the pure `Call` and its shell, beside the two wires' own messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from relay import caller, live, realtime
from relay.limits import Limits

# --- from the shell ---


@dataclass(frozen=True, slots=True)
class Session:
    """The answer of `POST /session`, as far as the relay needs it. `engine_session` is passed on unread."""

    session_id: str
    property_id: str
    attempt: int
    engine_session: Mapping[str, Any]
    opening: str  # instructions of the first response
    opening_text: str = ""  # what it says
    clip_url: str = ""  # of the same words as audio; "" for none
    history: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)  # for conversation.started, as it is
    call_s: int = 1800
    idle_s: int = 20
    barge_in: str = "immediate"
    recording: bool = False
    dialect: str = "realtime"  # whose `engine_session` it is
    audio: str = "pcmu"  # and in which format the engine is spoken to
    channel: str = "voice"
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class SessionRefused:
    """No session. `code` is a counter's name; `close_code` is what the caller's socket is closed with."""

    code: str
    close_code: int
    dialect: str = "realtime"
    audio: str = "pcmu"
    say: str = ""  # functions' own words for the guest


@dataclass(frozen=True, slots=True)
class EngineOpened:
    line: int


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The engine took its configuration. Its session ends `lasts_ms` from now, whatever is being said."""

    line: int
    lasts_ms: int = 3_600_000
    event: object = None  # by which it said so, for the talk


@dataclass(frozen=True, slots=True)
class EngineLost:
    """A line could not be opened, refused its configuration, or closed. `fatal`: its engine is ruled out."""

    line: int
    problem: str
    fatal: bool = False
    kind: str = "lost"  # a counter's name


@dataclass(frozen=True, slots=True)
class Clip:
    """The opening as mu-law audio; b"" when it could not be had."""

    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What `POST /tools/{name}` said; `error` instead of `result` when the hotel, or the network, says no."""

    tool_call_id: str
    ok: bool
    result: Any = None
    error: Mapping[str, Any] = field(default_factory=dict)
    then: Mapping[str, Any] | None = None
    card: Mapping[str, Any] | None = None  # for a screen
    replayed: bool = False
    is_stale_attempt: bool = False
    recording: str = ""  # "pause" or "resume"


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    note: str = ""
    end: str = ""  # a reason for which the call is to be ended
    is_stale_attempt: bool = False
    silence_ms: tuple[int, int] | None = None  # of the caller's stream: not to be in the recording


@dataclass(frozen=True, slots=True)
class ClerkAnswer:
    """What `POST /clerk` said to question `number`: a sentence, or a tool to be run first. Neither: out of reach."""

    number: int
    say: str = ""
    tool: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ThenAnswer:
    status: int  # 0 when functions could not be reached


@dataclass(frozen=True, slots=True)
class BadInput:
    """The caller's side sent something that is not its protocol. `kind` is a counter's name."""

    kind: str


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller's socket closed."""


@dataclass(frozen=True, slots=True)
class Drain:
    """This process is about to stop."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; nothing else happened."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The call is over and everything it had under way has ended. `recording`: what became of it, if there was one."""

    recording: Mapping[str, Any] | None = None


Event = (
    caller.FromCaller
    | realtime.FromEngine
    | live.FromEngine
    | Session
    | SessionRefused
    | EngineOpened
    | EngineReady
    | EngineLost
    | Clip
    | ToolAnswer
    | TurnAnswer
    | ClerkAnswer
    | ThenAnswer
    | BadInput
    | CallerGone
    | Drain
    | Tick
    | Finish
)

# --- to the shell ---


@dataclass(frozen=True, slots=True)
class FetchSession:
    token: str = field(repr=False)
    call_sid: str
    stream_sid: str
    dialect: str = "realtime"
    audio: str = "pcmu"


@dataclass(frozen=True, slots=True)
class FetchClip:
    url: str


@dataclass(frozen=True, slots=True)
class OpenEngine:
    """Connect a new line, named by its number, to an engine."""

    line: int
    engine: int  # index in ENGINES


@dataclass(frozen=True, slots=True)
class ToLine:
    """Send this to a line that is not in use. What is sent without a number goes to the one in use."""

    line: int
    message: Any


@dataclass(frozen=True, slots=True)
class UseEngine:
    """From now on the talk is with this line: it gets what has no number, and what it says is heard."""

    line: int


@dataclass(frozen=True, slots=True)
class CloseEngine:
    line: int


@dataclass(frozen=True, slots=True)
class RunTool:
    tool_call_id: str
    name: str
    arguments: Mapping[str, Any] = field(repr=False)
    turn: int


@dataclass(frozen=True, slots=True)
class AskClerk:
    """Ask the policy that needs no model for its next move; `number` names the question."""

    number: int
    history: tuple[Mapping[str, Any], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PostTurn:
    turn: int
    role: Literal["user", "assistant"]
    text: str
    item_id: str
    audio_ms: int  # how long it is
    heard_ms: int = 0  # how much of it was heard; assistant turns only
    interrupted: bool = False
    audio_start_ms: int | None = None  # of the caller's stream of this attempt; user turns only
    audio_end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PostThen:
    """Carry out a tool's `then` (by its `tool_call_id`), or end the stream for a `reason` of our own."""

    tool_call_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Publish:
    event_type: str
    n: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the caller's socket; Twilio then asks `stream-ended` what comes next."""

    code: int
    reason: str  # a counter's name


@dataclass(frozen=True, slots=True)
class EngineServes:
    """It took its configuration. `engine` is its name."""

    engine: str


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """It could not be had, or was lost, or had to be given up; another one is next. `engine` is its name."""

    engine: str
    problem: str
    fatal: bool
    kind: str = "lost"  # a counter's name: of `faults.Fault`


@dataclass(frozen=True, slots=True)
class SetRecording:
    """Record on, or keep nothing of what is said from here on."""

    on: bool


@dataclass(frozen=True, slots=True)
class SilenceRecording:
    """Keep nothing of what was said in this interval of the stream, as far as it is not out yet."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Log:
    line: str
    fields: Mapping[str, Any] = field(default_factory=dict)


Message = (
    caller.ToCaller
    | realtime.ToEngine
    | live.ToEngine
    | FetchSession
    | FetchClip
    | OpenEngine
    | ToLine
    | UseEngine
    | CloseEngine
    | RunTool
    | AskClerk
    | PostTurn
    | PostThen
    | Publish
    | HangUp
    | SetRecording
    | SilenceRecording
    | EngineServes
    | EngineFailed
    | Log
)
