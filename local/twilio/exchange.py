"""The switchboard: makes calls, rings people, reports progress, ends calls and leaves nothing behind.

`Exchange` owns every call and task of one simulated account. What a call does in between is the executor's business.
"""

import asyncio
import contextlib
import math
import ssl
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from local.twilio.amd import Detection, detect
from local.twilio.calls import Call, HungUp, Observer, Source
from local.twilio.cards import Connector, TestConnector
from local.twilio.clock import Clock
from local.twilio.conferences import Conferences
from local.twilio.errors import CallFailure, CallOver, Problem
from local.twilio.forking import Forks
from local.twilio.people import Person
from local.twilio.queues import Queues
from local.twilio.recogniser import Recogniser
from local.twilio.recordings import Recordings
from local.twilio.speaker import Speaker, SpeakerError
from local.twilio.timeline import Entry
from local.twilio.webhooks import Webhooks

BUSY_AFTER_S = 0.5
_KEY_S = {"w": 0.5, "W": 1.0}
_SIP_CODES = {"completed": "200", "busy": "486", "no-answer": "487", "failed": "404", "canceled": "487"}


@dataclass(frozen=True)
class NumberSettings:
    """A number of the account, as configured in Twilio's console. An empty URL is one that is not set."""

    voice_url: str
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    status_callback: str = ""
    sms_url: str = ""


@dataclass(frozen=True)
class Settings:
    """One account. The time limits are Twilio's; tests shorten them. `tls` trusts the application's certificates."""

    account_sid: str
    auth_token: str
    numbers: dict[str, NumberSettings] = field(default_factory=dict)
    webhook_timeout_s: float = 15.0
    stream_open_timeout_s: float = 10.0
    calls_per_second: float = 1.0
    tls: ssl.SSLContext | None = None
    api_keys: Mapping[str, str] = field(default_factory=dict)


