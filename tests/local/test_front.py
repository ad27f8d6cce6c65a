"""The TLS front: bytes pass both ways, dead backends are skipped, faults can be switched on."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError

from local.front import Front

HOST = "127.0.0.1"
NOBODY = (HOST, 9)


@contextlib.asynccontextmanager
async def a_front(*backends: tuple[str, int]) -> AsyncIterator[Front]:
    front = Front(backends)
    await front.start()
    try:
        yield front
    finally:
        await front.stop()
    assert front.connections == 0


@contextlib.asynccontextmanager
async def an_echo(prefix: bytes = b"") -> AsyncIterator[tuple[str, int]]:
    """Answers a connection with the prefix, then with what it got, until the other side has ended."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(prefix)
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    async with server:
        yield next(iter(server.sockets)).getsockname()[:2]


async def visit(front: Front) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(HOST, front.port, ssl=front.client_context())


async def leave(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def test_bytes_pass_both_ways() -> None:
    async with an_echo() as backend, a_front(backend) as front:
        reader, writer = await visit(front)
        data = bytes(range(256)) * 4096
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
        assert front.connections == 1
        await leave(writer)


async def test_the_first_backend_that_accepts_gets_the_connection() -> None:
    async with an_echo(b"one") as one, an_echo(b"two") as two, a_front(NOBODY, one, two) as front:
        reader, writer = await visit(front)
        assert await reader.readexactly(3) == b"one"
        await leave(writer)


async def test_after_the_death_of_a_backend_the_next_one_is_asked() -> None:
    async with an_echo(b"two") as two, a_front(NOBODY, two) as front:
        async with an_echo(b"one") as one:
            front.backends[0] = one
            reader, writer = await visit(front)
            assert await reader.readexactly(3) == b"one"
            await leave(writer)
        reader, writer = await visit(front)
        assert await reader.readexactly(3) == b"two"
        await leave(writer)


async def test_without_a_backend_the_answer_is_503() -> None:
    async with a_front(NOBODY) as front, aiohttp.ClientSession() as http:
        url = f"https://{HOST}:{front.port}/health"
        async with http.get(url, ssl=front.client_context()) as response:
            assert response.status == 503


async def test_the_certificate_is_trusted_only_by_those_who_have_the_authority() -> None:
    async with an_echo() as backend, a_front(backend) as front:
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(HOST, front.port, ssl=ssl.create_default_context())
        context = ssl.create_default_context(cadata=front.ca_pem.decode())
        _, writer = await asyncio.open_connection(HOST, front.port, ssl=context)
        await leave(writer)


async def test_what_the_backend_said_before_it_closed_arrives() -> None:
    async def talker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 1_000_000)
        writer.close()

    server = await asyncio.start_server(talker, HOST, 0)
    async with server, a_front(next(iter(server.sockets)).getsockname()[:2]) as front:
        reader, writer = await visit(front)
        assert len(await reader.read(-1)) == 1_000_000
        await leave(writer)


async def test_refused_connections_and_the_ones_that_go_on() -> None:
    async with an_echo() as backend, a_front(backend) as front:
        reader, writer = await visit(front)
        front.refuse()
        with pytest.raises(ConnectionRefusedError):
            await visit(front)
        writer.write(b"still here")
        assert await reader.readexactly(10) == b"still here"
        await leave(writer)
        port = front.port
        await front.start()
        assert front.port == port
        _, writer = await visit(front)
        await leave(writer)


async def test_a_cut_breaks_what_is_open_without_a_goodbye() -> None:
    async def chat(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(chat, HOST, 0) as server:
        async with a_front(next(iter(server.sockets)).getsockname()[:2]) as front:
            async with connect(f"wss://{HOST}:{front.port}", ssl=front.client_context(), proxy=None) as socket:
                await socket.send("hello")
                assert await socket.recv() == "hello"
                front.cut()
                with pytest.raises(ConnectionClosedError):
                    await socket.recv()


async def test_a_websocket_closes_properly_through_it() -> None:
    async def goodbye(connection: ServerConnection) -> None:
        await connection.close(1001, "leaving")

    async with serve(goodbye, HOST, 0) as server:
        async with a_front(next(iter(server.sockets)).getsockname()[:2]) as front:
            async with connect(f"wss://{HOST}:{front.port}", ssl=front.client_context(), proxy=None) as socket:
                await socket.wait_closed()
                assert (socket.close_code, socket.close_reason) == (1001, "leaving")


async def test_nothing_is_left_after_many_visits() -> None:
    async with an_echo(b"hello") as backend, a_front(backend) as front:
        for _ in range(20):
            reader, writer = await visit(front)
            await reader.readexactly(5)
            await leave(writer)
        for _ in range(5):
            _, writer = await visit(front)
            writer.transport.abort()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert tasks == []
