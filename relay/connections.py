"""WebSockets come from here: a port that listens, and connections made to engines.

Compression is never negotiated (picows has none; Twilio's support for it is not documented). Small HTTP answers
(health) come from the same port.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import picows

from relay import addresses, faults, sockets
from relay.errors import EngineUnavailable
from relay.sockets import Adapter, Listener, Socket


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]  # names in any case


@dataclass(frozen=True, slots=True)
class Answer:
    """A plain HTTP answer in place of an upgrade."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


Route = Callable[[Request], Listener | Answer]


class Server:
    """A listening port. `close` stops accepting; open sockets live on."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        self._server.close()


async def serve(host: str, port: int, route: Route, *, max_message_bytes: int) -> Server:
    """Listen, and let `route` accept (a Listener) or refuse (an Answer) every request before the upgrade.

    Raises OSError when the port is taken.
    """

    def accept(request: picows.WSUpgradeRequest) -> picows.WSListener | picows.WSUpgradeResponseWithListener:
        path = request.path.decode("ascii", "replace").partition("?")[0]
        decided = route(Request(path, request.headers))
        if not isinstance(decided, Answer):
            # Firefox asks for two options, picows knows of one. Source: RFC 6455, 4.2.1; RFC 9110, 7.6.1.
            options = ",".join(request.headers.getall("Connection", [])).lower().split(",")
            if "upgrade" in map(str.strip, options):
                request.headers["Connection"] = "upgrade"
            return Adapter(decided, max_message_bytes)
        headers = {"Content-Type": decided.content_type}
        if decided.status == 200:
            response = picows.WSUpgradeResponse.create_ok_response(decided.body, headers)
        else:
            response = picows.WSUpgradeResponse.create_error_response(decided.status, decided.body, headers)
        return picows.WSUpgradeResponseWithListener(response, None)

    server = await picows.ws_create_server(accept, host, port, max_frame_size=max_message_bytes, logger_name="server")
    return Server(server)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """One for all outgoing connections: reading the certificates takes 20 ms, so it is not done before listening."""
    return ssl.create_default_context()


async def connect(
    name: str,
    url: str,
    listener: Listener,
    *,
    headers: Mapping[str, str],
    tls: Callable[[], ssl.SSLContext],
    timeout_s: float,
    max_message_bytes: int,
) -> Socket:
    """Connect out to a ws:// or wss:// URL. Redirects are refused: the headers carry a credential.

    Raises EngineUnavailable; fatal when the server's answer to the upgrade is one that no repetition will change.
    """
    adapter = Adapter(listener, max_message_bytes)
    is_tls = url.startswith("wss:")
    dialled: list[socket.socket] = []

    async def dial(to: picows.WSParsedURL) -> socket.socket:
        dialled.append(await addresses.dial(to.host, to.port))
        return dialled[0]

    try:
        async with asyncio.timeout(timeout_s):
            await picows.ws_connect(
                lambda: adapter,
                url,
                ssl_context=tls() if is_tls else None,
                # picows itself closes where the server broke the protocol, and nobody hears of it before TLS is over.
                ssl_shutdown_timeout=sockets.CLOSE_WAIT_S if is_tls else None,
                extra_headers=headers,
                max_redirects=0,
                max_frame_size=max_message_bytes,
                websocket_handshake_timeout=timeout_s,
                enable_auto_ping=True,
                auto_ping_idle_timeout=20,
                auto_ping_reply_timeout=10,
                socket_factory=dial,
                logger_name="client",
            )
    except picows.WSHandshakeError as refused:
        status = int(refused.response.status) if refused.response is not None else 0
        fault = faults.of_upgrade(status, (refused.raw_body or b"")[:4096].decode("utf-8", "replace"))
        raise EngineUnavailable(name, fault.problem, fatal=fault.is_fatal, kind=fault.kind) from None
    except (OSError, ValueError, TimeoutError, picows.WSError) as problem:  # the second: no name of a host
        if not adapter.has_opened:  # the listener has been told, else, and is told when it ends
            raise EngineUnavailable(name, type(problem).__name__) from problem
    finally:
        if not adapter.has_opened:
            adapter.abandon()
            for each in dialled:  # picows lets go of it only when its time for the handshake is over
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
    if not adapter.has_opened:  # picows returns all the same when the server hangs up in place of an answer
        raise EngineUnavailable(name, "closed in place of an answer")
    return adapter.socket