class Exchange:
    """Every call of the account, by CallSid, and the people who can be called, by number."""

    def __init__(self, settings: Settings, speaker: Speaker, recogniser: Recogniser, clock: Clock) -> None:
        self.settings = settings
        self.speaker = speaker
        self.recogniser = recogniser
        self.clock = clock
        self.webhooks = Webhooks(settings.auth_token, clock, settings.tls, settings.webhook_timeout_s)
        self.recordings = Recordings(clock, self.spawn, self.webhooks.notify)
        self.forks = Forks(self)
        self.queues = Queues(clock)
        self.conferences = Conferences(clock, self.recordings, self._tell_of_conference)
        self.calls: dict[str, Call] = {}
        self.people: dict[str, Person] = {}
        self.closed: set[str] = set()
        self.connectors: dict[str, Connector] = {"Default": TestConnector()}
        self.carry_on: Callable[[Call, Source], None] = lambda call, source: None
        """Lets a call follow instructions of its own; set by the service."""
        self.observers: list[Observer] = []
        self._tasks: dict[str, set[asyncio.Task[Any]]] = {}
        self._scripts: dict[str, asyncio.Task[None]] = {}
        self._limits: dict[str, asyncio.TimerHandle] = {}
        self._next_dial_ms = 0.0

    def new_call(
        self,
        *,
        from_: str,
        to: str,
        direction: str,
        status: str,
        parent: Call | None = None,
        extra_params: dict[str, str] | None = None,
    ) -> Call:
        call = Call(
            account_sid=self.settings.account_sid,
            from_=from_,
            to=to,
            direction=direction,
            person_number=from_ if direction == "inbound" else to,
            clock=self.clock,
            observe=self._observed,
            status=status,
            parent=parent,
            extra_params=extra_params,
        )
        self.calls[call.sid] = call
        if parent is not None:
            parent.children.append(call)
        call.note("status", status=status)
        return call

    def spawn(self, call: Call, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` for a call; the call is not over before it is done. Failures of the application are no bugs."""
        task = asyncio.create_task(work, name=f"{call.sid[:8]} {getattr(work, '__name__', '')}")
        tasks = self._tasks.setdefault(call.sid, set())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(report_bugs)
        return task

    def progress(self, call: Call, event: str) -> None:
        """Send the status callback for `event` (initiated, ringing, answered, completed) when it was asked for."""
        wanted = call.status_callback
        if wanted is None or event not in wanted.events:
            return
        fields = call.params() | {
            "Timestamp": format_datetime(self.clock.utc()),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.next_sequence_number()),
        }
        if event == "completed":
            fields |= {
                "CallDuration": str(call.duration_s),
                "Duration": str(math.ceil(call.duration_s / 60)),
                "SipResponseCode": _SIP_CODES[call.status],
            }
        notify = self.webhooks.notify(call, wanted.url, wanted.method, fields, f"status callback: {event}")
        self.spawn(call, notify if event == "completed" else self._late(call, notify))

    async def _late(self, call: Call, notify: Coroutine[Any, Any, None]) -> None:
        """News that come when they are none any more, if the call has that fault."""
        if call.faults.late_s:
            while not call.is_final:
                await self.clock.sleep(0.1)
            await self.clock.sleep(call.faults.late_s)
        await notify

    def _tell_of_conference(self, call: Call, url: str, method: str, fields: dict[str, str]) -> None:
        purpose = f"conference callback: {fields['StatusCallbackEvent']}"
        self.spawn(call, self.webhooks.notify(call, url, method, fields, purpose))

    def answer(self, call: Call) -> None:
        """The call is answered: audio flows from now on."""
        call.answered()
        self.limit(call, call.time_limit_s)
        self.progress(call, "answered")

    async def ring(self, call: Call) -> str:
        """Call a person: "answered", "busy" or "failed"; for somebody who never answers it does not return."""
        call.set_status("initiated")
        self.progress(call, "initiated")
        if call.to.startswith(tuple(self.closed)):
            call.problem(Problem(13227, call.to))
            return "failed"
        person = self.people.get(call.to)
        if person is None:
            call.problem(Problem(13224, f"nobody has the number {call.to}"))
            return "failed"
        call.set_status("ringing")
        self.progress(call, "ringing")
        if person.busy:
            await self.clock.sleep(BUSY_AFTER_S)
            return "busy"
        if person.answers_after_s is None:
            await asyncio.get_running_loop().create_future()
        await self.clock.sleep(person.answers_after_s or 0)
        return "answered"

    def picked_up(self, call: Call) -> None:
        """A called person has answered: connect the audio and let them do what they do."""
        self.answer(call)
        person = self.people.get(call.to, Person())
        self._scripts[call.sid] = asyncio.create_task(_take(person, call))
        self._scripts[call.sid].add_done_callback(report_bugs)

    async def detect(self, call: Call, order: Detection) -> None:
        """Find out who picked up, and tell whom it was promised. Returns without an answer when the call ends."""
        with contextlib.suppress(CallOver):
            answered_by = await detect(call, order)
            if order.callback and order.asynchronous:
                names = ("CallSid", "AccountSid", "AnsweredBy", "MachineDetectionDuration")
                fields = {name: call.params()[name] for name in names}
                await self.webhooks.notify(call, order.callback, order.method, fields, f"amd callback: {answered_by}")

    @property
    def queue_ms(self) -> float:
        """How long a call that the API orders now waits: they start at the account's rate. Source: twilio.md 7.6."""
        return max(0.0, self._next_dial_ms - self.clock.now_ms())

    def take_turn(self, call: Call) -> None:
        """Put a call of the API into the queue."""
        call.queued_ms = round(self.queue_ms)
        self._next_dial_ms = self.clock.now_ms() + self.queue_ms + 1000 / self.settings.calls_per_second

    def limit(self, call: Call, seconds: int) -> None:
        """A call may last so long from its answer on. Source: twilio.md 7.1, 7.2; error page 32015."""
        call.time_limit_s = seconds
        self._unlimit(call)
        if call.answered_at is not None:
            left_s = seconds - (self.clock.utc() - call.answered_at).total_seconds()
            self._limits[call.sid] = self.clock.call_later(left_s, lambda: self._too_long(call))

    def _too_long(self, call: Call) -> None:
        call.problem(Problem(32015, f"{call.time_limit_s} s"))
        call.interrupt(HungUp("time_limit"))

    def _unlimit(self, call: Call) -> None:
        if timer := self._limits.pop(call.sid, None):
            timer.cancel()

    def end(self, call: Call, status: str, ended_by: str, last_requests: Iterable[tuple[Source, str]] = ()) -> None:
        """The call is over for everybody on it; `last_requests` and the final status callback go out."""
        call.ended_by = ended_by
        self._unlimit(call)
        call.finished(status)
        self.recordings.stop_all(call)
        self.forks.stop_all(call)
        if script := self._scripts.pop(call.sid, None):
            script.cancel()
        for source, purpose in last_requests:
            self.spawn(call, self.ask_in_vain(call, source, purpose))
        self.progress(call, "completed")

    async def settled(self, call: Call) -> None:
        """Wait until every request about an ended call has been answered; then it is over."""
        while tasks := self._tasks.get(call.sid, set()) - {asyncio.current_task()}:
            await asyncio.wait(tasks)
        self._tasks.pop(call.sid, None)
        call.over.set()

    async def ask_in_vain(self, call: Call, source: Source, purpose: str) -> None:
        """Request TwiML that can no longer be carried out; what is wrong with it is recorded all the same."""
        try:
            document = await self.webhooks.twiml(call, source, purpose)
        except CallFailure as failure:
            call.problem(failure.problem)
            return
        for problem in document.problems:
            call.problem(problem)

    async def send_keys(self, call: Call, keys: str) -> None:
        """Send DTMF to the phone, 200 ms a key; `w` and `W` are pauses."""
        for key in keys:
            await self.clock.sleep(_KEY_S.get(key, 0.2))
            if key not in _KEY_S and not call.is_final:
                call.phone.keys_heard += key

    async def say(self, call: Call, text: str, language: str) -> bytes:
        """The words as audio. Raises CallFailure when nobody can say them."""
        try:
            return await self.speaker.speak(text, language)
        except SpeakerError as error:
            raise CallFailure(13520, str(error)) from error

    async def close(self) -> None:
        """Hang up every call and wait until nothing is left."""
        for call in list(self.calls.values()):
            if not call.is_final:
                call.interrupt(HungUp("simulator"))
        for call in list(self.calls.values()):
            await call.over.wait()
        await self.webhooks.close()
        await self.speaker.close()
        await self.recogniser.close()

    def _observed(self, call: Call, entry: Entry) -> None:
        for observer in self.observers:
            observer(call, entry)


async def _take(person: Person, call: Call) -> None:
    with contextlib.suppress(CallOver):
        await person.take(call.phone)


def report_bugs(task: asyncio.Task[Any]) -> None:
    """A done callback: what went wrong in the simulator is told to the event loop's exception handler."""
    if task.cancelled():
        return
    error = task.exception()
    if error is not None and not isinstance(error, CallFailure):
        message = f"{task.get_name()} failed"
        task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})
