"""The sessions of live engines, one after the other: what each costs, what was said in it, and why it ended. Pure."""

from __future__ import annotations

from relay import live
from relay.faults import Fault
from relay.live_clock import LiveClock
from relay.live_ledger import Ledger
from relay.realtime import AppendAudio
from relay.talk import Attempt


class LiveSession:
    """It `begins` when an engine listens, and `ends` with it; then another one may begin."""

    def __init__(self, attempt: Attempt) -> None:
        self.clock = LiveClock(attempt)
        self.ledger = Ledger(attempt.conversation, attempt.journal, name="live", from_ms=0)
        self.model = ""  # as the engine names it
        self._attempt = attempt

    def begins(self, audio_from_ms: int, now_ms: int) -> None:
        """The engine gets the caller's stream from `audio_from_ms` on."""
        attempt = self._attempt
        attempt.connection.is_up = True
        name = f"live_{attempt.session.attempt}_{attempt.connection.number}"
        self.ledger = Ledger(attempt.conversation, attempt.journal, name=name, from_ms=audio_from_ms)
        self.clock.started(self.model, audio_from_ms, now_ms)

    def ends(self, *, agent_speaks: bool) -> None:
        """What was said is posted as far as it got."""
        self.clock.stopped()
        self.ledger.close(agent_speaks=agent_speaks)
        self._attempt.connection.lost()

    def fill_gap(self, now_ms: int) -> list[AppendAudio]:
        """The silence that is due because nothing comes from the caller; it is not in the caller's stream."""
        filled_ms = self.clock.filled_ms
        if fillers := self.clock.fill(now_ms):
            self.ledger.filled(self.clock.timeline_ms, self.clock.filled_ms - filled_ms)
        return fillers

    def closed(self, event: live.Closed) -> None:
        """The engine ended it: what it was ended for decides whether the engine may be asked again."""
        self.clock.reported(event.seconds)
        kind = "expired" if event.reason == "expired" else "closed"
        problem = f"session closed: {event.reason}"
        self._attempt.connection.trouble = Fault(kind, problem, is_fatal=event.reason == "content")
