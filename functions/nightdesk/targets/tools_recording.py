"""What turns and tools mean for a recording that Twilio makes: it pauses around card data, and is silent where it was.

The relay's own recording follows the answers that the relay gets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from nightdesk.bootstrap import House
from nightdesk.conversation import Session, Turn

_LATEST = timedelta(seconds=15)
"""Where it is not known when something was said, it was within this time."""
_SHORTEST_CARD = 13  # digits: ISO/IEC 7812-1
_KEYED_WITHIN = timedelta(seconds=45)
"""Nobody keys 19 digits in more, with less than two seconds between them."""


class RecordingDesk:
    def __init__(self, house: House) -> None:
        self._house = house

    def turn(self, session: Session, turn: Turn, *, has_card: bool, begun: Sequence[Turn] = ()) -> None:
        """A turn of the guest: nothing of what follows card data is recorded until a turn without any.

        `begun`: turns before it that hold the first groups of its card number.
        """
        if not self._is_twilios(session) or turn.role != "user":
            return
        if has_card:
            for said in (turn, *begun):
                self._silence(session, said)
            self._pause(session, paused=True)
        elif turn.text:
            self._pause(session, paused=False)

    def tool(self, session: Session, answer: Mapping[str, Any]) -> None:
        """A tool's outcome may say that the recording is to pause, or to go on."""
        if self._is_twilios(session) and (word := answer.get("recording")):
            self._pause(session, paused=word == "pause")

    def keyed(self, session: Session, keys: str) -> None:
        """Keys that may be a card's number: their tones, which can be read back, are silenced."""
        if self._is_twilios(session) and len(keys.strip("*#")) >= _SHORTEST_CARD:
            now = self._house.clock()
            self._house.recordings.silence(session.session_id, now - _KEYED_WITHIN, now)

    def _is_twilios(self, session: Session) -> bool:
        return self._house.settings.recording_source == "twilio" and session.channel == "voice"

    def _pause(self, session: Session, *, paused: bool) -> None:
        if session.recording_paused == paused:
            return
        change = self._house.recordings.pause if paused else self._house.recordings.resume
        change(session.session_id, "card")
        self._house.store.change_session(
            session.session_id, lambda s: replace(s, recording_paused=paused) if s is not None else None
        )

    def _silence(self, session: Session, turn: Turn) -> None:
        stream = session.stream(turn.attempt)
        opened_at = stream.opened_at if stream else None
        start, end = turn.stored_at - _LATEST, turn.stored_at
        if opened_at is not None and turn.audio_start_ms is not None and turn.audio_end_ms is not None:
            start = opened_at + timedelta(milliseconds=turn.audio_start_ms)
            end = opened_at + timedelta(milliseconds=turn.audio_end_ms)
        self._house.recordings.silence(session.session_id, start, end)


def interval(turns: Sequence[Turn], attempt: int) -> dict[str, int] | None:
    """Of the audio of this attempt: from the first of these turns to the last, where it is known when they were said.

    What lies between two groups of a number goes as well: the agent may have said them again.
    """
    times = [
        (turn.audio_start_ms, turn.audio_end_ms)
        for turn in turns
        if turn.attempt == attempt and turn.audio_start_ms is not None and turn.audio_end_ms is not None
    ]
    return {"from_ms": min(start for start, _ in times), "to_ms": max(end for _, end in times)} if times else None
