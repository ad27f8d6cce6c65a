"""A host with a dead address, asked for a page and for a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from relay import addresses
from relay.addresses import dial
from relay.http_connection import Response
from tests.relay import test_sockets
from tests.relay.house import until
from tests.relay.test_http_client import OK, answers, client, raw
from tests.relay.test_sockets import Recorder, served


@contextlib.contextmanager
def two_addresses(monkeypatch: pytest.MonkeyPatch, port: int) -> Iterator[str]:
    """A host of which the first address swallows every connection, since its queue is full; the second is localhost."""
    with contextlib.ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.2", port))
        full.listen(0)
        for _ in range(3):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.2", port))
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
        yield "two-addresses.example"


async def test_a_request_is_answered_by_the_other_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw(answers(OK)) as origin, client() as http:
        port = int(origin.rpartition(":")[2])
        with two_addresses(monkeypatch, port) as host:
            assert await http.request("GET", f"http://{host}:{port}/", timeout_s=5) == Response(200, b"ok")


async def test_an_engine_is_reached_at_the_other_address(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = Recorder(), Recorder()
    async with served(theirs) as port:
        with two_addresses(monkeypatch, port) as host:
            connected = await test_sockets.dial(f"ws://{host}:{port}/", ours)
        connected.abort()


async def test_a_host_that_refuses_at_all_its_addresses_has_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (1, 2)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
        with pytest.raises(ConnectionRefusedError):
            await dial("two-addresses.example", port)


async def test_who_gives_up_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "NEXT_S", 0.01)
    before = asyncio.all_tasks()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # nobody listens
        port = free.getsockname()[1]
        with two_addresses(monkeypatch, port) as host:
            dialling = asyncio.create_task(dial(host, port))
            await asyncio.sleep(0.05)
            dialling.cancel()
            await asyncio.gather(dialling, return_exceptions=True)
            await until(lambda: asyncio.all_tasks() == before)
    assert dialling.cancelled()
