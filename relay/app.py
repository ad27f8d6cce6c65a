"""The process: listen, admit, say how it is, and on SIGTERM hand every call over and leave within the platform's 10 s.

Source: Cloud Run container contract: SIGTERM, 10 s, SIGKILL.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import orjson

from relay import IS_COMPILED, connections, log, messages, status, tracing, twilio
from relay.agent import CallSettings
from relay.bridge import Bridge
from relay.clients import Client, Page, Phone
from relay.clips import Clips
from relay.config import Bucket, Settings
from relay.dialects import DIALECTS
from relay.engines import Engines
from relay.events import Publisher
from relay.failover import EngineChoice
from relay.functions_client import FunctionsClient
from relay.google_tokens import GoogleTokens
from relay.house import House
from relay.http_client import Http, HttpClient
from relay.pacer import Pacer, now_ms
from relay.recording_store import BucketStore, FolderStore, RecordingStore
from relay.recording_writer import RecordingWriter
from relay.sockets import Listener

STREAM_PATH = "/voice/stream"
KIOSK_PATH = "/kiosk/ws"
# Twilio's messages are about 400 bytes, a page's at most a second of audio; nothing they send comes near this.
MAX_MESSAGE_BYTES = 64 * 1024
# A second and a half of the ten is left for the process to end, on a machine that is busy with ending others.
DRAIN_S = 8.5
HAND_OVER_S = 7.0


class Relay:
    """The running service. `start`, then `drain` when told to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = HttpClient(connections.tls_context)
        tokens = GoogleTokens(self._http)
        counts: Counter[str] = Counter()
        self.house = House(
            call_settings=CallSettings(
                engines=[
                    EngineChoice(
                        engine.name,
                        engine.dialect,
                        reachable_before_session=engine.is_reachable_before_the_session,
                        model=engine.model,
                        audio=engine.audio,
                        patience_ms=DIALECTS[engine.dialect].patience_ms,
                    )
                    for engine in settings.engines
                ],
                renew_before_ms=settings.engine_renew_before_s * 1000,
                lead_ms=settings.playout_lead_ms,
                tool_announce_ms=settings.tool_announce_ms,
                tool_timeout_ms=settings.tool_timeout_ms,
            ),
            engines=Engines(settings.engines, tokens, connections.tls_context, spares=settings.spare_engines),
            functions=FunctionsClient(
                self._http,
                settings.tools_url,
                _service_authorization(settings, tokens),
                tool_deadline_s=settings.tool_timeout_ms / 1000,
            ),
            publisher=Publisher(
                self._http, settings.pubsub_origin, settings.pubsub_project, _pubsub_authorization(settings, tokens)
            ),
            pacer=Pacer(),
            clips=Clips(self._http, tokens.access_token),
            recordings=_recordings(settings, self._http, tokens, counts),
            counts=counts,
        )
        if settings.traces:
            self.house.tracing = tracing.to_collector(settings.traces, [engine.name for engine in settings.engines])
        self._server: connections.Server | None = None
        self._is_draining = False

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.port

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        self.house.publisher.start()
        self.house.engines.start()
        self._server = await connections.serve(
            self._settings.host, self._settings.port, self._route, max_message_bytes=MAX_MESSAGE_BYTES
        )
        log.info("= listening", host=self._settings.host, port=self.port, compiled=IS_COMPILED)

    async def settle(self) -> None:
        """While listening: get ready to ask others; what is there by now is never searched for garbage again.

        A full search took 6 ms, in which no audio moves; without what stays anyway it takes 0.1 ms.
        """
        await asyncio.to_thread(connections.tls_context)
        if self.house.recordings is not None:
            await self.house.recordings.warm()
        gc.collect()
        gc.freeze()
        gc.enable()

    def _route(self, request: connections.Request) -> Listener | connections.Answer:
        path = request.path.rstrip("/")
        if path in status.PATHS:
            return status.answer(
                path, self.house, is_draining=self._is_draining, max_calls=self._settings.max_calls, now_ms=now_ms()
            )
        if path == STREAM_PATH:
            return self._admit(request, self._phone_refusal, Phone)
        if path == KIOSK_PATH and self._settings.kiosk_origin:
            return self._admit(request, self._page_refusal, Page)
        return self._refuse(404, "not_found")

    def _admit(
        self,
        request: connections.Request,
        refusal: Callable[[connections.Request], connections.Answer | None],
        client: Callable[[], Client],
    ) -> Listener | connections.Answer:
        if self._is_draining:
            return self._refuse(503, "draining")
        if (refused := refusal(request)) is not None:
            return refused
        calls = self.house.calls
        if calls >= 2 * self._settings.max_calls:
            return self._refuse(503, "full")
        return Bridge(self.house, client(), is_over_capacity=calls >= self._settings.max_calls)

    def _phone_refusal(self, request: connections.Request) -> connections.Answer | None:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not signature:
            return self._refuse(401, "unsigned")
        if not twilio.upgrade_is_signed(
            self._settings.twilio_auth_token, self._settings.media_origin + STREAM_PATH, signature
        ):
            return self._refuse(403, "bad_signature")
        return None

    def _page_refusal(self, request: connections.Request) -> connections.Answer | None:
        """A browser names the page's origin on every upgrade, and lets no page choose it. Source: RFC 6455, 10.2.

        Of pages that have shown no good token yet there may be as many as calls: nobody's sockets keep callers out.
        """
        if request.headers.get("Origin", "") != self._settings.kiosk_origin:
            return self._refuse(403, "bad_origin")
        if len(self.house.bridges) - self.house.calls >= self._settings.max_calls:
            return self._refuse(503, "full")
        return None

    def _refuse(self, status: int, code: str) -> connections.Answer:
        self.house.counts[f"refused_{code}"] += 1
        log.warn("! upgrade refused", status=status, code=code)
        return connections.Answer(status, orjson.dumps({"ok": False, "error": {"code": code}}))

    async def drain(self) -> None:
        """Stop accepting, hand every call over at a turn boundary, publish what is left; done within `DRAIN_S`."""
        until = time.monotonic() + DRAIN_S
        self._is_draining = True
        bridges = list(self.house.bridges)
        log.info("= draining", calls=len(bridges))
        if self._server is not None:
            self._server.close()
        for bridge in bridges:
            bridge.handle(messages.Drain())
        await self.house.engines.close()
        await self._until_empty(HAND_OVER_S)
        for bridge in list(self.house.bridges):
            bridge.cut()
        await self._until_empty(0.5)
        left_s = max(0.1, until - time.monotonic())
        if self.house.recordings is not None:
            lost, _ = await asyncio.gather(self.house.publisher.flush(left_s), self.house.recordings.flush(left_s))
        else:
            lost = await self.house.publisher.flush(left_s)
        if self.house.tracing is not None:
            await self.house.tracing.stop(max(0.1, until - time.monotonic()))
        await self._http.aclose()
        log.info("= stopped", calls_cut=len(self.house.bridges), events_lost=lost)

    async def _until_empty(self, timeout_s: float) -> None:
        leaving = [asyncio.create_task(bridge.gone()) for bridge in self.house.bridges]
        if leaving:
            _, staying = await asyncio.wait(leaving, timeout=timeout_s)
            for wait in staying:
                wait.cancel()


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then drain."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    relay = Relay(settings)
    await relay.start()
    await relay.settle()
    await stop.wait()
    await relay.drain()


def _service_authorization(settings: Settings, tokens: GoogleTokens) -> Callable[[], Awaitable[str]]:
    async def authorization() -> str:
        if settings.service_auth == "secret":
            return f"Bearer {settings.service_secret}"
        return f"Bearer {await tokens.id_token(settings.tools_url)}"

    return authorization


def _recordings(settings: Settings, http: Http, tokens: GoogleTokens, counts: Counter[str]) -> RecordingWriter | None:
    place = settings.recordings
    if place is None:
        return None
    store: RecordingStore
    if isinstance(place, Bucket):
        store = BucketStore(http, place.name, place.prefix, tokens.access_token)
    else:
        store = FolderStore(place)
    return RecordingWriter(store, counts)


def _pubsub_authorization(settings: Settings, tokens: GoogleTokens) -> Callable[[], Awaitable[str]]:
    async def authorization() -> str:
        return f"Bearer {await tokens.access_token()}" if settings.pubsub_auth == "google" else ""

    return authorization
