"""How long one call waits for what: taken from its events and messages as they pass. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay import caller, realtime
from relay.functions import Session

Took = Callable[[str, float], None]
# The agent's audio is sent in parts of 120 ms, and a little ahead: without one for so long it has nothing more to say.
STILL_TALKING_MS = 500


class Stages:
    """Show it what passes with `see`; it tells `took` the name of a stage (`stats.STAGES`) and its milliseconds."""

    def __init__(self, took: Took) -> None:
        self._took = took
        self._begun: dict[str, int] = {}  # by stage: since when
        self._silence = caller.PCMU.silence
        self._sent_ms: int | None = None  # the agent's latest audio, unless it was taken back

    def see(self, passing: object, now_ms: int) -> None:
        if (seen := SEEN.get(type(passing))) is not None:
            seen(self, passing, now_ms)

    def _start(self, start: caller.Start, now_ms: int) -> None:
        self._silence = start.audio.silence if start.audio is not None else self._silence
        self._begun["start_to_session"] = self._begun["start_to_first_audio"] = now_ms

    def _session(self, _: Session, now_ms: int) -> None:
        self._ends("start_to_session", now_ms)

    def _audio(self, media: caller.SendMedia, now_ms: int) -> None:
        """A live engine's output never pauses: its silence is no answer."""
        self._sent_ms = now_ms
        if not self._begun or media.audio.count(self._silence) == len(media.audio):
            return
        self._ends("start_to_first_audio", now_ms)
        self._ends("commit_to_first_audio", now_ms)

    def _committed(self, _: realtime.Committed, now_ms: int) -> None:
        """Over an "mm-hmm" the agent goes on: its next words are no answer to it."""
        if self._sent_ms is None or now_ms - self._sent_ms > STILL_TALKING_MS:
            self._begun["commit_to_first_audio"] = now_ms
        self._begun.pop("speech_started_to_clear", None)

    def _speech(self, _: realtime.SpeechStarted, now_ms: int) -> None:
        self._begun["speech_started_to_clear"] = now_ms

    def _clear(self, _: caller.Clear, now_ms: int) -> None:
        self._sent_ms = None
        self._ends("speech_started_to_clear", now_ms)

    def _ends(self, stage: str, now_ms: int) -> None:
        """Told once for each time that it began."""
        if (begun_ms := self._begun.pop(stage, None)) is not None:
            self._took(stage, now_ms - begun_ms)


SEEN: dict[type, Callable[[Stages, Any, int], None]] = {
    caller.Start: Stages._start,
    Session: Stages._session,
    caller.SendMedia: Stages._audio,
    realtime.Committed: Stages._committed,
    realtime.SpeechStarted: Stages._speech,
    caller.Clear: Stages._clear,
}
