"""The socket module by itself: slow readers, redirects, and servers that never answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.client import connect as websockets_connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request as WsRequest
from websockets.http11 import Response as WsResponse

from relay import connections, sockets
from relay.errors import EngineUnavailable
from tests.relay.house import until
from tests.relay.tls import trusting

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
GOODBYE = b"\x88\x82" + bytes(4) + b"\x03\xe9"  # a close frame of a client, with 1001


class Recorder:
    def __init__(self) -> None:
        self.socket: sockets.Socket | None = None
        self.texts: list[bytes] = []
        self.binaries: list[bytes] = []
        self.closed: list[tuple[int, str]] = []

    def on_open(self, socket: sockets.Socket) -> None:
        self.socket = socket

    def on_text(self, data: memoryview) -> None:
        self.texts.append(bytes(data))

    def on_binary(self, data: memoryview) -> None:
        self.binaries.append(bytes(data))

    def on_bad_frame(self, kind: str) -> None: ...

    def on_closed(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))


@asynccontextmanager
async def served(recorder: Recorder) -> AsyncIterator[int]:
    server = await connections.serve("127.0.0.1", 0, lambda request: recorder, max_message_bytes=65536)
    yield server.port
    server.close()


async def dial(
    url: str,
    recorder: Recorder,
    timeout_s: float = 2.0,
    tls: Callable[[], ssl.SSLContext] = connections.tls_context,
) -> sockets.Socket:
    return await connections.connect(
        "test", url, recorder, headers={}, tls=tls, timeout_s=timeout_s, max_message_bytes=65536
    )


@asynccontextmanager
async def not_read_by_its_peer(recorder: Recorder) -> AsyncIterator[tuple[sockets.Socket, asyncio.StreamWriter]]:
    """Our end, and the peer's, who reads no more than 1 or 2 KB."""
    async with served(recorder) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(UPGRADE)
        await until(lambda: recorder.socket is not None)
        assert recorder.socket is not None
        yield recorder.socket, writer
        writer.close()


async def test_a_peer_that_does_not_read_is_cut_off_instead_of_filling_memory() -> None:
    recorder = Recorder()
    async with not_read_by_its_peer(recorder) as (socket, _):
        for _ in range(2000):
            socket.send(b"x" * 16_384)
        await until(lambda: recorder.closed)
        assert recorder.closed == [(sockets.NO_CLOSE_FRAME, "")]


async def test_a_peer_that_says_goodbye_and_reads_no_more_is_gone_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "CLOSE_WAIT_S", 0.05)
    monkeypatch.setattr(sockets, "BACKLOG_BYTES", 1 << 26)
    recorder = Recorder()
    async with not_read_by_its_peer(recorder) as (socket, writer):
        socket.send(b"x" * (1 << 25))  # more than the system takes at once
        assert not recorder.closed
        writer.write(GOODBYE)
        await until(lambda: recorder.closed)
        assert recorder.closed == [(1001, "")]


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_who_hangs_up_while_an_engine_does_not_answer_leaves_no_connection(scheme: str) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()
    theirs, ours = trusting()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        ended.set()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0, ssl=theirs if scheme == "wss" else None)
    port = server.sockets[0].getsockname()[1]
    dialling = asyncio.create_task(dial(f"{scheme}://localhost:{port}/", Recorder(), timeout_s=60, tls=lambda: ours))
    async with asyncio.timeout(5):
        await asked.wait()
        dialling.cancel()
        await asyncio.gather(dialling, return_exceptions=True)
        await ended.wait()
    assert dialling.cancelled()
    server.close()


