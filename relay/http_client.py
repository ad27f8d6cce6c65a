"""HTTP/1.1 requests to other services: connections are kept; redirects and cookies are not followed, nothing is asked
for compressed.

By a large client requests took more of a telephone call's CPU than all else beside its audio: one for each turn and
each event, in which code runs that nothing else has just used. So this is little code, around httptools' parser
(`http_connection`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol
from urllib.parse import quote, urlencode, urlsplit

from relay.addresses import dial
from relay.errors import HttpFailed
from relay.http_connection import Connection, Response

CONNECT_TIMEOUT_S = 2.0
# The other end may close a connection that nothing is sent on; a request that meets that is lost.
KEEP_S = 5.0


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


class Origin(NamedTuple):
    """Where a connection goes."""

    is_tls: bool
    host: str
    port: int


class HttpClient:
    """`tls` gives the context of https connections. `timeout_s` covers connecting, sending and the whole answer."""

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        self._tls = tls
        self._idle: dict[Origin, list[Connection]] = {}  # the latest last
        self._sweeping: asyncio.TimerHandle | None = None

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
        try:
            origin, host, target = _split(url)
            message = _message(method, host, target, params, headers or {}, content)
        except ValueError as problem:
            raise HttpFailed(f"no request can be made of it: {problem}") from None
        now = asyncio.get_running_loop().time
        until = now() + timeout_s
        while True:
            kept = self._take(origin)
            connection = kept or await self._connect(origin, timeout_s)
            try:
                return await self._ask(connection, message, until)
            except HttpFailed as lost:
                if kept is None or kept.has_begun or now() >= until:
                    raise
                # The server closed a connection that was kept, just now; whether it saw a POST nobody knows.
                if method != "GET":
                    raise HttpFailed(lost.problem, was_stale=True) from None

    async def _ask(self, connection: Connection, message: bytes, until: float) -> Response:
        """Raises HttpFailed."""
        answer = connection.ask(message)
        too_late = asyncio.get_running_loop().call_at(until, connection.give_up)
        try:
            return await answer
        finally:
            too_late.cancel()
            if answer.cancelled():
                connection.abort()

    async def _connect(self, origin: Origin, timeout_s: float) -> Connection:
        """Raises HttpFailed."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(min(timeout_s, CONNECT_TIMEOUT_S)):
                _, connection = await loop.create_connection(
                    lambda: Connection(lambda idle: self._keep(origin, idle)),
                    sock=await dial(origin.host, origin.port),
                    ssl=self._tls() if origin.is_tls else None,
                    server_hostname=origin.host if origin.is_tls else None,
                )
        except TimeoutError:
            raise HttpFailed("no connection in time", was_sent=False) from None
        except (OSError, ValueError) as problem:
            raise HttpFailed(f"no connection: {type(problem).__name__}", was_sent=False) from problem
        return connection

    # --- connections that are kept ---

    def _take(self, origin: Origin) -> Connection | None:
        idle, now = self._idle.get(origin), asyncio.get_running_loop().time()
        while idle:
            connection = idle.pop()
            if connection.is_open and now - connection.idle_since < KEEP_S:
                return connection
            connection.abort()
        return None

    def _keep(self, origin: Origin, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.setdefault(origin, []).append(connection)
        if self._sweeping is None:
            self._sweeping = loop.call_later(KEEP_S, self._sweep)

    def _sweep(self) -> None:
        """Close those that nothing was sent on for long."""
        self._sweeping = None
        loop = asyncio.get_running_loop()
        for origin, idle in list(self._idle.items()):
            kept = [each for each in idle if each.is_open and loop.time() - each.idle_since < KEEP_S]
            for connection in set(idle).difference(kept):
                connection.abort()
            self._idle[origin] = kept
            if not kept:
                del self._idle[origin]
        if self._idle:
            self._sweeping = loop.call_later(KEEP_S, self._sweep)

    async def aclose(self) -> None:
        """Close what is kept; requests under way are not waited for."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for idle in self._idle.values():
            for connection in idle:
                connection.abort()
        self._idle.clear()


@lru_cache(1024)
def _split(url: str) -> tuple[Origin, str, str]:
    """Where it is, the Host header, and what is asked for there. Raises ValueError when it is no http(s) URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no http or https URL")
    is_tls = parts.scheme == "https"
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    origin = Origin(is_tls, parts.hostname, parts.port or (443 if is_tls else 80))
    return origin, parts.netloc.rpartition("@")[2], target


def _message(
    method: str, host: str, target: str, params: Mapping[str, str] | None, headers: Mapping[str, str], content: bytes
) -> bytes:
    """Raises ValueError for what would be another line of the head."""
    if params:
        target += ("&" if "?" in target else "?") + urlencode(params)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Accept: */*", "User-Agent: nightdesk"]
    if method != "GET":
        lines.append(f"Content-Length: {len(content)}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines)
    if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1:
        raise ValueError("a header has a line break")
    return f"{head}\r\n\r\n".encode("ascii") + content
