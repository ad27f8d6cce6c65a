"""A strict fake of the GPT-Live service over `websockets`: it refuses what the real one refuses, in its words.

Its clock is the input it gets and nothing else: every 100 ms of it give 100 ms of output, silent or not, and whatever
was appended, said or delegated happens on that clock. It remembers every error it had to send in `errors`, which a
test expects to be empty. Words are not recognised: `hear` says what the caller said, `backend` what the text model
does.
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
from tests.relay.live_types import APPENDS, client_problems, server_problems

PATH = "/v1/live/sessions"
BYTES_PER_MS = {("audio/pcmu", 8000): 8, ("audio/pcm", 24000): 48, ("audio/pcm", 16000): 32}
SILENCE = {8: b"\xff", 48: b"\x00", 32: b"\x00"}
SPEECH = b"\x55"
OUTPUT_MS = 100
FRAGMENT_MS = 200
INJECTION_MS = 700
YIELD_MS = 200
USAGE_MS = 15_000
# 500 tokens at three characters each: harder to please than the service.
LONGEST_APPEND = 1500
VOICES = {"marin", "cedar", "alloy", "verse", "sage"}


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


@dataclass
class Speech:
    """What the voice says; `left_ms` of it is still to come."""

    text: str
    left_ms: int
    total_ms: int
    told: int = 0  # characters in the transcript so far


@dataclass
class Connection:
    """One session of the engine."""

    engine: FakeLive
    socket: ServerConnection
    session: dict[str, Any] = field(default_factory=dict)
    received: list[dict[str, Any]] = field(default_factory=list)
    audio: bytearray = field(default_factory=bytearray)
    timeline_ms: float = 0
    output_ms: int = 0
    started: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False
    said: list[str] = field(default_factory=list)  # sentences of the voice, whole or cut
    calls: dict[str, str] = field(default_factory=dict)  # call id -> open, answered, void
    running: str = ""  # response id
    _bytes_per_ms: int = 8
    _delegations: set[str] = field(default_factory=set)
    _events: list[tuple[float, int, Callable[[], Awaitable[None]]]] = field(default_factory=list)
    _pending: list[str] = field(default_factory=list)  # event ids of appends not yet injected
    _speech: deque[Speech] = field(default_factory=deque)
    _caller_speaks_from: float | None = None
    _caller_speaks_to: float = 0
    _usage_ms: float = USAGE_MS
    _delegation_id: str = ""

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.received if event["type"] == kind]

    def appended(self, way: str) -> list[str]:
        return [event["content"] for event in self.of_type(f"session.{way}.append")]

    @property
    def mode(self) -> str:
        return str((self.session.get("delegation") or {}).get("type", "client"))

    @property
    def is_speaking(self) -> bool:
        return bool(self._speech)

    async def send(self, kind: str, **fields: Any) -> None:
        number = next(self.engine.numbers)
        audio = kind == "session.output_audio.delta"
        event = {"type": kind, **({} if audio else {"event_id": f"event_{number}"}), **fields}
        if kind not in self.engine.made_up:
            assert not (problems := server_problems(event)), problems
        self.engine.sent.append(event)
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(json.dumps(event))

    async def error(self, code: str | None, message: str, event: dict[str, Any] | None = None) -> None:
        """`code` None as the service sometimes sends it, although its own types do not know that."""
        error: dict[str, Any] = {"type": "invalid_request_error", "code": code or "", "message": message}
        if event is not None:
            self.engine.errors.append((code or "", message))
            if event.get("event_id"):
                error["client_event_id"] = event["event_id"]
        if code is None:
            error["code"] = None
            await self.socket.send(json.dumps({"type": "error", "event_id": "event_null", "error": error}))
            return
        await self.send("error", error=error)

    # --- what happens, on the session's clock ---

    def after(self, ms: float, action: Callable[[], Awaitable[None]]) -> None:
        self._events.append((self.timeline_ms + ms, next(self.engine.numbers), action))
        self._events.sort(key=lambda event: event[:2])

    def speak(self, text: str, ms: int) -> None:
        self._speech.append(Speech(text, ms, ms))

    async def hear(self, text: str, *, ms: int = 600, lag_ms: int = 200) -> None:
        """The caller speaks from now on; its words come in fragments, late. The voice yields to it, without a word."""
        words = re.findall(r"\s*\S+", text)
        start = self.timeline_ms
        self._caller_speaks_from, self._caller_speaks_to = start, start + ms
        steps = max(1, ms // FRAGMENT_MS)
        for step in range(steps):
            part = "".join(words[-(-len(words) * step // steps) : -(-len(words) * (step + 1) // steps)])
            begin, end = int(start + step * ms / steps), int(start + (step + 1) * ms / steps)
            if part:
                self.after(end - start + lag_ms, self._fragment("input", part, begin, end))

    def _fragment(self, side: str, text: str, start: int, end: int) -> Callable[[], Awaitable[None]]:
        async def tell() -> None:
            await self.send(f"session.{side}_transcript.delta", delta=text, start_ms=start, end_ms=end)

        return tell

    async def delegate(self) -> str:
        """The voice wants work done: by the text model, whose next response is one of `engine.backend`, or by us."""
        delegation_id = f"item_{next(self.engine.numbers)}"
        self._delegations.add(delegation_id)
        self._delegation_id = delegation_id
        more = {"response_id": f"resp_{next(self.engine.numbers)}"} if self.mode == "responses" else {}
        delegation = {"id": delegation_id, "type": "delegation", "target": self.mode, **more}
        offset = int(self.timeline_ms)
        await self.send("session.delegation.created", offset_ms=offset, delegation=delegation)
        if self.mode == "responses":
            await self.respond(more["response_id"])
        return delegation_id

    async def _advance(self, ms: float) -> None:
        self.timeline_ms += ms
        while self._events and self._events[0][0] <= self.timeline_ms:
            await self._events.pop(0)[2]()
        while self.output_ms + OUTPUT_MS <= self.timeline_ms:
            self.output_ms += OUTPUT_MS
            await self._output()
        if self.timeline_ms >= self._usage_ms:
            self._usage_ms += USAGE_MS
            await self.send(
                "session.usage.updated",
                usage={"seconds": self.timeline_ms / 1000},
                context_window={"usage_ratio": 0.1},
            )

    async def _output(self) -> None:
        start = self._caller_speaks_from
        if self._speech and start is not None and start + YIELD_MS <= self.output_ms <= self._caller_speaks_to + 400:
            self.said.append(self._speech[0].text[: self._speech[0].told])
            self._speech.clear()  # it yields; no event says so
        byte, size = SILENCE[self._bytes_per_ms], OUTPUT_MS * self._bytes_per_ms
        if self._speech:
            byte, speech = SPEECH, self._speech[0]
            speech.left_ms -= OUTPUT_MS
            upto = len(speech.text) * (speech.total_ms - max(0, speech.left_ms)) // speech.total_ms
            if part := speech.text[speech.told : upto]:
                begin = self.output_ms - OUTPUT_MS
                await self.send("session.output_transcript.delta", delta=part, start_ms=begin, end_ms=self.output_ms)
            speech.told = upto
            if speech.left_ms <= 0:
                self.said.append(self._speech.popleft().text)
        audio = byte * size
        self.engine.output += audio
        if self.engine.stalled is not None:
            self.engine.stalled.append(audio)
        else:
            await self.send("session.output_audio.delta", delta=base64.b64encode(audio).decode())

    async def release(self) -> None:
        """After a stall everything comes at once."""
        held, self.engine.stalled = self.engine.stalled or [], None
        for audio in held:
            await self.send("session.output_audio.delta", delta=base64.b64encode(audio).decode())

    # --- client events ---

    async def receive(self, event: dict[str, Any]) -> None:
        self.received.append(event)
        kind = str(event.get("type", ""))
        if not self.session and kind != "session.start":
            await self.error("invalid_request_error", "The first event must be session.start.", event)
        elif self.closed:
            await self.error("session_closing", "The session is closing.", event)
        elif problems := client_problems(event):
            await self.error("unknown_parameter", "; ".join(problems), event)
        elif kind == "session.start":
            await self.start(event)
        elif not self.started.is_set():
            await self.error("session_not_started", f"{kind} before session.started", event)
        elif kind == "session.input_audio.append":
            audio = base64.b64decode(event["audio"], validate=True)
            self.audio += audio
            await self._advance(len(audio) / self._bytes_per_ms)
        elif kind in APPENDS:
            await self.append(kind, event)
        elif kind in ("response.item.create", "response.create"):
            await self.backend_event(kind, event)
        elif kind == "session.close":
            await self.close("close_requested", event)
        else:
            await self.error("unsupported", f"This fake does not know what follows {kind}.", event)

    async def start(self, event: dict[str, Any]) -> None:
        session = event["session"]
        voice = (session["audio"].get("output") or {}).get("voice", "marin")
        audio = session["audio"]["format"]
        if self.session:
            await self.error("invalid_request_error", "The session has been started already.", event)
        elif session["model"] != "gpt-live-1":
            await self.error("model_not_found", f"The model '{session['model']}' does not exist.", event)
        elif voice not in VOICES:
            await self.error("forbidden", f"Voice '{voice}' is not allowed.", event)
        elif "input" in session and not 1 <= len(session["input"]) <= 128:
            await self.error("invalid_type", "session.input must have 1 to 128 messages.", event)
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
            await self.send("session.started", session={**shown, **live}, client_event_id=event["event_id"])
            self.started.set()

    async def append(self, kind: str, event: dict[str, Any]) -> None:
        delegation_id = event["delegation_id"]
        if len(event["content"]) > LONGEST_APPEND:
            await self.error("string_above_max_length", "content has more than 500 tokens", event)
        elif delegation_id is not None and self.mode == "responses":
            await self.error("invalid_request_error", "delegation_id must be null with Responses delegation.", event)
        elif delegation_id is not None and delegation_id not in self._delegations:
            await self.error("invalid_request_error", f"Unknown delegation '{delegation_id}'.", event)
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

    # --- the text model ---

    async def backend_event(self, kind: str, event: dict[str, Any]) -> None:
        if self.mode != "responses":
            await self.error("invalid_request_error", f"{kind} needs Responses delegation.", event)
        elif kind == "response.create":
            if self.running:
                await self.error("invalid_request_error", "A response is in progress.", event)
            elif "open" in self.calls.values():
                await self.error("invalid_request_error", "Function calls without an output: a partial batch.", event)
            else:
                await self.respond(f"resp_{next(self.engine.numbers)}")
        elif (item := event["item"])["type"] == "function_call_output":
            state = self.calls.get(item["call_id"])
            if state != "open" or self.running:
                await self.error("invalid_request_error", f"No open call '{item['call_id']}': {state}", event)
            else:
                json.loads(item["output"])
                self.calls[item["call_id"]] = "answered"

    async def respond(self, response_id: str) -> None:
        self.running = response_id
        reply = self.engine.backend.popleft() if self.engine.backend else Backend(text="All right.")
        snapshot = {"id": response_id, "object": "response", "model": "gpt-5.6-terra", "output": [], "tools": []}
        await self._nested(reply, {"type": "response.created", "response": {**snapshot, "status": "in_progress"}})
        if reply.never_ends:
            return

        async def finish() -> None:
            reasoning = {"id": f"rs_{response_id}", "type": "reasoning", "summary": []}
            await self._nested(reply, {"type": "response.output_item.done", "output_index": 0, "item": reasoning})
            ids = []
            for index, call in enumerate(reply.calls):
                call_id = call.call_id or f"call_{next(self.engine.numbers)}"
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
            self.running = ""
            await self._nested(
                reply,
                {
                    "type": f"response.{reply.status}",
                    "response": {**snapshot, "status": reply.status, "usage": usage, "instructions": None},
                },
            )
            if reply.text:
                self.after(INJECTION_MS, self._say(reply.text))

        self.after(200, finish)

    def _say(self, text: str) -> Callable[[], Awaitable[None]]:
        async def say() -> None:
            self.speak(*self.engine.wording(text))

        return say

    async def _nested(self, reply: Backend, event: dict[str, Any]) -> None:
        delegation_id = None if reply.without_delegation_id else self._delegation_id or None
        await self.send("response.event", delegation_id=delegation_id, event=event)

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
                await connection.receive(json.loads(text))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeLive]:
        async with serve(self.serve_one, "127.0.0.1", 0, process_request=self.check, compression=None) as server:
            self._server = server
            yield self
