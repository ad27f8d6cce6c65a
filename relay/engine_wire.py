"""What the wires of all engines have in common: one JSON object a message, its kind in `type`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson

from relay.errors import BadMessage
from relay.realtime import Ignored, Unknown

Event = TypeVar("Event")


def reader(
    readers: Mapping[str, Callable[[dict[str, Any]], Event]], ignored: frozenset[str]
) -> Callable[[bytes | memoryview], Event | Ignored | Unknown]:
    """The `read` of one dialect: each kind has its reader, unless no rule of ours needs it.

    A reader gets the whole message; it takes what it needs and lets KeyError, TypeError or ValueError out where that
    is not there.
    """

    def read(data: bytes | memoryview) -> Event | Ignored | Unknown:
        """One text message. Raises BadMessage when it is no JSON or lacks what its type needs; never quotes content."""
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise BadMessage("engine", "not_json") from None
        try:
            kind = message["type"]
            take = readers.get(kind)
            if take is not None:
                return take(message)
            return Ignored(kind) if kind in ignored else Unknown(str(kind)[:60])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise BadMessage("engine", "missing_field") from None

    return read


def text(fields: dict[str, Any], name: str) -> str:
    value = fields[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def group(value: object) -> dict[str, Any]:
    """What is no object says nothing: an end must not be lost over what it cost."""
    return value if isinstance(value, dict) else {}
