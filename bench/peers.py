"""The two ends of a relay under load, in one process: phones that stream and play as Twilio does, and an engine.

Traffic per call: the caller's mu-law frame every 20 ms without a break; from the engine 4 s of speech in 200 ms
deltas at three times real time, then 4 s of pause, again and again. Kept cheap: what is measured is the relay.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

FRAME_S = 0.02
SPEECH_S = 4.0
PAUSE_S = 4.0
DELTA_S = 0.2
PACE = 3.0

_FRAME = base64.b64encode(b"\xff" * 160).decode()
_DELTA = base64.b64encode(b"\x55" * int(8000 * DELTA_S)).decode()


@dataclass
class Counts:
    """What the two ends saw; delays in seconds."""

    frames_sent: int = 0
    frames_at_engine: int = 0
    audio_bytes_sent: int = 0
    audio_bytes_played: int = 0
    marks: int = 0
    unexpected: list[str] = field(default_factory=list)


def upgrade_signature(token: str, media_origin: str) -> str:
    """`X-Twilio-Signature` of a media stream's upgrade: HMAC-SHA1 over the wss URL, no parameters."""
    digest = hmac.new(token.encode(), f"{media_origin}/voice/stream".encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@asynccontextmanager
async def functions(counts: Counts) -> AsyncIterator[str]:
    """A `tools` service and a Pub/Sub that say yes to everything. Yields their origin."""

    async def session(request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response(
            {
                "v": 1,
                "ok": True,
                "session_id": "sess_" + body["call_sid"][-26:],
                "property_id": "bench",
                "attempt": 1,
                "engine_session": {"type": "realtime", "output_modalities": ["audio"]},
                "opening": {"instructions": 'Say exactly: "Hello."', "text": "Hello."},
                "history": [],
                "limits": {"call_s": 3600, "idle_s": 3600, "budget_usd": 100.0, "prices": {}},
                "barge_in": {"mode": "off"},
                "recording": {"on": False},
            }
        )

    async def yes(request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response({"v": 1, "ok": True, "messageIds": ["0"] * len(body.get("messages", []))})

    app = web.Application()
    app.router.add_post("/session", session)
    app.router.add_post("/{path:.*}", yes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def engine(counts: Counts) -> AsyncIterator[str]:
    """A Realtime engine that answers each `response.create` with 4 s of speech and asks for the next 4 s after it."""

    async def respond(socket: ServerConnection, n: int) -> None:
        async def send(type_: str, **fields: object) -> None:
            await socket.send(json.dumps({"type": type_, "event_id": f"event_{n}", **fields}))

        response = {"id": f"resp_{n}", "object": "realtime.response", "status": "in_progress", "output": []}
        item = {"id": f"item_{n}", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        at = {"response_id": f"resp_{n}", "item_id": f"item_{n}", "output_index": 0, "content_index": 0}
        await send("response.created", response=response)
        await send("response.output_item.added", response_id=f"resp_{n}", output_index=0, item=item)
        for _ in range(round(SPEECH_S / DELTA_S)):
            await send("response.output_audio.delta", **at, delta=_DELTA)
            counts.audio_bytes_sent += int(8000 * DELTA_S)
            await asyncio.sleep(DELTA_S / PACE)
        await send("response.output_audio.done", **at)
        await send("response.output_audio_transcript.done", **at, transcript="Some words.")
        done = {**item, "status": "completed"}
        await send("response.output_item.done", response_id=f"resp_{n}", output_index=0, item=done)
        await send("response.done", response={**response, "status": "completed", "output": [done], "usage": None})
        await asyncio.sleep(SPEECH_S * (1 - 1 / PACE) + PAUSE_S)
        user = {"item_id": f"user_{n}"}
        await send("input_audio_buffer.speech_started", **user, audio_start_ms=0)
        await send("input_audio_buffer.speech_stopped", **user, audio_end_ms=500)
        await send("input_audio_buffer.committed", **user, previous_item_id=None)
        await send(
            "conversation.item.input_audio_transcription.completed",
            **user,
            content_index=0,
            transcript="Go on.",
            usage={"type": "duration", "seconds": 1},
        )

    async def session(socket: ServerConnection) -> None:
        tasks: set[asyncio.Task[None]] = set()
        await socket.send('{"type":"session.created","event_id":"e","session":{"id":"sess_x","type":"realtime"}}')
        n = 0
        try:
            async for message in socket:
                if message.startswith('{"type":"input_audio_buffer.append"'):  # type: ignore[arg-type]
                    counts.frames_at_engine += 1
                    continue
                event = json.loads(message)
                match event["type"]:
                    case "input_audio_buffer.append":
                        counts.frames_at_engine += 1
                    case "session.update":
                        await socket.send(json.dumps({"type": "session.updated", "event_id": "e", "session": {}}))
                    case "response.create":
                        n += 1
                        tasks.add(asyncio.create_task(respond(socket, n)))
                    case other:
                        counts.unexpected.append(other)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async with serve(session, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1/realtime?model=bench"


async def phone(url: str, signature: str, n: int, counts: Counts, until: float) -> None:
    """One call until `until` (time.monotonic): streams frames, plays what comes, returns marks when played."""
    call_sid, stream_sid = f"CA{n:032x}", f"MZ{n:032x}"
    async with connect(
        url, additional_headers={"X-Twilio-Signature": signature}, compression=None, ping_interval=None
    ) as socket:
        await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        start = {
            "streamSid": stream_sid,
            "accountSid": "AC" + "0" * 32,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": "bench"},
        }
        await socket.send(
            json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": stream_sid, "start": start})
        )
        player = asyncio.create_task(_play(socket, stream_sid, counts))
        try:
            await _talk(socket, stream_sid, counts, until)
        finally:
            player.cancel()
            with suppress(asyncio.CancelledError):
                await player


async def _talk(socket: ClientConnection, stream_sid: str, counts: Counts, until: float) -> None:
    due = time.monotonic()
    n = 0
    while due < until:
        n += 1
        await socket.send(
            f'{{"event":"media","sequenceNumber":"{n + 1}","streamSid":"{stream_sid}","media":{{"track":"inbound",'
            f'"chunk":"{n}","timestamp":"{n * 20}","payload":"{_FRAME}"}}}}'
        )
        counts.frames_sent += 1
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _play(socket: ClientConnection, stream_sid: str, counts: Counts) -> None:
    loop = asyncio.get_running_loop()
    plays_until = 0.0

    def give_back(name: str) -> None:
        counts.marks += 1
        mark = {"event": "mark", "sequenceNumber": "1", "streamSid": stream_sid, "mark": {"name": name}}
        sending = loop.create_task(socket.send(json.dumps(mark)))
        sending.add_done_callback(lambda task: task.cancelled() or task.exception())

    async for message in socket:
        event = json.loads(message)
        if event["event"] == "media":
            played = len(event["media"]["payload"]) * 3 // 4 - event["media"]["payload"].count("=")
            counts.audio_bytes_played += played
            plays_until = max(plays_until, loop.time()) + played / 8000
        elif event["event"] == "mark":
            loop.call_at(plays_until, give_back, event["mark"]["name"])