@pytest.mark.parametrize(
    ("last_words", "code"),
    [(b"\x88\x02\x03\xe9", 1001), (b"\xff\x00", sockets.NO_CLOSE_FRAME)],
    ids=["goodbye", "what is no WebSocket"],
)
async def test_an_engine_that_ends_the_talk_and_leaves_tls_open_is_gone_soon(
    last_words: bytes, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "CLOSE_WAIT_S", 0.05)
    theirs, ours = trusting()

    async def freeze(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.write(last_words)
        connection.transport.pause_reading()
        await until(lambda: recorder.closed)
        connection.transport.abort()

    async with serve(freeze, "127.0.0.1", 0, ssl=theirs) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        recorder = Recorder()
        socket = await dial(f"wss://localhost:{port}/", recorder, tls=lambda: ours)
        socket.send(b"Hello?")
        await until(lambda: recorder.closed)
        assert recorder.closed == [(code, "")]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
async def test_messages_held_arrive_as_they_would_one_by_one(size: int) -> None:
    server = Recorder()
    async with served(server) as port, websockets_connect(f"ws://127.0.0.1:{port}/", max_size=1 << 20) as client:
        await until(lambda: server.socket is not None)
        assert server.socket is not None
        text, binary = b"x" * size, bytes(size)
        server.socket.hold()
        server.socket.send(text)
        server.socket.send_binary(binary)
        server.socket.release()
        server.socket.send(b"later")
        server.socket.hold()
        server.socket.send(text)
        server.socket.close(1000, "held until now")
        server.socket.send(b"too late")
        server.socket.release()
        assert [message async for message in client] == [text.decode(), binary, "later", text.decode()]
        assert client.close_reason == "held until now"


async def test_a_client_holds_nothing_and_all_arrives() -> None:
    server, client = Recorder(), Recorder()
    async with served(server) as port:
        socket = await dial(f"ws://127.0.0.1:{port}/", client)
        socket.hold()
        socket.send(b"one")
        socket.send(b"two")
        socket.release()
        await until(lambda: server.texts == [b"one", b"two"])
        socket.close()
        await until(lambda: server.closed)


@pytest.mark.parametrize(
    ("connection", "status"),
    [
        (b"Connection: keep-alive, Upgrade", b"101"),  # Firefox
        (b"Connection: keep-alive\r\nConnection: Upgrade", b"101"),
        (b"Connection: keep-alive", b"400"),
        (b"Connection: upgrades", b"400"),
    ],
)
async def test_an_upgrade_may_be_one_of_several_options_of_its_connection(connection: bytes, status: bytes) -> None:
    async with served(Recorder()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(UPGRADE.replace(b"Connection: Upgrade", connection))
        assert (await reader.readline()).split()[1] == status
        writer.close()


async def test_two_of_our_sockets_talk_and_both_learn_of_the_close_once() -> None:
    server, client = Recorder(), Recorder()
    async with served(server) as port:
        socket = await dial(f"ws://127.0.0.1:{port}/", client)
        socket.send("Grüß Gott".encode())
        await until(lambda: server.texts)
        socket.close(1000, "done")
        socket.send(b"too late")
        await until(lambda: server.closed and client.closed)
    assert server.texts == ["Grüß Gott".encode()]
    assert server.closed == [(1000, "done")]
    assert client.closed == [(1000, "")]


async def test_a_redirect_is_not_followed_for_the_headers_carry_a_key() -> None:
    seen: list[str] = []

    def elsewhere(_: ServerConnection, request: WsRequest) -> WsResponse | None:
        seen.append(request.path)
        headers = request.headers.__class__({"Location": "/other"})
        return WsResponse(HTTPStatus.FOUND.value, "Found", headers, b"")

    async def nothing(_: ServerConnection) -> None: ...

    async with serve(nothing, "127.0.0.1", 0, process_request=elsewhere) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(EngineUnavailable):
            await dial(f"ws://127.0.0.1:{port}/first", Recorder())
    assert seen == ["/first"]


async def test_a_server_that_accepts_and_says_nothing_is_unavailable_in_time() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silence, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        recorder = Recorder()
        with pytest.raises(EngineUnavailable) as unavailable:
            await dial(f"ws://127.0.0.1:{port}/", recorder, timeout_s=0.2)
        assert unavailable.value.fatal is False
        assert recorder.closed == []


async def test_a_server_that_answers_in_the_last_moment_is_open_and_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    now = loop.time

    class Slow(Recorder):
        def on_open(self, socket: sockets.Socket) -> None:
            super().on_open(socket)
            # The time is over before anybody who waits can be told.
            monkeypatch.setattr(loop, "time", lambda: now() + 60)

    server, client = Recorder(), Slow()
    async with served(server) as port:
        socket = await dial(f"ws://127.0.0.1:{port}/", client, timeout_s=30)
        assert socket is client.socket
        socket.send(b"Hello?")
        await until(lambda: server.texts)
        socket.close()
        await until(lambda: server.closed and client.closed)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 101 Switching Pro"], ids=["none", "half of one"])
async def test_a_server_that_hangs_up_in_place_of_an_answer_is_unavailable(answer: bytes) -> None:
    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(hangs_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        recorder = Recorder()
        with pytest.raises(EngineUnavailable) as unavailable:
            await dial(f"ws://127.0.0.1:{port}/", recorder)
        assert unavailable.value.fatal is False
        assert (recorder.socket, recorder.closed) == (None, [])


@pytest.mark.parametrize("host", ["127.0.0.1:1", "engine..test", f"{'x' * 64}.test"])
async def test_where_nobody_listens_or_nobody_can_is_unavailable(host: str) -> None:
    with pytest.raises(EngineUnavailable):
        await dial(f"ws://{host}/", Recorder())
