# cython: boundscheck=False, wraparound=False
"""Twilio's `media` and `mark` messages, read without making a tree of each: there are 60 a second and call. Pure.

Read here is what is written in the usual way: the known fields in any order, without escapes (`scan`).
`twilio.read` reads everything else, and says of what is read here the same.
Source: Twilio Media Streams, "media" and "mark": numbers are written as text; `timestamp` is in ms of the stream.
"""

from __future__ import annotations

from pybase64 import b64decode

from relay.caller import Frame
from relay.scan import Scanner

# What a message is, or an object within it.
_OTHER, _MESSAGE, _MEDIA, _MARK = range(4)


class MediaReader(Scanner):
    """One per stream. Not to be used by two threads."""

    def __init__(self) -> None:
        super().__init__()
        self._event = _OTHER
        self._payload_at = self._payload_end = 0
        self._name_at = self._name_end = 0
        self._timestamp = self._sequence = -1  # -1: not told

    def read(self, message: bytes) -> Frame | str | None:
        """Audio, or the name of a mark; None for what is to be read in the ordinary way."""
        self._at, self._event, self._payload_end, self._name_end, self._sequence = 0, _OTHER, 0, 0, -1
        if not self._object(message, _MESSAGE) or self._at != len(message):
            return None
        if self._event == _MEDIA:
            return self._frame(message)
        if self._event == _MARK and self._name_end:
            return message[self._name_at : self._name_end].decode()
        return None

    def _frame(self, message: bytes) -> Frame | None:
        payload = message[self._payload_at : self._payload_end]
        try:
            audio = b64decode(payload, None, True)
        except ValueError:
            return None
        if not audio:
            return None
        return payload, audio, self._timestamp if self._timestamp >= 0 else None, max(self._sequence, 0)

    def _field(self, message: bytes, name: int, kind: int) -> bool:
        if kind == _MEDIA:
            return self._media_field(message, name)
        if kind == _MARK:
            return self._mark_field(message, name)
        if self._is(message, name, b'media"'):
            self._payload_at, self._payload_end, self._timestamp = 0, 0, -1
            return self._object(message, _MEDIA)
        if self._is(message, name, b'mark"'):
            self._name_at = self._name_end = 0
            return self._object(message, _MARK)
        start = self._at + 1
        if not self._text(message):
            return False
        if self._is(message, name, b'event"'):
            is_mark = self._is(message, start, b'mark"')
            self._event = _MARK if is_mark else _MEDIA if self._is(message, start, b'media"') else _OTHER
        elif self._is(message, name, b'sequenceNumber"'):
            self._sequence = self._number(message, start)
        return self._sequence >= -1

    def _media_field(self, message: bytes, name: int) -> bool:
        start = self._at + 1
        if self._is(message, name, b'payload"'):
            if not self._long_text(message):
                return False
            self._payload_at, self._payload_end = start, self._at - 1
            return True
        if not self._text(message):
            return False
        if self._is(message, name, b'timestamp"'):
            self._timestamp = self._number(message, start)
        return self._timestamp >= -1

    def _mark_field(self, message: bytes, name: int) -> bool:
        start = self._at + 1
        if not self._text(message):
            return False
        if self._is(message, name, b'name"'):
            self._name_at, self._name_end = start, self._at - 1
        return True
