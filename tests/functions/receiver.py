"""A receiver of our webhooks, as the other side has to write one: written from the contract, not from our code.

It refuses what is not signed by the secret, what is older than five minutes, and takes an id once.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

TOLERANCE_S = 300


class Receiver:
    """`answers`: statuses to give instead, one each, before anything is looked at."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        self._key, self._clock = base64.b64decode(secret.removeprefix("whsec_")), clock
        self.answers: list[int] = []
        self.asked: list[str] = []
        self.taken: dict[str, dict[str, Any]] = {}
        """By webhook-id, in the order they came: `path` and `message`."""

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        return app

    def messages(self, path: str) -> list[dict[str, Any]]:
        return [taken["message"] for taken in self.taken.values() if taken["path"] == path]

    async def _take(self, request: web.Request) -> web.Response:
        content = await request.read()
        self.asked.append(request.path)
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        return web.Response(status=self.judge(dict(request.headers), request.path, content))

    def judge(self, headers: dict[str, str], path: str, content: bytes) -> int:
        shown = {name.lower(): value for name, value in headers.items()}
        webhook_id, timestamp = shown.get("webhook-id", ""), shown.get("webhook-timestamp", "")
        digest = hmac.new(self._key, f"{webhook_id}.{timestamp}.".encode() + content, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(digest).decode()
        if not any(hmac.compare_digest(wanted, given) for given in shown.get("webhook-signature", "").split()):
            return 401
        if abs(self._clock().timestamp() - int(timestamp)) > TOLERANCE_S:
            return 400
        if webhook_id in self.taken:
            return 409
        self.taken[webhook_id] = {"path": path, "message": json.loads(content)}
        return 204
