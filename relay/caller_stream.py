"""The caller's end of one stream: how it begins, whether its audio still comes, and what of it nobody can use. Pure."""

from __future__ import annotations

from relay.caller import PCMU, AudioFormat, Dtmf, Start
from relay.caller_audio import CallerAudio
from relay.engine_desk import Tongue
from relay.functions import FetchSession
from relay.keys import LONGEST

START_WAIT_MS = 5000
# No audio from the caller for this long, while the stream should flow, means that nobody is at its other end.
MEDIA_GAP_MS = 5000
BAD_MESSAGES = 100


class CallerStream:
    def __init__(self, now_ms: int) -> None:
        self.audio = CallerAudio(now_ms)
        self.sid = ""
        self.started_ms = now_ms
        self.start_by_ms = now_ms + START_WAIT_MS
        self.early_keys: list[Dtmf] = []  # pressed before there was a session
        self._start: Start | None = None
        self._bad_messages = 0

    def starts(self, start: Start, now_ms: int) -> str:
        """Its first message that counts. Returns why it is refused, or ""."""
        if self._start is not None:
            return "second_start"
        if start.audio is None:
            return "bad_media_format"
        if not start.token:
            return "no_token"
        self._start, self.sid, self.started_ms = start, start.stream_sid, now_ms
        self.audio.starts(start.audio, now_ms)
        return ""

    @property
    def format(self) -> AudioFormat:
        return (self._start.audio if self._start is not None else None) or PCMU

    def session_for(self, tongue: Tongue) -> FetchSession:
        """To be asked of functions. The same stream may ask for every dialect and format."""
        start, (dialect, audio) = self._start, tongue
        assert start is not None
        return FetchSession(start.token, start.call_sid, start.stream_sid, dialect, audio)

    def keep_key(self, key: Dtmf) -> None:
        if len(self.early_keys) < LONGEST:
            self.early_keys.append(key)

    def someone_types(self, now_ms: int) -> None:
        """Somebody is there, as if they were heard on the line."""
        self.audio.spoke_ms = now_ms

    @property
    def silent_by_ms(self) -> int:
        """Nothing has come for too long then."""
        return self.audio.latest_ms + MEDIA_GAP_MS

    def sent_rubbish(self) -> bool:
        """One bad message is ignored. Returns whether there is no end of them, so that it is no client."""
        self._bad_messages += 1
        return self._start is None or self._bad_messages > BAD_MESSAGES
