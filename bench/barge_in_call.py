"""One call of the barge-in bench: a caller at one end, an engine at the other, the real relay between them.

The caller plays a scene over Twilio's wire and hears what the relay sends, in real time; the line gives some of it back
as echo. The engine hears with the voice activity detector of our `speech` process, whose events it passes on, and says
prepared lines. It knows the words of the scene, and gives them 300 ms after an utterance was committed, as a
transcriber without mistakes would.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from audio import g711
from bench.barge_in_scenes import FRAME, LENGTH_S, RATE_HZ, Scene, Sound, as_mulaw, echo_path, line_noise

FRAME_S = 0.02
DELTA_BYTES = 1600
PACE = 3.0
WORDS_AFTER_S = 0.3
THINKS_S = 0.3
FIRST_AFTER_FRAMES = 25  # of silence behind the opening
GIVE_UP_FRAMES = 1500
SILENT_FRAME = b"\xff" * FRAME
LONG_LINE = 2  # which response the scene is about


@dataclass
class Seen:
    """What the caller heard, in frames of 20 ms, and what the engine was told. Frame 0 is the stream's first."""

    scene: Scene
    audible: list[bool] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)
    begins: int | None = None  # the scene: the first frame of the agent's long line
    noticed: list[int] = field(default_factory=list)
    responses: int = 0

    def frame_of(self, ms: int) -> int:
        assert self.begins is not None
        return self.begins + ms // 20


class Caller:
    """Twilio's end: a frame out and a frame in every 20 ms."""

    def __init__(self, scene: Scene, seen: Seen) -> None:
        self._scene = scene
        self._seen = seen
        self._queue: deque[bytes | str] = deque()
        self._heard: deque[Sound] = deque(maxlen=40)
        self._path = echo_path(np.random.default_rng(scene.number))
        self._noise = line_noise(np.random.default_rng((scene.number, 1)))
        self._first_frame: int | None = None
        self._quiet = 0

    async def call(self, url: str, signature: str, call_sid: str) -> None:
        headers = {"X-Twilio-Signature": signature}
        stream_sid = "MZ" + call_sid[2:]
        async with connect(url, additional_headers=headers, compression=None, ping_interval=None) as socket:
            start = {
                "streamSid": stream_sid,
                "accountSid": "AC" + "0" * 32,
                "callSid": call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"token": "bench"},
            }
            await socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
            await socket.send(json.dumps({"event": "start", "streamSid": stream_sid, "start": start}))
            listening = asyncio.create_task(self._listen(socket, stream_sid))
            try:
                with suppress(ConnectionClosed):
                    await self._talk(socket, stream_sid)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, socket: ClientConnection, stream_sid: str) -> None:
        async for text in socket:
            message = json.loads(text)
            match message["event"]:
                case "media":
                    self._queue.append(base64.b64decode(message["media"]["payload"]))
                case "mark":
                    self._queue.append(message["mark"]["name"])
                case "clear":
                    self._seen.cleared.append(len(self._seen.audible))
                    names = [entry for entry in self._queue if isinstance(entry, str)]
                    self._queue.clear()
                    for name in names:
                        await _mark(socket, stream_sid, name)

    async def _talk(self, socket: ClientConnection, stream_sid: str) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while (frame := self._next_frame(heard := await self._play(socket, stream_sid))) is not None:
            payload = base64.b64encode(frame).decode()
            await socket.send(json.dumps({"event": "media", "streamSid": stream_sid, "media": {"payload": payload}}))
            self._heard.append(g711.decode(heard).astype(np.float64) / 32768)
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _play(self, socket: ClientConnection, stream_sid: str) -> bytes:
        heard = b""
        while self._queue and (len(heard) < FRAME or isinstance(self._queue[0], str)):
            entry = self._queue.popleft()
            if isinstance(entry, str):
                await _mark(socket, stream_sid, entry)
            else:
                room = FRAME - len(heard)
                heard += entry[:room]
                if entry[room:]:
                    self._queue.appendleft(entry[room:])
        self._seen.audible.append(bool(heard))
        return heard + SILENT_FRAME[len(heard) :]

    def _next_frame(self, heard: bytes) -> bytes | None:
        """What the line sends now; None when the scene is over."""
        seen, at = self._seen, len(self._seen.audible) - 1
        if seen.begins is None and seen.responses >= LONG_LINE and seen.audible[-1]:
            seen.begins = at
        if seen.begins is not None:
            start = (at - seen.begins) * FRAME
            if start + FRAME > LENGTH_S * RATE_HZ:
                return None
            near = self._scene.near[start : start + FRAME]
        elif at > GIVE_UP_FRAMES:
            return None
        else:
            near = self._before(at)
        if self._scene.echo_db is not None:
            near = near + self._echo(self._scene.echo_db)
        return as_mulaw(near)

    def _before(self, at: int) -> Sound:
        """The opening is listened to; then the caller asks the question that the agent's long line answers."""
        start = at * FRAME % (len(self._noise) - FRAME)
        near = self._noise[start : start + FRAME].copy()
        self._quiet = self._quiet + 1 if any(self._seen.audible) and not self._seen.audible[-1] else 0
        if self._first_frame is None and self._quiet > FIRST_AFTER_FRAMES:
            self._first_frame = at
        if self._first_frame is not None:
            said = (at - self._first_frame) * FRAME
            part = self._scene.first[said : said + FRAME]
            near[: len(part)] += part
        return near

    def _echo(self, echo_db: int) -> Sound:
        """What was heard `echo_delay_ms` ago, through the echo path."""
        frames = list(self._heard)
        last = len(frames) - self._scene.echo_delay_ms // 20 + 1
        if last < 4:
            return np.zeros(FRAME)
        sound = np.convolve(np.concatenate(frames[last - 4 : last]), self._path)[3 * FRAME : 4 * FRAME]
        return np.asarray(sound * 10 ** (echo_db / 20))


