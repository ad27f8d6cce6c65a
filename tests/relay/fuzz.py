"""Broken messages, made from good ones: what a peer might send that has lost its mind, its bytes or its manners."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.relay import golden

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    -(2**63),
    2**63,
    1e308,
    -0.0,
    "",
    " ",
    "0",
    "-7",
    "∞",
    "\x00",
    "a" * 5000,
    "\ud7ff\U0001f4a9",
    "=====",
    "AAA",
    "////",
    [],
    [[]],
    {},
    {"a": {}},
    ["x"] * 50,
)


def good(wire: str, prefix: str) -> list[dict[str, Any]]:
    """The golden messages that come from this peer."""
    messages = [golden.body(wire, name) for name in golden.names(wire, prefix)]
    assert messages
    return messages


def broken(messages: list[dict[str, Any]], random: Random) -> bytes:
    """One message. A third is only changed in its fields, so that it gets past the reading of its kind."""
    message = copy.deepcopy(random.choice(messages))
    for _ in range(random.choice((0, 1, 1, 2, 3, 8))):
        _change(message, messages, random)
    data = json.dumps(message, separators=random.choice(((",", ":"), (", ", ": ")))).encode()
    match random.randrange(12):
        case 0:
            return data[: random.randrange(len(data) + 1)]
        case 1:
            at = random.randrange(len(data))
            return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
        case 2:
            return random.randbytes(random.randrange(300))
        case 3:
            return json.dumps(random.choice(JUNK)).encode()
        case 4:
            return b"[" * random.randrange(2000) + data
        case 5:
            return data.replace(b":", random.choice((b":NaN", b":-", b"", b":1e999,")), 1)
    return data


def _change(message: dict[str, Any], messages: list[dict[str, Any]], random: Random) -> None:
    place, key = random.choice(list(_places(message)) or [(message, "event")])
    match random.randrange(5):
        case 0 if isinstance(place, dict):
            place.pop(key, None)
        case 1:
            other, other_key = random.choice(list(_places(random.choice(messages))))
            place[key] = copy.deepcopy(other[other_key])
        case 2 if isinstance(place, dict):
            place[f"{key}_"] = place.get(key)
        case _:
            place[key] = copy.deepcopy(random.choice(JUNK))


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every field of it, however deep."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)
