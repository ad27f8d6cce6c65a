"""The HTTP client against a server of another make, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web

from relay import http_client, http_connection
from relay.errors import HttpFailed
from relay.functions import PostThen
from relay.functions_client import FunctionsClient
from relay.http_client import HttpClient
from relay.http_connection import Connection, Response
from tests.relay.house import until
from tests.relay.tls import trusting

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


def answers(*written: bytes) -> Handle:
    """A server that writes this to the first request of a connection, piece by piece, and hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        for piece in written:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return handle


@pytest.mark.parametrize(
    "written",
    [
        [b"HTTP/1.1 200 OK\r\n\r\n", b"until it ", b"closes"],
        [b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nuntil it closes"],
        [b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nuntil it closes"],
        [b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nuntil it closes"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nuntil it ", b"\r\n6\r\ncloses\r\n0\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nuntil it closesHTTP/1.1 500 No\r\n\r\nnot asked"],
        [*(bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nuntil it closes")],
    ],
    ids=["no length", "HTTP/1.0", "1xx before", "1xx with it", "chunked", "two answers", "byte by byte"],
)
async def test_an_answer_is_read_to_its_end_however_it_comes(written: list[bytes]) -> None:
    async with raw(answers(*written)) as origin, client() as http:
        assert await http.request("GET", origin, timeout_s=5) == Response(200, b"until it closes")


async def test_a_connection_that_is_closed_in_place_of_an_answer_gives_none() -> None:
    """Though the answer before had no length."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await head(reader)

    async with raw(once) as origin, client() as http:
        assert await http.request("POST", origin, timeout_s=5) == Response(204, b"")
        with pytest.raises(HttpFailed, match="connection lost"):
            await http.request("POST", origin, timeout_s=5)


async def test_a_then_that_meets_a_connection_just_closed_is_asked_on_another_one() -> None:
    """Whoever said goodbye was called back by a new stream: functions did not know of the end that was due."""
    asked: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await head(reader))
        await reader.readexactly(len(b'{"v":1,"attempt":1,"reason":"idle"}'))
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}')

    async def authorization() -> str:
        return "Bearer x"

    async with raw(once) as origin, client() as http:
        functions = FunctionsClient(http, origin, authorization, tool_deadline_s=5)
        for n in range(1, 6):
            assert (await functions.then("sess_1", 1, PostThen(reason="idle"))).status == 200
            assert len(asked) == n


async def test_a_connection_whose_server_has_said_its_last_word_is_not_kept() -> None:
    open_after_it: list[bool] = []

    class Watched(Connection):
        def eof_received(self) -> None:
            super().eof_received()
            open_after_it.append(self.is_open)

    async with raw(answers(OK)) as origin:
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Watched(lambda _: None), "127.0.0.1", int(origin.rpartition(":")[2])
        )
        assert (await connection.ask(b"GET / HTTP/1.1\r\n\r\n")).content == b"ok"
        await until(lambda: open_after_it)
        assert open_after_it == [False]


async def test_what_comes_when_nothing_was_asked_answers_nothing() -> None:
    sent = asyncio.Event()

    async def talks_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        sent.set()
        await reader.read()

    async with raw(talks_on) as origin, client() as http:
        for _ in range(2):
            sent.clear()
            assert (await http.request("GET", origin, timeout_s=5)) == Response(200, b"ok")
            await sent.wait()
            await asyncio.sleep(0.05)


async def test_a_connection_that_nothing_was_sent_on_for_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "KEEP_S", 0.05)
    closed = asyncio.Event()

    async def waits(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK)
        await reader.read()
        closed.set()

    async with raw(waits) as origin, client() as http:
        await http.request("GET", origin, timeout_s=5)
        await asyncio.wait_for(closed.wait(), 5)
        assert not http._idle


async def test_no_answer_is_an_error_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_connection, "MOST_BYTES", 1000)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def babbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await reader.read()

    upgrades = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with client() as http:
        for handle, problem in (
            (silent, "no answer in time"),
            (answers(), "connection lost"),
            (answers(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), "connection lost"),
            (answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"), "connection lost"),
            (answers(b"HTTP/1.1 200 OK\r\nContent-Le"), "connection lost"),
            (answers(b"HTTP/1.1 103 Early Hints\r\n\r\n"), "connection lost"),
            (answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + bytes(1001)), "too long"),
            (answers(upgrades), "not HTTP"),
            (babbles, "unasked for|not HTTP"),
        ):
            async with raw(handle) as origin:
                with pytest.raises(HttpFailed, match=problem) as failed:
                    await http.request("GET", origin, timeout_s=0.2 if handle is silent else 5)
                assert failed.value.was_sent
        with pytest.raises(HttpFailed, match="no connection: Connect") as failed:
            await http.request("GET", origin, timeout_s=5)
        assert not failed.value.was_sent
        with pytest.raises(HttpFailed, match="no connection"):
            await http.request("GET", origin.replace("http", "https"), timeout_s=5)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "127.0.0.1/x", "http://", "http://127.0.0.1:port/", "http://hötel/"]
)
async def test_what_is_no_url_is_refused(url: str) -> None:
    async with client() as http:
        with pytest.raises(HttpFailed, match="no request can be made of it"):
            await http.request("GET", url, timeout_s=5)


@pytest.mark.parametrize("value", ["x\r\nX-Other: y", "x\ny", "x\r"])
async def test_a_header_cannot_bring_another_one(value: str) -> None:
    async with client() as http:
        with pytest.raises(HttpFailed, match="line break"):
            await http.request("GET", "http://127.0.0.1:9/", headers={"X-Token": value}, timeout_s=5)


async def test_what_is_asked_for_is_asked_for_as_written() -> None:
    asked: list[bytes] = []

    async def notes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked.append(await head(reader))
            writer.write(OK)

    async with raw(notes) as origin, client() as http:
        for path in ("", "/a%20b/ü?x=1", "/v1/projects/p/topics/t:publish"):
            await http.request("GET", origin + path, timeout_s=5)
        await http.request("GET", f"{origin}/o?uploadType=media", params={"name": "a/b c"}, timeout_s=5)
    lines = [request.split(b"\r\n") for request in asked]
    assert [line[0] for line in lines] == [
        b"GET / HTTP/1.1",
        b"GET /a%20b/%C3%BC?x=1 HTTP/1.1",
        b"GET /v1/projects/p/topics/t:publish HTTP/1.1",
        b"GET /o?uploadType=media&name=a%2Fb+c HTTP/1.1",
    ]
    assert {line[1] for line in lines} == {b"Host: " + origin.removeprefix("http://").encode()}


async def test_https_is_spoken_with_whoever_has_the_right_certificate() -> None:
    theirs, ours = trusting()

    async def always(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await head(reader):
                writer.write(OK)
        writer.close()

    server = await asyncio.start_server(always, "127.0.0.1", 0, ssl=theirs)
    port = server.sockets[0].getsockname()[1]
    async with server, aclosing(HttpClient(lambda: ours)) as trustful, client() as http:
        for _ in range(2):
            assert await trustful.request("GET", f"https://localhost:{port}/", timeout_s=5) == Response(200, b"ok")
        with pytest.raises(HttpFailed, match="no connection: SSLCert"):
            await trustful.request("GET", f"https://127.0.0.1:{port}/", timeout_s=5)
        with pytest.raises(HttpFailed, match="no connection: SSLCert"):
            await http.request("GET", f"https://localhost:{port}/", timeout_s=5)


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
