"""Twilio Media Streams: the wire's JSON <-> frozen dataclasses, and the signature of the upgrade. Nothing else.

Source: Twilio Media Streams, "WebSocket messages from Twilio" and "... to Twilio" (bidirectional streams).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from relay.errors import BadMessage

# --- from Twilio ---


@dataclass(frozen=True, slots=True)
class Connected:
    pass


@dataclass(frozen=True, slots=True)
class Start:
    stream_sid: str
    call_sid: str
    account_sid: str
    encoding: str
    sample_rate: int
    channels: int
    custom_parameters: Mapping[str, str]

    @property
    def is_mulaw_8k(self) -> bool:
        return (self.encoding, self.sample_rate, self.channels) == ("audio/x-mulaw", 8000, 1)


@dataclass(frozen=True, slots=True)
class Media:
    """What the caller said: base64 of G.711 mu-law at 8 kHz, usually 20 ms, as the wire has it."""

    payload: str

    @property
    def audio_bytes(self) -> int:
        """Length of the audio without decoding it; one byte is one sample, 8 bytes are 1 ms."""
        return len(self.payload) * 3 // 4 - (self.payload[-2:].count("="))


@dataclass(frozen=True, slots=True)
class Mark:
    """All audio sent before this mark has been played, or thrown away by a `clear`."""

    name: str


@dataclass(frozen=True, slots=True)
class Dtmf:
    digit: str


@dataclass(frozen=True, slots=True)
class Stop:
    pass


@dataclass(frozen=True, slots=True)
class Unknown:
    event: str


FromTwilio = Connected | Start | Media | Mark | Dtmf | Stop | Unknown

_DIGITS = frozenset("0123456789*#ABCD")


def read(data: bytes | memoryview) -> FromTwilio:
    """One text message. Raises BadMessage when it is not JSON or lacks what its kind needs; never quotes content."""
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadMessage("twilio", "not_json") from None
    try:
        kind = message["event"]
        if kind == "media":
            payload = message["media"]["payload"]
            if type(payload) is not str or not payload or len(payload) % 4:
                raise BadMessage("twilio", "bad_media")
            return Media(payload)
        reader = _READERS.get(kind)
        return reader(message) if reader else Unknown(str(kind)[:40])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadMessage("twilio", "missing_field") from None


def _start(message: dict[str, Any]) -> Start:
    start = message["start"]
    media_format = start["mediaFormat"]
    parameters = start.get("customParameters") or {}
    return Start(
        stream_sid=_text(start["streamSid"]),
        call_sid=_text(start["callSid"]),
        account_sid=_text(start["accountSid"]),
        encoding=_text(media_format["encoding"]),
        sample_rate=int(media_format["sampleRate"]),
        channels=int(media_format["channels"]),
        custom_parameters={_text(name): _text(value) for name, value in parameters.items()},
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


_READERS: dict[str, Callable[[dict[str, Any]], FromTwilio]] = {
    "connected": lambda message: Connected(),
    "start": _start,
    "mark": lambda message: Mark(_text(message["mark"]["name"])),
    "dtmf": _dtmf,
    "stop": lambda message: Stop(),
}

# --- to Twilio ---


@dataclass(frozen=True, slots=True)
class SendMedia:
    audio: bytes  # G.711 mu-law, 8 kHz, whole frames of 20 ms


@dataclass(frozen=True, slots=True)
class SendMark:
    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Empties Twilio's buffer; all pending marks come back at once, and were not heard."""


ToTwilio = SendMedia | SendMark | Clear


def write(message: ToTwilio, stream_sid: str) -> bytes:
    """The wire's JSON. Twilio ignores messages with fields missing or extra (warning 31951), so there are none."""
    match message:
        case SendMedia(audio):
            payload = base64.b64encode(audio).decode()
            return orjson.dumps({"event": "media", "streamSid": stream_sid, "media": {"payload": payload}})
        case SendMark(name):
            return orjson.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}})
        case Clear():
            return orjson.dumps({"event": "clear", "streamSid": stream_sid})


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
