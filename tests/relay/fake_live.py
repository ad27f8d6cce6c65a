"""A strict fake of the GPT-Live service over `websockets`: it refuses what the real one refuses, in its words.

Its clock is the input it gets and nothing else: whatever was appended, said or delegated happens on it. It remembers
every error it had to send in `errors`, which a test expects to be empty. Words are not recognised: `hear` says what the
caller said (`fake_live_voice`), `backend` what the text model does (`fake_live_backend`).
Source: OpenAI GPT-Live reference, "fake-server contract".
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.relay.fake_engine import KEY
from tests.relay.fake_live_backend import Backend, TextModel
from tests.relay.fake_live_voice import INJECTION_MS, Voice
from tests.relay.live_types import APPENDS, client_problems

PATH = "/v1/live/sessions"
BYTES_PER_MS = {("audio/pcmu", 8000): 8, ("audio/pcm", 24000): 48, ("audio/pcm", 16000): 32}
# 500 tokens at three characters each: harder to please than the service.
LONGEST_APPEND = 1500
LONGEST_INPUT = 8192 * 3
LONGEST_INSTRUCTIONS = 16_384 * 3
VOICES = {"marin", "cedar", "alloy", "verse", "sage"}


@dataclass
class Connection(Voice):
    """One session of the engine: what its client sends, and what it is told to do."""

    received: list[dict[str, Any]] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False
    _delegations: set[str] = field(default_factory=set)
    _pending: list[str] = field(default_factory=list)  # event ids of appends not yet injected

    def __post_init__(self) -> None:
        self._text_model = TextModel(self)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.received if event["type"] == kind]

    def appended(self, way: str) -> list[str]:
        return [event["content"] for event in self.of_type(f"session.{way}.append")]

    @property
    def mode(self) -> str:
        return str((self.session.get("delegation") or {}).get("type", "client"))

    @property
    def calls(self) -> dict[str, str]:
        """Of the text model: call id -> open, answered, void."""
        return self._text_model.calls

    async def delegate(self) -> str:
        """The voice wants work done: by the text model, whose next response is one of `engine.backend`, or by us."""
        delegation_id = f"item_{next(self.engine.numbers)}"
        self._delegations.add(delegation_id)
        self._text_model.delegation_id = delegation_id
        more = {"response_id": f"resp_{next(self.engine.numbers)}"} if self.mode == "responses" else {}
        delegation = {"id": delegation_id, "type": "delegation", "target": self.mode, **more}
        offset = int(self.timeline_ms)
        await self.send("session.delegation.created", offset_ms=offset, delegation=delegation)
        if self.mode == "responses":
            await self._text_model.respond(more["response_id"])
        return delegation_id

    # --- client events ---

    async def receive(self, event: dict[str, Any]) -> None:
        self.received.append(event)
        kind = str(event.get("type", ""))
        if not self.session and kind != "session.start":
            await self.refuse("invalid_request_error", "The first event must be session.start.", event)
        elif self.closed:
            await self.refuse("session_closing", "The session is closing.", event)
        elif problems := client_problems(event):
            await self.refuse("unknown_parameter", "; ".join(problems), event)
        elif kind == "session.start":
            await self.start(event)
        elif not self.started.is_set():
            await self.refuse("session_not_started", f"{kind} before session.started", event)
        elif kind == "session.input_audio.append":
            audio = base64.b64decode(event["audio"], validate=True)
            self.audio += audio
            await self._advance(len(audio) / self._bytes_per_ms)
        elif kind in APPENDS:
            await self.append(kind, event)
        elif kind in ("response.item.create", "response.create"):
            await self._text_model.receive(kind, event)
        elif kind == "session.close":
            await self.close("close_requested", event)
        else:
            await self.refuse("unsupported", f"This fake does not know what follows {kind}.", event)

    async def start(self, event: dict[str, Any]) -> None:
        session = event["session"]
        voice = (session["audio"].get("output") or {}).get("voice", "marin")
        audio = session["audio"]["format"]
        if self.session:
            await self.refuse("invalid_request_error", "The session has been started already.", event)
        elif session["model"] != "gpt-live-1":
            await self.refuse("model_not_found", f"The model '{session['model']}' does not exist.", event)
        elif voice not in VOICES:
            await self.refuse("forbidden", f"Voice '{voice}' is not allowed.", event)
        elif "input" in session and not 1 <= len(session["input"]) <= 128:
            await self.refuse("invalid_type", "session.input must have 1 to 128 messages.", event)
        elif sum(len(message["content"][0]["text"]) for message in session.get("input", [])) > LONGEST_INPUT:
            await self.refuse("string_above_max_length", "session.input has more than 8192 tokens", event)
        elif len(session.get("instructions") or "") > LONGEST_INSTRUCTIONS:
            await self.refuse("string_above_max_length", "session.instructions has more than 16384 tokens", event)
        elif self.engine.refuses_with:
            await self.error(self.engine.refuses_with, "Not today.", event)
        else:
            self.session = session
            self._bytes_per_ms = BYTES_PER_MS[audio["type"], audio["rate"]]
            if self.engine.never_starts:
                return
            await asyncio.sleep(self.engine.start_s)
            shown = {name: session[name] for name in ("model", "audio") if name in session}
            shown |= {"delegation": session.get("delegation") or {"type": "client"}}
            expires_at = int(time.time() + self.engine.lasts_s)
            live = {"id": f"live_u0_{next(self.engine.numbers)}", "status": "active", "expires_at": expires_at}
            await self.send(
                "session.started", session={**shown, **self.engine.grants, **live}, client_event_id=event["event_id"]
            )
            self.started.set()

    async def append(self, kind: str, event: dict[str, Any]) -> None:
        delegation_id = event["delegation_id"]
        if len(event["content"]) > LONGEST_APPEND:
            await self.refuse("string_above_max_length", "content has more than 500 tokens", event)
        elif delegation_id is not None and self.mode == "responses":
            await self.refuse("invalid_request_error", "delegation_id must be null with Responses delegation.", event)
        elif delegation_id is not None and delegation_id not in self._delegations:
            await self.refuse("invalid_request_error", f"Unknown delegation '{delegation_id}'.", event)
        else:
            self._pending.append(event["event_id"])
            self.after(INJECTION_MS, self._inject(kind, event))

    def _inject(self, kind: str, event: dict[str, Any]) -> Callable[[], Awaitable[None]]:
        async def inject() -> None:
            self._pending.remove(event["event_id"])
            now = int(self.timeline_ms)
            await self.send(f"{kind}ed", client_event_id=event["event_id"], start_ms=now - INJECTION_MS, end_ms=now)
            spoken = kind == APPENDS[0] or (kind == APPENDS[2] and self.engine.deaf_to_commentary)
            if spoken and not (kind == APPENDS[0] and self.engine.deaf_to_commentary):
                self.speak(*self.engine.wording(event["content"]))

        return inject

    # --- the end ---

    async def close(self, reason: str, event: dict[str, Any] | None = None) -> None:
        self.closed = True
        for event_id in self._pending:
            error = {
                "type": "invalid_request_error",
                "code": "context_injection_incomplete",
                "message": "The session closed before it was injected.",
                "client_event_id": event_id,
            }
            await self.send("error", error=error)
        if self.engine.never_closes:
            return
        await asyncio.sleep(self.engine.close_s)
        session = {
            "id": "live_u0",
            "status": "active",
            "expires_at": 1795212000,
            "model": "gpt-live-1",
            "delegation": {"type": "client"},
        }
        more = {"client_event_id": event["event_id"]} if event and event.get("event_id") else {}
        await self.send(
            "session.closed", reason=reason, session=session, usage={"seconds": self.timeline_ms / 1000}, **more
        )

    def drop(self) -> None:
        """The socket breaks, without session.closed."""
        self.socket.transport.abort()


class FakeLive:
    """`backend` holds the text model's next responses; without one it answers "All right."."""

    def __init__(self) -> None:
        self.backend: deque[Backend] = deque()
        self.connections: list[Connection] = []
        self.errors: list[tuple[str, str]] = []
        self.sent: list[dict[str, Any]] = []
        self.output = bytearray()
        self.numbers = itertools.count(1)
        self.made_up: set[str] = set()  # events that no type of the package knows
        self.start_s = 0.02
        self.lasts_s = 7200
        self.close_s = 0.0
        self.never_starts = False
        self.never_closes = False
        self.refuses_with = ""
        self.grants: dict[str, Any] = {}  # what its sessions are, whatever they were to be
        self.deaf_to_commentary = False
        self.stalled: list[bytes] | None = None  # output that is held back, as a stall of the network does
        self.paths: list[str] = []
        self._server: Server | None = None
        self._connected = asyncio.Event()

    def wording(self, content: str) -> tuple[str, int]:
        """What the voice makes of an append, and how long it takes to say."""
        quoted = re.search(r'"(.*)"', content)
        text = quoted[1] if quoted else content
        return text, max(300, min(1200, len(text) * 15 // 100 * 100))

    @property
    def url(self) -> str:
        assert self._server is not None
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}{PATH}"

    async def connection(self) -> Connection:
        """The latest session, once it is started."""
        async with asyncio.timeout(5):
            await self._connected.wait()
            connection = self.connections[-1]
            await connection.started.wait()
        return connection

    @property
    def open_connections(self) -> int:
        return len(self._server.connections) if self._server is not None else 0

    def check(self, _: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        headers = request.headers.__class__()
        if request.path != PATH:  # no query string either: the model is named in session.start
            return Response(HTTPStatus.NOT_FOUND.value, "Not Found", headers, b"{}")
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return Response(HTTPStatus.UNAUTHORIZED.value, "Unauthorized", headers, b"{}")
        return None

    async def serve_one(self, socket: ServerConnection) -> None:
        connection = Connection(self, socket)
        self.connections.append(connection)
        self._connected.set()
        with contextlib.suppress(ConnectionClosed):
            async for text in socket:
                if isinstance(text, bytes):
                    await connection.refuse("invalid_request_error", "Binary messages are not supported.")
                else:
                    try:
                        await connection.receive(json.loads(text))
                    except (AssertionError, LookupError, TypeError, ValueError) as problem:
                        self.errors.append(("bug", repr(problem)))
                        raise

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeLive]:
        async with serve(self.serve_one, "127.0.0.1", 0, process_request=self.check, compression=None) as server:
            self._server = server
            yield self
