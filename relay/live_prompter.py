"""What the voice is told: to say, to know, to obey. Pure.

Source: OpenAI GPT-Live reference, the three append events and their limit of 500 tokens.
"""

from __future__ import annotations

from relay import live
from relay.journal import Journal
from relay.live_append import pieces


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

    def _append(self, way: live.Way, text: str, delegation_id: str) -> None:
        for piece in pieces(text):
            self._count += 1
            self._journal.out.append(live.Append(way, piece, f"{way}_{self._count}", delegation_id))