async def _mark(socket: ClientConnection, stream_sid: str, name: str) -> None:
    with suppress(ConnectionClosed):
        await socket.send(json.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}}))


class Engine:
    """One connection of the relay. `lines` are what is said, response by response; the last one again and again."""

    def __init__(self, socket: ServerConnection, seen: Seen, lines: list[bytes]) -> None:
        self._socket = socket
        self._seen = seen
        self._lines = lines
        self._tasks: set[asyncio.Task[None]] = set()
        self._speaking: asyncio.Task[None] | None = None
        self._deleted: set[str] = set()

    async def serve(self, vad_url: str, vad_key: str) -> None:
        headers = {"Authorization": f"Bearer {vad_key}"}
        async with connect(vad_url, additional_headers=headers, compression=None, ping_interval=None) as vad:
            passing_on = asyncio.create_task(self._pass_on(vad))
            try:
                await self._send("session.created", session={"type": "realtime", "id": "sess_bench"})
                async for text in self._socket:
                    await self._take(json.loads(text), str(text), vad)
            except ConnectionClosed:
                pass
            finally:
                for task in (passing_on, *self._tasks):
                    task.cancel()
                await asyncio.gather(passing_on, *self._tasks, return_exceptions=True)

    async def _take(self, message: dict[str, Any], text: str, vad: ClientConnection) -> None:
        match message["type"]:
            case "input_audio_buffer.append":
                await vad.send(text)
            case "session.update":
                await vad.send(json.dumps({"type": "session.update", "session": _ears(message["session"])}))
                await self._send("session.updated", session=message["session"])
            case "response.create":
                self._seen.responses += 1
                self._speaking = self._start(self._respond(self._seen.responses))
            case "response.cancel" if self._speaking is not None:
                self._speaking.cancel()
            case "conversation.item.delete":
                self._deleted.add(message["item_id"])
            case _:
                pass

    async def _pass_on(self, vad: ClientConnection) -> None:
        """What the detector says, as the engine's own."""
        async for text in vad:
            message = json.loads(text)
            if message["type"].startswith("input_audio_buffer."):
                await self._socket.send(text)
            if message["type"] == "input_audio_buffer.speech_started":
                self._seen.noticed.append(len(self._seen.audible))
            if message["type"] == "input_audio_buffer.committed":
                self._start(self._transcribe(message["item_id"]))

    async def _transcribe(self, item_id: str) -> None:
        await asyncio.sleep(WORDS_AFTER_S)
        words = self._seen.scene.words if self._seen.begins is not None else "a question"
        if item_id not in self._deleted:
            kind = "conversation.item.input_audio_transcription.completed"
            await self._send(kind, item_id=item_id, content_index=0, transcript=words)

    async def _respond(self, n: int) -> None:
        line = self._lines[min(n, len(self._lines)) - 1]
        response, item = {"id": f"resp_{n}", "status": "in_progress"}, {"id": f"item_{n}", "type": "message"}
        at = {"response_id": f"resp_{n}", "item_id": f"item_{n}", "output_index": 0, "content_index": 0}
        status = "cancelled"
        await self._send("response.created", response=response)
        try:
            await asyncio.sleep(THINKS_S)
            await self._send("response.output_item.added", response_id=f"resp_{n}", output_index=0, item=item)
            for start in range(0, len(line), DELTA_BYTES):
                delta = base64.b64encode(line[start : start + DELTA_BYTES]).decode()
                await self._send("response.output_audio.delta", **at, delta=delta)
                await asyncio.sleep(DELTA_BYTES / RATE_HZ / PACE)
            await self._send("response.output_audio.done", **at)
            status = "completed"
        except asyncio.CancelledError:
            pass
        await self._send("response.output_item.done", response_id=f"resp_{n}", output_index=0, item=item)
        await self._send("response.done", response={**response, "status": status, "usage": None})

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _send(self, kind: str, **fields: object) -> None:
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps({"type": kind, "event_id": "event_bench", **fields}))


def _ears(session: dict[str, Any]) -> dict[str, Any]:
    """Of the session that the relay wants, what the detector needs: it hears, and neither writes down nor answers."""
    given = session["audio"]["input"]
    heard = {"format": given["format"], "turn_detection": given["turn_detection"]}
    return {"type": "realtime", "audio": {"input": heard}}
