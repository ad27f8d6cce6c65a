"""Twilio's end of a bidirectional media stream: the WebSocket, the frames both ways, and how it may end.

As a `Line` it hands every 20 ms of the caller to the application and gives the caller what the playout buffer holds.
The stream only reports its end (`finished`); the executor decides what the call does next.
Source: twilio.md 3.4 (signature), 4.1 (how it ends), 5 (messages); error pages 31901-31951.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from local.twilio.calls import Call, new_sid
from local.twilio.clock import FRAME_MS
from local.twilio.errors import Problem
from local.twilio.lines import QUIET_FRAME
from local.twilio.messages import Clear, Mark, Media, Nonconforming, Writer, parse
from local.twilio.playout import Playout
from local.twilio.verbs import Stream

OUTBOX_LIMIT = 1500
"""Messages (30 s) that may wait for a server that does not read; then audio is thrown away with warning 31930."""
_CLOSE_TIMEOUT_S = 3.0
_PROTOCOL_ERROR = 1002

StreamCallback = Callable[[str, str], None]
"""Called with StreamEvent and StreamError."""


class _Upgrade(connect):
    """A handshake that follows no redirection: Twilio wants 101 and nothing else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class MediaStream:
    """One stream of one call. `open`, then it is a line until `finished`; `stop` ends it from Twilio's side."""

    speaks = True

    def __init__(
        self,
        call: Call,
        verb: Stream,
        *,
        signature: str,
        tls: ssl.SSLContext | None,
        open_timeout_s: float,
        callback: StreamCallback,
    ) -> None:
        self.sid = new_sid("MZ")
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._call = call
        self._verb = verb
        self._signature = signature
        self._tls = tls
        self._open_timeout_s = open_timeout_s
        self._callback = callback
        self._playout = Playout()
        self._writer = Writer(self.sid, call.account_sid, call.sid)
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._live = False
        self._frames = 0
        self._media_received = 0
        self._warned: set[int] = set()

    async def open(self) -> bool:
        """Connect and send `connected` and `start`. False when that failed; the reason is in the timeline."""
        self._call.note("stream", state="connecting", stream_sid=self.sid, url=self._verb.url)
        failure = await self._connect()
        if failure is not None:
            self._call.problem(failure)
            self._call.note("stream", state="failed", stream_sid=self.sid, url=self._verb.url, code=failure.code)
            self._callback("stream-error", str(failure))
            return False
        self._call.note("stream", state="started", stream_sid=self.sid, url=self._verb.url)
        self._outbox.put_nowait(self._writer.connected())
        self._outbox.put_nowait(self._writer.start(dict(self._verb.parameters)))
        self._live = True
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._read())]
        self._callback("stream-started", "")
        return True

    async def stop(self) -> None:
        """End the stream from Twilio's side: the message `stop`, then the closing handshake."""
        if self._socket is None or not self._live:
            return
        self._live = False
        self._outbox.put_nowait(self._writer.stop())
        self._outbox.put_nowait(None)
        done, pending = await asyncio.wait(self._tasks, timeout=_CLOSE_TIMEOUT_S)
        if pending:
            self._socket.transport.abort()
            await asyncio.wait(pending)
        for task in done | pending:
            task.result()

    # -- as a line ------------------------------------------------------------------------------------------------

    def frame(self, spoken: bytes) -> bytes:
        if not self._live:
            return QUIET_FRAME
        heard, reached = self._playout.frame()
        self._frames += 1
        if self._outbox.qsize() < OUTBOX_LIMIT:
            self._outbox.put_nowait(self._writer.media(spoken, self._frames * FRAME_MS))
        else:
            self._warn(31930, "the server does not read")
        self._return(reached)
        return heard

    def key(self, digit: str) -> None:
        if self._live:
            self._outbox.put_nowait(self._writer.dtmf(digit))

    # -- the socket -----------------------------------------------------------------------------------------------

    async def _connect(self) -> Problem | None:
        url = self._verb.url
        parts = urlsplit(url)
        if parts.scheme != "wss":
            return Problem(31922, url)
        if parts.query:
            return Problem(31920, "query strings are not supported in <Stream url>")
        try:
            self._socket = await _Upgrade(
                url,
                ssl=self._tls,
                additional_headers={"x-twilio-signature": self._signature},
                user_agent_header="Twilio.TmeWs/1.0",
                compression=None,
                proxy=None,
                open_timeout=self._open_timeout_s,
                close_timeout=1,
                ping_interval=None,
                max_size=None,
            )
        except TimeoutError:
            return Problem(31901, url)
        except InvalidStatus as error:
            return Problem(31920, f"HTTP {error.response.status_code}")
        except (InvalidHandshake, InvalidURI) as error:
            return Problem(31920, str(error))
        except ssl.SSLError as error:
            return Problem(31910, str(error))
        except ConnectionResetError as error:
            return Problem(31903, str(error))
        except OSError as error:
            return Problem(31902, str(error))
        return None

    async def _send(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(ConnectionClosed):
            while (message := await self._outbox.get()) is not None:
                await self._socket.send(message)
            await self._socket.close()

    async def _read(self) -> None:
        assert self._socket is not None
        broken: Problem | None = None
        try:
            async for message in self._socket:
                self._receive(message)
        except ConnectionClosed as closed:
            broken = _why(closed)
        ended_by = "server" if self._live else "twilio"
        self._live = False
        self._outbox.put_nowait(None)
        if broken is not None and ended_by == "server":
            self._call.problem(broken)
            self._callback("stream-error", str(broken))
        self._call.note(
            "stream",
            state="stopped",
            stream_sid=self.sid,
            url=self._verb.url,
            ended_by=ended_by,
            close_code=self._socket.close_code,
            frames_sent=self._writer.chunks,
            media_received=self._media_received,
            unheard_ms=self._playout.queued_ms,
        )
        self._callback("stream-stopped", "")
        self.finished.set_result(None)

    def _receive(self, message: str | bytes) -> None:
        if not self._live:
            return
        try:
            match parse(message, self.sid):
                case Media(audio):
                    self._media_received += 1
                    if not self._playout.media(audio):
                        self._warn(31931, "more than 10 minutes are waiting to be played")
                case Mark(name):
                    self._return(self._playout.mark(name))
                case Clear():
                    self._call.note("clear", dropped_ms=self._playout.queued_ms)
                    self._return(self._playout.clear())
        except Nonconforming as error:
            self._warn(error.code, error.why)

    def _return(self, marks: list[str]) -> None:
        for name in marks:
            self._outbox.put_nowait(self._writer.mark(name))

    def _warn(self, code: int, why: str) -> None:
        """A warning, once per stream."""
        if code not in self._warned:
            self._warned.add(code)
            self._call.problem(Problem(code, why))


def _why(closed: ConnectionClosed) -> Problem:
    if closed.sent is not None and closed.sent.code == _PROTOCOL_ERROR and not closed.rcvd_then_sent:
        return Problem(31924, closed.sent.reason)
    if closed.rcvd is None:
        return Problem(31903, "the connection was lost")
    return Problem(31921, f"close code {closed.rcvd.code} {closed.rcvd.reason}".rstrip())
