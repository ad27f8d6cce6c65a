"""The port to the telephone company: text messages and calls. Its fake; Twilio's adapter is `telephony_twilio.py`.

What the company refuses is one of a few words here (`TextRefused.why`, `CallRefused.why`); its own codes stay in the
log. A request that got no answer is in doubt: it may have been carried out, so one looks before making it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from nightdesk.errors import NightdeskError

Why = Literal["number", "country", "opted_out", "unavailable"]
WhyNoCall = Literal["number", "country", "over", "busy", "unavailable"]


class TextRefused(NightdeskError):
    """The text was not sent. `why`: the number takes none, its country is closed, its owner wants none, or other."""

    def __init__(self, why: Why, problem: str) -> None:
        super().__init__(why, problem)
        self.why, self.problem = why, problem

    def __str__(self) -> str:
        return f"the text was refused ({self.why}): {self.problem}"


class TextInDoubt(NightdeskError):
    """No answer came: it may have been sent, or not."""


class CallRefused(NightdeskError):
    """Nothing was done. `why`: no such number, its country is closed, the call is over, too many calls, or other."""

    def __init__(self, why: WhyNoCall, problem: str) -> None:
        super().__init__(why, problem)
        self.why, self.problem = why, problem

    def __str__(self) -> str:
        return f"the call was refused ({self.why}): {self.problem}"


class CallInDoubt(NightdeskError):
    """No answer came: it may have been done, or not."""


@dataclass(frozen=True)
class CallOrder:
    """A call to be placed, between two E.164 numbers.

    `answered_url` has the TwiML for who picks up; `status_url` is told ringing, answered and the end; `machine_url` is
    told whether a person or a machine is there, while the call goes on already ("": nobody listens for machines);
    `fallback_url` has the TwiML for who is on the line when another of our answers cannot be had ("": the line ends).
    `waits_for_beep`: a machine is told of when a message can be left, not as soon as it is one.
    """

    to: str
    from_: str
    answered_url: str
    status_url: str
    machine_url: str = ""
    fallback_url: str = ""
    ring_s: int = 25
    longest_s: int = 3600
    waits_for_beep: bool = True


@dataclass(frozen=True)
class CallState:
    """A call as the company knows it. `status` in Twilio's words: queued, ringing, in-progress, completed, busy, ..."""

    call_sid: str
    status: str
    duration_s: int | None = None
    answered_by: str = ""


class Telephony(Protocol):
    def send_text(self, to: str, from_: str, body: str, reference: str = "") -> str:
        """Send an SMS; returns its message_sid. `reference` comes back with what becomes of it.

        Raises: TextRefused; TextInDoubt.
        """
        ...

    def find_text(self, to: str, from_: str, body: str, since: datetime) -> str:
        """The message_sid of such a text that was accepted since then, or "". Raises: TextInDoubt."""
        ...

    def start_call(self, order: CallOrder) -> str:
        """Place a call; returns its call_sid while it is still queued. Raises: CallRefused; CallInDoubt."""
        ...

    def find_calls(self, to: str, from_: str, since: datetime) -> list[str]:
        """The call_sids of the calls that we placed between these numbers since then, newest first.

        Raises: CallRefused; CallInDoubt.
        """
        ...

    def call_state(self, call_sid: str) -> CallState | None:
        """None where there is no such call. Raises: CallInDoubt."""
        ...

    def update_call(self, call_sid: str, twiml: str) -> None:
        """Let a call that goes on do this instead (4,000 characters at most). Raises: CallRefused; CallInDoubt."""
        ...

    def end_call(self, call_sid: str) -> None:
        """Hang up, whatever state the call is in. Raises: CallRefused `over`; CallInDoubt."""
        ...


class NoTelephony:
    """No account is set: nothing is sent and nobody is called."""

    def send_text(self, to: str, from_: str, body: str, reference: str = "") -> str:
        raise TextRefused("unavailable", "no account is set")

    def find_text(self, to: str, from_: str, body: str, since: datetime) -> str:
        return ""

    def start_call(self, order: CallOrder) -> str:
        raise CallRefused("unavailable", "no account is set")

    def find_calls(self, to: str, from_: str, since: datetime) -> list[str]:
        return []

    def call_state(self, call_sid: str) -> CallState | None:
        return None

    def update_call(self, call_sid: str, twiml: str) -> None:
        raise CallRefused("unavailable", "no account is set")

    def end_call(self, call_sid: str) -> None:
        raise CallRefused("unavailable", "no account is set")


@dataclass
class FakeTelephony:
    """Keeps what was sent and who was called.

    `refuses`: why a number takes no text, `unreachable`: why it takes no call; `silent`: "lost" does nothing, "sent"
    does it, neither answers. `states` is what became of each call so far, `updates` the TwiML it was given.
    """

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    refuses: dict[str, Why] = field(default_factory=dict)
    silent: Literal["", "lost", "sent"] = ""
    placed: list[CallOrder] = field(default_factory=list)
    unreachable: dict[str, WhyNoCall] = field(default_factory=dict)
    states: dict[str, CallState] = field(default_factory=dict)
    updates: list[tuple[str, str]] = field(default_factory=list)

    def send_text(self, to: str, from_: str, body: str, reference: str = "") -> str:
        if to in self.refuses:
            raise TextRefused(self.refuses[to], "as the test wants it")
        if self.silent != "lost":
            self.sent.append((to, from_, body))
            self.references.append(reference)
        if self.silent:
            raise TextInDoubt("no answer")
        return _sid("SM", len(self.sent))

    def find_text(self, to: str, from_: str, body: str, since: datetime) -> str:
        return _sid("SM", self.sent.index((to, from_, body)) + 1) if (to, from_, body) in self.sent else ""

    def start_call(self, order: CallOrder) -> str:
        if order.to in self.unreachable:
            raise CallRefused(self.unreachable[order.to], "as the test wants it")
        if self.silent != "lost":
            self.placed.append(order)
            sid = _sid("CA", len(self.placed))
            self.states[sid] = CallState(sid, "queued")
        if self.silent:
            raise CallInDoubt("no answer")
        return _sid("CA", len(self.placed))

    def find_calls(self, to: str, from_: str, since: datetime) -> list[str]:
        found = [n for n, order in enumerate(self.placed, 1) if (order.to, order.from_) == (to, from_)]
        return [_sid("CA", n) for n in reversed(found)]

    def call_state(self, call_sid: str) -> CallState | None:
        return self.states.get(call_sid)

    def update_call(self, call_sid: str, twiml: str) -> None:
        self._going_on(call_sid)
        self.updates.append((call_sid, twiml))

    def end_call(self, call_sid: str) -> None:
        self._going_on(call_sid)
        self.states[call_sid] = CallState(call_sid, "completed")

    def _going_on(self, call_sid: str) -> None:
        state = self.states.get(call_sid)
        if state is None or state.status in OVER:
            raise CallRefused("over", "there is no such call any more")


OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Source: Twilio, Call resource, the statuses that are final."""


def _sid(kind: str, number: int) -> str:
    return f"{kind}{number:032x}"
