"""The functions behind the speech server as the platform runs them: a process of their own, on a free port."""

import asyncio
import base64
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt

ROOT = Path(__file__).parents[2]
SECRET = "service-secret"
SIGNING_KEY = "k" * 32
PROPERTY = "west-bethel-motel"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def process(*command: str, url: str, env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that answers `GET {url}/health` with 200 by now, and is gone afterwards."""
    path = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    started = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=path | env)
    try:
        async with asyncio.timeout(30), httpx.AsyncClient() as http:
            while not await _is_healthy(http, url):
                assert started.returncode is None, f"{command[0]} ended with {started.returncode}"
                await asyncio.sleep(0.1)
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        async with asyncio.timeout(10):
            await started.wait()


async def _is_healthy(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/health")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@asynccontextmanager
async def tools(folder: Path) -> AsyncIterator[str]:
    """The `tools` function on its own store in `folder`; its URL. Its events go nowhere."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "SESSION_SIGNING_KEY": SIGNING_KEY,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": SECRET,
        "STORE": "sqlite",
        "SQLITE_PATH": str(folder / "house.sqlite3"),
        "PUBSUB_ORIGIN": f"http://127.0.0.1:{free_port()}",
        "PUBSUB_PROJECT": "test",
        "PUBSUB_AUTH": "none",
    }
    framework = str(Path(sys.executable).with_name("functions-framework"))
    where = ("--source", "functions/main.py", "--target", "tools", "--host", "127.0.0.1", "--port", str(port))
    async with process(framework, *where, url=url, env=env):
        yield url


class Session:
    """A call that the functions know of, as a relay would have set it up."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.id = ""
        self.engine_session: dict[str, Any] = {}
        self.opening: dict[str, Any] = {}
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {SECRET}"})

    async def start(self) -> None:
        self.id = f"sess_{base64.b32encode(secrets.token_bytes(17)).decode()[:26].lower()}"
        call_sid, stream_sid = f"CA{secrets.token_hex(16)}", f"MZ{secrets.token_hex(16)}"
        claims = {
            "sid": self.id,
            "pid": PROPERTY,
            "ch": "voice",
            "dir": "inbound",
            "att": 1,
            "cs": call_sid,
            "clr": "+12075550142",
            "cld": "+12072203501",
            "stir": "A",
            "lang": "en",
            "jti": secrets.token_hex(4),
            "exp": int(time.time()) + 120,
        }
        body = {
            "v": 1,
            "token": jwt.encode(claims, SIGNING_KEY, algorithm="HS256"),
            "call_sid": call_sid,
            "stream_sid": stream_sid,
            "dialect": "realtime",
            "audio": "pcmu",
        }
        answer = await self._http.post("/session", json=body)
        assert answer.status_code == httpx.codes.OK, answer.text
        self.engine_session, self.opening = answer.json()["engine_session"], answer.json()["opening"]

    async def tool(self, name: str, tool_call_id: str, arguments: dict[str, Any]) -> dict[str, Any]:
        body = {"v": 1, "session_id": self.id, "attempt": 1, "tool_call_id": tool_call_id, "arguments": arguments}
        headers = {"Idempotency-Key": f"{self.id}:{tool_call_id}"}
        answer = await self._http.post(f"/tools/{name}", json=body, headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def close(self) -> None:
        await self._http.aclose()
