"""A fake of Cloud Storage's `objects.insert` and of the metadata server's access tokens, over HTTP.

It refuses what the real ones refuse, with their statuses and error bodies; there is no emulator of Cloud Storage.
Sources: Cloud Storage JSON API, "Objects: insert" (parameters, permissions), "HTTP status and error codes",
"Object name requirements"; Compute Engine metadata server, "Access tokens".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

_PARAMETERS = {"uploadType", "name", "ifGenerationMatch", "contentEncoding", "predefinedAcl", "projection"}


class FakeStorage:
    """`objects` holds what is in the bucket. `failures` are statuses to answer with first, one per request."""

    def __init__(self, bucket: str = "hotel-calls") -> None:
        self.bucket = bucket
        self.objects: dict[str, bytes] = {}
        self.failures: list[int] = []
        self.may_overwrite = True  # storage.objects.delete beside storage.objects.create
        self.expired_tokens: set[str] = set()
        self.uploads = 0
        self.tokens_given = 0
        self.origin = ""

    async def insert(self, request: web.Request) -> web.Response:
        self.uploads += 1
        content = await request.read()
        if self.failures:
            return _error(self.failures.pop(0), "backendError")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or token in self.expired_tokens or not token.startswith("access-"):
            return _error(401, "authError")
        if request.match_info["bucket"] != self.bucket:
            return _error(404, "notFound")
        if request.query.keys() - _PARAMETERS:
            return _error(400, "invalidParameter")
        if request.query.get("uploadType") != "media":
            return _error(400, "uploadBrokenConnection")
        name = request.query.get("name", "")
        if not name:
            return _error(400, "required")
        if len(name.encode()) > 1024 or "\r" in name or "\n" in name or name in (".", ".."):
            return _error(400, "invalid")
        if name in self.objects and not self.may_overwrite:
            return _error(403, "forbidden")
        if request.content_length is None and "chunked" not in request.headers.get("Transfer-Encoding", ""):
            return _error(411, "lengthRequired")
        self.objects[name] = content
        return web.json_response(
            {
                "kind": "storage#object",
                "name": name,
                "bucket": self.bucket,
                "contentType": request.headers.get("Content-Type", "application/octet-stream"),
                "size": str(len(content)),
                "md5Hash": base64.b64encode(hashlib.md5(content).digest()).decode(),
            }
        )

    async def token(self, request: web.Request) -> web.Response:
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403)
        self.tokens_given += 1
        return web.json_response(
            {"access_token": f"access-{self.tokens_given}", "expires_in": 3599, "token_type": "Bearer"}
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeStorage]:
        app = web.Application()
        app.router.add_post("/upload/storage/v1/b/{bucket}/o", self.insert)
        app.router.add_get("/computeMetadata/v1/instance/service-accounts/default/token", self.token)
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.origin = f"http://{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()


def _error(status: int, reason: str) -> web.Response:
    body: dict[str, Any] = {
        "error": {"code": status, "message": reason, "errors": [{"domain": "global", "reason": reason}]}
    }
    return web.json_response(body, status=status)
