"""Stands between the offline engine and the clerk: where a scene says so, a tool is asked for as a model would.

The clerk knows what its grammar knows, and less of it can be heard over a telephone. So that every tool can be shown in
a call with real audio, a scene may name words of the guest (`asks`) that bring about a tool; its outcome, and all else,
is the clerk's own business.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import web

from local import ports
from local.callers.scene import Asked

_TIMEOUT = aiohttp.ClientTimeout(total=5)


class Prompter:
    """`POST /clerk` as the `tools` function has it. `asks`, by session, is what is asked for after which words."""

    def __init__(self, clerk_origin: str, port: int) -> None:
        self.asks: dict[str, Mapping[str, Asked]] = {}
        self._url, self._port = f"{clerk_origin}/clerk", port
        self._http: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Raises OSError when the port is in use."""
        app = web.Application()
        app.router.add_post("/clerk", self._clerk)
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, ports.HOST, self._port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    async def _clerk(self, request: web.Request) -> web.Response:
        body = await request.json()
        if (asked := self._asked(body)) is not None:
            call = {"name": asked.tool, "arguments": dict(asked.arguments)}
            return web.json_response({"v": 1, "say": "", "tool_call": call, "expect": "open"})
        assert self._http is not None
        headers = {"Authorization": request.headers.get("Authorization", "")}
        try:
            async with self._http.post(self._url, json=body, headers=headers) as answer:
                content = await answer.read()
                return web.Response(body=content, status=answer.status, content_type=answer.content_type)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502)

    def _asked(self, body: Mapping[str, Any]) -> Asked | None:
        """What the guest's last words bring about, before anything has come of them."""
        history = body.get("history") or [{}]
        said = history[-1].get("text", "") if history[-1].get("role") == "user" else ""
        return self.asks.get(body.get("session_id", ""), {}).get(said)
