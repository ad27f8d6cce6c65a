# cython: boundscheck=False, wraparound=False
"""A realtime engine's messages of audio, read without making a tree of each. Pure.

Read here is what is written in the usual way: the known fields in any order. `realtime_codec.read` reads everything
else, and says of what is read here the same.
Source: OpenAI Realtime API reference, `response.output_audio.delta`.
"""

from __future__ import annotations

from pybase64 import b64decode

from relay.scan import Scanner


class DeltaReader(Scanner):
    """One per stream. Not to be used by two threads."""

    def __init__(self) -> None:
        super().__init__()
        self._is_delta = self._has_place = self._has_response = False
        self._item_at = self._item_end = 0
        self._delta_at = self._delta_end = 0

    def read(self, message: bytes) -> tuple[str, bytes] | None:
        """The item, and more of its audio; None for what is to be read in the ordinary way."""
        self._at, self._is_delta, self._has_place, self._has_response = 0, False, False, False
        self._item_end = self._delta_end = 0
        if not self._object(message, 0) or self._at != len(message) or not self._is_delta or not self._item_end:
            return None
        if not self._has_place or not self._has_response or not self._delta_end:
            return None
        try:
            audio = b64decode(message[self._delta_at : self._delta_end], None, True)
        except ValueError:
            return None
        return message[self._item_at : self._item_end].decode(), audio

    def _field(self, message: bytes, name: int, kind: int) -> bool:
        start = self._at + 1
        if self._is(message, name, b'delta"'):
            if not self._long_text(message):
                return False
            self._delta_at, self._delta_end = start, self._at - 1
            return True
        if self._is(message, name, b'content_index"') or self._is(message, name, b'output_index"'):
            self._has_place = self._has_place or self._is(message, name, b'content_index"')
            return self._digits(message)
        if not self._text(message):
            return False
        if self._is(message, name, b'type"'):
            self._is_delta = self._is(message, start, b'response.output_audio.delta"')
        elif self._is(message, name, b'item_id"'):
            self._item_at, self._item_end = start, self._at - 1
        elif self._is(message, name, b'response_id"'):
            self._has_response = True
        return True
