"""The functions and Pub/Sub that our relay talks to: yes to everything at once, but to the one tool that is slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
from aiohttp import web

SLOW_TOOL_S = 10.0
_FORMATS = {"pcmu": {"type": "audio/pcmu"}, "pcm": {"type": "audio/pcm", "rate": 24000}}


def _engine_session(audio: str) -> dict[str, object]:
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": "Answer the telephone of a small motel.",
        "audio": {
            "input": {
                "format": _FORMATS[audio],
                "transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"},
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                    "create_response": False,
                    "interrupt_response": False,
                },
            },
            "output": {"format": _FORMATS[audio], "voice": "marin"},
        },
        "tools": [
            {
                "type": "function",
                "name": "check_availability",
                "description": "Which rooms are free.",
                "parameters": {"type": "object", "properties": {}},
            }
        ],
        "tool_choice": "auto",
    }


_HEX_TO_BASE32 = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_BASE32_TO_HEX = str.maketrans("abcdefghijklmnop", "0123456789abcdef")


def session_id(call_sid: str) -> str:
    """Not the hash that the real functions take, so that it can be read back."""
    return "sess_" + call_sid[-26:].translate(_HEX_TO_BASE32)


def call_number(session_id: str) -> int:
    return int(session_id.removeprefix("sess_").translate(_BASE32_TO_HEX), 16)


@dataclass
class Functions:
    """`barge_in` is the mode every session gets; `counts` the requests that came, by kind."""

    barge_in: str = "immediate"
    slow_tool_s: float = SLOW_TOOL_S
    turns: int = 0
    events: int = 0
    tools_running: int = 0

    async def _session(self, request: web.Request) -> web.Response:
        return _json(self.session(orjson.loads(await request.read())))

    def session(self, body: Mapping[str, str]) -> dict[str, object]:
        """The answer to `POST /session`."""
        return {
            "v": 1,
            "ok": True,
            "session_id": session_id(body["call_sid"]),
            "property_id": "bench",
            "channel": "voice",
            "attempt": 1,
            "engine_session": _engine_session(body["audio"]),
            "opening": {"instructions": 'Say exactly: "Good evening."', "text": "Good evening."},
            "history": [],
            "metadata": {
                "phone_number": "+12075550142",
                "call_sid": body["call_sid"],
                "property": "bench",
                "direction": "inbound",
                "language": "en",
            },
            "limits": {"call_s": 3600, "idle_s": 3600, "budget_usd": 100.0, "prices": {}},
            "barge_in": {"mode": self.barge_in},
            "recording": {"on": True},
        }

    async def _tool(self, request: web.Request) -> web.Response:
        self.tools_running += 1
        try:
            await asyncio.sleep(self.slow_tool_s)
        finally:
            self.tools_running -= 1
        return _json({"v": 1, "ok": True, "result": {"spoken": "Two rooms are free."}, "replayed": False})

    async def _turn(self, request: web.Request) -> web.Response:
        self.turns += 1
        return _json({"v": 1, "ok": True})

    async def _then(self, request: web.Request) -> web.Response:
        return _json({"v": 1, "ok": True, "then": {}})

    async def _publish(self, request: web.Request) -> web.Response:
        messages = orjson.loads(await request.read())["messages"]
        self.events += len(messages)
        return _json({"messageIds": [str(n) for n in range(len(messages))]})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Yields the origin of both."""
        app = web.Application()
        app.router.add_post("/session", self._session)
        app.router.add_post("/tools/{name}", self._tool)
        app.router.add_post("/sessions/{id}/turns", self._turn)
        app.router.add_post("/sessions/{id}/then", self._then)
        app.router.add_post("/v1/projects/{project}/topics/{topic}", self._publish)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def _json(body: object) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")
