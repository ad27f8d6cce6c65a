"""`<Enqueue>`, `<Leave>` and `<Dial><Queue>`: calls that wait for somebody, and those who fetch them.

Source: twilio.md 4.5; Twilio's pages on <Enqueue> and <Queue>: a queue comes to be with its first member; dialling one
that is not there fails, one that is empty waits until the time-out; the front member's `action` is asked when the two
have parted; a call that the REST API redirects asks its `action` in vain.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from local.twilio.calls import Call, HungUp, Interrupted, Redirected, Source, new_sid
from local.twilio.clock import Clock
from local.twilio.errors import CallFailure
from local.twilio.lines import Bridge, Recording, Ringing, default_music
from local.twilio.verbs import Dial, Enqueue, Gather, Hangup, Leave, Pause, Play, Queue, Redirect, Say

if TYPE_CHECKING:
    from local.twilio.executor import Executor

MAX_SIZE = 100
_BETWEEN_WAITS_S = 0.1
_WAIT_VERBS = (Say, Play, Pause, Gather, Redirect, Leave, Hangup)
_CONNECT_VERBS = (Say, Play, Pause, Redirect)


class Member:
    """A call in a queue. `fetched` is set by whoever connects it, `parted` when that is over."""

    def __init__(self, call: Call, entered_at: datetime) -> None:
        loop = asyncio.get_running_loop()
        self.call = call
        self.entered_at = entered_at
        self.fetched: asyncio.Future[Fetch] = loop.create_future()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.parted: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        """Set when the member's call does something else, whyever."""


@dataclass(frozen=True)
class Fetch:
    """Somebody connects the member: `whisper` is what the member hears before, or None. A `source` redirects it."""

    by: Call | None = None
    whisper: Source | None = None
    source: Source | None = None


@dataclass
class WaitingQueue:
    """`members` are in order; who is being connected is one no more."""

    name: str
    created_at: datetime
    max_size: int = MAX_SIZE
    sid: str = field(default_factory=lambda: new_sid("QU"))
    members: list[Member] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def average_wait_s(self, now: datetime) -> int:
        waits = self.waits_s + [(now - member.entered_at).total_seconds() for member in self.members]
        return round(sum(waits) / len(waits)) if waits else 0


class Queues:
    """Every queue of the account."""

    def __init__(self, clock: Clock) -> None:
        self.known: list[WaitingQueue] = []
        self._clock = clock

    def named(self, name: str) -> WaitingQueue | None:
        return next((queue for queue in self.known if queue.name == name), None)

    def create(self, name: str, max_size: int = MAX_SIZE) -> WaitingQueue:
        queue = WaitingQueue(name, self._clock.utc(), max_size)
        self.known.append(queue)
        return queue


async def enqueue(executor: "Executor", verb: Enqueue) -> Source | None:
    """Carry out the verb; the `action` request, or None when the document goes on. Raises Interrupted."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    queue = exchange.queues.named(verb.name) or exchange.queues.create(verb.name)
    if len(queue.members) >= min(queue.max_size, verb.max_size or queue.max_size):
        call.note("queue", state="queue-full", queue=verb.name)
        return Source(verb.action, verb.method, {"QueueResult": "queue-full"}) if verb.action else None
    member = Member(call, exchange.clock.utc())
    queue.members.append(member)
    queue.changed.set()
    call.note("queue", state="waiting", queue=verb.name)
    waiting = _Waiting(executor, verb, queue, member)
    result = "error"
    try:
        result = await waiting.run()
    except Interrupted:
        over = isinstance(call.interruption.result(), HungUp)
        left = "hangup" if over else "redirected"
        result = ("bridged" if over else "redirected-from-bridged") if member.fetched.done() else left
        if verb.action:
            action = waiting.action(result)
            if over:
                executor.last_requests.append((action, "enqueue action"))
            elif isinstance(call.interruption.result(), Redirected):
                exchange.spawn(call, exchange.ask_in_vain(call, action, "enqueue action"))
        raise
    finally:
        waiting.leave()
        call.note("queue", state=result, queue=verb.name)
    if result == "redirected":
        return member.fetched.result().source
    return waiting.action(result) if verb.action else None


class _Waiting:
    def __init__(self, executor: "Executor", verb: Enqueue, queue: WaitingQueue, member: Member) -> None:
        self._executor, self._exchange = executor, executor.exchange
        self._verb, self._queue, self._member = verb, queue, member
        self._waited_s: int | None = None

    async def run(self) -> str:
        """Until the call has left the queue; the QueueResult. Raises Interrupted."""
        music = asyncio.create_task(self._music(), name=f"queue {self._member.call.sid[:8]}")
        try:
            await self._executor.race_any({music, self._member.fetched})
        finally:
            if not self._member.fetched.done():
                self._stop_waiting()
            music.cancel()
            await asyncio.gather(music, return_exceptions=True)
        if not self._member.fetched.done():
            return music.result()
        fetch = self._member.fetched.result()
        if fetch.source is not None:
            return "redirected"
        if fetch.whisper is not None:
            try:
                await self._executor.aside(fetch.whisper, "queue whisper", _CONNECT_VERBS)
            except CallFailure as failure:
                self._member.call.problem(failure.problem)
        if not self._member.ready.done():
            self._member.ready.set_result(None)
        await self._executor.race(self._member.parted)
        return "bridged"

    def leave(self) -> None:
        self._stop_waiting()
        self._member.gone.set_result(None)

    def action(self, result: str) -> Source:
        fields = {"QueueResult": result, "QueueSid": self._queue.sid, "QueueTime": str(self._time_s())}
        return Source(self._verb.action, self._verb.method, fields)

    async def _music(self) -> str:
        """What is heard meanwhile, over and over; how it ended: "leave", "hangup", "error"."""
        verb, executor = self._verb, self._executor
        if not verb.wait_url:
            recording = Recording(default_music(), 0)
            executor.call.phone.line = recording
            await executor.race(recording.done)
        while True:
            source = Source(verb.wait_url, verb.wait_method, self._position)
            try:
                ended = await executor.aside(source, "wait", _WAIT_VERBS, 13238)
            except CallFailure as failure:
                executor.call.problem(failure.problem)
                return "system-error"
            if ended == "hangup":
                executor.call.interrupt(HungUp("twiml"))
                raise Interrupted
            if ended == "leave":
                return "leave"
            await executor.sleep(_BETWEEN_WAITS_S)

    @property
    def _position(self) -> dict[str, str]:
        members = self._queue.members
        position = members.index(self._member) + 1 if self._member in members else 0
        return {
            "QueueSid": self._queue.sid,
            "QueuePosition": str(position),
            "QueueTime": str(self._time_s()),
            "AvgQueueTime": str(self._queue.average_wait_s(self._exchange.clock.utc())),
            "CurrentQueueSize": str(len(members)),
            "MaxQueueSize": str(self._queue.max_size),
        }

    def _time_s(self) -> int:
        if self._waited_s is not None:
            return self._waited_s
        return int((self._exchange.clock.utc() - self._member.entered_at).total_seconds())

    def _stop_waiting(self) -> None:
        if self._member in self._queue.members:
            self._queue.members.remove(self._member)
        if self._waited_s is None:
            self._waited_s = self._time_s()
            self._queue.waits_s.append(self._waited_s)


async def dial_queue(executor: "Executor", verb: Dial, noun: Queue) -> Source | None:
    """`<Dial><Queue>`: connect the call with the front member. Raises Interrupted."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    dialling = _Fetching(executor, verb, noun)
    try:
        await dialling.run()
    except Interrupted:
        dialling.part()
        if verb.action:
            action = dialling.action()
            if isinstance(call.interruption.result(), HungUp):
                executor.last_requests.append((action, "dial action"))
            else:
                exchange.spawn(call, exchange.ask_in_vain(call, action, "dial action"))
        raise
    dialling.part()
    return dialling.action() if verb.action else None


