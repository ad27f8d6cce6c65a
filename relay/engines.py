"""Opening a connection to one of ENGINES: its URL filled in, its own credential and nobody else's."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from relay import sockets
from relay.config import EngineSetting
from relay.errors import EngineUnavailable, TokensUnavailable
from relay.google_tokens import GoogleTokens
from relay.messages import Session

CONNECT_TIMEOUT_S = 2.5
# The largest server events carry whole audio items. Source: OpenAI Realtime, limits.
MAX_MESSAGE_BYTES = 16 << 20


class Engines:
    def __init__(self, settings: Sequence[EngineSetting], tokens: GoogleTokens, tls: ssl.SSLContext) -> None:
        self.settings = settings
        self._tokens = tokens
        self._tls = tls

    async def open(self, index: int, session: Session | None, listener: sockets.Listener) -> sockets.Socket:
        """Connect to the engine at `index`; `session` may be None where the URL needs none.

        Raises EngineUnavailable.
        """
        engine = self.settings[index]
        return await sockets.connect(
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
