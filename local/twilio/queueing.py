"""`<Enqueue>` and `<Leave>`: a call waits in a queue until somebody fetches it, or it leaves.

Source: twilio.md 4.5; Twilio's pages on <Enqueue> and <Queue>: in the end its `action` is asked, with how it went; a
call that the REST API redirects asks it in vain. Error page 14207: who finds the queue full does not wait.
"""

import asyncio
from typing import TYPE_CHECKING

from local.twilio.calls import HungUp, Interrupted, Redirected, Source
from local.twilio.errors import CallFailure, Problem
from local.twilio.lines import Recording, default_music
from local.twilio.queues import Member, WaitingQueue
from local.twilio.verbs import Enqueue, Gather, Hangup, Leave, Pause, Play, Redirect, Say

if TYPE_CHECKING:
    from local.twilio.executor import Executor

_BETWEEN_WAITS_S = 0.1
_WAIT_VERBS = (Say, Play, Pause, Gather, Redirect, Leave, Hangup)
_CONNECT_VERBS = (Say, Play, Pause, Redirect)


async def enqueue(executor: "Executor", verb: Enqueue) -> Source | None:
    """Carry out the verb; the `action` request, or None when the document goes on. Raises Interrupted."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    queue = exchange.queues.named(verb.name) or exchange.queues.create(verb.name)
    if len(queue.members) >= min(queue.max_size, verb.max_size or queue.max_size):
        call.problem(Problem(14207, verb.name))
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
