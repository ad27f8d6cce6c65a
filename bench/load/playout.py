"""What a simulated caller hears: a real-time buffer such as Twilio's. Pure: no socket, no clock.

Audio plays in order and without a break as long as there is any; a mark is due when the audio before it was played;
`clear` throws the rest away and returns every pending mark.
Source: Twilio Media Streams, "media", "mark" and "clear" messages to Twilio.
"""

from __future__ import annotations

from collections import deque

BYTES_PER_S = 8000
FRAME_S = 0.02


class Playout:
    """All times are seconds of one clock."""

    def __init__(self) -> None:
        self.ends_at = 0.0  # when all that was added will have been played
        self._marks: deque[tuple[float, str]] = deque()

    def add(self, audio_bytes: int, now: float) -> float:
        """Queue some mu-law. Returns when it begins to be heard."""
        begins_at = max(self.ends_at, now)
        self.ends_at = begins_at + audio_bytes / BYTES_PER_S
        return begins_at

    def mark(self, name: str, now: float) -> None:
        self._marks.append((max(self.ends_at, now), name))

    @property
    def next_mark_at(self) -> float | None:
        return self._marks[0][0] if self._marks else None

    def marks_due(self, now: float) -> list[str]:
        """The marks whose audio was played by now; each is returned once."""
        due = []
        while self._marks and self._marks[0][0] <= now:
            due.append(self._marks.popleft()[1])
        return due

    def clear(self, now: float) -> list[str]:
        """Stop at once. Returns the pending marks, which go back although their audio was not played."""
        pending = [name for _, name in self._marks]
        self._marks.clear()
        self.ends_at = min(self.ends_at, now)
        return pending
