"""How long one call waits for what: taken from its events and messages as they pass. Pure."""

from __future__ import annotations

from collections.abc import Callable

from relay import caller, realtime
from relay.functions import Session

Took = Callable[[str, float], None]


class Stages:
    """Show it what passes with `see`; it tells `took` the name of a stage (`stats.STAGES`) and its milliseconds."""

    def __init__(self, took: Took) -> None:
        self._took = took
        self._begun: dict[str, int] = {}  # by stage: since when

    def see(self, passing: object, now_ms: int) -> None:
        if (seen := SEEN.get(type(passing))) is not None:
            seen(self, now_ms)

    def _start(self, now_ms: int) -> None:
        self._begun["start_to_session"] = self._begun["start_to_first_audio"] = now_ms

    def _session(self, now_ms: int) -> None:
        self._ends("start_to_session", now_ms)

    def _audio(self, now_ms: int) -> None:
        self._ends("start_to_first_audio", now_ms)
        self._ends("commit_to_first_audio", now_ms)

    def _committed(self, now_ms: int) -> None:
        self._begun["commit_to_first_audio"] = now_ms
        self._begun.pop("speech_started_to_clear", None)

    def _speech(self, now_ms: int) -> None:
        self._begun["speech_started_to_clear"] = now_ms

    def _clear(self, now_ms: int) -> None:
        self._ends("speech_started_to_clear", now_ms)

    def _ends(self, stage: str, now_ms: int) -> None:
        """Told once for each time that it began."""
        if (begun_ms := self._begun.pop(stage, None)) is not None:
            self._took(stage, now_ms - begun_ms)


SEEN: dict[type, Callable[[Stages, int], None]] = {
    caller.Start: Stages._start,
    Session: Stages._session,
    caller.SendMedia: Stages._audio,
    realtime.Committed: Stages._committed,
    realtime.SpeechStarted: Stages._speech,
    caller.Clear: Stages._clear,
}
