"""A strict fake of the Realtime service over `websockets`: it refuses what the real one refuses, in its words.

Every event either way must be of the `openai` package's types: `off_the_wire` has those that were not, and whatever
else no client may send. It keeps the conversation, and remembers in `errors` every event it had to refuse: both are
expected to be empty at a test's end (`house`). Words are not recognised: `hear` says what the caller said, `replies`
what the agent does (`fake_responses`).
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.relay.fake_hearing import Hearing
from tests.relay.fake_responses import Item, Reply, Responses
from tests.relay.wire_types import client_problems

KEY = "engine-key"
PATH = "/v1/realtime"
LONGEST_ID = 32

CLIENT_FIELDS: dict[str, set[str]] = {
    "session.update": {"session"},
    "input_audio_buffer.append": {"audio"},
    "conversation.item.create": {"item", "previous_item_id"},
    "conversation.item.truncate": {"item_id", "content_index", "audio_end_ms"},
    "conversation.item.delete": {"item_id"},
    "response.create": {"response"},
    "response.cancel": {"response_id"},
}


@dataclass
class Connection(Hearing):
    """One session of the engine: what its client sends."""

    received: list[dict[str, Any]] = field(default_factory=list)
    configured: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.responses = Responses(self)

    @property
    def has_spoken(self) -> bool:
        return any(item.is_spoken and item.audio_ms for item in self.items.values())

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.received if event["type"] == kind]

    async def refuse(self, code: str, message: str, event: dict[str, Any], param: str | None = None) -> None:
        self.engine.errors.append((code, message))
        await self.error(code, message, event, param)

    # --- client events ---

    async def receive(self, event: dict[str, Any]) -> None:
        self.received.append(event)
        self.engine.off_the_wire += client_problems(event)
        kind = event.get("type", "")
        if kind not in CLIENT_FIELDS:
            await self.refuse("invalid_value", f"Invalid value: '{kind}'.", event, "type")
            return
        if unknown := event.keys() - CLIENT_FIELDS[kind] - {"type", "event_id"}:
            await self.refuse("unknown_parameter", f"Unknown parameter: '{min(unknown)}'.", event, min(unknown))
            return
        match kind:
            case "session.update":
                await self.update(event)
            case "input_audio_buffer.append":
                self.audio += base64.b64decode(event["audio"], validate=True)
            case "conversation.item.create":
                await self.create_item(event)
            case "conversation.item.truncate":
                await self.truncate(event)
            case "conversation.item.delete":
                await self.delete(event)
            case "response.create":
                await self.responses.create(event)
            case "response.cancel":
                await self.responses.cancel(event)

    async def update(self, event: dict[str, Any]) -> None:
        if self.engine.refuses_sessions:
            await self.error("invalid_value", "Invalid value: 'session'.", event, "session")
            return
        if event["session"].get("type") != "realtime":
            await self.refuse("missing_required_parameter", "Missing required parameter: 'session.type'.", event)
            return
        if self.engine.ignores_sessions:
            return
        audio = event["session"].get("audio", {})
        voice = self.session.get("audio", {}).get("output", {}).get("voice")
        if self.has_spoken and audio.get("output", {}).get("voice", voice) != voice:
            message = "Cannot update a conversation's voice if assistant audio is present."
            await self.refuse("cannot_update_voice", message, event, "session.audio.output.voice")
            return
        self.session = _merged(self.session, event["session"])
        self.configured.set()
        await self.send(
            "session.updated",
            session={**self.session, **self.engine.grants, "id": "sess_1", "object": "realtime.session"},
        )

    async def create_item(self, event: dict[str, Any]) -> None:
        item = event["item"]
        item_id = item.get("id") or f"item_{next(self.engine.numbers)}"
        if len(item_id) > LONGEST_ID:
            message = f"Invalid 'item.id': string too long. Expected a string with maximum length {LONGEST_ID}."
            await self.refuse("string_above_max_length", message, event, "item.id")
            return
        if item_id in self.items:
            await self.refuse("item_create_duplicate", f"Item with id '{item_id}' already exists.", event)
            return
        text = "".join(part.get("text", "") for part in item.get("content", []))
        if item["type"] == "message":
            expected = "output_text" if item["role"] == "assistant" else "input_text"
            if any(part["type"] != expected for part in item["content"]):
                await self.refuse("invalid_value", f"Invalid value: content type for {item['role']}.", event)
                return
            self.items[item_id] = Item(item_id, "message", item["role"], text)
        elif item["type"] == "function_call":
            self.items[item_id] = Item(item_id, "function_call", text=item["name"], call_id=item["call_id"])
        else:
            calls = [i for i in self.items.values() if i.kind == "function_call" and i.call_id == item["call_id"]]
            answered = any(
                i.kind == "function_call_output" and i.call_id == item["call_id"] for i in self.items.values()
            )
            if not calls or answered:
                await self.refuse(
                    "invalid_tool_call_id", f"Tool call ID '{item['call_id']}' not found in conversation.", event
                )
                return
            json.loads(item["output"])
            self.items[item_id] = Item(item_id, "function_call_output", text=item["output"], call_id=item["call_id"])
        wire = {**item, "id": item_id, "object": "realtime.item"}
        await self.send("conversation.item.added", item=wire, previous_item_id=None)
        await self.send("conversation.item.done", item=wire, previous_item_id=None)

    async def truncate(self, event: dict[str, Any]) -> None:
        item = self.items.get(event["item_id"])
        if item is None:
            message = f"Item with item_id not found: {event['item_id']}"
            await self.refuse("item_truncate_invalid_item_id", message, event)
        elif not item.is_spoken or event["content_index"] != 0:
            await self.refuse("invalid_value", "Only model output audio messages can be truncated", event)
        elif event["audio_end_ms"] < 0:
            message = "Invalid 'audio_end_ms': integer below minimum value. Expected a value >= 0."
            await self.refuse("integer_below_min_value", message, event, "audio_end_ms")
        elif event["audio_end_ms"] > item.audio_ms:
            await self.refuse(
                "invalid_value",
                f"Audio content of {item.audio_ms}ms is already shorter than {event['audio_end_ms']}ms",
                event,
                "audio_end_ms",
            )
        else:
            item.audio_ms = event["audio_end_ms"]
            await self.send(
                "conversation.item.truncated",
                item_id=item.item_id,
                content_index=event["content_index"],
                audio_end_ms=event["audio_end_ms"],
            )

    async def delete(self, event: dict[str, Any]) -> None:
        if self.items.pop(event["item_id"], None) is None:
            await self.refuse(
                "item_delete_invalid_item_id", f"Item with item_id '{event['item_id']}' not found.", event, "item_id"
            )
        else:
            await self.send("conversation.item.deleted", item_id=event["item_id"])


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Source: OpenAI Realtime, session.update: only fields that are present are changed."""
    both = {name: _merged(old[name], new[name]) for name in old.keys() & new if isinstance(old[name], dict)}
    return {**old, **new, **both}


