"""What a media stream has been sent and the caller has not heard yet: Twilio's playout buffer, without a clock.

Each call of `frame` is one 20 ms step. A mark comes back when the audio before it has *played*: a frame taken now is
over when the next one is taken.
Source: Twilio Media Streams, messages "media", "mark" and "clear"; warning 31931 (10 minutes).
"""

from collections import deque

from audio.g711 import BYTES_PER_MS, FRAME_BYTES, SILENCE

CAPACITY_BYTES = 10 * 60 * 1000 * BYTES_PER_MS
_SILENCE = bytes([SILENCE])


class Playout:
    """A FIFO of mu-law bytes with marks between them."""

    def __init__(self) -> None:
        self._audio = bytearray()
        self._received = 0
        self._taken = 0
        self._played = 0
        self._marks: deque[tuple[int, str]] = deque()

    @property
    def queued_ms(self) -> int:
        return len(self._audio) // BYTES_PER_MS

    def media(self, audio: bytes) -> bool:
        """Append audio. False when more than ten minutes were queued and the rest was thrown away (31931)."""
        kept = audio[: max(0, CAPACITY_BYTES - len(self._audio))]
        self._audio += kept
        self._received += len(kept)
        return len(kept) == len(audio)

    def mark(self, name: str) -> list[str]:
        """Remember a mark; it comes back at once, as [name], when everything before it has been heard."""
        if self._received <= self._played and not self._marks:
            return [name]
        self._marks.append((self._received, name))
        return []

    def clear(self) -> list[str]:
        """Empty the buffer; all marks that were still waiting come back, in order, though they were not heard."""
        self._received -= len(self._audio)
        self._audio.clear()
        names = [name for _, name in self._marks]
        self._marks.clear()
        return names

    def frame(self) -> tuple[bytes, list[str]]:
        """The next 20 ms for the caller's ear, filled up with silence, and the marks that have been reached."""
        self._played = self._taken
        reached = []
        while self._marks and self._marks[0][0] <= self._played:
            reached.append(self._marks.popleft()[1])
        audio = bytes(self._audio[:FRAME_BYTES])
        del self._audio[:FRAME_BYTES]
        self._taken += len(audio)
        return audio.ljust(FRAME_BYTES, _SILENCE), reached
