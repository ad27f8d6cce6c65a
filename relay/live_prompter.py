"""What the voice is told: to say, to know, to obey. Pure.

Source: OpenAI GPT-Live reference, the three append events and their limit of 500 tokens.
"""

from __future__ import annotations

from collections.abc import Iterable

from relay import live, realtime
from relay.live_append import LONGEST, pieces
from relay.live_input import input_items
from relay.sentences import in_language
from relay.talk import Attempt

_RECALLED = {"user": 'The caller has said: "{}"', "assistant": 'You have said: "{}"', "developer": "{}"}


class Prompter:
    """Writes into the messages of the event that is being handled; every append has an id of its own."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._count = 0
        # In this session, by event id; and whether it had been refused before.
        self._sent: dict[str, tuple[live.Append, bool]] = {}

    def say(self, text: str, delegation_id: str = "") -> None:
        self._append("commentary", in_language(text, self._attempt.language), delegation_id)

    def know(self, text: str, delegation_id: str = "") -> None:
        self._append("thinking", text, delegation_id)

    def obey(self, text: str) -> None:
        self._append("instructions", text, "")

    def recall(self, seed: Iterable[realtime.ToEngine]) -> None:
        """What was said and done without it, in a session that begins."""
        self._sent.clear()
        for item in input_items(seed):
            self.know(_RECALLED[item["role"]].format(item["content"][0]["text"]))

    def refused(self, event_id: str) -> bool:
        """One of our events was refused: it is sent once more, in halves and as part of no work.

        Its tokens were estimated, and what it was for may be over. Returns whether something will not be said now.
        """
        append, was_refused = self._sent.pop(event_id, (None, False))
        if append is None:
            return False
        if was_refused:
            return append.way == "commentary"
        self._append(append.way, append.content, "", is_again=True)
        return False

    def _append(self, way: live.Way, text: str, delegation_id: str, *, is_again: bool = False) -> None:
        for piece in pieces(text, LONGEST // 2 if is_again else LONGEST):
            self._count += 1
            append = live.Append(way, piece, f"{way}_{self._count}", delegation_id)
            self._sent[append.event_id] = append, is_again
            self._attempt.journal.out.append(append)
