"""The short way of the agent's audio from the engine to the playout: what only goes on with what is being played."""

from __future__ import annotations

from relay.audio_path import AudioPath
from relay.realtime_media import DeltaReader
from relay.sockets import ShortWay


class AgentPath(ShortWay):
    """One per stream, asked first about the messages of the engine in use."""

    def __init__(self, audio: AudioPath) -> None:
        self._audio = audio
        self._reader = DeltaReader()

    def takes(self, message: bytes) -> bool:
        delta = self._reader.read(message)
        if delta is None:
            return False
        item_id, audio = delta
        return self._audio.adds(item_id, audio)
