"""The text model behind a fake GPT-Live session: its responses, the calls in them, and what it refuses of us."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.relay.fake_live_voice import INJECTION_MS

if TYPE_CHECKING:
    from tests.relay.fake_live import Connection


@dataclass(frozen=True)
class BackendCall:
    name: str
    arguments: str = "{}"
    call_id: str = ""


@dataclass(frozen=True)
class Backend:
    """One response of the text model: calls, or words that the voice then speaks."""

    calls: tuple[BackendCall, ...] = ()
    text: str = ""
    status: str = "completed"
    without_delegation_id: bool = False
    never_ends: bool = False


class TextModel:
    """Of one session; the next response is one of `engine.backend`."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._engine, self._refuse = connection, connection.engine, connection.refuse
        self.calls: dict[str, str] = {}  # call id -> open, answered, void
        self.delegation_id = ""
        self._running = ""  # response id

    async def receive(self, kind: str, event: dict[str, Any]) -> None:
        if self._connection.mode != "responses":
            await self._refuse("invalid_request_error", f"{kind} needs Responses delegation.", event)
        elif kind == "response.create":
            if self._running:
                await self._refuse("invalid_request_error", "A response is in progress.", event)
            elif "open" in self.calls.values():
                await self._refuse("invalid_request_error", "Function calls without an output: a partial batch.", event)
            else:
                await self.respond(f"resp_{next(self._engine.numbers)}")
        elif (item := event["item"])["type"] == "function_call_output":
            state = self.calls.get(item["call_id"])
            if state != "open" or self._running:
                await self._refuse("invalid_request_error", f"No open call '{item['call_id']}': {state}", event)
            else:
                json.loads(item["output"])
                self.calls[item["call_id"]] = "answered"

    async def respond(self, response_id: str) -> None:
        self._running = response_id
        reply = self._engine.backend.popleft() if self._engine.backend else Backend(text="All right.")
        snapshot = {"id": response_id, "object": "response", "model": "gpt-5.6-terra", "output": [], "tools": []}
        await self._nested(reply, {"type": "response.created", "response": {**snapshot, "status": "in_progress"}})
        if reply.never_ends:
            return

        async def finish() -> None:
            reasoning = {"id": f"rs_{response_id}", "type": "reasoning", "summary": []}
            await self._nested(reply, {"type": "response.output_item.done", "output_index": 0, "item": reasoning})
            ids = []
            for index, call in enumerate(reply.calls):
                call_id = call.call_id or f"call_{next(self._engine.numbers)}"
                ids.append(call_id)
                self.calls[call_id] = "open"
                item = {
                    "id": f"fc_{call_id}",
                    "type": "function_call",
                    "status": "completed",
                    "call_id": call_id,
                    "name": call.name,
                    "arguments": call.arguments,
                }
                cut_off = {**item, "status": "incomplete", "call_id": f"{call_id}_cut", "arguments": "{"}
                for each in (cut_off, item, item):  # one to be ignored, and the real one twice
                    await self._nested(
                        reply, {"type": "response.output_item.done", "output_index": index + 1, "item": each}
                    )
            if reply.status != "completed":
                self.calls |= dict.fromkeys(ids, "void")
            usage = {"input_tokens": 20, "output_tokens": 10, "total_tokens": 30}
            self._running = ""
            await self._nested(
                reply,
                {
                    "type": f"response.{reply.status}",
                    "response": {**snapshot, "status": reply.status, "usage": usage, "instructions": None},
                },
            )
            if reply.text:
                self._connection.after(INJECTION_MS, self._say(reply.text))

        self._connection.after(200, finish)

    def _say(self, text: str) -> Callable[[], Awaitable[None]]:
        async def say() -> None:
            self._connection.speak(*self._engine.wording(text))

        return say

    async def _nested(self, reply: Backend, event: dict[str, Any]) -> None:
        delegation_id = None if reply.without_delegation_id else self.delegation_id or None
        await self._connection.send("response.event", delegation_id=delegation_id, event=event)