class FakeEngine:
    """`replies` are taken one by one by responses; without one the agent says "All right."."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.connections: list[Connection] = []
        self.errors: list[tuple[str, str]] = []
        self.off_the_wire: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.numbers = itertools.count(1)
        self.refuses_sessions = False
        self.ignores_sessions = False
        self.grants: dict[str, Any] = {}  # what its sessions are, whatever they were to be
        self.session_lasts_s: float | None = None  # what `expires_at` says; None: nothing
        self.hangs_up_with = ""  # the code of an error, sent behind the upgrade and before anything else
        self.refused_keys: list[str] = []
        self.paths: list[str] = []
        self._server: Server | None = None
        self._connected = asyncio.Event()

    @property
    def url(self) -> str:
        assert self._server is not None
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}{PATH}?model=fake"

    async def connection(self) -> Connection:
        """The latest session, once it is configured."""
        async with asyncio.timeout(5):
            await self._connected.wait()
            connection = self.connections[-1]
            await connection.configured.wait()
        return connection

    @property
    def open_connections(self) -> int:
        return len(self._server.connections) if self._server is not None else 0

    def check_key(self, _: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        address = urlsplit(request.path)
        if address.path != PATH:
            return Response(HTTPStatus.NOT_FOUND.value, "Not Found", request.headers.__class__(), b"{}")
        if "model" not in parse_qs(address.query) or "OpenAI-Beta" in request.headers:
            self.off_the_wire.append(f"upgrade of {request.path}: no model, or the retired beta's header")
        key = request.headers.get("Authorization", "")
        if key != f"Bearer {KEY}":
            self.refused_keys.append(key)
            return Response(HTTPStatus.UNAUTHORIZED.value, "Unauthorized", request.headers.__class__(), b"{}")
        return None

    async def serve_one(self, socket: ServerConnection) -> None:
        connection = Connection(self, socket)
        self.connections.append(connection)
        self._connected.set()
        if self.hangs_up_with:
            await connection.error(self.hangs_up_with, "Not with us.", {})
            await socket.close(3000, f"invalid_request_error.{self.hangs_up_with}")
            return
        session: dict[str, Any] = {"type": "realtime", "object": "realtime.session", "id": "s"}
        if self.session_lasts_s is not None:
            session["expires_at"] = int(time.time() + self.session_lasts_s)
        await connection.send("session.created", session=session)
        try:
            async for text in socket:
                if isinstance(text, bytes):
                    self.off_the_wire.append("a binary message")
                await connection.receive(json.loads(text))
        except ConnectionClosed:
            pass
        except Exception as problem:
            self.off_the_wire.append(repr(problem))
            raise
        finally:
            connection.responses.stop()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeEngine]:
        async with serve(self.serve_one, "127.0.0.1", 0, process_request=self.check_key, compression=None) as server:
            self._server = server
            yield self
