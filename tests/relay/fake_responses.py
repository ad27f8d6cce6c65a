"""What the agent of a fake Realtime engine does: it speaks, calls tools, or fails, one response at a time."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.relay.fake_engine import Connection

DELTA_MS = 200
LIMIT = {"name": "tokens", "limit": 800_000, "remaining": 799_000, "reset_seconds": 0.1}
USAGE = {
    "total_tokens": 30,
    "input_tokens": 20,
    "output_tokens": 10,
    "input_token_details": {"text_tokens": 20, "audio_tokens": 0, "cached_tokens": 0, "cached_tokens_details": None},
    "output_token_details": None,
}
RESPONSE_FIELDS = {"instructions", "metadata", "tool_choice", "output_modalities", "conversation", "input", "tools"}


@dataclass(frozen=True)
class Say:
    """The agent speaks for `ms`, in deltas; `speed` times real time, 0 for all at once."""

    text: str
    ms: int = 400
    speed: float = 0


@dataclass(frozen=True)
class CallTool:
    name: str
    arguments: str = "{}"
    tool_call_id: str = ""
    ms: int = 0  # to write the arguments; cancelled meanwhile, the call is cut off in them


@dataclass(frozen=True)
class Fail:
    code: str = "server_error"


Reply = tuple[Say | CallTool | Fail, ...]


@dataclass
class Item:
    item_id: str
    kind: str
    role: str = ""
    text: str = ""
    audio_ms: int = 0
    call_id: str = ""
    status: str = "completed"
    is_spoken: bool = False  # by the model: what was told as text has no audio


class Responses:
    """Those of one session."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._engine = connection, connection.engine
        self._send, self._refuse = connection.send, connection.refuse
        self._active: asyncio.Task[None] | None = None
        self._response_id = ""
        self._output: list[dict[str, Any]] = []  # items of the response that are done

    async def create(self, event: dict[str, Any]) -> None:
        options = event.get("response", {})
        if unknown := options.keys() - RESPONSE_FIELDS:
            await self._refuse("unknown_parameter", f"Unknown parameter: 'response.{min(unknown)}'.", event)
            return
        if self._active is not None and not self._active.done():
            await self._refuse(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {self._response_id}.",
                event,
            )
            return
        briefing = self._connection.session.get("instructions", "")
        if briefing not in options.get("instructions", briefing):
            self._engine.off_the_wire.append("response.create: its instructions replace the session's, which it lacks")
        self._response_id = f"resp_{next(self._engine.numbers)}"
        reply = self._engine.replies.popleft() if self._engine.replies else (Say("All right."),)
        self._active = asyncio.create_task(self._speak(self._response_id, options, reply))

    async def cancel(self, event: dict[str, Any]) -> None:
        if self._active is None or self._active.done():
            await self._refuse("response_cancel_not_active", "Cancellation failed: no active response found", event)
            return
        self._active.cancel()

    def stop(self) -> None:
        if self._active is not None:
            self._active.cancel()

    async def _speak(self, response_id: str, options: dict[str, Any], reply: Reply) -> None:
        response: dict[str, Any] = {
            "id": response_id,
            "object": "realtime.response",
            "conversation_id": "conv_1",
            "metadata": options.get("metadata"),
            "output_modalities": ["audio"],
            "max_output_tokens": "inf",
        }
        begun: dict[str, Any] = {"status": "in_progress", "status_details": None, "output": [], "usage": None}
        await self._send("response.created", response={**response, **begun})
        await self._send("rate_limits.updated", rate_limits=[LIMIT])
        status, details = "completed", None
        self._output = []
        try:
            for index, part in enumerate(reply):
                match part:
                    case Say():
                        await self._say(response_id, index, part)
                    case CallTool():
                        await self._call_tool(response_id, index, part)
                    case Fail(code):
                        status, details = "failed", {"type": "failed", "error": {"type": code, "code": code}}
        except asyncio.CancelledError:
            status, details = "cancelled", {"type": "cancelled", "reason": "client_cancelled"}
        self._active = None
        ended = {"status": status, "status_details": details, "output": self._output, "usage": USAGE}
        await self._send("response.done", response={**response, **ended})

    async def _say(self, response_id: str, index: int, part: Say) -> None:
        item = Item(f"item_{next(self._engine.numbers)}", "message", "assistant", part.text, is_spoken=True)
        self._connection.items[item.item_id] = item
        wire = {"id": item.item_id, "object": "realtime.item", "type": "message", "role": "assistant", "content": []}
        place = {"response_id": response_id, "item_id": item.item_id, "output_index": index, "content_index": 0}
        await self._begins(response_id, index, {**wire, "status": "in_progress"})
        await self._send("response.content_part.added", **place, part={"type": "audio", "transcript": ""})
        await self._send("response.output_audio_transcript.delta", **place, delta=part.text)
        left = part.ms
        status = "completed"
        try:
            while left > 0:
                ms = min(left, DELTA_MS)
                left -= ms
                item.audio_ms += ms
                delta = base64.b64encode(bytes([index + 1]) * (self._connection.bytes_per_ms("output") * ms)).decode()
                await self._send("response.output_audio.delta", **place, delta=delta)
                await asyncio.sleep(ms / 1000 / part.speed if part.speed else 0)
        except asyncio.CancelledError:
            status = "incomplete"
            raise
        finally:
            await self._send("response.output_audio.done", **place)
            await self._send("response.output_audio_transcript.done", **place, transcript=part.text)
            await self._send("response.content_part.done", **place, part={"type": "audio", "transcript": part.text})
            done = {**wire, "status": status, "content": [{"type": "output_audio", "transcript": part.text}]}
            await self._ends(response_id, index, done)

    async def _call_tool(self, response_id: str, index: int, part: CallTool) -> None:
        call_id = part.tool_call_id or f"call_{next(self._engine.numbers)}"
        item = Item(f"item_{next(self._engine.numbers)}", "function_call", text=part.name, call_id=call_id)
        self._connection.items[item.item_id] = item
        wire = {
            "id": item.item_id,
            "object": "realtime.item",
            "type": "function_call",
            "call_id": call_id,
            "name": part.name,
        }
        place = {"response_id": response_id, "item_id": item.item_id, "output_index": index, "call_id": call_id}
        await self._begins(response_id, index, {**wire, "status": "in_progress", "arguments": ""})
        status, written = "completed", part.arguments
        try:
            await asyncio.sleep(part.ms / 1000)
        except asyncio.CancelledError:
            status, written = "incomplete", part.arguments[:-1]
            raise
        finally:
            await self._send("response.function_call_arguments.delta", **place, delta=written)
            await self._send("response.function_call_arguments.done", **place, name=part.name, arguments=written)
            await self._ends(response_id, index, {**wire, "status": status, "arguments": written})

    async def _begins(self, response_id: str, index: int, item: dict[str, Any]) -> None:
        await self._send("response.output_item.added", response_id=response_id, output_index=index, item=item)
        await self._send("conversation.item.added", item=item, previous_item_id=None)

    async def _ends(self, response_id: str, index: int, item: dict[str, Any]) -> None:
        self._output.append(item)
        await self._send("response.output_item.done", response_id=response_id, output_index=index, item=item)
        await self._send("conversation.item.done", item=item, previous_item_id=None)
