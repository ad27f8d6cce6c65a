"""Placing calls on a stack that runs in another process: a small HTTP server beside the stack, and its client.

`POST /calls {"scene": name}` answers with JSON lines: {"notice": ...} as things happen, at the end {"report": ...} or
{"error": ..., "cure": ...}. The token of the state file opens it.
"""

import asyncio
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
from aiohttp import web

from local.callers import script
from local.errors import LocalError, SetupError
from local.facts import Notice
from local.scenes import run_scene
from local.stack import Stack
from local.state import State


class Control:
    """Serves until `stop`."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._token = stack.secrets.control_token
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_post("/calls", self._place_call)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._stack.ports["control"]).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _place_call(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return web.json_response({"error": "the token is wrong"}, status=401)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        notices: asyncio.Queue[Notice | None] = asyncio.Queue()
        call = asyncio.create_task(self._run(await request.json(), notices))
        try:
            while (notice := await notices.get()) is not None:
                await _write(response, {"notice": vars(notice)})
            await _write(response, call.result())
        finally:
            call.cancel()  # whoever asked for the call has gone away
        return response

    async def _run(self, body: Any, notices: asyncio.Queue[Notice | None]) -> dict[str, Any]:
        try:
            scene = script.load(str(body.get("scene", "")))
            return {"report": (await run_scene(self._stack, scene, notices.put_nowait)).document}
        except SetupError as error:
            return {"error": error.problem, "cure": error.cure}
        finally:
            notices.put_nowait(None)


async def _write(response: web.StreamResponse, line: dict[str, Any]) -> None:
    await response.write(json.dumps(line).encode() + b"\n")


def is_running(state: State) -> bool:
    """Does the stack of this state still answer?"""
    try:
        return httpx.get(f"{state.control_url}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def place_call(state: State, scene: str, show: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Place a call on a running stack; its report's document. Raises SetupError, LocalError."""
    headers = {"Authorization": f"Bearer {state.control_token}"}
    try:
        with httpx.stream(
            "POST",
            f"{state.control_url}/calls",
            json={"scene": scene},
            headers=headers,
            timeout=httpx.Timeout(10, read=400),
        ) as response:
            if response.status_code != 200:
                raise LocalError(f"The running stack refused the call: {response.status_code}.")
            for line in response.iter_lines():
                message = json.loads(line)
                if "notice" in message:
                    show(message["notice"])
                elif "report" in message:
                    document: dict[str, Any] = message["report"]
                    return document
                else:
                    raise SetupError(message["error"], message.get("cure", ""))
    except httpx.HTTPError as error:
        raise LocalError(f"The running stack did not finish the call: {error}") from error
    raise LocalError("The running stack ended before the call was over.")
