"""Opening a connection to one of ENGINES: its URL filled in, its own credential and nobody else's.

To the first of them spare connections may be kept (`spares`): a call that wants one of these takes it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import quote, urlsplit

from relay import connections, sockets
from relay.caller import FORMATS, AudioFormat
from relay.config import EngineSetting
from relay.dialects import DIALECTS, Codec
from relay.errors import EngineUnavailable, TokensUnavailable
from relay.functions import Session
from relay.google_tokens import GoogleTokens
from relay.spares import Spare

CONNECT_TIMEOUT_S = 2.5
# The largest server events carry whole audio items. Source: OpenAI Realtime, limits.
MAX_MESSAGE_BYTES = 16 << 20


class Engines:
    """`start` makes the spare connections, `close` ends them; without `spares` neither does anything."""

    def __init__(
        self,
        settings: Sequence[EngineSetting],
        tokens: GoogleTokens,
        tls: Callable[[], ssl.SSLContext],
        *,
        spares: int = 0,
    ) -> None:
        self.settings = settings
        self._tokens = tokens
        self._tls = tls
        self._spares = {
            index: Spare(engine.name, partial(self._connect, index, None))
            for index, engine in enumerate(settings[:spares])
            if engine.is_reachable_before_the_session
        }
        self._transcode: Callable[[AudioFormat, AudioFormat, Codec], Codec] | None = None
        if any(engine.audio for engine in settings):
            from relay.transcode import transcoding  # with numpy, which nobody else needs

            self._transcode = transcoding

    def codec(self, index: int, audio: AudioFormat) -> Codec:
        """How the wire of the engine at `index` is read and written for a caller who speaks this format."""
        engine = self.settings[index]
        codec = DIALECTS[engine.dialect].codec
        if self._transcode is None or engine.audio in ("", audio.name):
            return codec
        return self._transcode(audio, FORMATS[engine.audio], codec)

    def start(self) -> None:
        for spare in self._spares.values():
            spare.start()

    async def close(self) -> None:
        await asyncio.gather(*(spare.close() for spare in self._spares.values()))

    async def open(self, index: int, session: Session | None, listener: sockets.Listener) -> sockets.Socket:
        """Connect to the engine at `index`; `session` may be None where the URL needs none.

        Raises EngineUnavailable.
        """
        spare = self._spares.get(index)
        if spare is not None and (waiting := spare.take()) is not None:
            return waiting.hand_over(listener)
        return await self._connect(index, session, listener)

    async def _connect(self, index: int, session: Session | None, listener: sockets.Listener) -> sockets.Socket:
        engine = self.settings[index]
        return await connections.connect(
            engine.name,
            fill_in(engine.url, session),
            listener,
            headers={"Authorization": await self._authorization(engine)},
            tls=self._tls,
            timeout_s=CONNECT_TIMEOUT_S,
            max_message_bytes=MAX_MESSAGE_BYTES,
        )

    async def _authorization(self, engine: EngineSetting) -> str:
        if engine.auth == "bearer":
            return f"Bearer {engine.secret}"
        parts = urlsplit(engine.url)
        audience = f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"
        try:
            return f"Bearer {await self._tokens.id_token(audience)}"
        except TokensUnavailable as problem:
            raise EngineUnavailable(engine.name, str(problem)) from problem


def fill_in(url: str, session: Session | None) -> str:
    if session is None:
        return url
    filled = url.replace("{property_id}", quote(session.property_id, safe=""))
    return filled.replace("{session_id}", quote(session.session_id, safe=""))
