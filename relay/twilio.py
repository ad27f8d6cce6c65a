"""Twilio Media Streams: the wire's JSON <-> the words of `caller`, and the signature of the upgrade. Nothing else.

Source: Twilio Media Streams, "WebSocket messages from Twilio" and "... to Twilio" (bidirectional streams).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import orjson
from pybase64 import b64decode, b64encode

from relay.caller import (
    PCMU,
    Connected,
    Dtmf,
    Frame,
    FromCaller,
    Mark,
    SendMark,
    SendMedia,
    Start,
    Stop,
    ToCaller,
    Unknown,
)
from relay.errors import BadMessage

# --- from Twilio ---

MULAW_8K = ("audio/x-mulaw", 8000, 1)
_DIGITS = frozenset("0123456789*#ABCD")


def read(data: bytes | memoryview) -> FromCaller | Frame:
    """One text message. Raises BadMessage when it is not JSON or lacks what its kind needs; never quotes content."""
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadMessage("twilio", "not_json") from None
    try:
        kind = message["event"]
        if kind == "media":
            return _media(message)
        reader = _READERS.get(kind)
        return reader(message) if reader else Unknown(str(kind)[:40])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadMessage("twilio", "missing_field") from None


def _media(message: dict[str, Any]) -> Frame:
    media = message["media"]
    payload, at, count = media["payload"], media.get("timestamp"), message.get("sequenceNumber")
    try:
        audio = b64decode(payload, None, True)
    except (ValueError, TypeError):
        audio = b""
    if not audio:
        raise BadMessage("twilio", "bad_media")
    return (
        payload.encode(),
        audio,
        int(at) if type(at) is str and at.isdecimal() else None,
        int(count) if type(count) is str and count.isdecimal() else 0,
    )


def _start(message: dict[str, Any]) -> Start:
    start = message["start"]
    media_format = start["mediaFormat"]
    form = _text(media_format["encoding"]), int(media_format["sampleRate"]), int(media_format["channels"])
    parameters = start.get("customParameters") or {}
    return Start(
        stream_sid=_text(start["streamSid"]),
        call_sid=_text(start["callSid"]),
        token=_text(parameters.get("token", "")),
        audio=PCMU if form == MULAW_8K else None,
    )


def _dtmf(message: dict[str, Any]) -> Dtmf:
    digit = message["dtmf"]["digit"]
    if digit not in _DIGITS:
        raise BadMessage("twilio", "bad_digit")
    return Dtmf(digit)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


_READERS: dict[str, Callable[[dict[str, Any]], FromCaller]] = {
    "connected": lambda message: Connected(),
    "start": _start,
    "mark": lambda message: Mark(_text(message["mark"]["name"])),
    "dtmf": _dtmf,
    "stop": lambda message: Stop(),
}

# --- to Twilio ---


def write(message: ToCaller, stream_sid: str) -> bytes:
    """The wire's JSON. Twilio ignores messages with fields missing or extra (warning 31951), so there are none."""
    stream = orjson.dumps(stream_sid)
    parts: tuple[bytes, ...]
    if type(message) is SendMedia:
        parts = (b'{"event":"media","streamSid":', stream, b',"media":{"payload":"', b64encode(message.audio), b'"}}')
    elif type(message) is SendMark:
        parts = (b'{"event":"mark","streamSid":', stream, b',"mark":{"name":', orjson.dumps(message.name), b"}}")
    else:
        parts = (b'{"event":"clear","streamSid":', stream, b"}")
    return b"".join(parts)


# --- the upgrade ---


def upgrade_is_signed(auth_token: str, media_url: str, signature: str) -> bool:
    """Whether `X-Twilio-Signature` of the upgrade was made with the account's token for this URL.

    `media_url` is the wss URL as written in the TwiML. Twilio signs it with no parameters; its own page on trouble
    says to try a trailing slash as well, and its signatures come with and without the port.
    Source: Twilio, "Security: validating requests", and Media Streams, "WebSocket: X-Twilio-Signature".
    """
    scheme, _, rest = media_url.rstrip("/").partition("://")
    host, _, path = rest.partition("/")
    hosts = [host] if ":" in host else [host, f"{host}:443"]
    given, matched = signature.encode("utf-8", "replace"), False
    for candidate in (f"{scheme}://{each}/{path}{tail}" for each in hosts for tail in ("", "/")):
        digest = hmac.digest(auth_token.encode(), candidate.encode(), hashlib.sha1)
        matched |= hmac.compare_digest(base64.b64encode(digest), given)
    return matched
