"""The phone of the tests takes nothing that Twilio would pass over: one that is kinder would hide our bugs."""

from __future__ import annotations

import json

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.relay.phone import phone

MARK = {"event": "mark", "streamSid": "MZ1", "mark": {"name": "g0:item:120"}}


@pytest.mark.parametrize(
    "refused",
    [
        json.dumps(MARK).encode(),
        json.dumps({**MARK, "sequenceNumber": "1"}),
        json.dumps({**MARK, "streamSid": "MZ2"}),
        json.dumps({**MARK, "mark": {"name": ""}}),
        json.dumps({**MARK, "mark": {"name": "g0:item:120", "ms": 120}}),
        json.dumps({"event": "clear", "streamSid": "MZ1", "clear": {}}),
        json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": ""}}),
        json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": "AAAA", "track": "outbound"}}),
    ],
)
async def test_what_twilio_passes_over_with_a_warning_fails_the_test(refused: str | bytes) -> None:
    async def talk(socket: ServerConnection) -> None:
        await socket.send(refused)

    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(AssertionError):
            async with phone(port) as line:
                await line.wait_closed()


async def test_its_messages_are_numbered_one_behind_the_other_from_the_start_on() -> None:
    came: list[dict[str, str]] = []

    async def listen(socket: ServerConnection) -> None:
        came.extend([json.loads(message) async for message in socket])

    async with serve(listen, "127.0.0.1", 0) as server:
        async with phone(next(iter(server.sockets)).getsockname()[1]) as line:
            await line.start()
            await line.media()
            await line.press("5")
            await line.hang_up()
        server.close()
        await server.wait_closed()
    assert [message["event"] for message in came] == ["connected", "start", "media", "dtmf", "stop"]
    assert [message.get("sequenceNumber") for message in came] == [None, "1", "2", "3", "4"]
