"""The property's own greeting as a clip, for when the engine's does not come: fetched with the session, played once.

Pure. Whether it may be played just now is for the Talk to say, which makes it the one and only greeting.
"""

from __future__ import annotations

from relay.functions import Session
from relay.messages import FetchClip, Message

# No engine audio this long after the session is there: the caller hears the clip instead.
OPENING_WAIT_MS = 1000


class OpeningClip:
    def __init__(self) -> None:
        self.audio = b""  # once it is there, until it was played or is of no use
        self.text = ""
        self._after_ms: int | None = None

    def session_came(self, session: Session, now_ms: int, out: list[Message]) -> None:
        """A phone's clip is mu-law, so another client has none."""
        if session.clip_url and session.opening_text and session.channel == "voice":
            self.text = session.opening_text
            self._after_ms = now_ms + OPENING_WAIT_MS
            out.append(FetchClip(session.clip_url))

    def fetched(self, audio: bytes) -> None:
        if self._after_ms is not None:
            self.audio = audio

    def is_due(self, now_ms: int) -> bool:
        return bool(self.audio) and self._after_ms is not None and now_ms >= self._after_ms

    @property
    def due_ms(self) -> int | None:
        return self._after_ms if self.audio else None

    def drop(self) -> None:
        self.audio, self._after_ms = b"", None
