"""Delivers events to the account's webhook endpoint: signed, at least once, again when it is not answered with 2xx.

Source: Stripe documentation, Webhooks: `Stripe-Signature: t=...,v1=HMAC-SHA256 of "{t}.{body}"`.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

TIMEOUT_S = 10.0


def signature(secret: str, body: bytes, timestamp: int) -> str:
    signed = f"{timestamp}.".encode() + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class Webhooks:
    """`retry_s`: the pauses before each further attempt. The real ones grow from seconds to hours, over three days."""

    def __init__(self, url: str, secret: str, retry_s: Sequence[float]) -> None:
        self.url, self._secret, self._retry_s = url, secret, retry_s
        self._http: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.attempts: list[tuple[str, int]] = []
        """(event id, HTTP status; 0 where nobody answered) of every attempt."""

    async def start(self) -> None:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def send(self, event: Mapping[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, event: Mapping[str, Any]) -> None:
        body = json.dumps(event).encode()
        for pause in (0.0, *self._retry_s):
            await asyncio.sleep(pause)
            status = await self._post(body)
            self.attempts.append((event["id"], status))
            if 200 <= status < 300:
                return

    async def _post(self, body: bytes) -> int:
        assert self._http is not None
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(self._secret, body, int(time.time())),
        }
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self._http.post(self.url, data=body, headers=headers) as answer:
                return answer.status
        return 0
