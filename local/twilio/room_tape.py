"""What a recording of a conference is cut out of. No I/O."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from audio import g711
from audio.g711 import BYTES_PER_MS, FRAME_BYTES, SILENCE
from local.twilio.clock import FRAME_MS
from local.twilio.lines import QUIET_FRAME

if TYPE_CHECKING:
    from local.twilio.conferences import Room


class RoomTape:
    """What is said in a room, mixed as it is heard; what is said to one alone is not on it."""

    def __init__(self, room: "Room") -> None:
        self._room = room
        self._frames: dict[int, NDArray[np.int32]] = {}

    @property
    def now_ms(self) -> int:
        return self._room.frame_now * FRAME_MS

    def add(self, at: int, frame: bytes) -> None:
        if self._room.recording is not None:
            pcm = g711.decode(frame).astype(np.int32)
            self._frames[at] = self._frames[at] + pcm if at in self._frames else pcm

    def tracks(self, start_ms: int, end_ms: int) -> tuple[bytes, bytes]:
        frames = [self._frames.get(at) for at in range(start_ms // FRAME_MS, end_ms // FRAME_MS)]
        audio = b"".join(
            QUIET_FRAME if one is None else g711.encode(np.clip(one, -32768, 32767).astype(np.int16)) for one in frames
        )
        assert len(audio) == len(frames) * FRAME_BYTES
        return audio, bytes([SILENCE]) * ((end_ms - start_ms) * BYTES_PER_MS)
