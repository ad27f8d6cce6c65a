"""The kiosk's wire: a web page's JSON and binary messages <-> the words of `caller`, and what only a screen can show.

Written down in `kiosk.schema.json`. Audio travels in binary messages, PCM16 little-endian at 24 kHz, mono, with no
header either way. After each of ours stands a `mark`, which says whose audio that was and how far it goes; the page
answers with `played`, and so does for a kiosk what Twilio's marks do on the telephone.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from relay.caller import (
    PCM24,
    Clear,
    Dtmf,
    Frame,
    FromCaller,
    Interrupt,
    Mark,
    Played,
    SendMark,
    Start,
    Stop,
    Text,
    Typing,
    Unknown,
)
from relay.errors import BadMessage

LONGEST_AUDIO_BYTES = 48_000  # one second in one message; a page that has been asleep may send as much at once
LONGEST_TEXT = 2000
VERSION = 1
LONGEST_NAME = 200
MOST_PLAYED_MS = 10_000  # of one message; ours have 120
_DIGITS = frozenset("0123456789*#")

# --- from the page ---


def read(data: bytes | memoryview, stream_sid: str) -> FromCaller:
    """One text message. `stream_sid` is the relay's own name for the stream: a page must not choose it.

    Raises BadMessage when it is not JSON or lacks what its type needs; never quotes content.
    """
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadMessage("kiosk", "not_json") from None
    try:
        kind = message["type"]
        if kind == "start":
            return _start(message, stream_sid)
        reader = _READERS.get(kind)
        return reader(message) if reader else Unknown(str(kind)[:40])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadMessage("kiosk", "missing_field") from None


def read_audio(data: bytes | memoryview) -> Frame:
    """One binary message: whole samples, not more than a second. Raises BadMessage."""
    if not data or len(data) % 2 or len(data) > LONGEST_AUDIO_BYTES:
        raise BadMessage("kiosk", "bad_audio")
    return base64.b64encode(data), bytes(data), None, 0


def _start(message: dict[str, Any], stream_sid: str) -> Start:
    version, audio = message["v"], message["audio"]
    if type(version) is not int or version != VERSION:
        raise ValueError
    is_ours = audio["format"] == "pcm" and audio["rate"] == 24_000
    return Start(stream_sid, "", _text(message["token"]), PCM24 if is_ours else None)


def _played(message: dict[str, Any]) -> Mark | Played:
    mark = _text(message["mark"], LONGEST_NAME)
    if "ms" not in message:
        return Mark(mark)
    ms = message["ms"]
    if type(ms) is not int or not 0 <= ms <= MOST_PLAYED_MS:
        raise ValueError
    return Played(mark, ms)


def _typed(message: dict[str, Any]) -> Text:
    given = _text(message["text"])
    text = " ".join(given.split())
    if not text or len(given) > LONGEST_TEXT:
        raise BadMessage("kiosk", "bad_text")
    return Text(text)


def _dtmf(message: dict[str, Any]) -> Dtmf:
    digit = message["digit"]
    if digit not in _DIGITS:
        raise BadMessage("kiosk", "bad_digit")
    return Dtmf(digit)


def _text(value: object, longest: int = 1 << 16) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise TypeError
    return value


_READERS: dict[str, Callable[[dict[str, Any]], FromCaller]] = {
    "played": _played,
    "interrupt": lambda message: Interrupt(),
    "text": _typed,
    "typing": lambda message: Typing(),
    "dtmf": _dtmf,
    "stop": lambda message: Stop(),
}

# --- to the page, beside the words of `caller` ---

State = Literal["connecting", "listening", "thinking", "speaking"]


@dataclass(frozen=True, slots=True)
class Started:
    """The token was good and the hotel takes the conversation."""

    stream_sid: str
    session_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ShowState:
    state: State


@dataclass(frozen=True, slots=True)
class Caption:
    """Words of one item so far; a later caption of the item replaces it. `final`: as it was said and heard."""

    role: Literal["user", "assistant"]
    item_id: str
    text: str
    final: bool
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class ShowCard:
    """What a tool wants to be seen, as functions made it."""

    tool_call_id: str
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """A message of the page could not be used. `code` is a counter's name."""

    code: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The last message. `say` may be shown; with `again` the page may come back with the session's next token."""

    reason: str
    say: str
    again: bool


ToScreen = Started | ShowState | Caption | ShowCard | Problem | Ended

_PROBLEMS = {
    "not_json": "A text message must be a JSON object.",
    "missing_field": "A field is missing or has the wrong type.",
    "bad_audio": "A binary message must be whole PCM16 samples, not more than one second of them.",
    "too_fast": "It comes faster than anybody can have spoken, typed or pressed it.",
    "bad_text": f"text must have 1 to {LONGEST_TEXT} characters.",
    "bad_digit": "digit must be one of 0-9, * and #.",
    "too_early": "text is taken once the session has started.",
}


def write(message: SendMark | Clear | ToScreen) -> bytes:
    """One text message. Audio needs no writing: it goes out as it is."""
    return orjson.dumps(_as_wire(message))


def _as_wire(message: SendMark | Clear | ToScreen) -> dict[str, Any]:
    match message:
        case SendMark(name, item_id, ms):
            return {"type": "mark", "mark": name, "item_id": item_id, "ms": ms}
        case Clear():
            return {"type": "clear"}
        case Started(stream_sid, session_id, attempt):
            return {
                "type": "started",
                "v": VERSION,
                "stream_sid": stream_sid,
                "session_id": session_id,
                "attempt": attempt,
            }
        case ShowState(state):
            return {"type": "state", "state": state}
        case Caption(role, item_id, text, final, interrupted):
            caption = {"type": "caption", "role": role, "item_id": item_id, "text": text, "final": final}
            return {**caption, "interrupted": True} if interrupted else caption
        case ShowCard(tool_call_id, card):
            return {"type": "card", "tool_call_id": tool_call_id, "card": card}
        case Problem(code):
            return {"type": "error", "code": code, "message": _PROBLEMS.get(code, "The message could not be used.")}
        case Ended(reason, say, again):
            return {"type": "ended", "reason": reason, "say": say, "again": again}
