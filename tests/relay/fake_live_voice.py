"""The voice of a fake GPT-Live session, whose clock is the input it gets and nothing else.

Every 100 ms of input give 100 ms of output, silent or not, and whatever was said or is due happens on that clock.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tests.relay.live_types import server_problems

if TYPE_CHECKING:
    from tests.relay.fake_live import FakeLive

SILENCE = {8: b"\xff", 48: b"\x00", 32: b"\x00"}
SPEECH = b"\x55"
OUTPUT_MS = 100
FRAGMENT_MS = 200
INJECTION_MS = 700  # from what the voice is given to what it makes of it
YIELD_MS = 200
USAGE_MS = 15_000


@dataclass
class Speech:
    """What the voice says; `left_ms` of it is still to come."""

    text: str
    left_ms: int
    total_ms: int
    told: int = 0  # characters in the transcript so far


@dataclass
class Voice:
    """It speaks, hears, and says on the wire what it does."""

    engine: FakeLive
    socket: ServerConnection
    session: dict[str, Any] = field(default_factory=dict)
    timeline_ms: float = 0
    output_ms: int = 0
    said: list[str] = field(default_factory=list)  # sentences of the voice, whole or cut
    _bytes_per_ms: int = 8
    _events: list[tuple[float, int, Callable[[], Awaitable[None]]]] = field(default_factory=list)
    _speech: deque[Speech] = field(default_factory=deque)
    _caller_speaks_from: float | None = None
    _caller_speaks_to: float = 0
    _usage_ms: float = USAGE_MS

    async def send(self, kind: str, **fields: Any) -> None:
        number = next(self.engine.numbers)
        audio = kind == "session.output_audio.delta"
        event = {"type": kind, **({} if audio else {"event_id": f"event_{number}"}), **fields}
        if kind not in self.engine.made_up:
            assert not (problems := server_problems(event)), problems
        self.engine.sent.append(event)
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(json.dumps(event))

    async def refuse(self, code: str, message: str, event: dict[str, Any] | None = None) -> None:
        self.engine.errors.append((code, message))
        await self.error(code, message, event)

    async def error(self, code: str | None, message: str, event: dict[str, Any] | None = None) -> None:
        """`code` None as the service sometimes sends it, although its own types do not know that."""
        error: dict[str, Any] = {"type": "invalid_request_error", "code": code or "", "message": message}
        if event is not None and event.get("event_id"):
            error["client_event_id"] = event["event_id"]
        if code is None:
            error["code"] = None
            await self.socket.send(json.dumps({"type": "error", "event_id": "event_null", "error": error}))
            return
        await self.send("error", error=error)

    # --- what happens, on the session's clock ---

    def after(self, ms: float, action: Callable[[], Awaitable[None]]) -> None:
        self._events.append((self.timeline_ms + ms, next(self.engine.numbers), action))
        self._events.sort(key=lambda event: event[:2])

    def speak(self, text: str, ms: int) -> None:
        self._speech.append(Speech(text, ms, ms))

    async def hear(self, text: str, *, ms: int = 600, lag_ms: int = 200) -> None:
        """The caller speaks from now on; its words come in fragments, late. The voice yields to it, without a word."""
        words = re.findall(r"\s*\S+", text)
        start = self.timeline_ms
        self._caller_speaks_from, self._caller_speaks_to = start, start + ms
        steps = max(1, ms // FRAGMENT_MS)
        for step in range(steps):
            part = "".join(words[-(-len(words) * step // steps) : -(-len(words) * (step + 1) // steps)])
            begin, end = int(start + step * ms / steps), int(start + (step + 1) * ms / steps)
            if part:
                self.after(end - start + lag_ms, self._fragment("input", part, begin, end))

    def _fragment(self, side: str, text: str, start: int, end: int) -> Callable[[], Awaitable[None]]:
        async def tell() -> None:
            await self.send(f"session.{side}_transcript.delta", delta=text, start_ms=start, end_ms=end)

        return tell

    async def _advance(self, ms: float) -> None:
        self.timeline_ms += ms
        while self._events and self._events[0][0] <= self.timeline_ms:
            await self._events.pop(0)[2]()
        while self.output_ms + OUTPUT_MS <= self.timeline_ms:
            self.output_ms += OUTPUT_MS
            await self._output()
        if self.timeline_ms >= self._usage_ms:
            self._usage_ms += USAGE_MS
            await self.send(
                "session.usage.updated",
                usage={"seconds": self.timeline_ms / 1000},
                context_window={"usage_ratio": 0.1},
            )

    async def _output(self) -> None:
        start = self._caller_speaks_from
        if self._speech and start is not None and start + YIELD_MS <= self.output_ms <= self._caller_speaks_to + 400:
            self.said.append(self._speech[0].text[: self._speech[0].told])
            self._speech.clear()  # it yields; no event says so
        byte, size = SILENCE[self._bytes_per_ms], OUTPUT_MS * self._bytes_per_ms
        if self._speech:
            byte, speech = SPEECH, self._speech[0]
            speech.left_ms -= OUTPUT_MS
            upto = len(speech.text) * (speech.total_ms - max(0, speech.left_ms)) // speech.total_ms
            if part := speech.text[speech.told : upto]:
                begin = self.output_ms - OUTPUT_MS
                await self.send("session.output_transcript.delta", delta=part, start_ms=begin, end_ms=self.output_ms)
            speech.told = upto
            if speech.left_ms <= 0:
                self.said.append(self._speech.popleft().text)
        audio = byte * size
        self.engine.output += audio
        if self.engine.stalled is not None:
            self.engine.stalled.append(audio)
        else:
            await self.send("session.output_audio.delta", delta=base64.b64encode(audio).decode())

    async def release(self) -> None:
        """After a stall everything comes at once."""
        held, self.engine.stalled = self.engine.stalled or [], None
        for audio in held:
            await self.send("session.output_audio.delta", delta=base64.b64encode(audio).decode())
