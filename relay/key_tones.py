"""Where in the caller's stream the tones of keys lie that may be a card's number: tones can be read back. Pure.

A number may be keyed group by group. Each group is an input of its own to functions; here they are counted together.
"""

from __future__ import annotations

from relay.card_numbers import SHORTEST
from relay.messages import SilenceRecording

# A tone begins before it is told.
_MARGIN_MS = 500
# Between two groups of one number: time to look at the card, and to hear what the agent makes of the group before.
APART_MS = 10_000


class KeyTones:
    def __init__(self) -> None:
        self._keys = 0
        self._began_ms = 0
        self._ended_ms = 0
        self._groups: list[SilenceRecording] = []  # recorded so far

    def begin(self, at_ms: int) -> None:
        """The first key of a group."""
        if at_ms - self._ended_ms > APART_MS:
            self._keys = 0
            self._groups.clear()
        self._began_ms = at_ms

    def end(self, keys: int, at_ms: int) -> list[SilenceRecording]:
        """So many keys were a group. Returns what is to be silenced, once there are as many as a card's number has."""
        self._keys += keys
        self._ended_ms = at_ms
        start_ms = max(0, self._began_ms - _MARGIN_MS)
        self._groups.append(SilenceRecording(start_ms, at_ms + _MARGIN_MS, is_received=True))
        if self._keys < SHORTEST:
            return []
        groups, self._groups = self._groups, []
        return groups
