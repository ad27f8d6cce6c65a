"""When the caller speaks, and where in the caller's stream each utterance lies. Pure.

The engine counts milliseconds of the audio appended to its connection; `offset_ms` is where in the stream that began.
"""

from __future__ import annotations

# After the caller stopped, the engine commits the turn; without that, the line is ours again.
COMMIT_WAIT_MS = 3000
# Who speaks before they were greeted is let finish, but not for ever: a noisy line does not end, and hears nothing.
LONG_MS = 6000


class CallerSpeech:
    def __init__(self) -> None:
        self.is_on = False
        self.offset_ms = 0
        self._commit_by_ms: int | None = None  # none is awaited after this
        self._long_at_ms: int | None = None
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}

    @property
    def due_ms(self) -> int | None:
        """When `mind` or `is_long` has something to say."""
        return self._long_at_ms if self._commit_by_ms is None else self._commit_by_ms

    def started(self, item_id: str, audio_start_ms: int, now_ms: int) -> None:
        self._starts[item_id] = self.offset_ms + audio_start_ms
        self.is_on = True
        self._commit_by_ms, self._long_at_ms = None, now_ms + LONG_MS

    def stopped(self, item_id: str, audio_end_ms: int, now_ms: int) -> None:
        self._ends[item_id] = self.offset_ms + audio_end_ms
        if self.is_on:
            self._commit_by_ms, self._long_at_ms = now_ms + COMMIT_WAIT_MS, None

    def began_ms(self, item_id: str) -> int | None:
        """Where in the caller's stream the utterance in progress began; "": whichever it is."""
        if not item_id:
            return max(self._starts.values(), default=None)
        return self._starts.get(item_id)

    def committed(self, item_id: str) -> tuple[int | None, int | None]:
        """The utterance is a turn now. Returns where it began and ended in the caller's stream, as far as known."""
        self.is_on, self._commit_by_ms, self._long_at_ms = False, None, None
        return self._starts.pop(item_id, None), self._ends.pop(item_id, None)

    def mind(self, now_ms: int) -> bool:
        """Returns whether an utterance that ended long ago is not waited for any longer."""
        if self._commit_by_ms is None or now_ms < self._commit_by_ms:
            return False
        self.lost()
        return True

    def is_long(self, now_ms: int) -> bool:
        """Whether the utterance goes on and on. Said once."""
        if self._long_at_ms is None or now_ms < self._long_at_ms:
            return False
        self._long_at_ms = None
        return True

    def lost(self) -> None:
        """What was begun will not be committed."""
        self.is_on, self._commit_by_ms, self._long_at_ms = False, None, None
        self._starts.clear()
        self._ends.clear()
