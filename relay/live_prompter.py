"""What the voice is told: to say, to know, to obey. Pure.

Source: OpenAI GPT-Live reference, the three append events and their limit of 500 tokens.
"""

from __future__ import annotations

from collections.abc import Iterable

from relay import live, realtime
from relay.journal import Journal
from relay.live_append import pieces
from relay.live_input import input_items

_RECALLED = {"user": 'The caller has said: "{}"', "assistant": 'You have said: "{}"', "developer": "{}"}


class Prompter:
    """Writes into the messages of the event that is being handled; every append has an id of its own."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._count = 0

    def say(self, text: str, delegation_id: str = "") -> None:
        self._append("commentary", text, delegation_id)

    def know(self, text: str, delegation_id: str = "") -> None:
        self._append("thinking", text, delegation_id)

    def obey(self, text: str) -> None:
        self._append("instructions", text, "")

    def recall(self, seed: Iterable[realtime.ToEngine]) -> None:
        """What was said and done without it."""
        for item in input_items(seed):
            self.know(_RECALLED[item["role"]].format(item["content"][0]["text"]))

    def _append(self, way: live.Way, text: str, delegation_id: str) -> None:
        for piece in pieces(text):
            self._count += 1
            self._journal.out.append(live.Append(way, piece, f"{way}_{self._count}", delegation_id))
