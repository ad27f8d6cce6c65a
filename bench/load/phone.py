"""One simulated caller on Twilio's wire: a frame every 20 ms, a real-time buffer, marks when they are reached.

Source: Twilio Media Streams, messages from and to Twilio.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import orjson
import picows

from bench.load.playout import Playout
from bench.load.sound import CALLER_SPEECH, FRAME_S, Kind, payload
from bench.load.tally import Link, Samples

_TEXT = picows.WSMsgType.TEXT


def upgrade_signature(token: str, media_url: str) -> str:
    """`X-Twilio-Signature` of a media stream's upgrade: HMAC-SHA1 over the wss URL, no parameters."""
    return base64.b64encode(hmac.new(token.encode(), media_url.encode(), hashlib.sha1).digest()).decode()


class Phone(picows.WSListener):  # type: ignore[misc,unused-ignore]  # a compiled class
    """One call. `dial`, later `fall_silent`, at the end `hang_up`."""

    def __init__(self, link: Link, kind: Kind, samples: Samples, meet: Callable[[int, Link], None]) -> None:
        """`meet` is told which engine connection this call hears."""
        self.link = link
        self._meet = meet
        self._kind = kind
        self._samples = samples
        self._playout = Playout()
        self._reader = kind.reader()
        self._loop = asyncio.get_running_loop()
        self._transport: picows.WSTransport | None = None
        self._speaking: asyncio.TimerHandle | None = None
        self._marking: asyncio.TimerHandle | None = None
        self._frame = 0
        self._sequence = 1
        self._due = 0.0
        self._started_at = 0.0
        self.first_audio_ms: float | None = None
        self.is_closed = False
        self.stream_sid = f"MZ{link.number:032x}"
        self.call_sid = f"CA{link.number:032x}"

    async def dial(self, url: str, headers: Mapping[str, str]) -> None:
        """Connect and start the stream. Raises what picows raises when the relay does not take the call."""
        await picows.ws_connect(lambda: self, url, extra_headers=headers, logger_name="bench.phone")

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport
        transport.send(_TEXT, b'{"event":"connected","protocol":"Call","version":"1.0.0"}')
        start = {
            "streamSid": self.stream_sid,
            "accountSid": "AC" + "0" * 32,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": f"bench-{self.link.number}"},
        }
        self._started_at = self._due = perf_counter()
        self._send({"event": "start", "start": start})
        self._speak()

    # --- from the caller ---

    def _send(self, message: dict[str, Any]) -> None:
        if self._transport is not None and not self._transport.is_disconnected:
            message |= {"sequenceNumber": str(self._sequence), "streamSid": self.stream_sid}
            self._sequence += 1
            self._transport.send(_TEXT, orjson.dumps(message))

    def _speak(self) -> None:
        """Send the frame that is due; the caller's clock never waits for the relay."""
        transport, link = self._transport, self.link
        if transport is None or transport.is_disconnected:
            return
        now = perf_counter()
        if self._samples.is_open:
            self._samples.generator_late_ms.append(1000 * (now - self._due))
        n = self._frame
        audio = payload(self._kind.frame(link.number, n, CALLER_SPEECH if now < link.loud_until else ()))
        self._frame += 1
        self._sequence += 1
        if n % self._kind.frames_per_piece == self._kind.mark_frame:
            link.to_engine.send(perf_counter())
        transport.send(
            _TEXT,
            b'{"event":"media","sequenceNumber":"%d","streamSid":"%b","media":{"track":"inbound","chunk":"%d",'
            b'"timestamp":"%d","payload":"%b"}}' % (self._sequence, self.stream_sid.encode(), n + 1, n * 20, audio),
        )
        self._due += FRAME_S
        self._speaking = self._loop.call_later(max(0.0, self._due - perf_counter()), self._speak)

    # --- to the caller ---

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        now = perf_counter()
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        if frame.msg_type != _TEXT:
            return
        message = orjson.loads(frame.get_payload_as_memoryview())
        event = message["event"]
        if message.get("streamSid") != self.stream_sid:
            self._samples.problems["wrong streamSid"] += 1
        elif event == "media":
            self._hear(base64.b64decode(message["media"]["payload"]), now)
        elif event == "mark":
            self._playout.mark(message["mark"]["name"], now)
            self._return_marks()
        elif event == "clear":
            self.link.cleared(now)
            for name in self._playout.clear(now):
                self._send({"event": "mark", "mark": {"name": name}})
            if (voice := self.link.voice) is not None and voice.items:
                self._reader.skip_to(voice.items[-1].end)
        else:
            self._samples.problems[f"unknown event {event}"] += 1

    def _hear(self, audio: bytes, now: float) -> None:
        if self.first_audio_ms is None:
            self.first_audio_ms = 1000 * (now - self._started_at)
        begins_at = self._playout.add(len(audio), now)
        for found in self._reader.read(audio, begins_at):
            self._meet(found.stream, self.link)
            if self.link.voice is not None:
                self.link.voice.way.arrive(found.seq, found.at + found.offset_s)
        if (voice := self.link.voice) is not None and voice.items:
            voice.items[-1].heard.append((begins_at, len(audio) / 8000))

    def _return_marks(self) -> None:
        """Give back the marks that were reached, and come again for the next."""
        if self._marking is not None:
            self._marking.cancel()
            self._marking = None
        now = perf_counter()
        for name in self._playout.marks_due(now):
            self._send({"event": "mark", "mark": {"name": name}})
        due = self._playout.next_mark_at
        if due is not None and not self.is_closed:
            # The loop's clock has whole milliseconds: rather a little late than early, and never in a busy loop.
            self._marking = self._loop.call_later(due - now + 0.0005, self._return_marks)

    # --- the end ---

    def fall_silent(self) -> None:
        """Send no more audio, so that what was sent can arrive before the hang-up."""
        if self._speaking is not None:
            self._speaking.cancel()

    def hang_up(self) -> None:
        self.fall_silent()
        if self._transport is not None and not self._transport.is_disconnected:
            self._send({"event": "stop", "stop": {"accountSid": "AC" + "0" * 32, "callSid": self.call_sid}})
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self.is_closed = True
        self.fall_silent()
        if self._marking is not None:
            self._marking.cancel()
