"""Where in the caller's stream the tones of keys lie that may be a card's number: tones can be read back. Pure.

A number may be keyed group by group. Each group is an input of its own to functions; here they are counted together.
They are silenced once there are as many keys as a card's number has. Who takes long for that would be too late, as the
recording is held back for a while only: of a number that is being keyed for long, each key is silenced as it comes.
"""

from __future__ import annotations

from relay.card_numbers import SHORTEST
from relay.messages import SilenceRecording
from relay.recording import HELD_MS

# A tone begins before it is told.
_MARGIN_MS = 500
# Between two groups of one number: time to look at the card, and to hear what the agent makes of the group before.
APART_MS = 10_000
# What began so long ago may have left what is held back by the time of the next key.
_LONG_MS = HELD_MS - APART_MS - 2000
# As many as a card's group has; fewer are the choice of something, or a room.
_A_GROUP = 4


class KeyTones:
    def __init__(self) -> None:
        self._keys = 0  # of what may be one number
        self._began_ms = 0  # of that
        self._group_began_ms = 0
        self._ended_ms = 0  # of the last group
        self._groups: list[SilenceRecording] = []  # recorded so far

    def begin(self, at_ms: int) -> None:
        """The first key of a group is about to be told."""
        if at_ms - self._ended_ms > APART_MS or not self._keys:
            self._keys, self._began_ms = 0, at_ms
            self._groups.clear()
        self._group_began_ms = at_ms

    def press(self, at_ms: int) -> list[SilenceRecording]:
        """A key that belongs to a group. Returns what is to be silenced at once."""
        self._keys += 1
        if not self._is_long(at_ms):
            return []
        began_ms, self._group_began_ms = self._group_began_ms, at_ms
        return self._take(began_ms, at_ms)

    def end(self, at_ms: int) -> list[SilenceRecording]:
        """The group is whole. Returns what is to be silenced, once there are as many as a card's number has."""
        self._ended_ms = at_ms
        if self._keys >= SHORTEST or self._is_long(at_ms):
            return self._take(self._group_began_ms, at_ms)
        self._groups.append(_around(self._group_began_ms, at_ms))
        return []

    def _is_long(self, at_ms: int) -> bool:
        return self._keys > _A_GROUP and at_ms - self._began_ms >= _LONG_MS

    def _take(self, from_ms: int, to_ms: int) -> list[SilenceRecording]:
        groups, self._groups = self._groups, []
        return [*groups, _around(from_ms, to_ms)]


def _around(from_ms: int, to_ms: int) -> SilenceRecording:
    return SilenceRecording(max(0, from_ms - _MARGIN_MS), to_ms + _MARGIN_MS, is_received=True)
