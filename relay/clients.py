"""The caller's end of a stream, as the bridge uses it: a telephone at Twilio, or a page in a browser."""

from __future__ import annotations

import secrets
from typing import Protocol

from relay import caller, kiosk, twilio
from relay.errors import BadMessage
from relay.kiosk_screen import Screen
from relay.pacer import now_ms
from relay.sockets import Socket
from relay.twilio_media import MediaReader

# A microphone gives a second of audio in a second; a page that was asleep may send what it kept. Engines are paid by
# the second of audio, so more is not passed on.
MOST_AHEAD_MS = 5000
# Nobody types, keys or presses the button faster than so; each of these may be a request, and a reply to be paid for.
COMMAND_MS = 200
_COMMANDS = frozenset({caller.Text, caller.Dtmf, caller.Interrupt})


class Client(Protocol):
    """One per socket. `wire` names it in counters and log lines; `screen` is None where there is none."""

    wire: str
    screen: Screen | None
    reader: MediaReader | None  # of audio in text messages; None where it does not come in these

    def read(self, data: memoryview) -> caller.FromCaller | caller.Frame:
        """One text message. Raises BadMessage."""

    def read_binary(self, data: memoryview) -> caller.Frame:
        """One binary message, which is audio. Raises BadMessage."""

    def send(self, socket: Socket, message: caller.ToCaller, stream_sid: str) -> None: ...


class Phone:
    wire = "twilio"

    def __init__(self) -> None:
        self.screen: Screen | None = None
        self.reader: MediaReader | None = MediaReader()

    read = staticmethod(twilio.read)

    def read_binary(self, data: memoryview) -> caller.Frame:
        raise BadMessage("twilio", "binary")

    def send(self, socket: Socket, message: caller.ToCaller, stream_sid: str) -> None:
        socket.send(twilio.write(message, stream_sid))


class Page:
    wire = "kiosk"

    def __init__(self) -> None:
        self.stream_sid = f"KS{secrets.token_hex(16)}"
        self.screen: Screen | None = Screen()
        self.reader: MediaReader | None = None
        self._ahead_bytes = 0  # of audio beyond what can have been spoken since it came
        self._heard_ms = now_ms()
        self._commands_until_ms = 0  # they have all been given then, one after the other

    def read(self, data: memoryview) -> caller.FromCaller | caller.Frame:
        event = kiosk.read(data, self.stream_sid)
        if type(event) is caller.Text and self.screen is not None and not self.screen.has_started:
            raise BadMessage("kiosk", "too_early")
        if type(event) in _COMMANDS:
            until_ms = max(self._commands_until_ms, now_ms()) + COMMAND_MS
            if until_ms > now_ms() + MOST_AHEAD_MS:
                raise BadMessage("kiosk", "too_fast")
            self._commands_until_ms = until_ms
        return event

    def read_binary(self, data: memoryview) -> caller.Frame:
        frame, now = kiosk.read_audio(data), now_ms()
        bytes_per_ms = caller.PCM24.bytes_per_ms
        ahead_bytes = max(0, self._ahead_bytes - (now - self._heard_ms) * bytes_per_ms) + len(data)
        if ahead_bytes > MOST_AHEAD_MS * bytes_per_ms:
            raise BadMessage("kiosk", "too_fast")
        self._ahead_bytes, self._heard_ms = ahead_bytes, now
        return frame

    def send(self, socket: Socket, message: caller.ToCaller, stream_sid: str) -> None:
        if type(message) is caller.SendMedia:
            socket.send_binary(message.audio)
        else:
            socket.send(kiosk.write(message))  # type: ignore[arg-type]  # what is not audio
