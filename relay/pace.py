"""When a call is due next, and the short way of the agent's audio, ten times a second while it speaks. Pure.

The call says until when no rule of it is due, and nothing is to be minded but that audio leaves in time and marks come
back: that takes a small part of the time of asking all the rules.
"""

from __future__ import annotations

from relay.caller import SendMark, SendMedia
from relay.playout import Playout


class Pace:
    """`due_ms`: when to call `tick`, and where that returns None the call itself.

    `rules_due_ms`: when a rule of the call, but for the talk's, is due. `added_ms`: when there last was more of what is
    being played.
    """

    def __init__(self, due_ms: int) -> None:
        self.due_ms = self.rules_due_ms = due_ms
        self.added_ms = 0
        self._playout: Playout | None = None
        self._until_ms = 0

    def only_audio(self, playout: Playout, until_ms: int) -> None:
        """Until then, if no rule is due and nothing else happens, only this audio moves."""
        self._playout, self._until_ms = playout, min(until_ms, self.rules_due_ms)

    def at_once(self, now_ms: int) -> None:
        """The rules are due."""
        self.due_ms = self.rules_due_ms = self._until_ms = now_ms

    def tick(self, now_ms: int) -> list[SendMedia | SendMark] | None:
        """What is to be sent to the caller, if that is all that is to be done; else None, and nothing was done."""
        playout = self._playout
        if playout is None or now_ms >= self._until_ms or playout.is_overdue(now_ms):
            return None
        messages = playout.feed(now_ms)
        due_ms = playout.due_ms(now_ms)
        self.due_ms = self._until_ms if due_ms is None or due_ms > self._until_ms else due_ms
        return messages

    def adds(self, item_id: str, audio: bytes, now_ms: int) -> bool:
        """Whether this audio only goes on with what is being played: then it has its place there now."""
        playout = self._playout
        if playout is None or now_ms >= self._until_ms or not playout.goes_on_with(item_id):
            return False
        playout.add(item_id, 0, audio)
        self.added_ms = now_ms
        return True

    def passes(self, mark: str, now_ms: int) -> bool:
        """Whether this mark, which came back, says how much was heard and nothing else: then that is known now."""
        playout = self._playout
        if playout is None or now_ms >= self._until_ms or now_ms >= self.due_ms:
            return False
        return playout.passes(mark, now_ms)
