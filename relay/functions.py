"""What functions are asked, and what they answer, in the words of their contracts. `functions_client` asks them.

Source: functions/contracts, session, tool, turn, then and clerk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from relay.limits import Limits

# --- asked ---


@dataclass(frozen=True, slots=True)
class FetchSession:
    token: str = field(repr=False)
    call_sid: str
    stream_sid: str
    dialect: str = "realtime"
    audio: str = "pcmu"


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
    card_data: bool = False  # a card number was said; it is in neither `text` nor the recording


@dataclass(frozen=True, slots=True)
class PostThen:
    """Carry out a tool's `then` (by its `tool_call_id`), or end the stream for a `reason` of our own."""

    tool_call_id: str = ""
    reason: str = ""


# --- answered ---


@dataclass(frozen=True, slots=True)
class Session:
    """The answer of `POST /session`, as far as we need it; `Attempt` says what is read of `engine_session`."""

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
    engine: str = ""  # the name of the one that is to be tried first; "": the first of ENGINES
    barge_in: str = "immediate"
    recording: bool = False
    dialect: str = "realtime"  # whose `engine_session` it is
    audio: str = "pcmu"  # and in which format the engine is spoken to
    channel: str = "voice"
    limits: Limits = field(default_factory=Limits)
    is_first: bool = False  # of all its attempts no earlier one reached a relay, or had been answered without one

    @property
    def begins(self) -> bool:
        """The conversation begins with it: else it goes on."""
        return self.is_first or self.attempt == 1


# The code of a session that nobody gave, because functions could not be reached in time.
SESSION_UNAVAILABLE = "session_unavailable"


@dataclass(frozen=True, slots=True)
class SessionRefused:
    """No session. `code` is a counter's name; `close_code` is what the caller's socket is closed with."""

    code: str
    close_code: int
    dialect: str = "realtime"
    audio: str = "pcmu"
    say: str = ""  # functions' own words for the guest


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
    language: str = ""  # the conversation's from here on; "": as it was


@dataclass(frozen=True, slots=True)
class TurnAnswer:
    note: str = ""
    end: str = ""  # a reason for which the call is to be ended
    is_stale_attempt: bool = False
    silence_ms: tuple[int, int] | None = None  # of the caller's stream: not to be in the recording


NOTHING_TO_DO = TurnAnswer()


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
