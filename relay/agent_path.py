"""The short way of the agent's audio from the engine to the playout: what only goes on with what is being played."""

from __future__ import annotations

from time import monotonic_ns

from relay.audio_path import AudioPath
from relay.realtime_media import DeltaReader
from relay.sockets import ShortWay

# So often the call itself gets some of it, to know that the engine still gives: its watchdog waits for seconds.
TELL_MS = 500


class AgentPath(ShortWay):
    """One per stream, asked first about the messages of the engine in use."""

    def __init__(self, audio: AudioPath) -> None:
        self._audio = audio
        self._reader = DeltaReader()
        self._told_ms = 0

    def takes(self, message: bytes) -> bool:
        delta = self._reader.read(message)
        if delta is None:
            return False
        now_ms = monotonic_ns() // 1_000_000
        if now_ms >= self._told_ms + TELL_MS:
            self._told_ms = now_ms
            return False
        item_id, audio = delta
        return self._audio.adds(item_id, audio)
