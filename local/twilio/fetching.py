"""`<Dial><Queue>`: connects a call with the front member of a queue.

Source: twilio.md 4.5; Twilio's pages on <Enqueue> and <Queue>: dialling a queue that is not there fails, one that is
empty waits until the time-out; the member's own `action` is asked when the two have parted.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from local.twilio.calls import HungUp, Interrupted, Source
from local.twilio.lines import Bridge, Ringing
from local.twilio.queues import Fetch, Member, WaitingQueue
from local.twilio.verbs import Dial, Queue

if TYPE_CHECKING:
    from local.twilio.executor import Executor


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
