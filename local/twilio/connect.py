"""`<Connect><Stream>`: a bidirectional media stream for as long as it lasts.

As a `Line` it hands every 20 ms of the caller to the application and gives the caller what the playout buffer holds.
Source: twilio.md 4.1, table "How it ends", and 5.
"""

from typing import TYPE_CHECKING

from local.twilio.calls import Call, HungUp, Interrupted, Source
from local.twilio.clock import FRAME_MS
from local.twilio.lines import QUIET_FRAME
from local.twilio.messages import Clear, Mark, Media, Nonconforming, parse
from local.twilio.playout import Playout
from local.twilio.stream import MediaStream
from local.twilio.verbs import Connect, Stream

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange
    from local.twilio.executor import Executor


async def connect(executor: "Executor", verb: Connect) -> Source | None:
    """Carry out the verb; the `action` request, or None when the document goes on. Raises Interrupted."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    stream = BidirectionalStream(exchange, call, verb.stream)
    action = Source(verb.action, verb.method) if verb.action else None
    opening = exchange.spawn(call, stream.open())
    try:
        if await executor.race(opening):
            call.phone.line = stream
            await executor.race(stream.finished)
    except Interrupted:
        await opening
        await stream.stop()
        if action is not None and isinstance(call.interruption.result(), HungUp):
            executor.last_requests.append((action, "connect action"))
        raise
    return action


class BidirectionalStream(MediaStream):
    """The line of a call that talks with the application."""

    speaks = True

    def __init__(self, exchange: "Exchange", call: Call, verb: Stream) -> None:
        super().__init__(exchange, call, verb)
        self._playout = Playout()
        self._frames = 0

    def frame(self, spoken: bytes) -> bytes:
        if not self._live:
            return QUIET_FRAME
        heard, reached = self._playout.frame()
        self._frames += 1
        self.send_media("inbound", spoken, self._frames * FRAME_MS)
        self._return(reached)
        return heard

    def key(self, digit: str) -> None:
        if self._live:
            self.send(self._writer.dtmf(digit))

    def receive(self, message: str | bytes) -> None:
        try:
            match parse(message, self.sid):
                case Media(audio):
                    self._media_received += 1
                    if not self._playout.media(audio):
                        self.warn(31931, "more than 10 minutes are waiting to be played")
                case Mark(name):
                    self._return(self._playout.mark(name))
                case Clear():
                    self._call.note("clear", dropped_ms=self._playout.queued_ms)
                    self._return(self._playout.clear())
        except Nonconforming as error:
            self.warn(error.code, error.why)

    @property
    def unheard_ms(self) -> int:
        return self._playout.queued_ms

    def _return(self, marks: list[str]) -> None:
        for name in marks:
            self.send(self._writer.mark(name))
