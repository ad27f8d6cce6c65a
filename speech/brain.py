"""The port to whatever decides what is said: a dialogue policy or a language model.

A brain is given the whole conversation and the session's instructions and tools each time, and keeps nothing itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from speech.stt import State


@dataclass(frozen=True)
class Message:
    """`role` is user, assistant or system. `text` "" of a user was heard but not understood."""

    role: str
    text: str
    item_id: str = ""


@dataclass(frozen=True)
class Call:
    """The brain's own request of a tool. `arguments` is JSON text."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Outcome:
    """What the tool answered, as the client put it: usually JSON text."""

    call_id: str
    output: str


Turn = Message | Call | Outcome


@dataclass(frozen=True)
class Place:
    """Whose conversation it is: as the client's URL says."""

    property_id: str
    session_id: str
    channel: str = "voice"


@dataclass(frozen=True)
class Request:
    """One question to the brain.

    `instructions` are the session's, `response_instructions` those of this response alone. `tools` are the wire's
    function tools; none may be called when it is empty.
    """

    history: Sequence[Turn]
    instructions: str = ""
    response_instructions: str | None = None
    tools: Sequence[dict[str, Any]] = field(default=())
    language: str = "en"


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """`say` may be "" when a tool is called. `expect` names what the caller will probably say next."""

    say: str
    tool_call: ToolCall | None = None
    expect: State = "open"


class Brain(Protocol):
    async def reply(self, place: Place, request: Request) -> Reply:
        """Raises BrainError when there is no answer to be had."""

    async def close(self) -> None: ...


class BrainError(Exception):
    """No answer. `code` goes into the failed response, `str()` says what happened for the log and the client."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
