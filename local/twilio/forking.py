"""`<Start>` and `<Stop>`: recordings and unidirectional media streams that go on beside a call's document.

A unidirectional stream is a fork of the call's audio, of one or both directions; it takes no messages and has no keys.
Source: Twilio's pages on <Stream>, <Recording>, the Streams and Recordings resources; twilio.md 4.1 (at most four
tracks of a call, names are unique); error page 14300 (what was never started with a name cannot be stopped by it).
RecordingSource is StartCallRecordingTwiML: that was seen in the field.
"""

import asyncio
from typing import TYPE_CHECKING

from local.twilio.calls import Call
from local.twilio.clock import FRAME_MS
from local.twilio.errors import NOT_SIMULATED, CallFailure
from local.twilio.stream import MediaStream
from local.twilio.verbs import Start, Stop, Stream

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange
    from local.twilio.executor import Executor

MOST_TRACKS = 4


def start(executor: "Executor", verb: Start) -> None:
    """Carry out the verb; the document goes on at once. Raises CallFailure."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    if isinstance(verb.noun, Stream):
        exchange.forks.start(call, verb.noun)
    else:
        exchange.recordings.start(call, call.phone, verb.noun.order, name=verb.noun.name)


def stop(executor: "Executor", verb: Stop) -> None:
    """Carry out the verb. What has ended by itself is no failure. Raises CallFailure 14300."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    if verb.noun == "Stream":
        fork = exchange.forks.find(call, verb.name)
        if fork is None:
            raise CallFailure(14300, f"no <Stream> was started as {verb.name!r}")
        fork.halt()
        return
    named = [recording for recording in exchange.recordings.of(call) if recording.name == verb.name]
    if not named:
        raise CallFailure(14300, f"no <Recording> was started as {verb.name!r}")
    for recording in named:
        exchange.recordings.stop(recording)


class Fork(MediaStream):
    """A unidirectional stream. It is live from its handshake to its end, and the call does not wait for either."""

    def __init__(self, exchange: "Exchange", call: Call, verb: Stream) -> None:
        super().__init__(exchange, call, verb)
        self.updated_at = exchange.clock.utc()
        self._frames = 0
        self._opening = exchange.spawn(call, self._open())

    @property
    def is_over(self) -> bool:
        return self.finished.done() or (self._opening.done() and not self._opening.result())

    def halt(self) -> None:
        """End it, in the background."""
        if not self.is_over:
            self._exchange.spawn(self._call, self._halt())

    def receive(self, message: str | bytes) -> None:
        self.warn(31951, "a unidirectional stream takes no messages")

    async def _open(self) -> bool:
        opened = await self.open()
        if opened:
            self._call.phone.taps.append(self._frame)
            self.finished.add_done_callback(self._ended)
        self.updated_at = self._exchange.clock.utc()
        return opened

    async def _halt(self) -> None:
        await asyncio.wait({self._opening})
        await self.stop()

    def _frame(self, said: bytes, heard: bytes) -> None:
        self._frames += 1
        for track in self.verb.tracks if self._live else ():
            self.send_media(track, said if track == "inbound" else heard, self._frames * FRAME_MS)

    def _ended(self, _: "asyncio.Future[None]") -> None:
        self._call.phone.taps.remove(self._frame)
        self.updated_at = self._exchange.clock.utc()


class Forks:
    """The unidirectional streams of every call, oldest first."""

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self._known: dict[str, list[Fork]] = {}

    def start(self, call: Call, verb: Stream) -> Fork:
        """Raises CallFailure for what the real service refuses in a way that is not documented."""
        known = self._known.setdefault(call.sid, [])
        going_on = [fork for fork in known if not fork.is_over]
        if verb.name and any(fork.verb.name == verb.name for fork in going_on):
            raise CallFailure(NOT_SIMULATED, f"a second <Stream> named {verb.name!r}")
        if sum(len(fork.verb.tracks) for fork in going_on) + len(verb.tracks) > MOST_TRACKS:
            raise CallFailure(NOT_SIMULATED, f"more than {MOST_TRACKS} tracks of one call")
        known.append(Fork(self._exchange, call, verb))
        return known[-1]

    def find(self, call: Call, sid_or_name: str) -> Fork | None:
        """The newest with that sid or name, whether it goes on or not."""
        named = [fork for fork in self._known.get(call.sid, []) if sid_or_name in (fork.sid, fork.verb.name)]
        return named[-1] if named and sid_or_name else None

    def stop_all(self, call: Call) -> None:
        """The call has ended."""
        for fork in self._known.get(call.sid, []):
            fork.halt()
