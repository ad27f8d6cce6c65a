"""A fake of the `tools` function and of Pub/Sub over HTTP: the relay's two other peers, in one server.

It keeps what it was told; a test scripts the session, the tools' answers and their delays. Whatever the relay asks and
publishes must be as `functions/contracts/` has it: `problems` has what was not, and is expected to be empty (`house`).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jsonschema
from aiohttp import web
from referencing import Registry, Resource

from tests.relay import golden

SECRET = "service-secret"
SESSION_ID = "sess_abcdefghijklmnopqrstuvwxyz"
OPENING = "Thank you for calling. How can I help?"

_SCHEMAS = [json.loads(path.read_text()) for path in (golden.ROOT / "functions/contracts").glob("*.json")]
_CONTRACTS: Any = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in _SCHEMAS if "$id" in schema]
)
OF_A_KIOSK = {name: golden.answer("session_answer_kiosk")[1][name] for name in ("channel", "metadata")}
SHORT_SIDS = ("$.call_sid", "$.stream_sid")  # the tests' phones have shorter ones than Twilio


def _validator(name: str, part: str) -> Any:
    return jsonschema.Draft202012Validator({"$ref": f"urn:nightdesk:{name}#/$defs/{part}"}, registry=_CONTRACTS)


_REQUESTS = {name: _validator(name, "request") for name in ("session", "tool", "turn", "then", "clerk")}
_REQUESTS["event"] = _validator("event", "event")


def session_answer(**changes: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "ok": True,
        "session_id": SESSION_ID,
        "property_id": "west-bethel-motel",
        "channel": "voice",
        "attempt": 1,
        "engine_session": {
            "type": "realtime",
            "output_modalities": ["audio"],
            "instructions": "Be brief.",
            "audio": {
                "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
                "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
            },
            "tools": [],
        },
        "opening": {"instructions": f'Say exactly: "{OPENING}"', "text": OPENING},
        "history": [],
        "limits": {"call_s": 60, "idle_s": 20, "budget_usd": 3.0, "prices": {}},
        "barge_in": {"mode": "immediate"},
        "recording": {"on": True},
        "metadata": golden.answer("session_answer")[1]["metadata"],
        **changes,
    }


class FakeFunctions:
    def __init__(self) -> None:
        self.session: dict[str, Any] = session_answer()
        self.sessions: dict[str, dict[str, Any]] = {}  # audio format -> answer, where it is another one
        self.tokens: dict[str, str] = {}  # token -> the stream that showed it first
        self.stale_tokens: set[str] = set()
        self.sessions_asked: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}  # tool -> answer
        self.held: dict[str, asyncio.Event] = {}  # tool, or "session" -> answered only once this is set
        self.then_status = 200
        self.turn_answer: dict[str, Any] = {}
        self.clerk_answers: deque[dict[str, Any]] = deque()  # without one the clerk is out of reach
        self.clerk_requests: list[dict[str, Any]] = []
        self.live_session: dict[str, Any] | None = None  # the session in the live dialect
        self.tool_calls: list[dict[str, Any]] = []
        self.turns: list[dict[str, Any]] = []
        self.thens: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.pubsub_status = 200
        self.mute: set[str] = set()  # paths, by their beginning, that are never answered
        self.slow_s = 0.0  # how long every answer takes
        self.origin = ""
        self.problems: list[str] = []

    def take(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """A body as it came; what its contract says against it is remembered."""
        errors = [error for error in _REQUESTS[name].iter_errors(body) if error.json_path not in SHORT_SIDS]
        self.problems += [f"{name}: {error.json_path} {error.message[:200]}" for error in errors]
        return body

    def event_types(self) -> list[str]:
        return [event["event_type"] for event in self.events]

    def event(self, event_type: str) -> dict[str, Any]:
        return next(event for event in self.events if event["event_type"] == event_type)

    async def post_session(self, request: web.Request) -> web.Response:
        body = self.take("session", await request.json())
        self.sessions_asked.append(body)
        token, stream_sid = body["token"], body["stream_sid"]
        if "session" in self.held:
            await self.held["session"].wait()
        if token in self.stale_tokens:
            return _refuse(401, "bad_token")
        if self.tokens.setdefault(token, stream_sid) != stream_sid:
            return _refuse(409, "token_used")
        answer = self.sessions.get(body["audio"], self.session)
        if body["dialect"] == "live" and self.live_session is not None:
            answer = self.live_session
        if stream_sid.startswith("KS") and answer.get("ok"):
            answer = {**answer, **OF_A_KIOSK}
        return web.json_response(answer)

    async def post_tool(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        body = dict(self.take("tool", await request.json()))
        body["name"], body["key"] = name, request.headers["Idempotency-Key"]
        if body["key"] != f"{body['session_id']}:{body['tool_call_id']}":
            self.problems.append(f"tool: Idempotency-Key {body['key']}")
        self.tool_calls.append(body)
        if name in self.held:
            await self.held[name].wait()
        return web.json_response({"v": 1, **self.answers.get(name, {"ok": True, "result": {"done": True}})})

    async def post_clerk(self, request: web.Request) -> web.Response:
        self.clerk_requests.append(self.take("clerk", await request.json()))
        if not self.clerk_answers:
            return _refuse(503, "unavailable")
        return web.json_response({"v": 1, "say": "", "expect": "open", **self.clerk_answers.popleft()})

    async def post_turn(self, request: web.Request) -> web.Response:
        self.turns.append(self.take("turn", await request.json()))
        answer, self.turn_answer = self.turn_answer, {}
        return web.json_response({"v": 1, "ok": True, **answer})

    async def post_then(self, request: web.Request) -> web.Response:
        self.thens.append(self.take("then", await request.json()))
        if self.then_status != 200:
            return _refuse(self.then_status, "stale_attempt")
        return web.json_response({"v": 1, "ok": True, "then": {}})

    async def post_events(self, request: web.Request) -> web.Response:
        if self.pubsub_status != 200:
            return web.json_response({"error": {"code": self.pubsub_status}}, status=self.pubsub_status)
        messages = (await request.json())["messages"]
        assert len({message["orderingKey"] for message in messages}) == 1
        for message in messages:
            event = self.take("event", json.loads(base64.b64decode(message["data"])))
            if message["orderingKey"] != event["session_id"]:
                self.problems.append(f"event: ordered by {message['orderingKey']}")
            self.events.append(event)
        return web.json_response({"messageIds": [str(n) for n in range(len(messages))]})

    @web.middleware
    async def check_secret(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/v1/") and request.headers.get("Authorization") != f"Bearer {SECRET}":
            return _refuse(401, "unauthorized")
        if self.slow_s:
            await asyncio.to_thread(time.sleep, self.slow_s)  # by the clock of a relay of another process, too
        if any(request.path.startswith(path) for path in self.mute):
            await asyncio.Event().wait()
        response: web.StreamResponse = await handler(request)
        return response

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeFunctions]:
        app = web.Application(middlewares=[self.check_secret])
        app.router.add_post("/session", self.post_session)
        app.router.add_post("/tools/{name}", self.post_tool)
        app.router.add_post("/clerk", self.post_clerk)
        app.router.add_post("/sessions/{id}/turns", self.post_turn)
        app.router.add_post("/sessions/{id}/then", self.post_then)
        app.router.add_post("/v1/projects/test/topics/{topic}", self.post_events)
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.origin = f"http://{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()


def _refuse(status: int, code: str) -> web.Response:
    return web.json_response({"v": 1, "ok": False, "error": {"code": code, "message": code, "say": ""}}, status=status)
