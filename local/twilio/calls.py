"""One call as Twilio knows it: identity, status, what interrupts it, and what it notes in its timeline. No I/O here."""

import asyncio
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from local.twilio.clock import Clock
from local.twilio.errors import Problem
from local.twilio.faults import WebhookFaults
from local.twilio.phone import Phone
from local.twilio.timeline import CallRecord, Entry

API_VERSION = "2010-04-01"
FINAL_STATUSES = ("completed", "busy", "failed", "no-answer", "canceled")


@dataclass(frozen=True)
class Source:
    """Where TwiML comes from: a URL with fields for the request, or the text itself."""

    url: str = ""
    method: str = "POST"
    params: dict[str, str] = field(default_factory=dict)
    twiml: str = ""
    is_fallback: bool = False


@dataclass(frozen=True)
class HungUp:
    """The call ends: `by` caller, callee, api, twiml, time_limit or simulator."""

    by: str


@dataclass(frozen=True)
class Redirected:
    """The REST API gave the call new instructions."""

    source: Source


Interruption = HungUp | Redirected


class Interrupted(Exception):
    """What a call was doing has been interrupted; `call.interruption` says by what."""


@dataclass(frozen=True)
class StatusCallback:
    """Who wants to hear of a call's progress: of `events` among initiated, ringing, answered, completed."""

    url: str
    method: str = "POST"
    events: tuple[str, ...] = ("completed",)


Observer = Callable[["Call", Entry], None]


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


