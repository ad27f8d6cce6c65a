"""The TLS front: like a cloud provider's load balancer, on one machine.

It terminates TLS with a throw-away certificate and passes bytes to the first backend that accepts a connection, so a
call whose relay was killed reaches the next one. It knows nothing of HTTP, except that it answers 503 when no backend
is there.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Sequence

import trustme

_CHUNK_BYTES = 1 << 16
_LINGER_S = 5.0
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Front:
    """Serves TLS on 127.0.0.1:`port` for `backends`, a list of (host, port) in order of preference."""

    def __init__(self, backends: Sequence[tuple[str, int]]) -> None:
        self.backends = list(backends)
        self.port = 0
        self._authority = trustme.CA()
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert("127.0.0.1", "localhost").configure_cert(self._context)
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._stopped = False

    @property
    def ca_pem(self) -> bytes:
        """The certificate authority that clients have to trust."""
        return self._authority.cert_pem.bytes()

    def client_context(self) -> ssl.SSLContext:
        """A client's TLS settings: the usual authorities and this one."""
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return context

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def start(self, port: int = 0) -> None:
        """Listen. Raises OSError when the port is in use. After `refuse` the same port is taken again."""
        self._stopped = False
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", port or self.port, ssl=self._context, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Fault: new connections are refused; those that exist go on. `start` ends it."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut(self) -> None:
        """Fault: every connection breaks, without a goodbye."""
        for writer in self._connections.values():
            writer.transport.abort()

    async def stop(self) -> None:
        """Stop listening, break what is left, leave nothing behind."""
        self._stopped = True
        server = self._server
        self.refuse()
        self.cut()
        if self._connections:
            await asyncio.wait(self._connections)
        if server is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LINGER_S):
                    await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopped:  # its handshake was still going on
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            backend = await self._first_that_accepts()
            if backend is None:
                writer.write(_UNAVAILABLE)
                await writer.drain()
            else:
                await _join((reader, writer), backend)
        except OSError:
            pass  # one side is gone; the other is told by closing it
        finally:
            await _close(writer)
            del self._connections[task]

    async def _first_that_accepts(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for host, port in self.backends:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(host, port)
        return None


_Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(client: _Side, backend: _Side) -> None:
    """Pump both ways until both have ended. After the end of one direction the other may go on for a while."""
    upward = asyncio.create_task(_pump(client[0], backend[1]))
    downward = asyncio.create_task(_pump(backend[0], client[1]))
    try:
        await asyncio.wait({upward, downward}, return_when=asyncio.FIRST_COMPLETED)
        # TLS has no half-close in asyncio: when the backend has ended, so has the client's connection.
        if not downward.done():
            await asyncio.wait({downward}, timeout=_LINGER_S)
    finally:
        for task in (upward, downward):
            task.cancel()
        await asyncio.wait({upward, downward})
        await _close(backend[1])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(_LINGER_S):
            await writer.wait_closed()
