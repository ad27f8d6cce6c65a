"""Requests of our own wires as they must come in; `contracts/*.json` is normative, golden messages hold both together.

Unknown fields are ignored, so that a newer relay can talk to older functions.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from nightdesk.errors import BadRequest

_SessionId = Annotated[str, Field(pattern=r"^sess_[a-z2-7]{26}$")]
_Attempt = Annotated[int, Field(ge=1)]
_Number = Annotated[int, Field(ge=0)]
_Channel = Literal["voice", "kiosk", "web"]
Reason = Literal[
    "engines_lost", "busy", "idle", "no_guest", "no_progress", "over_budget", "over_time", "over_turns", "draining"
]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    v: Literal[1]


class SessionRequest(_Request):
    token: str
    call_sid: Annotated[str, Field(pattern=r"^(CA[0-9a-f]{32})?$")]
    stream_sid: Annotated[str, Field(pattern=r"^(MZ|KS)[0-9a-f]{32}$")]
    dialect: Literal["realtime", "live"]
    audio: Literal["pcmu", "pcm"]

    @model_validator(mode="after")
    def _a_phone_has_a_call(self) -> SessionRequest:
        if self.stream_sid.startswith("MZ") != bool(self.call_sid):
            raise ValueError("call_sid belongs to Twilio's streams (MZ...), and to no other")
        return self


class ToolRequest(_Request):
    session_id: _SessionId
    attempt: _Attempt
    tool_call_id: Annotated[str, Field(min_length=1, max_length=128)]
    arguments: dict[str, Any]
    turn: _Number | None = None


class TurnRequest(_Request):
    attempt: _Attempt
    turn: _Number
    role: Literal["user", "assistant"]
    text: str
    heard_ms: _Number | None = None
    interrupted: bool = False
    item_id: str = ""
    audio_start_ms: _Number | None = None
    audio_end_ms: _Number | None = None
    card_data: bool = False


class ReplyRequest(_Request):
    """What was said is not in this model's representation, and what was keyed neither."""

    attempt: _Attempt
    turn: _Number
    text: Annotated[str, Field(max_length=4000, repr=False)] = ""
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{0,32}$", repr=False)] = ""


class ThenRequest(_Request):
    attempt: _Attempt
    tool_call_id: str | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ThenRequest:
        if (self.tool_call_id is None) == (self.reason is None):
            raise ValueError("tool_call_id or reason, one of both")
        return self


class ClerkRequest(_Request):
    property_id: str
    session_id: str
    channel: Literal[_Channel, "sms"]
    language: str
    history: list[dict[str, Any]]
    instructions: str = ""
    tools: list[str] | None = None


class EventEnvelope(_Request):
    """What every event has; its payload stays as it came."""

    event_id: Annotated[
        str, Field(pattern=r"^sess_[a-z2-7]{26}-((relay|tools|twilio|jobs|payments)-[0-9]+-[A-Za-z0-9_.-]+|ended)$")
    ]
    event_type: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    session_id: _SessionId
    channel: Literal[_Channel, "sms", "mcp"]
    timestamp: str
    property_id: str
    attempt: _Attempt
    turn: _Number | None = None
    metadata: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    function: dict[str, Any] | None = None
    stream: dict[str, Any] | None = None
    summary: dict[str, Any] | None = None
    payment: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_its_payload(self) -> EventEnvelope:
        payload, names = _PAYLOADS.get(self.event_type, ("", ()))
        given = getattr(self, payload) or {} if payload else {}
        if missing := [name for name in names if name not in given]:
            raise ValueError(f"{self.event_type} needs {payload}: {', '.join(missing)}")
        return self


_PAYLOADS: dict[str, tuple[str, tuple[str, ...]]] = {
    "conversation.started": ("metadata", ("call_sid", "direction", "language")),
    "conversation.message": ("message", ("role", "content")),
    "conversation.function_call": ("function", ("name", "tool_call_id")),
    "stream.ended": ("stream", ("reason",)),
    "payment.received": ("payment", ("payment_id", "amount_cents", "refund_cents")),
}

R = TypeVar("R", bound=_Request)


def parse(kind: type[R], body: dict[str, Any]) -> R:
    """Raises: BadRequest naming every field at fault, never its value."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        wrong = [".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors()]
        raise BadRequest("bad_request", "; ".join(wrong)) from None
