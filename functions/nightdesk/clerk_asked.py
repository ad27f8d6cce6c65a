"""One question to the clerk, and its answer. Pure: what a session and a hotel's file have to do with it stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nightdesk.dialogue.fold import Setting
from nightdesk.dialogue.steps import Expect
from nightdesk.hotel.model import Property


@dataclass(frozen=True)
class ClerkRequest:
    """One question to the clerk.

    history: entries as they stand on the wire (contracts/clerk.json): messages and tool outcomes, oldest first.
    instructions: those of the response being made; `Say exactly: "..."` is spoken as it is.
    today: the date on the property's clock. caller_last4: "" when the number is withheld.
    tools: names of the tools offered; None means all.
    purpose, opening: of a call that the hotel has placed (direction outbound): what for, and what was said first.
    """

    property: Property
    history: Sequence[Mapping[str, Any]]
    today: date
    instructions: str = ""
    language: str = "en"
    channel: str = "voice"
    caller_last4: str = ""
    tools: frozenset[str] | None = None
    direction: str = "inbound"
    purpose: str = ""
    opening: str = ""

    def setting(self) -> Setting:
        """What the history is read against."""
        hotel = self.property
        return Setting(
            self.today,
            hotel.room_types,
            self.caller_last4,
            self.language,
            (hotel.language, *(language.language for language in hotel.languages)),
            self.channel,
            self.tools,
            tuple(dict.fromkeys(place.category for place in hotel.recommendations)),
            [department.department for department in hotel.departments],
            bool(hotel.pay_connector) and self.channel == "voice",
            we_called=self.direction == "outbound",
            purpose=self.purpose,
            opening=self.opening,
        )


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
