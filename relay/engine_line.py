"""One call's connections to engines: the one in use, those being made ready, and those let go of until they are gone.

It reads and writes the engines' wires and passes on what happened; which engine, and when, is the call's to decide.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

from relay import faults, log, realtime, sockets
from relay import messages as msg
from relay.caller import AudioFormat
from relay.dialects import DIALECTS, Codec, Ready
from relay.ear import Ear
from relay.engines import Engines
from relay.errors import BadMessage, EngineUnavailable
from relay.faults import Fault
from relay.functions import Session
from relay.log_lines import LINES

# Source: OpenAI GPT-Live reference, ending: the service drains for up to 10 s; its own examples wait 15.
GOODBYE_WAIT_S = 15.0

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class EngineLines:
    """`handle` is given every event of the line in use, and of others whether they are ready or lost.

    `count` is given the names of messages that we cannot use.
    """

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
        self._in_use: _Line | None = None
        self.ear = Ear()  # of the line in use
        self.short_way: sockets.ShortWay | None = None  # of the agent's audio, where a line has `deltas`
        self._lines: dict[int, _Line] = {}  # that the call knows of
        self._sockets: set[_Line] = set()  # those of them, and of the ones let go of, whose sockets are open

    def open(self, number: int, engine: int, session: Session | None, audio: AudioFormat) -> None:
        """Begin to connect. EngineOpened or EngineLost follows, unless `close` comes before.

        `audio` is the caller's format, in which everything comes and goes here, whatever the engine speaks.
        """
        dialect = self._engines.settings[engine].dialect
        line = _Line(self, number, dialect, self._engines.codec(engine, audio))
        self._lines[number] = line
        line.opening = self._spawn(self._open(line, engine, session))

    async def _open(self, line: _Line, engine: int, session: Session | None) -> None:
        try:
            await self._engines.open(engine, session, line)
        except EngineUnavailable as problem:
            self._lost(line, Fault(problem.kind, problem.problem, problem.fatal))

    def use(self, number: int) -> None:
        self._turn_to(self._lines.get(number))  # it may just have closed

    def _turn_to(self, line: _Line | None) -> None:
        """The caller is heard by this one from now on, and no other one's audio has a short way."""
        before, self._in_use = self._in_use, line
        if before is not None and before.socket is not None:
            before.socket.short_way = None
        self.ear.is_gone()
        if line is not None and line.socket is not None:
            self.ear.is_of(line.socket, line.codec)
            line.socket.short_way = self.short_way if line.codec.has_deltas else None

    def send(self, message: Any) -> None:
        """To the line in use, if there is one."""
        if self._in_use is not None:
            self._in_use.send(message)

    def send_to(self, number: int, message: Any) -> None:
        if (line := self._lines.get(number)) is not None:
            line.asked = line.asked or message
            line.send(message)

    def close(self, number: int) -> None:
        """Let go of this line, or of the attempt to connect it."""
        line = self._let_go_of(number)
        if line is not None:
            line.close()

    def close_all(self) -> None:
        for number in list(self._lines):
            self.close(number)

    def abort(self) -> None:
        """Cut what is still open, but for lines that have said goodbye and are still answered."""
        for line in [line for line in self._sockets if not line.is_leaving]:
            line.abort()

    def _let_go_of(self, number: int) -> _Line | None:
        line = self._lines.pop(number, None)
        if line is not None and self._in_use is line:
            self._turn_to(None)
        return line

    def _knows(self, line: _Line) -> bool:
        return self._lines.get(line.number) is line

    def _lost(self, line: _Line, fault: Fault) -> None:
        if self._knows(line):
            self._let_go_of(line.number)
            self._handle(msg.EngineLost(line.number, fault.problem, fault.is_fatal, fault.kind))

    # --- from the lines ---

    def opened(self, line: _Line) -> None:
        self._sockets.add(line)
        if self._knows(line):
            self._handle(msg.EngineOpened(line.number))
        else:
            line.close()

    def heard(self, line: _Line, data: memoryview) -> None:
        if self._in_use is not line and not self._knows(line):
            return
        try:
            event = line.codec.read(data)
        except BadMessage as bad:
            self.bad(bad.kind)
            return
        if type(event) is line.dialect.over:
            line.is_ready = False
        if self._in_use is not line:
            self._prepare(line, event)
        elif type(event) is realtime.Unknown:
            self._count("unknown_engine", event.type)
        elif type(event) is not realtime.Ignored:
            self._handle(event)

    def _prepare(self, line: _Line, event: Any) -> None:
        """All that matters of a line that is not in use yet is whether it can be."""
        line.expires_at = line.dialect.expires_at(event) or line.expires_at
        match line.dialect.answer(event, line.asked):
            case Ready():
                line.is_ready = True
                self._handle(msg.EngineReady(line.number, line.lasts_ms(), event))
            case Fault() as fault:
                line.close()
                self._lost(line, fault)

    def bad(self, kind: str) -> None:
        self._count(f"bad_engine_{kind}", "")

    def closed(self, line: _Line, code: int, reason: str) -> None:
        self._sockets.discard(line)
        self._lost(line, faults.of_close(code, reason))


