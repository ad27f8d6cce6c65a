"""What passes between the pure `Call` and its shell, beside the words of the wires and of functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from relay import caller, live, realtime
from relay.functions import (
    AskClerk,
    ClerkAnswer,
    FetchSession,
    PostThen,
    PostTurn,
    RunTool,
    Session,
    SessionRefused,
    ThenAnswer,
    ToolAnswer,
    TurnAnswer,
)

# --- from the shell ---


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
class Words:
    """What a turn that still goes on says so far, of an engine whose own events tell no turns: for a screen."""

    role: Literal["user", "assistant"]
    item_id: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Publish:
    event_type: str
    n: int
    fields: Mapping[str, Any]
    ago_ms: int = 0  # so long ago it happened


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
    """Keep nothing of what is said in this interval of the stream, as far as it is not out yet.

    `is_received`: the times count the caller's audio that came, not what of it was lost on its way.
    """

    from_ms: int
    to_ms: int
    is_received: bool = False


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
    | Words
    | Publish
    | HangUp
    | SetRecording
    | SilenceRecording
    | EngineServes
    | EngineFailed
    | Log
)
