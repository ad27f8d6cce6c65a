"""A fake Realtime engine that is quick, strict where it matters, and knows what the caller really heard.

Each answer is 4 s of speech in deltas of 200 ms at three times real time; then 4 s pass, the caller speaks, and the
next answer is due. Every second answer is interrupted by the caller while it plays, the first on half of the calls.
Sessions with `create_response` or `interrupt_response` get what those promise; the others are asked and cancelled by
the relay.
Source: OpenAI Realtime API reference, client events, turn detection, errors.
"""

from __future__ import annotations

import asyncio
import binascii
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import picows

from audio import g711
from audio.resample import Resampler
from bench.load.engine_events import ResponseEvents, default_session, error, event, merged, user_turn
from bench.load.functions import call_number
from bench.load.sound import AGENT_SPEECH, FRAME_S, MOST_STREAMS, Kind, Reader, payload
from bench.load.tally import Interruption, Item, Link, Samples, Voice

DELTA_S = 0.2
DELTA_FRAMES = round(DELTA_S / FRAME_S)
PACE = 3.0

# When the voice detector notices that the caller speaks, and the silence it waits for.
NOTICED_AFTER_S = 0.1
SILENCE_S = 0.5
NO_ANSWER_WANTED_S = 3.0

_TEXT = picows.WSMsgType.TEXT
_CALL_SID = re.compile("CA[0-9a-f]{32}")
_SESSION_ID = re.compile("sess_[a-p]{26}")


@dataclass(frozen=True, slots=True)
class Script:
    """What the engine does on each call. `tool_at`: the number of the answer that calls a tool instead, -1 for none."""

    interrupts: bool = True
    speech_s: float = 4.0
    pause_s: float = 4.0  # from the end of an answer to the next, the caller's turn included
    caller_speaks_s: float = 1.0
    interrupted_s: tuple[float, float] = (0.8, 3.2)  # after the answer began, at random
    tool_at: int = -1
    tool_name: str = "check_availability"
    tool_arguments: str = '{"check_in":"2027-01-08","check_out":"2027-01-10","adults":2}'