class _Fetching:
    """One `<Dial><Queue>`: `status` is its DialCallStatus."""

    def __init__(self, executor: "Executor", verb: Dial, noun: Queue) -> None:
        self._executor, self._exchange, self._call = executor, executor.exchange, executor.call
        self._verb, self._noun = verb, noun
        self._member: Member | None = None
        self._star: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connected_at: datetime | None = None
        self._status = "failed"

    async def run(self) -> None:
        queue = self._exchange.queues.named(self._noun.name)
        if queue is None:
            self._call.note("queue", state="queue-not-found", queue=self._noun.name)
            return
        ringing = Ringing()
        ringing.on_key = self._on_key
        self._call.phone.line = ringing
        member = self._member = await self._front(queue)
        if member is None:
            return
        waited = str(int((self._exchange.clock.utc() - member.entered_at).total_seconds()))
        fields = {"QueueSid": queue.sid, "QueueTime": waited, "DequeingCallSid": self._call.sid}
        whisper = Source(self._noun.url, self._noun.method, fields) if self._noun.url else None
        member.fetched.set_result(Fetch(self._call, whisper))
        await self._until({member.ready, member.gone})
        if not member.ready.done():
            self._status = "no-answer"
            return
        await self._talk(member)

    def part(self) -> None:
        """The member goes on with its own `action`."""
        if self._member is not None and not self._member.parted.done():
            self._member.parted.set_result(None)

    def action(self) -> Source:
        connected = self._connected_at is not None
        fields = {"DialCallStatus": self._status, "DialBridged": "true" if connected else "false"}
        if self._member is not None:
            fields["DialCallSid"] = self._member.call.sid
        if self._connected_at is not None:
            fields["DialCallDuration"] = str(int((self._exchange.clock.utc() - self._connected_at).total_seconds()))
        return Source(self._verb.action, self._verb.method, fields)

    async def _front(self, queue: WaitingQueue) -> Member | None:
        """The member who has waited longest, or None when nobody came in time. Raises Interrupted."""
        with self._exchange.clock.alarm(self._verb.timeout_s) as time_up:
            while not queue.members:
                queue.changed.clear()
                entered = asyncio.create_task(queue.changed.wait())
                try:
                    await self._until({entered, time_up})
                finally:
                    entered.cancel()
                if time_up.done() or self._star.done():
                    self._status = "canceled" if self._star.done() else "no-answer"
                    return None
        return queue.members.pop(0)

    async def _talk(self, member: Member) -> None:
        self._status, self._connected_at = "completed", self._exchange.clock.utc()
        bridge = Bridge()
        guest, agent = member.call.phone, self._call.phone
        agent.line, guest.line = bridge.sides

        def from_guest(digit: str) -> None:
            agent.keys_heard += digit

        bridge.sides[0].on_key, bridge.sides[1].on_key = self._on_key, from_guest
        self._call.note("dial", state="bridged", number=member.call.from_, call_sid=member.call.sid)
        with self._exchange.clock.alarm(self._verb.time_limit_s) as time_up:
            await self._until({member.gone, time_up})

    async def _until(self, futures: Iterable["asyncio.Future[None] | asyncio.Task[bool]"]) -> None:
        await self._executor.race_any({*futures, self._star})

    def _on_key(self, digit: str) -> None:
        if self._member is not None and self._connected_at is not None:
            self._member.call.phone.keys_heard += digit
        if digit == "*" and self._verb.hangup_on_star and not self._star.done():
            self._star.set_result(None)
