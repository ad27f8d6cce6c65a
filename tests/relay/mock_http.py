"""An `Http` whose other end is a function from request to answer, in httpx's words. What it raises is no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal

import httpx

from relay.errors import HttpFailed
from relay.http_connection import Response


class MockHttp:
    """`may_answer`: cleared, it keeps requests waiting."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._answer = answer

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
        await self.may_answer.wait()
        try:
            answer = self._answer(httpx.Request(method, url, params=params, headers=headers, content=content))
        except httpx.TransportError as problem:
            raise HttpFailed(type(problem).__name__, was_sent=not isinstance(problem, httpx.ConnectError)) from problem
        return Response(answer.status_code, answer.content)
