"""A spare connection to an engine: made before anybody calls, so that a call's start costs no handshake.

Nothing is sent on it, and what the engine says on its own (`session.created`) is kept for the call that takes it. It
is replaced when it was taken, when it closed, and when it is old: an engine's session may begin with its connection.
Source: OpenAI Realtime: a session lasts 60 minutes from its connection; GPT-Live: nothing begins before
`session.start`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

from relay import faults, log, sockets
from relay.errors import EngineUnavailable
from relay.faults import Fault

# Well below every limit, and below the time after which a renewal of its session is prepared.
LONGEST_AGE_S = 240.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# An engine that says more than this without having been asked is not what we take it for.
MOST_MESSAGES = 8

Connect = Callable[[sockets.Listener], Awaitable[sockets.Socket]]


class Waiting:
    """The listener of a connection that nobody uses yet; once taken it passes on to the listener of the call."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()  # taken, or closed
        self.fault: Fault | None = None  # by which it closed
        self._socket: sockets.Socket | None = None
        self._has_closed = False
        self._messages: list[bytes] = []
        self._listener: sockets.Listener | None = None

    @property
    def is_open(self) -> bool:
        return self._socket is not None and not self._has_closed and not self._socket.is_closing

    def hand_over(self, listener: sockets.Listener) -> sockets.Socket:
        assert self._socket is not None
        self._listener = listener
        self.ended.set()
        listener.on_open(self._socket)
        for message in self._messages:
            listener.on_text(memoryview(message))
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close(1000)

    def on_open(self, socket: sockets.Socket) -> None:
        self._socket = socket

    def on_text(self, data: memoryview) -> None:
        if self._listener is not None:
            self._listener.on_text(data)
        elif len(self._messages) < MOST_MESSAGES:
            self._messages.append(bytes(data))
        else:
            self.close()

    def on_binary(self, data: memoryview) -> None:
        if self._listener is not None:
            self._listener.on_binary(data)

    def on_bad_frame(self, kind: str) -> None:
        if self._listener is not None:
            self._listener.on_bad_frame(kind)

    def on_closed(self, code: int, reason: str) -> None:
        self._has_closed = True
        said = b"\n".join(self._messages).decode("utf-8", "replace")
        self.fault = faults.of_idle_close(code, reason, said)
        self.ended.set()
        if self._listener is not None:
            self._listener.on_closed(code, reason)


class Spare:
    """Keeps one connection at hand from `start` to `close`."""

    def __init__(
        self,
        engine: str,
        connect: Connect,
        *,
        longest_age_s: float = LONGEST_AGE_S,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._engine = engine
        self._connect = connect
        self._longest_age_s = longest_age_s
        self._first_pause_s = first_pause_s
        self._waiting: Waiting | None = None
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep(), name=f"spare-{self._engine}")

    def take(self) -> Waiting | None:
        """The connection, if there is one; another one is made at once."""
        waiting, self._waiting = self._waiting, None
        return waiting if waiting is not None and waiting.is_open else None

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None

    async def _keep(self) -> None:
        pause_s = self._first_pause_s
        while True:
            waiting = Waiting()
            try:
                await self._connect(waiting)
            except EngineUnavailable as problem:
                self._warn(Fault(problem.kind, problem.problem))
                pause_s = LONGEST_PAUSE_S if problem.fatal else pause_s
            except asyncio.CancelledError:
                waiting.close()  # it may have opened just now
                raise
            else:
                self._waiting = waiting
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(waiting.ended.wait(), self._longest_age_s * random.uniform(0.8, 1))
                if self._waiting is not waiting:  # it was taken
                    pause_s = self._first_pause_s
                    continue
                self._waiting = None
                if waiting.is_open:  # it is old
                    waiting.close()
                    pause_s = self._first_pause_s
                    continue
                if waiting.fault is not None and waiting.fault.is_fatal:
                    self._warn(waiting.fault)
                    pause_s = LONGEST_PAUSE_S
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _warn(self, fault: Fault) -> None:
        log.warn("! no spare connection", engine=self._engine, problem=fault.problem, kind=fault.kind)
