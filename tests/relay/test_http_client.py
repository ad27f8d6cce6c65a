"""The HTTP client against a server of another make, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from relay.errors import HttpFailed
from relay.http_client import HttpClient, Response

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(ssl.create_default_context)
    yield made
    await made.aclose()


@asynccontextmanager
async def raw(handle: Handle) -> AsyncIterator[str]:
    """A server that does what `handle` does. Yields its origin."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await handle(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_requests_and_answers_pass_whole() -> None:
    peers: set[tuple[str, int]] = set()

    async def echo(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        body = await request.read()
        answer = web.StreamResponse(status=201, headers={"X-Query": request.query_string})
        if len(body) % 2:
            answer.enable_chunked_encoding()
        else:
            answer.content_length = len(body)
        await answer.prepare(request)
        await answer.write(body)
        return answer

    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with client() as http:
            for size in (0, 1, 2, 999, 80_001, 3_000_000):
                content = bytes(range(256)) * (size // 256) + bytes(size % 256)
                answer = await http.request("POST", f"{origin}/x", params={"a": "b c"}, content=content, timeout_s=10)
                assert answer == Response(201, content)
            assert (await http.request("GET", origin, timeout_s=10)) == Response(201, b"")
            assert len(peers) == 1, "one connection carried them all"
            together = [http.request("GET", origin, timeout_s=10) for _ in range(5)]
            assert await asyncio.gather(*together) == [Response(201, b"")] * 5
            assert len(peers) == 5, "requests at the same time have a connection each"
    finally:
        await runner.cleanup()


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    connections, closed = 0, asyncio.Event()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await head(reader)
        writer.write(OK)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with raw(once) as origin, client() as http:
        for n in range(1, 4):
            closed.clear()
            assert (await http.request("GET", origin, timeout_s=5)).content == b"ok"
            assert connections == n
            await closed.wait()


async def test_what_answers_with_a_redirect_is_not_followed() -> None:
    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw(elsewhere) as origin, client() as http:
        assert await http.request("GET", origin, timeout_s=5) == Response(302, b"")


async def test_requests_made_before_it_is_warm_wait_for_it() -> None:
    async def always(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await head(reader):
            writer.write(OK)

    async with raw(always) as origin, client() as http:
        together = [http.request("GET", origin, timeout_s=5) for _ in range(3)]
        assert await asyncio.gather(http.warm(), *together) == [None, *[Response(200, b"ok")] * 3]


async def test_no_answer_is_an_error_with_its_reason() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    async def babbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await reader.read()

    async with client() as http:
        for handle, problem in (
            (silent, "no answer in time"),
            (hangs_up, "Payload"),
            (babbles, "ClientResponse|Disconnected"),
        ):
            async with raw(handle) as origin:
                with pytest.raises(HttpFailed, match=problem):
                    await http.request("GET", origin, timeout_s=0.2 if handle is silent else 5)
        with pytest.raises(HttpFailed, match="Connector"):
            await http.request("GET", origin, timeout_s=5)
        with pytest.raises(HttpFailed):
            await http.request("GET", origin.replace("http", "https"), timeout_s=5)


async def test_a_request_given_up_leaves_no_connection_behind() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        began.set()
        assert await reader.read() == b""
        ended.set()

    async with raw(slow) as origin, client() as http:
        asking = asyncio.create_task(http.request("GET", origin, timeout_s=30))
        await asyncio.wait_for(began.wait(), 5)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await asyncio.wait_for(ended.wait(), 5)
        assert asking.cancelled()