class _Line:
    """One connection to an engine. Once the call has let go of it, what it still says is not heard."""

    def __init__(self, lines: EngineLines, number: int, dialect: str, codec: Codec) -> None:
        self.number = number
        self.dialect = DIALECTS[dialect]
        self.codec = codec
        self.opening: asyncio.Task[None] | None = None
        self.expires_at: float | None = None  # seconds since 1970
        self.asked: Any = None  # what it was sent first: its configuration
        self.is_ready = False
        self.is_leaving = False  # it has said goodbye and cuts itself
        self._lines = lines
        self.socket: sockets.Socket | None = None
        self._cut: asyncio.TimerHandle | None = None

    def lasts_ms(self) -> int:
        """How long the session still lasts: never longer than the engine's rule, whatever our two clocks say."""
        left_s = self.expires_at - time.time() if self.expires_at is not None else 0.0
        return int(1000 * (min(left_s, self.dialect.lasts_s) if left_s > 0 else self.dialect.lasts_s))

    def send(self, message: Any) -> None:
        if self.socket is not None:
            self.socket.send(self.codec.write(message))

    def close(self) -> None:
        """Let go: at once, or where the dialect has a goodbye once that was answered. Nobody waits for it."""
        if self.opening is not None:
            self.opening.cancel()
        if self.socket is None or self.is_leaving:
            return
        if self.is_ready and self.dialect.goodbye is not None:
            self.is_leaving = True
            self.socket.send(self.codec.write(self.dialect.goodbye))
            self._cut = asyncio.get_running_loop().call_later(GOODBYE_WAIT_S, self.socket.abort)
        else:
            self.socket.close(1000)

    def _hear_goodbye(self, data: memoryview) -> None:
        with contextlib.suppress(BadMessage):
            event = self.codec.read(data)
            if self.socket is not None and type(event) is self.dialect.over:
                line, fields = LINES[type(event)]
                log.info(line, engine_line=self.number, **fields(event))
                self.socket.close(1000)

    def abort(self) -> None:
        if self.socket is not None:
            self.socket.abort()

    def on_open(self, socket: sockets.Socket) -> None:
        self.socket = socket
        self._lines.opened(self)

    def on_text(self, data: memoryview) -> None:
        if self.is_leaving:
            self._hear_goodbye(data)
        else:
            self._lines.heard(self, data)

    def on_binary(self, data: memoryview) -> None:
        self._lines.bad("binary")

    def on_bad_frame(self, kind: str) -> None:
        self._lines.bad(kind)

    def on_closed(self, code: int, reason: str) -> None:
        if self._cut is not None:
            self._cut.cancel()
        self._lines.closed(self, code, reason)
