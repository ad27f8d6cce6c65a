"""A client of a fake engine, for the tests of what the fake refuses."""

from __future__ import annotations

import json
from typing import Any, Generic, TypeVar

from websockets.asyncio.client import ClientConnection

Engine = TypeVar("Engine")


class EngineClient(Generic[Engine]):
    """One connection. `events` is what came on it, as far as it was read."""

    def __init__(self, engine: Engine, socket: ClientConnection) -> None:
        self.engine = engine
        self.socket = socket
        self.events: list[dict[str, Any]] = []

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str) -> dict[str, Any]:
        """Read on until an event of this type comes."""
        while True:
            event: dict[str, Any] = json.loads(await self.socket.recv())
            self.events.append(event)
            if event["type"] == kind:
                return event

    async def error(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The error that answers an event of this type, sent with the id "e"."""
        await self.send(kind, event_id="e", **fields)
        error: dict[str, Any] = (await self.until("error"))["error"]
        return error
