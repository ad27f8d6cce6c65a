"""A relay to measure, whose faults are known: `websockets` at both ends, in the test's own process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

_FORMAT = {"format": {"type": "audio/pcmu"}}


@dataclass
class Faults:
    """`drops` and `swaps` name frames of the caller by their number; `truncates_by_ms` is added to what was heard."""

    delay_s: float = 0.0
    drops: frozenset[int] = frozenset()
    swaps: int = -1
    drops_deltas: frozenset[int] = frozenset()
    truncates_by_ms: int = 0
    clears: bool = True


class _Call:
    def __init__(self, caller: ServerConnection, engine: ClientConnection, faults: Faults) -> None:
        self.caller, self.engine, self.faults = caller, engine, faults
        self.stream_sid = ""
        self.item_id = ""
        self.began = 0.0
        self.said_ms = 0
        self.deltas = 0
        self.frames = 0
        self.held: str | None = None

    async def tell_engine(self, type_: str, **fields: Any) -> None:
        await self.engine.send(json.dumps({"type": type_, **fields}))

    async def from_caller(self) -> None:
        async for text in self.caller:
            message = json.loads(text)
            if message["event"] == "start":
                self.stream_sid = message["streamSid"]
                await self.tell_engine("response.create")
            elif message["event"] == "media":
                asyncio.get_running_loop().call_later(self.faults.delay_s, self._pass_on, message["media"]["payload"])

    def _pass_on(self, payload: str) -> None:
        n, self.frames = self.frames, self.frames + 1
        if n in self.faults.drops:
            return
        if n == self.faults.swaps:
            self.held = payload
            return
        for each in filter(None, (payload, self.held)):
            sending = asyncio.ensure_future(self.tell_engine("input_audio_buffer.append", audio=each))
            sending.add_done_callback(lambda task: task.cancelled() or task.exception())
        self.held = None

    async def from_engine(self) -> None:
        loop = asyncio.get_running_loop()
        async for text in self.engine:
            message = json.loads(text)
            if message["type"] == "response.output_audio.delta":
                n, self.deltas = self.deltas, self.deltas + 1
                if message["item_id"] != self.item_id:
                    self.item_id, self.began, self.said_ms = message["item_id"], loop.time(), 0
                self.said_ms += len(message["delta"]) * 3 // 4 // 8
                if n not in self.faults.drops_deltas:
                    media = {"payload": message["delta"]}
                    await self.caller.send(json.dumps({"event": "media", "streamSid": self.stream_sid, "media": media}))
            elif message["type"] == "input_audio_buffer.speech_started" and self.faults.clears:
                heard_ms = int(1000 * (loop.time() - self.began))
                if heard_ms >= self.said_ms:
                    continue  # nobody is interrupted
                heard_ms += self.faults.truncates_by_ms
                await self.caller.send(json.dumps({"event": "clear", "streamSid": self.stream_sid}))
                await self.tell_engine(
                    "conversation.item.truncate", item_id=self.item_id, content_index=0, audio_end_ms=heard_ms
                )


@asynccontextmanager
async def relaying(engine_url: str, faults: Faults) -> AsyncIterator[str]:
    """Yields the URL for phones."""

    async def serve_call(caller: ServerConnection) -> None:
        async with connect(engine_url, compression=None) as engine:
            call = _Call(caller, engine, faults)
            session = {"type": "realtime", "audio": {"input": _FORMAT, "output": _FORMAT}}
            await call.tell_engine("session.update", session=session)
            from_engine = asyncio.create_task(call.from_engine())
            await call.from_caller()
            from_engine.cancel()

    async with serve(serve_call, "127.0.0.1", 0, compression=None) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
