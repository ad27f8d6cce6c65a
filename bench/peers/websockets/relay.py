"""A plain relay on `websockets` and uvloop: the simplest thing that carries a phone call, with orjson for speed."""

import asyncio
import os
import time

import orjson
import uvloop
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

ENGINE_URL = os.environ["ENGINE_URL"]
SESSION = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
}


def text(message):
    return orjson.dumps(message).decode()


async def serve_call(caller):
    async with connect(ENGINE_URL, compression=None, ping_interval=None, max_size=None) as engine:
        await engine.send(text({"type": "session.update", "session": SESSION}))
        stream_sid = asyncio.get_running_loop().create_future()
        from_engine = asyncio.create_task(hear_engine(engine, caller, stream_sid))
        try:
            async for data in caller:
                message = orjson.loads(data)
                if message["event"] == "media":
                    append = {"type": "input_audio_buffer.append", "audio": message["media"]["payload"]}
                    await engine.send(text(append))
                elif message["event"] == "start":
                    stream_sid.set_result(message["start"]["streamSid"])
                    await engine.send('{"type":"response.create"}')
        except ConnectionClosed:
            pass
        from_engine.cancel()


async def hear_engine(engine, caller, stream_sid):
    item_id, began, sent_bytes = None, 0.0, 0
    async for data in engine:
        message = orjson.loads(data)
        kind = message["type"]
        if kind == "response.output_audio.delta":
            payload = message["delta"]
            sid = await stream_sid
            await caller.send(text({"event": "media", "streamSid": sid, "media": {"payload": payload}}))
            await caller.send(text({"event": "mark", "streamSid": sid, "mark": {"name": "p"}}))
            sent_bytes += len(payload) * 3 // 4
        elif kind == "response.output_item.added":
            item_id, began, sent_bytes = message["item"]["id"], time.monotonic(), 0
        elif kind == "input_audio_buffer.speech_started" and item_id is not None:
            played_ms = int(1000 * (time.monotonic() - began))
            if played_ms * 8 < sent_bytes:
                await caller.send(text({"event": "clear", "streamSid": await stream_sid}))
                truncate = {"type": "conversation.item.truncate", "item_id": item_id}
                await engine.send(text({**truncate, "content_index": 0, "audio_end_ms": played_ms}))
            item_id = None


async def main():
    port = int(os.environ["PORT"])
    async with serve(serve_call, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
