"""The dialogue policy that needs no language model: the brain of the offline engine and of the <Gather> fallback.

It decides the next sentence or the next tool call from the session's history alone, so any process, rung or attempt
continues any conversation. It refuses to know rates, availability and identity: those are asked of tools.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from nightdesk.dialogue.hotel import PropertyFacts

Expect = Literal["open", "yes_no", "dates", "guests", "name", "digits"]


@dataclass(frozen=True)
class ClerkRequest:
    """One question to the clerk.

    history: entries as they stand on the wire (functions/contracts/clerk): messages and tool outcomes, oldest first.
    instructions: those of the response being made; `Say exactly: "..."` is spoken as it is.
    today: the date on the property's clock. caller_last4: "" when the number is withheld.
    tools: names of the tools offered; None means all.
    """

    property: PropertyFacts
    history: Sequence[Mapping[str, Any]]
    today: date
    instructions: str = ""
    language: str = "en"
    channel: str = "voice"
    caller_last4: str = ""
    tools: frozenset[str] | None = None


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class ClerkReply:
    """What to say, what to call, and what kind of answer is expected next.

    `say` may be "" when a tool is called: its outcome, in the next request's history, brings the words.
    """

    say: str
    tool_call: ToolCall | None = None
    expect: Expect = "open"


def reply(request: ClerkRequest) -> ClerkReply:
    """The clerk's next move."""
    raise NotImplementedError
