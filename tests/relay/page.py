"""A small kiosk page over `websockets`: streams the guest, plays what comes, and reports what was played.

It holds the relay to `relay/kiosk.schema.json`, and plays like an audio worklet: 20 ms at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

import relay

KIOSK_ORIGIN = "https://kiosk.example.com"
FRAME = b"\x34\x12" * 480
MESSAGE_BYTES = 5760

_SCHEMA = json.loads((Path(relay.__file__).parent / "kiosk.schema.json").read_text())
FROM_PAGE = jsonschema.Draft202012Validator({**_SCHEMA, "$ref": "#/$defs/from_page"})
TO_PAGE = jsonschema.Draft202012Validator({**_SCHEMA, "$ref": "#/$defs/to_page"})


class Page:
    """One stream. `played` is what the guest heard; `received` every text message."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.received: list[dict[str, Any]] = []
        self.played = bytearray()
        self.item_ms: dict[str, int] = {}  # of each item, what was played
        self._unmarked: list[bytes] = []
        self._queue: deque[tuple[bytearray, dict[str, Any]]] = deque()
        self._saying = bytearray()
        self._between = FRAME  # what the microphone hears when the guest says nothing

    def say(self, pcm: bytes) -> None:
        """In a quiet room, 24 kHz."""
        self._saying += pcm
        self._between = bytes(len(FRAME))

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] == kind]

    @property
    def state(self) -> str:
        states = self.of_type("state")
        return states[-1]["state"] if states else "connecting"

    def captions(self, *, final: bool) -> list[tuple[str, str]]:
        found = [message for message in self.of_type("caption") if message["final"] is final]
        return [(message["role"], message["text"]) for message in found]

    @property
    def transcripts(self) -> list[list[tuple[str, str]]]:
        """What stood on the screen after one caption and the next, in the order in which each item was first shown."""
        standing: dict[str, dict[str, Any]] = {}
        seen = []
        for caption in self.of_type("caption"):
            item_id, role = caption["item_id"], caption["role"]
            if caption["final"]:
                known = list(standing)
                for other in known[: known.index(item_id)] if item_id in known else known:
                    if standing[other]["role"] == role and not standing[other]["final"]:
                        del standing[other]
            standing[item_id] = caption
            seen.append([(words["role"], words["text"]) for words in standing.values()])
        return seen

    async def send(self, kind: str, **fields: Any) -> None:
        message = {"type": kind, **fields}
        FROM_PAGE.validate(message)
        await self.send_raw(json.dumps(message))

    async def send_raw(self, message: str | bytes) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(message)

    async def start(self, token: str = "token-1") -> None:
        await self.send("start", v=1, token=token, audio={"format": "pcm", "rate": 24000})

    async def wait_closed(self, timeout_s: float = 10) -> int | None:
        async with asyncio.timeout(timeout_s):
            await self.socket.wait_closed()
        return self.socket.close_code

    async def play(self) -> None:
        """Every 20 ms: one frame to the guest, one from the guest, and a report where something was played."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self.send_raw(
                bytes(self._saying[: len(FRAME)]).ljust(len(FRAME), b"\0") if self._saying else self._between
            )
            del self._saying[: len(FRAME)]
            if self._queue:
                await self._play_some()
            due += 0.02
            await asyncio.sleep(max(0, due - loop.time()))

    async def _play_some(self) -> None:
        audio, mark = self._queue[0]
        frame = bytes(audio[: len(FRAME)])
        del audio[: len(FRAME)]
        self.played += frame
        self.item_ms[mark["item_id"]] = mark["ms"] - len(audio) // 48
        if audio:
            await self.send("played", mark=mark["mark"], ms=mark["size_ms"] - len(audio) // 48)
        else:
            self._queue.popleft()
            await self.send("played", mark=mark["mark"])

    async def listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self.socket:
                if isinstance(message, bytes):
                    assert 0 < len(message) <= MESSAGE_BYTES
                    assert len(message) % 960 == 0, "whole frames"
                    self._unmarked.append(message)
                else:
                    self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        TO_PAGE.validate(message)
        self.received.append(message)
        if message["type"] == "mark":
            audio = b"".join(self._unmarked)
            self._unmarked.clear()
            self._queue.append((bytearray(audio), {**message, "size_ms": len(audio) // 48}))
        elif message["type"] == "clear":
            self._queue.clear()


@asynccontextmanager
async def opened(port: int, origin: str | None = KIOSK_ORIGIN) -> AsyncIterator[Page]:
    """An open stream; `start` is still to be sent."""
    url = f"ws://127.0.0.1:{port}/kiosk/ws"
    headers = {} if origin is None else {"Origin": origin}
    async with connect(url, additional_headers=headers, compression=None, close_timeout=1) as socket:
        page = Page(socket)
        listening = asyncio.create_task(page.listen())
        try:
            yield page
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            if not listening.cancelled() and (problem := listening.exception()) is not None:
                raise problem


@asynccontextmanager
async def visit(port: int, token: str = "token-1") -> AsyncIterator[Page]:
    """A started conversation with audio flowing both ways in real time."""
    async with opened(port) as page:
        await page.start(token)
        playing = asyncio.create_task(page.play())
        try:
            yield page
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
