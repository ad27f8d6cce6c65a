"""The WebSocket server: who may connect, to what, and what becomes of it. One `Connection` per client.

`GET /health` answers without a key. Everything is warm before the port is open, so a server that answers is ready.
"""

import hmac
import http
import logging
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from speech.brain import Place
from speech.connection import Connection
from speech.engines import Engines
from speech.errors import INVALID_REQUEST, ClientError, beta_shape, missing_model
from speech.ids import new_id
from speech.protocol import Realtime

PATH = "/v1/realtime"
SESSION_S = 60 * 60
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
_PING_S = 20
_HANDSHAKE_S = 10
_KEY_SUBPROTOCOL = "openai-insecure-api-key."
_REFUSED_SHAPE = 4000

log = logging.getLogger(__name__)


class SpeechServer:
    def __init__(self, engines: Engines, api_key: str, property_id: str, session_s: float = SESSION_S) -> None:
        """`property_id` is used where a client's URL names none."""
        self._engines = engines
        self._api_key = api_key.encode()
        self._property_id = property_id
        self._session_s = session_s
        self._server: Server | None = None
        self.sessions = 0

    async def start(self, host: str, port: int) -> int:
        """Warm the engines, then listen. Answers the port. Raises OSError when it is taken."""
        await self._engines.start()
        self._server = await serve(
            self._serve,
            host,
            port,
            process_request=self._admit,
            select_subprotocol=_select_subprotocol,
            max_size=MAX_MESSAGE_BYTES,
            compression=None,
            open_timeout=_HANDSHAKE_S,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            server_header=None,
        )
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def close(self) -> None:
        """Close every session with 1001 (going away), then the engines."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()
        await self._engines.close()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        path = urlsplit(request.path).path
        if path == "/health":
            return _json(connection, http.HTTPStatus.OK, {"ok": True, "ready": True, "sessions": self.sessions})
        if path != PATH:
            return _error(connection, http.HTTPStatus.NOT_FOUND, f"Invalid URL (GET {path})", None)
        if not any(hmac.compare_digest(key, self._api_key) for key in _keys(request)):
            message = "Incorrect API key provided." if _keys(request) else "Missing bearer authentication in header"
            code = "invalid_api_key" if _keys(request) else None
            return _error(connection, http.HTTPStatus.UNAUTHORIZED, message, code)
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        query = parse_qs(urlsplit(socket.request.path).query)
        if refusal := _refusal(socket.request, query):
            return await _refuse(socket, refusal)
        realtime = Realtime(query["model"][0], int(time.time() + self._session_s), self._engines.vad.listen)
        place = Place(
            property_id=query.get("property_id", [self._property_id])[0],
            session_id=query.get("session_id", [""])[0],
            channel=query.get("channel", ["voice"])[0],
        )
        self.sessions += 1
        log.info("< session for %s", place.property_id, extra={"session_id": place.session_id})
        try:
            await Connection(socket, realtime, place, self._engines).run(self._session_s)
        finally:
            self.sessions -= 1
            log.info("= session over", extra={"session_id": place.session_id})
        return None


def _keys(request: Request) -> list[bytes]:
    """The credentials of a request: the header, or a browser's subprotocol, since a browser can set no header."""
    found = []
    for header in request.headers.get_all("Authorization"):
        scheme, _, key = header.partition(" ")
        if scheme.lower() == "bearer" and key:
            found.append(key.strip().encode())
    for offered in _subprotocols(request):
        if offered.startswith(_KEY_SUBPROTOCOL):
            found.append(offered.removeprefix(_KEY_SUBPROTOCOL).encode())
    return found


def _subprotocols(request: Request) -> list[str]:
    return [name.strip() for line in request.headers.get_all("Sec-WebSocket-Protocol") for name in line.split(",")]


def _select_subprotocol(_connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """`realtime` where it is offered; a client that offers none, or only others, is served without."""
    realtime = Subprotocol("realtime")
    return realtime if realtime in offered else None


def _refusal(request: Request, query: dict[str, list[str]]) -> ClientError | None:
    """What the service refuses after the upgrade: the retired beta shape, and a session without a model."""
    if any("realtime=" in header for header in request.headers.get_all("OpenAI-Beta")):
        return beta_shape()
    if any(name.startswith("openai-beta.realtime") for name in _subprotocols(request)):
        return beta_shape()
    return None if "model" in query else missing_model()


async def _refuse(socket: ServerConnection, error: ClientError) -> None:
    """The only answer to such a connection: the error, then a close that names it."""
    event = {"type": "error", "event_id": new_id("event"), "error": error.body(None)}
    await socket.send(orjson.dumps(event), text=True)
    await socket.close(_REFUSED_SHAPE, f"{INVALID_REQUEST}.{error.code}")


def _error(connection: ServerConnection, status: http.HTTPStatus, message: str, code: str | None) -> Response:
    body = {"error": {"message": message, "type": INVALID_REQUEST, "param": None, "code": code}}
    return _json(connection, status, body)


def _json(connection: ServerConnection, status: http.HTTPStatus, body: dict[str, Any]) -> Response:
    response = connection.respond(status, orjson.dumps(body).decode())
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response
