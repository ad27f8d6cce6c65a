"""Twilio's end of a media stream: the WebSocket, what is sent through it, its status callback, and how it may end.

What audio it carries, and what it takes, its two kinds know: `connect.py` has the bidirectional one, `forking.py` the
unidirectional one. A stream only reports its end (`finished`); the executor decides what the call does next.
Source: twilio.md 3.4 (signature), 4.1 (how it ends, statusCallback), 5 (messages); error pages 31901-31951.
"""

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from local.twilio.calls import Call, new_sid
from local.twilio.errors import Problem
from local.twilio.messages import Writer
from local.twilio.verbs import Stream

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

OUTBOX_LIMIT = 1500
"""Messages (30 s) that may wait for a server that does not read; then audio is thrown away with warning 31930."""
_CLOSE_TIMEOUT_S = 3.0
_PROTOCOL_ERROR = 1002


class _Upgrade(connect):
    """A handshake that follows no redirection: Twilio wants 101 and nothing else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class MediaStream:
    """One stream of one call. `open`, then it is live until `finished`; `stop` ends it from Twilio's side."""

    def __init__(self, exchange: "Exchange", call: Call, verb: Stream) -> None:
        self.sid = new_sid("MZ")
        self.verb = verb
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._exchange = exchange
        self._call = call
        self._writer = Writer(self.sid, call.account_sid, call.sid)
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._live = False
        self._media_received = 0
        self._warned: set[int] = set()

    async def open(self) -> bool:
        """Connect and send `connected` and `start`. False when that failed; the reason is in the timeline."""
        self._call.note("stream", state="connecting", stream_sid=self.sid, url=self.verb.url)
        failure = await self._connect()
        if failure is not None:
            self._call.problem(failure)
            self._call.note("stream", state="failed", stream_sid=self.sid, url=self.verb.url, code=failure.code)
            self._tell("stream-error", str(failure))
            return False
        self._call.note("stream", state="started", stream_sid=self.sid, url=self.verb.url)
        self._outbox.put_nowait(self._writer.connected())
        self._outbox.put_nowait(self._writer.start(dict(self.verb.parameters), self.verb.tracks))
        self._live = True
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._read())]
        self._tell("stream-started", "")
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

    @property
    def unheard_ms(self) -> int:
        """How much of what it was sent the caller has not heard."""
        return 0

    def send(self, message: str) -> None:
        self._outbox.put_nowait(message)

    def send_media(self, track: str, audio: bytes, timestamp_ms: int) -> None:
        if self._outbox.qsize() < OUTBOX_LIMIT:
            self.send(self._writer.media(audio, timestamp_ms, track))
        else:
            self.warn(31930, "the server does not read")

    def warn(self, code: int, why: str) -> None:
        """A warning, once per stream."""
        if code not in self._warned:
            self._warned.add(code)
            self._call.problem(Problem(code, why))

    def receive(self, message: str | bytes) -> None:
        """A message of the application, while the stream is live."""
        raise NotImplementedError

    # -- the socket -----------------------------------------------------------------------------------------------

    async def _connect(self) -> Problem | None:
        url = self.verb.url
        parts = urlsplit(url)
        if parts.scheme != "wss":
            return Problem(31922, url)
        if parts.query:
            return Problem(31920, "query strings are not supported in <Stream url>")
        try:
            self._socket = await _Upgrade(
                url,
                ssl=self._exchange.settings.tls,
                additional_headers={"x-twilio-signature": self._exchange.webhooks.stream_signature(url)},
                user_agent_header="Twilio.TmeWs/1.0",
                compression=None,
                proxy=None,
                open_timeout=self._exchange.settings.stream_open_timeout_s,
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
                if self._live:
                    self.receive(message)
        except ConnectionClosed as closed:
            broken = _why(closed)
        ended_by = "server" if self._live else "twilio"
        self._live = False
        self._outbox.put_nowait(None)
        if broken is not None and ended_by == "server":
            self._call.problem(broken)
            self._tell("stream-error", str(broken))
        self._call.note(
            "stream",
            state="stopped",
            stream_sid=self.sid,
            url=self.verb.url,
            ended_by=ended_by,
            close_code=self._socket.close_code,
            frames_sent=self._writer.chunks,
            media_received=self._media_received,
            unheard_ms=self.unheard_ms,
        )
        self._tell("stream-stopped", "")
        self.finished.set_result(None)

    def _tell(self, event: str, error: str) -> None:
        """The stream's status callback."""
        if not self.verb.status_callback:
            return
        now = self._exchange.clock.utc().isoformat(timespec="milliseconds")
        fields = {
            "AccountSid": self._call.account_sid,
            "CallSid": self._call.sid,
            "StreamSid": self.sid,
            "StreamName": self.verb.name or self.sid,
            "StreamEvent": event,
            "Timestamp": now.replace("+00:00", "Z"),
        }
        if error:
            fields["StreamError"] = error
        url, method = self.verb.status_callback, self.verb.status_callback_method
        notify = self._exchange.webhooks.notify(self._call, url, method, fields, f"stream callback: {event}")
        self._exchange.spawn(self._call, notify)


def _why(closed: ConnectionClosed) -> Problem:
    if closed.sent is not None and closed.sent.code == _PROTOCOL_ERROR and not closed.rcvd_then_sent:
        return Problem(31924, closed.sent.reason)
    if closed.rcvd is None:
        return Problem(31903, "the connection was lost")
    return Problem(31921, f"close code {closed.rcvd.code} {closed.rcvd.reason}".rstrip())
