"""A Live session's own clock: it moves with the audio we send and with nothing else, and it is what is paid for. Pure.

Source: OpenAI GPT-Live reference: when input stops, speech, appends and greetings freeze; where nothing was pushed for
200 ms, silence is, and a live stream is never padded. `usage.seconds` is a running total: take the maximum.
"""

from __future__ import annotations

from relay.realtime import AppendAudio
from relay.talk import Attempt

GAP_MS = 200
FILLER_MS = 100


class LiveClock:
    """Of one engine session after the other. `started` with each, `stopped` when it is gone."""

    def __init__(self, attempt: Attempt) -> None:
        self.filled_ms = 0  # silence of ours in this session
        self._attempt = attempt
        self._journal = attempt.journal
        self._filler = attempt.audio.silence * (FILLER_MS * attempt.audio.bytes_per_ms)
        self._model = ""
        self._runs = False
        self._began_ms = 0
        self._from_ms = 0  # where in the caller's stream it began
        self._filler_ms = 0  # when the latest one was due
        self._seconds = 0.0  # as the engine says
        self._counted_s = 0.0  # of these, in the record

    def started(self, model: str, from_ms: int, now_ms: int) -> None:
        self._model, self._from_ms, self._runs = model, from_ms, True
        self._began_ms = self._filler_ms = now_ms
        self.filled_ms, self._seconds, self._counted_s = 0, 0.0, 0.0

    def fill(self, now_ms: int) -> list[AppendAudio]:
        """The silence that is due because nothing comes from the caller."""
        due_ms = self.due_ms
        if due_ms is None or now_ms < due_ms:
            return []
        if now_ms >= due_ms + FILLER_MS:  # a pause of our own: what came meanwhile is still to be read
            self._filler_ms = now_ms
            return []
        self._filler_ms = due_ms
        self.filled_ms += FILLER_MS
        return [AppendAudio(self._filler)]

    @property
    def due_ms(self) -> int | None:
        if not self._runs:
            return None
        return max(max(self._attempt.caller_audio.latest_ms, self._began_ms) + GAP_MS, self._filler_ms + FILLER_MS)

    def reported(self, seconds: float) -> None:
        """What the engine says that the session has cost so far."""
        self._seconds = max(self._seconds, seconds)
        self._count(self._seconds)

    @property
    def timeline_ms(self) -> int:
        """Where the session is by what we have sent."""
        return self._attempt.caller_audio.received_ms - self._from_ms + self.filled_ms

    def stopped(self) -> None:
        """The session is not ours any more; what it has cost since the last report we know by what we sent."""
        if self._runs:
            self._count(max(self._seconds, self.timeline_ms / 1000))
        self._runs = False

    def _count(self, seconds: float) -> None:
        if seconds > self._counted_s:
            self._journal.add_seconds(self._model, seconds - self._counted_s)
            self._counted_s = seconds
