"""What no client of good manners sends, over real sockets: refused, ended or passed over, and counted each time.

`house.running` asserts at its end that nothing of any call is left: no bridge, no task, no open socket.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from relay import sockets
from tests.relay import house
from tests.relay.house import until
from tests.relay.phone import call, phone, signature, start_message


async def test_an_upgrade_without_or_with_a_wrong_signature_is_refused_before_it_is_accepted() -> None:
    async with house.running() as home:
        url = f"ws://127.0.0.1:{home.port}/voice/stream"
        for headers, status in (({}, 401), ({"x-twilio-signature": signature(token="wrong")}, 403)):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, additional_headers=headers)
            assert refused.value.response.status_code == status
        assert home.count("refused_unsigned") == home.count("refused_bad_signature") == 1


async def test_a_stream_without_a_token_is_closed_and_counted() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.start(token=None)
        assert await line.wait_closed() == 1008
        assert home.count("ended_no_token") == 1


async def test_a_stale_token_is_closed_and_counted() -> None:
    async with house.running() as home, phone(home.port) as line:
        home.functions.stale_tokens.add("token-1")
        home.functions.held["session"] = asyncio.Event()
        await line.start()
        await until(lambda: home.engine.connections)  # it is opened beside the session, and let go
        home.functions.held["session"].set()
        assert await line.wait_closed() == 1008
        assert home.count("ended_token_refused") == 1


async def test_a_token_shown_by_another_stream_before_is_closed_and_counted() -> None:
    async with house.running() as home, call(home.port, stream_sid="MZ1") as first:
        await home.engine.connection()
        async with phone(home.port) as second:
            second.stream_sid = "MZ2"
            await second.start()
            assert await second.wait_closed() == 1008
        assert home.count("ended_token_refused") == 1
        await first.hang_up()


async def test_malformed_json_in_a_call_is_counted_and_the_call_goes_on() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        engine = await home.engine.connection()
        await line.socket.send("{nonsense")
        await line.socket.send(b"\x00binary")
        await line.socket.send('{"event":"hologram"}')
        await line.media()
        await until(lambda: engine.audio_ms == 20)
        counted = [home.count(kind) for kind in ("bad_twilio_not_json", "bad_twilio_binary", "unknown_twilio")]
        assert counted == [1, 1, 1]


async def test_malformed_json_before_start_ends_the_stream() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.socket.send("{nonsense")
        assert await line.wait_closed() == 1008
        assert home.count("ended_bad_input_not_json") == 1


async def test_media_before_start_ends_the_stream() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.media()
        assert await line.wait_closed() == 1008
        assert home.count("ended_media_before_start") == 1


async def test_two_starts_end_the_stream() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        await home.engine.connection()
        await line.send(start_message("MZ2", "CA2", "token-2"))
        assert await line.wait_closed() == 1008
        assert home.count("ended_second_start") == 1


async def test_a_message_of_a_megabyte_ends_the_stream() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        await home.engine.connection()
        await line.media(bytes(1_000_000))
        assert await line.wait_closed() == 1009
        await until(lambda: home.count("bad_twilio_too_big") == 1)


async def test_a_fragmented_message_is_joined_and_one_without_end_is_cut() -> None:
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        engine = await home.engine.connection()

        async def halves() -> AsyncIterator[str]:
            yield '{"event":"media","streamSid":"MZ1","media":'
            yield '{"payload":"VVVVVVVVVVU="}}'

        await line.socket.send(halves())
        await until(lambda: len(engine.audio) == 8)

        async def endless() -> AsyncIterator[str]:
            for _ in range(100):
                yield "x" * 8192

        with contextlib.suppress(ConnectionClosed):
            await line.socket.send(endless())
        assert await line.wait_closed() == 1009


async def test_a_peer_that_never_answers_the_close_is_cut_off() -> None:
    async with house.running() as home:
        reader, writer = await asyncio.open_connection("127.0.0.1", home.port)
        upgrade = (
            "GET /voice/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"X-Twilio-Signature: {signature()}\r\n\r\n"
        )
        frame = b"\x81\x82\x00\x00\x00\x00{x"  # a masked text frame of broken JSON
        writer.write(upgrade.encode() + frame)
        async with asyncio.timeout(sockets.CLOSE_WAIT_S + 3):
            while await reader.read(1024):
                pass
        writer.close()
        await until(lambda: home.count("ended_bad_input_not_json") == 1)
