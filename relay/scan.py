# cython: boundscheck=False, wraparound=False
"""JSON as machines write it, gone over without making a tree of it: for messages that are very many. Pure.

Texts without escapes, whole numbers, one space behind colons and commas; who meets anything else leaves it to a parser.
"""

from __future__ import annotations

_QUOTE, _ESCAPE, _OPEN, _CLOSE, _COLON, _COMMA = b'"\\{}:,'
_ZERO, _NINE, _SPACE, _ASCII_END = 0x30, 0x39, 0x20, 0x7F
# A number of more digits is none of a sane peer.
_MOST_DIGITS = 18


class Scanner:
    """The steps that the reader of one kind of message is made of. `_at`: so far it has come in the message."""

    def __init__(self) -> None:
        self._at = 0

    def _object(self, message: bytes, kind: int) -> bool:
        """`{"name":value,...}` from here on; `_field` goes over the values. False: something else is there."""
        if not self._comes(message, _OPEN):
            return False
        while True:
            name = self._at + 1
            if not self._text(message) or not self._comes(message, _COLON) or not self._field(message, name, kind):
                return False
            if not self._comes(message, _COMMA):
                return self._comes(message, _CLOSE)

    def _field(self, message: bytes, name: int, kind: int) -> bool:
        """Goes over the value that follows the name that begins at `name`, in an object of this kind."""
        raise NotImplementedError

    def _number(self, message: bytes, at: int) -> int:
        """The text that begins there, and ends where we are; -1 where it is no number, -2 where it is a strange one."""
        end = self._at - 1
        if end - at > _MOST_DIGITS:
            return -2
        number = 0
        for index in range(at, end):
            digit = message[index]
            if digit < _ZERO or digit > _NINE:
                return -1
            number = number * 10 + digit - _ZERO
        return number if end > at else -1

    def _text(self, message: bytes) -> bool:
        """Goes over the text that begins here: plain characters between quotes."""
        if not self._comes(message, _QUOTE):
            return False
        for index in range(self._at, len(message)):
            character = message[index]
            if character == _QUOTE:
                self._at = index + 1
                return True
            if character < _SPACE or character >= _ASCII_END or character == _ESCAPE:
                return False
        return False

    def _long_text(self, message: bytes) -> bool:
        """As `_text`; which characters there are is for whoever uses it to see."""
        end = message.find(b'"', self._at + 1)
        if not self._comes(message, _QUOTE) or end < 0:
            return False
        self._at = end + 1
        return True

    def _digits(self, message: bytes) -> bool:
        """Goes over the whole number that begins here, without its sign."""
        start = self._at
        while self._at < len(message) and _ZERO <= message[self._at] <= _NINE:
            self._at += 1
        return self._at == start + 1 or (self._at > start and message[start] != _ZERO)

    def _comes(self, message: bytes, character: int) -> bool:
        """Goes over this character, if it is the next one, and over the space that may follow a colon or a comma."""
        if self._at >= len(message) or message[self._at] != character:
            return False
        self._at += 1
        if character in (_COLON, _COMMA) and self._at < len(message) and message[self._at] == _SPACE:
            self._at += 1
        return True

    def _is(self, message: bytes, at: int, word: bytes) -> bool:
        """Whether this stands there."""
        if at + len(word) > len(message):
            return False
        for index in range(len(word)):  # noqa: SIM110 - as a loop it is compiled to one
            if message[at + index] != word[index]:
                return False
        return True