class Session(picows.WSListener):  # type: ignore[misc,unused-ignore]  # a compiled class
    """One connection of a relay."""

    def __init__(self, number: int, engine: Engine) -> None:
        self._number = number
        self._engine = engine
        self._kind = engine.kind
        self._script = engine.script
        self._samples = engine.samples
        self._link: Link | None = None
        self._voice = Voice(number, engine.samples)
        self._session = default_session(number)
        self._transport: picows.WSTransport | None = None
        self._reader: Reader | None = None
        self._resampler: Resampler | None = None
        self._appended_s = 0.0
        self._frame = 0
        self._wanted = asyncio.Event()
        self._cancel = asyncio.Event()
        self._is_active = False
        self._talk: asyncio.Task[None] | None = None
        self._random = random.Random(number)
        self._answers = 0

    # --- the socket ---

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport
        self._engine.open_sessions.add(self)
        self._send(event("session.created", "event_created", session=self._session))

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self._transport = None
        if self._talk is not None:
            self._talk.cancel()
        self._engine.open_sessions.discard(self)

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def _send(self, *messages: bytes) -> None:
        if self._transport is not None and not self._transport.is_disconnected:
            for message in messages:
                self._transport.send(_TEXT, message)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        now = perf_counter()
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type == _TEXT:
            message = orjson.loads(frame.get_payload_as_memoryview())
            if message["type"] == "input_audio_buffer.append":
                self._heard(binascii.a2b_base64(message["audio"]), now)
            elif handler := _HANDLERS.get(message["type"]):
                handler(self, message)

    # --- what the relay says ---

    def _heard(self, audio: bytes, now: float) -> None:
        if self._reader is None:
            self._reader = self._kind.reader(self._pcm_hz("input"))
        self._appended_s += len(audio) / (48000 if self._pcm_hz("input") else 8000)
        for found in self._reader.read(audio, now):
            if self._link is None:
                self.meet(self._engine.links[found.stream])
            if self._link is not None:
                self._link.to_engine.arrive(found.seq, found.at)

    def meet(self, link: Link) -> None:
        """This is the call at the other end."""
        if self._link is None:
            self._link = link
            link.voices.append(self._voice)

    def _pcm_hz(self, side: str) -> int:
        return 24000 if self._session["audio"][side]["format"]["type"] == "audio/pcm" else 0

    def _on_session_update(self, message: dict[str, Any]) -> None:
        self._session = merged(self._session, message["session"])
        self._reader = None
        self._resampler = Resampler(8000, 24000) if self._pcm_hz("output") else None
        self._send(event("session.updated", "event_updated", session=self._session))

    def _on_response_create(self, message: dict[str, Any]) -> None:
        if self._is_active or self._wanted.is_set():
            self._refuse("conversation_already_has_active_response", message)
        else:
            self._want_answer()

    def _want_answer(self) -> None:
        self._wanted.set()
        if self._talk is None:
            self._talk = asyncio.create_task(self._converse())

    def _on_response_cancel(self, message: dict[str, Any]) -> None:
        if self._is_active:
            self._cancel.set()
        else:
            self._refuse("response_cancel_not_active", message)

    def _on_truncate(self, message: dict[str, Any]) -> None:
        item_id, audio_end_ms = message["item_id"], message["audio_end_ms"]
        item = self._voice.item(item_id)
        if item is None:
            self._refuse("item_not_found", message)
        elif not 0 <= audio_end_ms <= item.sent_bytes / 8:
            self._refuse("audio_end_ms_beyond_audio", message)
        self._told_heard(item_id, audio_end_ms)
        self._send(
            event(
                "conversation.item.truncated",
                "event_truncated",
                item_id=item_id,
                content_index=0,
                audio_end_ms=audio_end_ms,
            )
        )

    def _on_delete(self, message: dict[str, Any]) -> None:
        self._told_heard(message["item_id"], 0)
        self._send(event("conversation.item.deleted", "event_deleted", item_id=message["item_id"]))

    def _told_heard(self, item_id: str, audio_end_ms: int) -> None:
        if self._link is not None:
            self._link.truncated(item_id, audio_end_ms)

    def _on_item_create(self, message: dict[str, Any]) -> None:
        item = {"id": f"item_c{self._number}", **message["item"]}
        for type_ in ("conversation.item.added", "conversation.item.done"):
            self._send(event(type_, "event_item", previous_item_id=None, item=item))

    def _refuse(self, code: str, message: dict[str, Any]) -> None:
        self._samples.problems[code] += 1
        self._send(error(code, message.get("event_id")))

    # --- what the engine says ---

    async def _converse(self) -> None:
        """Answer, be interrupted or heard to the end, hear the caller, and again."""
        while True:
            n = self._answers
            self._answers += 1
            self._wanted.clear()
            if n == self._script.tool_at:
                tool = ResponseEvents(self._number, n).tool_call(self._script.tool_name, self._script.tool_arguments)
                self._send(*tool)
                await self._wanted.wait()
                continue
            begun = perf_counter()
            is_interrupted = self._script.interrupts and (n + self._number) % 2 == 1
            answering = asyncio.create_task(self._answer(n))
            try:
                if is_interrupted:
                    await _sleep_until(begun + self._random.uniform(*self._script.interrupted_s))
                else:
                    rest = self._script.pause_s - self._script.caller_speaks_s - SILENCE_S
                    await _sleep_until(begun + self._script.speech_s + rest)
                await self._caller_speaks(n, interrupting=is_interrupted)
                await answering
            finally:
                answering.cancel()
            try:
                async with asyncio.timeout(NO_ANSWER_WANTED_S):
                    await self._wanted.wait()
            except TimeoutError:
                self._samples.problems["no answer was asked for"] += 1

    async def _answer(self, n: int) -> None:
        """One response with audio, at PACE times real time, until it is whole or cancelled."""
        events = ResponseEvents(self._number, n)
        self._is_active = True
        self._cancel.clear()
        self._send(*events.begin())
        due, status = perf_counter(), "completed"
        item = self._new_item(events.item_id)
        for _ in range(round(self._script.speech_s / DELTA_S)):
            audio = self._next_delta()
            self._note(item)
            self._send(events.delta(audio))
            due += DELTA_S / PACE
            try:
                async with asyncio.timeout(max(0.001, due - perf_counter())):
                    await self._cancel.wait()
                status = "cancelled"
                break
            except TimeoutError:
                pass
        self._is_active = False
        self._send(*events.end(status))

    def _next_delta(self) -> bytes:
        """200 ms of the agent's voice, in the session's format."""
        frames = range(self._frame, self._frame + DELTA_FRAMES)
        self._frame += DELTA_FRAMES
        ulaw = b"".join(self._kind.frame(self._number, n, AGENT_SPEECH) for n in frames)
        if self._resampler is None:
            return payload(ulaw)
        return payload(self._resampler.process(g711.decode(ulaw)).astype(np.int16).tobytes())

    def _new_item(self, item_id: str) -> Item:
        """It begins with a new piece; what a cancelled answer left of its last one is never sent."""
        way, per_piece = self._voice.way, self._kind.frames_per_piece
        self._frame += -self._frame % per_piece
        for _ in range(len(way.sent), self._frame // per_piece):
            way.send(perf_counter())
        item = Item(item_id, first=len(way.sent), end=len(way.sent), ends_at=perf_counter())
        self._voice.items.append(item)
        return item

    def _note(self, item: Item) -> None:
        """Write down when the delta just made would be heard, if the relay cost no time."""
        item.ends_at = max(item.ends_at, perf_counter())
        for n in range(self._frame - DELTA_FRAMES, self._frame):
            if n % self._kind.frames_per_piece == self._kind.mark_frame:
                self._voice.way.send(item.ends_at)
                item.end += 1
            item.ends_at += FRAME_S
        item.sent_bytes += DELTA_FRAMES * g711.FRAME_BYTES

    async def _caller_speaks(self, n: int, *, interrupting: bool) -> None:
        """The caller's turn, as their voice and as the engine's voice detector tell it."""
        link, items, begins = self._link, self._voice.items, perf_counter()
        speaks_s = self._script.caller_speaks_s
        start_ms = round(1000 * self._appended_s)
        if link is not None:
            link.loud_until = begins + speaks_s
        await _sleep_until(begins + NOTICED_AFTER_S)
        end_ms = start_ms + round(1000 * speaks_s)
        started, finished = user_turn(self._number, n, start_ms, end_ms)
        if interrupting and link is not None and items:
            items[-1].is_cut = True
            link.interruption = Interruption(items[-1], perf_counter())
        self._send(started)
        detection = self._session["audio"]["input"]["turn_detection"] or {}
        if self._is_active and detection.get("interrupt_response", True):
            self._cancel.set()
        await _sleep_until(begins + speaks_s + SILENCE_S)
        if interrupting and link is not None and link.interruption is not None:
            self._samples.interruption(link.interruption)
            link.interruption = None
        self._send(*finished)
        if detection.get("create_response", True):
            self._wanted.set()


async def _sleep_until(at: float) -> None:
    await asyncio.sleep(max(0.0, at - perf_counter()))


_HANDLERS: dict[str, Callable[[Session, dict[str, Any]], None]] = {
    "session.update": Session._on_session_update,
    "response.create": Session._on_response_create,
    "response.cancel": Session._on_response_cancel,
    "conversation.item.truncate": Session._on_truncate,
    "conversation.item.delete": Session._on_delete,
    "conversation.item.create": Session._on_item_create,
}


class Engine:
    """The server a relay connects to. `open_sessions` are the connections that it has not closed."""

    def __init__(self, kind: Kind, script: Script, links: Mapping[int, Link], samples: Samples) -> None:
        self.kind, self.script, self.links, self.samples = kind, script, links, samples
        self.open_sessions: set[Session] = set()
        self._sessions: dict[int, Session] = {}
        self._server: asyncio.Server | None = None
        self._number = 0

    async def start(self) -> str:
        """Returns the URL."""
        self._server = await picows.ws_create_server(self._accept, "127.0.0.1", 0, logger_name="bench.engine")
        port = self._server.sockets[0].getsockname()[1]
        return f"ws://127.0.0.1:{port}/v1/realtime?model=bench"

    def _accept(self, request: picows.WSUpgradeRequest) -> Session:
        """A CallSid or our session id anywhere in the URL names the caller, where the sound cannot say who it is."""
        self._number = self._number % (MOST_STREAMS - 1) + 1
        session = self._sessions[self._number] = Session(self._number, self)
        path = request.path.decode()
        if call_sid := _CALL_SID.search(path):
            session.meet(self.links[int(call_sid[0][2:], 16)])
        elif session_id := _SESSION_ID.search(path):
            session.meet(self.links[call_number(session_id[0])])
        return session

    def meet(self, number: int, link: Link) -> None:
        """A caller hears the voice of this connection."""
        if session := self._sessions.get(number):
            session.meet(link)

    def stop(self) -> None:
        """Close the port and what is still open."""
        if self._server is not None:
            self._server.close()
        for session in list(self.open_sessions):
            session.cut()