class Call:
    """One leg. `from_` and `to` are as Twilio reports them; `phone` is the handset of the person outside."""

    def __init__(
        self,
        *,
        account_sid: str,
        from_: str,
        to: str,
        direction: str,
        person_number: str,
        clock: Clock,
        observe: Observer,
        status: str,
        parent: "Call | None" = None,
        extra_params: dict[str, str] | None = None,
    ) -> None:
        self.sid = new_sid("CA")
        self.account_sid = account_sid
        self.from_ = from_
        self.to = to
        self.direction = direction
        self.parent = parent
        self.status = status
        person = "caller" if direction == "inbound" else "callee"
        self.phone = Phone(person_number, clock, lambda: self.interrupt(HungUp(person)))
        self.keys_are_secret = False
        """While it is set, the timeline has no digits: a card is being keyed."""
        self.phone.on_key = lambda digit: self.note("key", digit="x" if self.keys_are_secret else digit)
        self.fallback: Source | None = None
        self.status_callback: StatusCallback | None = None
        self.time_limit_s = 14400
        self.queued_ms = 0
        """How long the REST API has said that it waits for its turn to be placed."""
        self.deleted = False
        """The REST API has been told to forget it."""
        self.children: list[Call] = []
        self.faults: WebhookFaults = parent.faults if parent else WebhookFaults()
        self.ended_by = ""
        self.answered_by = ""
        """Who picked up, by answering machine detection; "" while that is not known, or not asked."""
        self.over = asyncio.Event()
        """Set when the call has ended and every request about it has been answered."""
        self.created_at = clock.utc()
        self.answered_at: datetime | None = None
        self.ended_at: datetime | None = None
        self._clock = clock
        self._observe = observe
        self._extra_params = extra_params or {}
        self._created_ms = clock.now_ms()
        self._answered_ms: float | None = None
        self._entries: list[tuple[float, str, dict[str, object]]] = []
        self._interruption: asyncio.Future[Interruption] = asyncio.get_running_loop().create_future()
        self._callbacks_sent = 0

    # -- what happens to it ---------------------------------------------------------------------------------------

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def is_over(self) -> bool:
        """Has it ended, or been told to? Nothing can be done with it any more."""
        return self.is_final or self.ended_at is not None

    @property
    def shown_status(self) -> str:
        """As the resource says it, which has no "initiated": that word belongs to callbacks."""
        return "queued" if self.status == "initiated" else self.status

    @property
    def started_at(self) -> datetime | None:
        """The answer; for a call that nobody took, when it was made."""
        return self.answered_at or (self.created_at if self.is_final else None)

    def set_status(self, status: str) -> None:
        self.status = status
        self.note("status", status=status)

    def answered(self) -> None:
        self.answered_at = self._clock.utc()
        self._answered_ms = self._clock.now_ms()
        self.phone.answer()
        self.set_status("in-progress")

    def detected(self, answered_by: str, after_ms: int) -> None:
        self.answered_by = answered_by
        self._extra_params = {
            **self._extra_params,
            "AnsweredBy": answered_by,
            "MachineDetectionDuration": str(after_ms),
        }
        self.note("detected", answered_by=answered_by, after_ms=after_ms)

    def finished(self, status: str) -> None:
        self._disconnect()
        self.set_status(status)

    def interrupt(self, what: Interruption) -> None:
        """Make whatever the call is doing stop. What came last is carried out, but nothing outranks a hang-up.

        After a hang-up the phone hears and says nothing more, however long the rest of the ending takes.
        """
        if isinstance(what, HungUp):
            self._disconnect()
        if self._interruption.done():
            if isinstance(self._interruption.result(), HungUp):
                return
            self._interruption = asyncio.get_running_loop().create_future()
        self._interruption.set_result(what)

    @property
    def interruption(self) -> asyncio.Future[Interruption]:
        return self._interruption

    def resume(self) -> None:
        """A redirect is being carried out: the next interruption may come."""
        if not isinstance(self._interruption.result(), HungUp):
            self._interruption = asyncio.get_running_loop().create_future()

    def _disconnect(self) -> None:
        if self.ended_at is None:
            self.ended_at = self._clock.utc()
            self.phone.disconnect()

    async def ended(self) -> CallRecord:
        """Wait until the call is over and every webhook about it has been answered."""
        await self.over.wait()
        return self.record()

    # -- what is known of it --------------------------------------------------------------------------------------

    @property
    def duration_s(self) -> int:
        if self.answered_at is None or self.ended_at is None:
            return 0
        return max(1, math.ceil((self.ended_at - self.answered_at).total_seconds()))

    def params(self) -> dict[str, str]:
        """The fields of every webhook about this call. Source: twilio.md 2.1."""
        fields = {
            "AccountSid": self.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Called": self.to,
            "Caller": self.from_,
            "Direction": self.direction,
            "From": self.from_,
            "To": self.to,
        }
        if self.parent is not None:
            fields["ParentCallSid"] = self.parent.sid
        return fields | self._extra_params

    def next_sequence_number(self) -> int:
        self._callbacks_sent += 1
        return self._callbacks_sent - 1

    def note(self, kind: str, **detail: object) -> None:
        """Add to the timeline and tell the observer."""
        self._entries.append((self._clock.now_ms(), kind, detail))
        self._observe(self, self._entry(*self._entries[-1]))

    def problem(self, problem: Problem) -> None:
        self.note("problem", code=problem.code, level=problem.level, message=problem.message, detail=problem.detail)

    @property
    def problems(self) -> list[Problem]:
        found = (detail for _, kind, detail in self._entries if kind == "problem")
        return [Problem(int(str(detail["code"])), str(detail["detail"])) for detail in found]

    @property
    def timeline(self) -> list[Entry]:
        return [self._entry(*entry) for entry in self._entries]

    def record(self) -> CallRecord:
        return CallRecord(
            call_sid=self.sid,
            parent_call_sid=self.parent.sid if self.parent else None,
            direction=self.direction,
            from_=self.from_,
            to=self.to,
            status=self.status,
            ended_by=self.ended_by,
            created_at=self.created_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
            duration_s=self.duration_s,
            heard=bytes(self.phone.heard),
            said=bytes(self.phone.said),
            keys_heard=self.phone.keys_heard,
            timeline=tuple(self.timeline),
            children=tuple(child.record() for child in self.children),
        )

    def _entry(self, clock_ms: float, kind: str, detail: dict[str, object]) -> Entry:
        return Entry(round(clock_ms - (self._answered_ms or self._created_ms)), kind, detail)
