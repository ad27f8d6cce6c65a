"""A small Twilio over `websockets`: streams the caller, plays what comes, and returns marks as Twilio does.

What Twilio would pass over with a warning (31950, 31951) fails the test, at the latest when the stream is left.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

MEDIA_ORIGIN = "wss://relay.example.com"
AUTH_TOKEN = "relay-test-token"
ACCOUNT_SID = "AC" + "0" * 32
FRAME = b"\x55" * 160


def signature(url: str = f"{MEDIA_ORIGIN}/voice/stream", token: str = AUTH_TOKEN) -> str:
    return base64.b64encode(hmac.digest(token.encode(), url.encode(), hashlib.sha1)).decode()


def start_message(stream_sid: str, call_sid: str, token: str | None, encoding: str = "audio/x-mulaw") -> dict[str, Any]:
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": stream_sid,
        "start": {
            "streamSid": stream_sid,
            "accountSid": ACCOUNT_SID,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": encoding, "sampleRate": 8000, "channels": 1},
            "customParameters": {} if token is None else {"token": token},
        },
    }


class Phone:
    """One stream. `played` is what the caller heard, in 20 ms frames; silence in between is not kept.

    `said` and `heard` are both sides of a `play`, frame by frame, silence and all; `voice` makes what is said.
    """

    def __init__(self, socket: ClientConnection, stream_sid: str = "MZ1", call_sid: str = "CA1") -> None:
        self.socket = socket
        self.stream_sid = stream_sid
        self.call_sid = call_sid
        self.played = bytearray()
        self.said = bytearray()
        self.heard = bytearray()
        self.voice: Callable[[], bytes] = lambda: FRAME
        self.cleared = 0
        self.received: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._queue: deque[bytes | str] = deque()
        self._media = 0
        self._sequence = 1  # of `start`

    async def send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(json.dumps(message))

    async def start(self, token: str | None = "token-1") -> None:
        await self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self.send(start_message(self.stream_sid, self.call_sid, token))

    async def _tell(self, event: str, details: dict[str, str]) -> None:
        """One message of Twilio's, numbered."""
        self._sequence += 1
        numbered = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": self.stream_sid}
        await self.send({**numbered, event: details})

    async def media(self, audio: bytes = FRAME) -> None:
        self._media += 1
        media = {
            "track": "inbound",
            "chunk": str(self._media),
            "timestamp": str(self._media * 20),
            "payload": base64.b64encode(audio).decode(),
        }
        await self._tell("media", media)

    async def press(self, keys: str) -> None:
        for digit in keys:
            await self._tell("dtmf", {"track": "inbound_track", "digit": digit})

    async def hang_up(self) -> None:
        await self._tell("stop", {"accountSid": ACCOUNT_SID, "callSid": self.call_sid})
        await self.socket.close()

    async def wait_closed(self, timeout_s: float = 10) -> int | None:
        async with asyncio.timeout(timeout_s):
            await self.socket.wait_closed()
        return self.socket.close_code

    async def play(self) -> None:
        """Every 20 ms: one frame to the caller, one frame from the caller; marks return when they are reached."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            spoken = self.voice()
            await self.media(spoken)
            frame = b""
            while self._queue and len(frame) < len(FRAME):
                head = self._queue.popleft()
                if isinstance(head, str):
                    await self._return(head)
                else:
                    room = len(FRAME) - len(frame)
                    frame += head[:room]
                    if head[room:]:
                        self._queue.appendleft(head[room:])
            self.played += frame
            self.said += spoken
            self.heard += frame.ljust(len(FRAME), b"\xff")
            while self._queue and isinstance(self._queue[0], str):
                await self._return(str(self._queue.popleft()))
            due += 0.02
            await asyncio.sleep(max(0, due - loop.time()))

    async def _return(self, mark: str) -> None:
        await self._tell("mark", {"name": mark})

    async def listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                assert isinstance(text, str), "a binary message"
                await self._take(json.loads(text))

    async def _take(self, message: dict[str, Any]) -> None:
        self.received.append(message)
        event = message["event"]
        fields = {"media": {"payload"}, "mark": {"name"}, "clear": set[str]()}[event]
        assert message.keys() == {"event", "streamSid"} | ({event} if fields else set()), message
        assert message.get(event, {}).keys() == fields, message
        assert all(isinstance(value, str) and value for value in message.get(event, {}).values()), message
        assert message["streamSid"] == self.stream_sid
        if event == "media":
            audio = base64.b64decode(message["media"]["payload"], validate=True)
            assert len(audio) % 160 == 0, "whole frames"
            self._queue.append(audio)
        elif event == "mark":
            self._queue.append(message["mark"]["name"])
        else:
            self.cleared += 1
            marks = [entry for entry in self._queue if isinstance(entry, str)]
            self._queue.clear()
            for mark in marks:
                await self._return(mark)


@asynccontextmanager
async def phone(port: int, **headers: str) -> AsyncIterator[Phone]:
    """An open stream to the relay on this port, signed, playing and streaming; `start` is still to be sent."""
    sent = {"x-twilio-signature": signature()} | {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"ws://127.0.0.1:{port}/voice/stream"
    async with connect(url, additional_headers=sent, compression=None, close_timeout=1) as socket:
        line = Phone(socket)
        listening = asyncio.create_task(line.listen())
        try:
            yield line
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            if not listening.cancelled() and (problem := listening.exception()) is not None:
                raise problem


@asynccontextmanager
async def call(port: int, token: str = "token-1", stream_sid: str = "MZ1") -> AsyncIterator[Phone]:
    """A started call with audio flowing both ways in real time."""
    async with phone(port) as line:
        line.stream_sid = stream_sid
        await line.start(token)
        playing = asyncio.create_task(line.play())
        try:
            yield line
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
