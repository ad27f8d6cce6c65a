"""`<Dial>`: calls people, connects the first who answers, and tells `action` how it went.

Source: twilio.md 4.4 (attributes, DialCallStatus, whisper). When the REST API redirects the caller in mid-dial, Twilio
asks the `action` URL first and ignores the answer: seen in the field, so an application has to bear it.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from local.twilio.calls import Call, HungUp, Interrupted, Redirected, Source, StatusCallback
from local.twilio.errors import Problem
from local.twilio.lines import Bridge, Ringing
from local.twilio.recordings import Recording
from local.twilio.verbs import Dial, Gather, Hangup, Number, Pause, Play, Record, Redirect, Say

if TYPE_CHECKING:
    from local.twilio.executor import Executor

_WHISPER_VERBS = (Say, Play, Pause, Gather, Record, Redirect, Hangup)


async def dial(executor: "Executor", verb: Dial) -> Source | None:
    """Carry out the verb; the `action` request, or None when the document goes on. Raises Interrupted."""
    call, exchange = executor.call, executor.exchange
    dialling = _Dialling(executor, verb)
    interrupted = False
    try:
        await dialling.run()
    except Interrupted:
        interrupted = True
    dialling.hang_up()
    action = Source(verb.action, verb.method, dialling.outcome()) if verb.action else None
    if not interrupted:
        return action
    if action is not None:
        match call.interruption.result():
            case HungUp():
                executor.last_requests.append((action, "dial action"))
            case Redirected():
                exchange.spawn(call, exchange.ask_in_vain(call, action, "dial action"))
    raise Interrupted


class _Dialling:
    """One `<Dial>`: `status` is its DialCallStatus, `answered` the leg that was bridged."""

    def __init__(self, executor: "Executor", verb: Dial) -> None:
        self._executor = executor
        self._exchange = executor.exchange
        self._call = executor.call
        self._verb = verb
        self._legs: list[Call] = []
        self._rings: dict[asyncio.Task[str], Call] = {}
        self._star: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answered: Call | None = None
        self._bridged = False
        self._recording: Recording | None = None
        self._status = "failed"

    async def run(self) -> None:
        if not self._verb.answer_on_bridge:
            self._executor.answer()
        caller_id = self._verb.caller_id or self._call.from_
        if caller_id not in (self._call.from_, self._call.to) and caller_id not in self._exchange.settings.numbers:
            self._call.problem(Problem(13214, caller_id))
            return
        for number in self._verb.numbers:
            leg = self._place(number, caller_id)
            self._legs.append(leg)
            self._rings[self._exchange.spawn(leg, self._exchange.ring(leg))] = leg
        if self._verb.record_ringing:
            self._record()
        ringing = Ringing()
        ringing.on_key = self._on_key
        self._call.phone.line = ringing
        self._answered = await self._first_to_answer()
        if self._answered is not None:
            await self._bridge(self._answered)

    def hang_up(self) -> None:
        """End every leg that is left, stop the ringing and the recording."""
        if self._recording is not None:
            self._exchange.recordings.stop(self._recording)
        for ring in self._rings:
            ring.cancel()
        for leg in self._legs:
            if not leg.is_final:
                self._end(leg, "completed" if leg is self._answered else "no-answer", "dial")

    def outcome(self) -> dict[str, str]:
        """The fields that `action` gets in addition."""
        fields = {"DialCallStatus": self._status, "DialBridged": "true" if self._bridged else "false"}
        leg = self._answered or (self._legs[0] if self._legs else None)
        if leg is not None:
            fields["DialCallSid"] = leg.sid
        if self._answered is not None:
            fields["DialCallDuration"] = str(self._answered.duration_s or self._talked_s(self._answered))
        if self._recording is not None:
            fields["RecordingUrl"] = self._exchange.recordings.url(self._recording)
            fields["RecordingSid"] = self._recording.sid
        return fields

    def _record(self) -> None:
        if self._verb.record is not None:
            self._recording = self._exchange.recordings.start(self._call, self._call.phone, self._verb.record)

    def _talked_s(self, leg: Call) -> int:
        """How long a leg has been on the line that still is: it was given other instructions."""
        return int((self._exchange.clock.utc() - leg.answered_at).total_seconds()) if leg.answered_at else 0

    def _place(self, number: Number, caller_id: str) -> Call:
        leg = self._exchange.new_call(
            from_=caller_id, to=number.number, direction="outbound-dial", status="queued", parent=self._call
        )
        if number.status_callback:
            leg.status_callback = StatusCallback(number.status_callback, number.status_callback_method, number.events)
        self._call.note("dial", state="calling", number=number.number, call_sid=leg.sid)
        return leg

    async def _first_to_answer(self) -> Call | None:
        """The leg that answers first, or None when all have failed or the time is up. Raises Interrupted."""
        ringing = dict(self._rings)
        with self._exchange.clock.alarm(self._verb.timeout_s) as time_up:
            while ringing:
                await self._wait({*ringing, *(leg.interruption for leg in ringing.values()), time_up})
                if self._call.interruption.done():
                    self._status = "no-answer"
                    raise Interrupted
                for ring, leg in list(ringing.items()):
                    if not ring.done() and not leg.interruption.done():
                        continue
                    result = "canceled" if leg.interruption.done() else ring.result()
                    if result == "answered":
                        self._status = "completed"
                        return leg
                    del ringing[ring]
                    self._status = result
                    self._end(leg, result, "callee")
                if self._star.done() or time_up.done():
                    self._status = "canceled" if self._star.done() else "no-answer"
                    break
        return None

    async def _bridge(self, leg: Call) -> None:
        """Connect the two phones until one of them, or the time limit, ends it. Raises Interrupted."""
        for other in self._legs:
            if other is not leg and not other.is_final:
                self._end(other, "no-answer", "dial")
        self._exchange.picked_up(leg)
        wanted = next(number for number in self._verb.numbers if number.number == leg.to)
        if wanted.detection is not None:
            self._exchange.spawn(leg, self._exchange.detect(leg, wanted.detection))
        if wanted.whisper and not await self._whisper(leg, wanted):
            return
        if keys := wanted.send_digits:
            await self._wait({self._exchange.spawn(leg, self._exchange.send_keys(leg, keys))})
        self._executor.answer()
        caller, callee = self._call.phone, leg.phone
        bridge = Bridge()
        caller.line, callee.line = bridge.sides

        def from_caller(digit: str) -> None:
            callee.keys_heard += digit
            self._on_key(digit)

        def from_callee(digit: str) -> None:
            caller.keys_heard += digit

        bridge.sides[0].on_key, bridge.sides[1].on_key = from_caller, from_callee
        self._bridged = True
        if not self._verb.record_ringing:
            self._record()
        self._call.note("dial", state="bridged", number=leg.to, call_sid=leg.sid)
        with self._exchange.clock.alarm(self._verb.time_limit_s) as time_up:
            await self._wait({leg.interruption, time_up})
        if leg.interruption.done():
            self._lost(leg)
        if self._call.interruption.done():
            raise Interrupted

    async def _whisper(self, leg: Call, number: Number) -> bool:
        """What the called side is told, and may answer with a key, while the caller hears ringing. False: no bridge.

        Who hangs up in it, by a key or not, has answered all the same: the dial is completed, but was not bridged.
        Raises Interrupted.
        """
        source = Source(number.whisper, number.whisper_method)
        whisper = self._exchange.spawn(leg, self._executor.aside_of(leg, source, "whisper", _WHISPER_VERBS))
        await self._wait({whisper})
        if whisper.done() and whisper.result() == "end":
            return True
        whisper.cancel()
        if leg.interruption.done():
            self._lost(leg)
        elif whisper.done() and not whisper.cancelled():
            self._end(leg, "completed", "twiml")
        if self._call.interruption.done():
            raise Interrupted
        return False

    def _lost(self, leg: Call) -> None:
        """The called side has hung up, or the REST API has given it other instructions, which it follows alone."""
        match leg.interruption.result():
            case Redirected(source):
                self._legs.remove(leg)
                self._call.note("dial", state="redirected", number=leg.to, call_sid=leg.sid)
                leg.resume()
                self._exchange.carry_on(leg, source)
            case HungUp(by):
                self._end(leg, "completed", by)

    async def _wait(self, futures: set[asyncio.Future[Any]]) -> None:
        """Until one of them, an interruption of the caller, or the star key."""
        await asyncio.wait({*futures, self._call.interruption, self._star}, return_when=asyncio.FIRST_COMPLETED)

    def _end(self, leg: Call, status: str, ended_by: str) -> None:
        self._exchange.end(leg, status, ended_by)
        self._exchange.spawn(self._call, self._exchange.settled(leg))
        self._call.note("dial", state=status, number=leg.to, call_sid=leg.sid)

    def _on_key(self, digit: str) -> None:
        if digit == "*" and self._verb.hangup_on_star and not self._star.done():
            self._star.set_result(None)
