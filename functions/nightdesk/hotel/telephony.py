"""The port to the telephone company, as far as tools need it: text messages. Its fake; Twilio's adapter is beside it.

What the company refuses is one of a few words here (`TextRefused.why`); its own codes stay in the log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from nightdesk.errors import NightdeskError

Why = Literal["number", "country", "opted_out", "unavailable"]


class TextRefused(NightdeskError):
    """The text was not sent. `why`: the number takes none, its country is closed, its owner wants none, or other."""

    def __init__(self, why: Why, problem: str) -> None:
        super().__init__(why, problem)
        self.why, self.problem = why, problem

    def __str__(self) -> str:
        return f"the text was refused ({self.why}): {self.problem}"


class TextInDoubt(NightdeskError):
    """No answer came: it may have been sent, or not."""


class Telephony(Protocol):
    def send_text(self, to: str, from_: str, body: str) -> str:
        """Send an SMS; returns its message_sid. Raises: TextRefused; TextInDoubt."""
        ...

    def find_text(self, to: str, from_: str, body: str, since: datetime) -> str:
        """The message_sid of such a text that was accepted since then, or "". Raises: TextInDoubt."""
        ...


class NoTelephony:
    """No account is set: nothing is sent."""

    def send_text(self, to: str, from_: str, body: str) -> str:
        raise TextRefused("unavailable", "no account is set")

    def find_text(self, to: str, from_: str, body: str, since: datetime) -> str:
        return ""


@dataclass
class FakeTelephony:
    """Keeps what was sent. `refuses`: why, by number; `silent`: "lost" sends nothing, "sent" sends, neither answers."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    refuses: dict[str, Why] = field(default_factory=dict)
    silent: Literal["", "lost", "sent"] = ""

    def send_text(self, to: str, from_: str, body: str) -> str:
        if to in self.refuses:
            raise TextRefused(self.refuses[to], "as the test wants it")
        if self.silent != "lost":
            self.sent.append((to, from_, body))
        if self.silent:
            raise TextInDoubt("no answer")
        return _sid(len(self.sent))

    def find_text(self, to: str, from_: str, body: str, since: datetime) -> str:
        return _sid(self.sent.index((to, from_, body)) + 1) if (to, from_, body) in self.sent else ""


def _sid(number: int) -> str:
    return f"SM{number:032x}"
