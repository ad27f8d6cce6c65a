"""What a fake Realtime session hears of the caller, and how it says anything on the wire."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection

from tests.relay.fake_responses import Item
from tests.relay.wire_types import server_problems

if TYPE_CHECKING:
    from tests.relay.fake_engine import FakeEngine

HEARD = {"type": "tokens", "total_tokens": 15, "input_tokens": 10, "input_token_details": None, "output_tokens": 5}


@dataclass
class Hearing:
    """Of one session. `hear` is a whole turn of the caller's."""

    engine: FakeEngine
    socket: ServerConnection
    items: dict[str, Item] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)
    audio: bytearray = field(default_factory=bytearray)

    @property
    def audio_ms(self) -> int:
        return len(self.audio) // self.bytes_per_ms("input")

    def bytes_per_ms(self, direction: str) -> int:
        """Of the format that the session asked for."""
        kind = self.session.get("audio", {}).get(direction, {}).get("format", {}).get("type")
        return 48 if kind == "audio/pcm" else 8

    async def send(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "event_id": f"event_{next(self.engine.numbers)}", **fields}
        self.engine.sent.append(event)
        self.engine.off_the_wire += server_problems(event)
        await self.socket.send(json.dumps(event))

    async def error(self, code: str, message: str, event: dict[str, Any], param: str | None = None) -> None:
        error = {
            "type": "invalid_request_error",
            "code": code,
            "message": message,
            "param": param,
            "event_id": event.get("event_id"),
        }
        await self.send("error", error=error)

    # --- what the caller does ---

    async def hear(self, text: str, *, ms: int = 500) -> str:
        """The caller speaks, is silent, and is transcribed. Returns the item's id."""
        item_id = await self.speech_starts()
        await self.speech_stops(item_id, text, ms=ms)
        return item_id

    async def speech_starts(self) -> str:
        item_id = f"item_{next(self.engine.numbers)}"
        start = max(0, self.audio_ms - 300)
        await self.send("input_audio_buffer.speech_started", item_id=item_id, audio_start_ms=start)
        return item_id

    async def speech_stops(self, item_id: str, text: str | None, *, ms: int = 500) -> None:
        await self.send("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=self.audio_ms + ms)
        await self.send("input_audio_buffer.committed", item_id=item_id, previous_item_id=None)
        self.items[item_id] = Item(item_id, "message", "user", text or "")
        item = {
            "id": item_id,
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        await self.send("conversation.item.added", item=item, previous_item_id=None)
        await self.send("conversation.item.done", item=item, previous_item_id=None)
        if text is not None:
            place = {"item_id": item_id, "content_index": 0}
            for word in re.findall(r"\s*\S+", text):
                await self.send("conversation.item.input_audio_transcription.delta", **place, delta=word)
            await self.send(
                "conversation.item.input_audio_transcription.completed", **place, transcript=text, usage=HEARD
            )
