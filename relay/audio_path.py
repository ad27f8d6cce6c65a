"""The short way of audio through a bridge: what comes and goes 70 times a second and changes nothing but how far it is.

The caller's audio goes to the engine, the call and the recording; the agent's, while it speaks and nothing else is due,
from the playout to the caller, and its marks come back. All else goes the long way, by `Bridge.handle`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns

from relay.call import Call
from relay.caller import Frame, Media, ToCaller
from relay.clients import Client
from relay.ear import Ear
from relay.messages import Tick
from relay.onlookers import Onlookers
from relay.sockets import ShortWay, Socket
from relay.tap import Tap

TICK = Tick()


class AudioPath(ShortWay):
    """One per stream. What more than audio is to be done about is given to `receive`."""

    def __init__(
        self,
        call: Call,
        client: Client,
        ear: Ear,
        tap: Tap | None,
        onlookers: Onlookers,
        *,
        receive: Callable[[Media | Tick, int], None],
        on_disorder: Callable[[], None],
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self.socket: Socket | None = None  # the caller's, once it is open
        self.tap = tap  # None when nothing is recorded
        self._call = call
        self._pace = call.pace
        self._hearing = call.hearing
        self._audio = call.audio
        self._client = client
        self._reader = client.reader
        self._ear = ear
        self._onlookers = onlookers
        self._receive = receive
        self._on_disorder = on_disorder
        self._on_bug = on_bug
        self._sequence = 0  # of the caller's latest message

    def takes(self, message: bytes) -> bool:
        if self._reader is None:
            return False
        heard = self._reader.read(message)
        if heard is None:
            return False
        if isinstance(heard, str):
            return self.passes(heard)
        self.hear(heard)
        return True

    def hear(self, frame: Frame) -> None:
        """One message of the caller's audio. The engine that listens has it first."""
        payload, audio, timestamp_ms, sequence = frame
        now_ms = monotonic_ns() // 1_000_000
        try:
            engine_hears = self._hearing.engine_hears
            if engine_hears:
                self._ear.hear(payload)
            if sequence < self._sequence:
                self._on_disorder()
            self._sequence = sequence
            if self.tap is not None:
                self.tap.hear(audio, timestamp_ms, now_ms)
            if not engine_hears:
                self._receive(Media(audio, timestamp_ms), now_ms)
            elif self._audio.give(audio, now_ms) and self._hearing.sample(audio, now_ms):
                self._pace.at_once(now_ms)
        except Exception as bug:
            self._on_bug(bug)

    def adds(self, item_id: str, audio: bytes) -> bool:
        """More of what the agent says. False when the call has to know."""
        try:
            if not self._pace.adds(item_id, audio, monotonic_ns() // 1_000_000):
                return False
            self.tick()
        except Exception as bug:
            self._on_bug(bug)
        return True

    def tick(self) -> None:
        """The call is due: move the agent's audio on, or ask the call."""
        now_ms = monotonic_ns() // 1_000_000
        try:
            messages = self._pace.tick(now_ms) if self._client.screen is None else None  # a screen sees everything
            if messages is None:
                self._onlookers.see(TICK, now_ms)
                self._receive(TICK, now_ms)
            elif messages and self.socket is not None:
                self.socket.hold()
                for message in messages:
                    self._onlookers.see(message, now_ms)
                    self.send(message, now_ms)
                self.socket.release()
        except Exception as bug:
            self._on_bug(bug)

    def send(self, message: ToCaller, now_ms: int) -> None:
        if self.socket is not None:
            self._client.send(self.socket, message, self._call.stream_sid)
        if self.tap is not None:
            self.tap.to_caller(message, now_ms)

    def passes(self, mark: str) -> bool:
        """A mark came back. False when the call has to know."""
        now_ms = monotonic_ns() // 1_000_000
        try:
            if not self._pace.passes(mark, now_ms):
                return False
            if self.tap is not None:
                self.tap.played(mark, now_ms)
        except Exception as bug:
            self._on_bug(bug)
        return True
