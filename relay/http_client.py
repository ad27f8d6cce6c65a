"""HTTP/1.1 for requests to other services: connections are kept, each carries one request at a time. Nothing else.

No redirects, proxies, cookies or compression: none of the services we ask needs them. It is here because a request by
httpx costs 0.65 ms of CPU, in which no audio moves, and this one 0.07 ms (README, "Decisions"); and a quarter of the
time that the relay took to start went into importing it.
The wire itself is in `http_wire`.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Literal, Protocol, cast
from urllib.parse import urlsplit

from relay.errors import HttpFailed
from relay.http_wire import Response, ResponseReader, request_bytes

CONNECT_TIMEOUT_S = 2.0
# The other end may close a connection that nothing is sent on; a request that meets that is lost.
KEEP_S = 5.0
MOST_KEPT = 100  # per origin


class Http(Protocol):
    """What the relay needs of HTTP; `HttpClient` is the real one. Raises HttpFailed when there is no answer."""

    async def request(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        timeout_s: float,
    ) -> Response: ...


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.is_open = True
        self.kept_since = 0.0
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._answer: asyncio.Future[Response] | None = None

    async def ask(self, request: bytes) -> Response:
        assert self._transport is not None
        if not self.is_open:
            raise HttpFailed("connection lost")
        self._reader, self._answer = ResponseReader(), asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    @property
    def may_be_kept(self) -> bool:
        return self.is_open and self._answer is None and self._reader is not None and self._reader.may_be_kept

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._reader is None or self._answer is None:
            self.close()  # nobody asked
            return
        try:
            response = self._reader.feed(data)
        except HttpFailed as problem:
            self.close()
            self._settle(problem)
        else:
            if response is not None:
                self._settle(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None:
            response = self._reader.end() if self._reader is not None and exc is None else None
            self._settle(response or HttpFailed("connection lost"))

    def _settle(self, outcome: Response | HttpFailed) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if isinstance(outcome, Response):
            answer.set_result(outcome)
        else:
            answer.set_exception(outcome)


_Origin = tuple[str, str, int]  # scheme, host, port


class HttpClient:
    """`tls` gives the context of https connections. `timeout_s` covers connecting, sending and the whole answer."""

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        self._tls = tls
        self._kept: dict[_Origin, deque[_Connection]] = {}

    async def request(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        timeout_s: float,
    ) -> Response:
        request = request_bytes(method, url, params=params, headers=headers, content=content)
        origin = _origin(url)
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(timeout_s):
                connection = self._take(origin) or await self._connect(origin)
                return await connection.ask(request)
        except TimeoutError:
            raise HttpFailed("no answer in time") from None
        except OSError as problem:
            raise HttpFailed(type(problem).__name__) from problem
        finally:
            if connection is not None:
                self._give_back(origin, connection)

    async def aclose(self) -> None:
        for kept in self._kept.values():
            for connection in kept:
                connection.close()
        self._kept.clear()

    async def _connect(self, origin: _Origin) -> _Connection:
        scheme, host, port = origin
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, connection = await asyncio.get_running_loop().create_connection(
                _Connection, host, port, ssl=self._tls() if scheme == "https" else None
            )
        return connection

    def _take(self, origin: _Origin) -> _Connection | None:
        """The connection used last, if it is still good."""
        kept = self._kept.get(origin)
        oldest = time.monotonic() - KEEP_S
        while kept:
            connection = kept.pop()
            if connection.is_open and connection.kept_since >= oldest:
                return connection
            connection.close()
        return None

    def _give_back(self, origin: _Origin, connection: _Connection) -> None:
        kept = self._kept.setdefault(origin, deque())
        if not connection.may_be_kept or len(kept) >= MOST_KEPT:
            connection.close()
            return
        connection.kept_since = time.monotonic()
        kept.append(connection)
        while kept and (kept[0].kept_since < connection.kept_since - KEEP_S or not kept[0].is_open):
            kept.popleft().close()


def _origin(url: str) -> _Origin:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
