"""One call's connections to engines: the one in use, and those let go of until their sockets are gone.

It reads and writes the engine's wire and passes on what happened; which engine, and when, is the call's to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from relay import messages as msg
from relay import realtime, realtime_codec, sockets
from relay.engines import Engines
from relay.errors import BadMessage, EngineUnavailable

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class EngineLine:
    """`handle` is given every event of the engine in use; `count` the names of messages we cannot use."""

    def __init__(
        self,
        engines: Engines,
        *,
        spawn: Spawn,
        handle: Callable[[msg.Event], None],
        count: Callable[[str, str], None],
    ) -> None:
        self._engines = engines
        self._spawn = spawn
        self._handle = handle
        self._count = count
        self._opening: asyncio.Task[None] | None = None
        self._in_use: _Link | None = None
        self._links: set[_Link] = set()

    def open(self, index: int, session: msg.Session | None) -> None:
        """Begin to connect. EngineOpened or EngineLost follows, unless `close` comes before."""
        self._opening = self._spawn(self._open(index, session))

    async def _open(self, index: int, session: msg.Session | None) -> None:
        link = _Link(self, index)
        self._in_use = link
        try:
            await self._engines.open(index, session, link)
        except EngineUnavailable as problem:
            if self._in_use is link:
                self._in_use = None
                self._handle(msg.EngineLost(index, problem.problem, fatal=problem.fatal))

    def send(self, message: realtime.ToEngine) -> None:
        """To the engine in use; nothing is said to one that is not open yet."""
        if self._in_use is not None:
            self._in_use.send(message)

    def close(self) -> None:
        """Let go of the engine in use, or of the attempt to connect."""
        if self._opening is not None:
            self._opening.cancel()
        if self._in_use is not None:
            link, self._in_use = self._in_use, None
            link.close()

    def abort(self) -> None:
        """Cut what is still open."""
        for link in list(self._links):
            link.abort()

    # --- from the links ---

    def opened(self, link: _Link) -> None:
        self._links.add(link)
        if self._in_use is link:
            self._handle(msg.EngineOpened(link.index))
        else:
            link.close()

    def heard(self, link: _Link, data: memoryview) -> None:
        if self._in_use is not link:
            return
        try:
            event = realtime_codec.read(data)
        except BadMessage as bad:
            self.bad(bad.kind)
            return
        if type(event) is realtime.Unknown:
            self._count("unknown_engine", event.type)
        elif type(event) is not realtime.Ignored:
            self._handle(event)

    def bad(self, kind: str) -> None:
        self._count(f"bad_engine_{kind}", "")

    def closed(self, link: _Link, code: int, reason: str) -> None:
        self._links.discard(link)
        if self._in_use is link:
            self._in_use = None
            self._handle(msg.EngineLost(link.index, f"closed {code} {reason}".strip()))


class _Link:
    """One connection to an engine. Once its line has let go of it, what it still says is not heard."""

    def __init__(self, line: EngineLine, index: int) -> None:
        self.index = index
        self._line = line
        self._socket: sockets.Socket | None = None

    def send(self, message: realtime.ToEngine) -> None:
        if self._socket is not None:
            self._socket.send(realtime_codec.write(message))

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close(1000)

    def abort(self) -> None:
        if self._socket is not None:
            self._socket.abort()

    def on_open(self, socket: sockets.Socket) -> None:
        self._socket = socket
        self._line.opened(self)

    def on_text(self, data: memoryview) -> None:
        self._line.heard(self, data)

    def on_binary(self, data: memoryview) -> None:
        self._line.bad("binary")

    def on_bad_frame(self, kind: str) -> None:
        self._line.bad(kind)

    def on_closed(self, code: int, reason: str) -> None:
        self._line.closed(self, code, reason)
