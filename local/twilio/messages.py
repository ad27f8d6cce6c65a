"""The Media Streams wire: what Twilio sends, and a strict reading of what the application sends. Pure.

Source: Twilio Media Streams, "WebSocket messages"; warnings 31950 and 31951 for what does not conform.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Media:
    audio: bytes


@dataclass(frozen=True)
class Mark:
    name: str


@dataclass(frozen=True)
class Clear:
    pass


class Nonconforming(Exception):
    """A message that Twilio ignores with a warning: 31950 (binary) or 31951 (anything else)."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(code, why)
        self.code, self.why = code, why


def parse(message: str | bytes, stream_sid: str) -> Media | Mark | Clear:
    """Read one message of the application. Raises Nonconforming."""
    if isinstance(message, bytes):
        raise Nonconforming(31950, f"a binary message of {len(message)} bytes")
    try:
        fields = json.loads(message)
    except ValueError as error:
        raise Nonconforming(31951, "not JSON") from error
    if not isinstance(fields, dict):
        raise Nonconforming(31951, "not a JSON object")
    event = fields.get("event")
    expected = {"media": {"event", "streamSid", "media"}, "mark": {"event", "streamSid", "mark"}}
    if event not in ("media", "mark", "clear"):
        raise Nonconforming(31951, f"unknown event {event!r}")
    _same_fields(fields, expected.get(event, {"event", "streamSid"}), event)
    if fields["streamSid"] != stream_sid:
        raise Nonconforming(31951, f"wrong streamSid in {event}")
    if event == "clear":
        return Clear()
    inner = fields[event]
    name = "payload" if event == "media" else "name"
    if not isinstance(inner, dict):
        raise Nonconforming(31951, f"{event} is not an object")
    _same_fields(inner, {name}, event)
    if not isinstance(inner[name], str) or not inner[name]:
        raise Nonconforming(31951, f"{event}.{name} is not a text")
    if event == "mark":
        return Mark(inner[name])
    try:
        return Media(base64.b64decode(inner[name], validate=True))
    except binascii.Error as error:
        raise Nonconforming(31951, f"media.payload is not base64: {error}") from error


def _same_fields(fields: dict[str, object], expected: set[str], event: str) -> None:
    if missing := expected - fields.keys():
        raise Nonconforming(31951, f"{event} lacks {', '.join(sorted(missing))}")
    if extra := fields.keys() - expected:
        raise Nonconforming(31951, f"{event} has an unexpected {', '.join(sorted(extra))}")


class Writer:
    """Twilio's messages in order: `sequenceNumber` counts all but `connected`, `chunk` a track's media, both from 1."""

    def __init__(self, stream_sid: str, account_sid: str, call_sid: str) -> None:
        self._stream_sid = stream_sid
        self._owner = {"accountSid": account_sid, "callSid": call_sid}
        self._sequence = 0
        self._chunks = {"inbound": 0, "outbound": 0}

    @property
    def chunks(self) -> int:
        return sum(self._chunks.values())

    def connected(self) -> str:
        return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, parameters: dict[str, str], tracks: Sequence[str] = ("inbound",)) -> str:
        details: dict[str, object] = {
            "streamSid": self._stream_sid,
            **self._owner,
            "tracks": list(tracks),
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }
        return self._message("start", details)

    def media(self, audio: bytes, timestamp_ms: int, track: str = "inbound") -> str:
        self._chunks[track] += 1
        chunk, payload = str(self._chunks[track]), base64.b64encode(audio).decode()
        details = {"track": track, "chunk": chunk, "timestamp": str(timestamp_ms), "payload": payload}
        return self._message("media", details)

    def dtmf(self, digit: str) -> str:
        return self._message("dtmf", {"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> str:
        return self._message("mark", {"name": name})

    def stop(self) -> str:
        return self._message("stop", dict(self._owner))

    def _message(self, event: str, details: dict[str, object] | dict[str, str]) -> str:
        self._sequence += 1
        return json.dumps(
            {"event": event, "sequenceNumber": str(self._sequence), "streamSid": self._stream_sid, event: details}
        )
