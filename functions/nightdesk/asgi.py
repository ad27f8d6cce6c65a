"""Answers one request of the functions framework with an ASGI application, on an event loop of its own.

The `mcp` package serves HTTP as ASGI only, our edge is WSGI. A stateless application needs nothing to outlive the
request, so the smallest bridge is enough: the whole body in, one whole answer out, nothing kept. It is no bridge for
streams: whoever never ends its answer is cut off after `seconds`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from flask import Request, Response

Message = MutableMapping[str, Any]
App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


def respond(app: App, request: Request, seconds: float) -> Response:
    """Source: ASGI HTTP connection scope, spec 2.3.

    Raises: TimeoutError; RuntimeError when the application did not answer.
    """
    return asyncio.run(_respond(app, request, seconds))


async def _respond(app: App, request: Request, seconds: float) -> Response:
    status, headers, body = 0, [], bytearray()
    incoming: list[Message] = [{"type": "http.request", "body": request.get_data(), "more_body": False}]

    async def receive() -> Message:
        if not incoming:
            await asyncio.Event().wait()  # the client stays until it has been answered
        return incoming.pop()

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    async with asyncio.timeout(seconds):
        await app(_scope(request), receive, send)
    if not status:
        raise RuntimeError("the application did not answer")
    told = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in headers if k.lower() != b"content-length"]
    return Response(bytes(body), status, told)


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": request.query_string,
        "root_path": "",
        "headers": [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in request.headers.items()],
        "client": None,
        "server": None,
    }
