"""HTTP requests to other services, by aiohttp: connections are kept; redirects and cookies are not followed.

aiohttp, because a request costs 0.11 ms of CPU in which no audio moves; with httpx it is 0.6 ms. Importing it takes
0.12 s, a third of the time in which a relay should listen, so that happens on a thread beside it (`warm`); a request
made before then waits for it.
"""

from __future__ import annotations

import asyncio
import importlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from relay.errors import HttpFailed

if TYPE_CHECKING:
    import aiohttp

CONNECT_TIMEOUT_S = 2.0
# The other end may close a connection that nothing is sent on; a request that meets that is lost.
KEEP_S = 5.0


@dataclass(frozen=True, slots=True)
class Response:
    status_code: int
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300


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


class HttpClient:
    """`tls` gives the context of https connections. `timeout_s` covers connecting, sending and the whole answer."""

    def __init__(self, tls: Callable[[], ssl.SSLContext]) -> None:
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        self._warming: asyncio.Task[None] | None = None

    def warm(self) -> asyncio.Task[None]:
        """Begin to get ready for requests, if that has not begun; the first request would otherwise."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._open(), name="warm-http")
        return self._warming

    async def _open(self) -> None:
        aiohttp = await asyncio.to_thread(importlib.import_module, "aiohttp")
        await asyncio.to_thread(self._tls)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_S),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

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
        if self._session is None:
            await asyncio.shield(self.warm())
        assert self._session is not None
        import aiohttp  # loaded by now

        try:
            async with self._session.request(
                method,
                url,
                params=params,
                headers=headers,
                data=content,
                timeout=aiohttp.ClientTimeout(total=timeout_s, connect=CONNECT_TIMEOUT_S),
                ssl=self._tls() if url.startswith("https:") else True,
                allow_redirects=False,
            ) as answer:
                return Response(answer.status, await answer.read())
        except TimeoutError:
            raise HttpFailed("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            raise HttpFailed(type(problem).__name__) from problem

    async def aclose(self) -> None:
        if self._warming is not None:
            await self._warming
        if self._session is not None:
            await self._session.close()
