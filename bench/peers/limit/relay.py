"""The practical limit of a relay in Python: picows on uvloop, and audio payloads that are moved without being read.

It keeps what a phone call needs at least: marks, and on `speech_started` a clear and a truncate by the clock.
"""

import asyncio
import json
import os
import time

import picows
import uvloop

ENGINE_URL = os.environ["ENGINE_URL"]
TEXT = picows.WSMsgType.TEXT
SESSION = {
    "type": "realtime",
    "output_modalities": ["audio"],
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "turn_detection": {"type": "server_vad"}},
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
}


class Caller(picows.WSListener):
    def __init__(self):
        self.transport = None
        self.engine = None
        self.early = []
        self.media_head = b""
        self.mark = b""
        self.clear = b""
        self.item_id = None
        self.item_began = 0.0
        self.sent_bytes = 0

    def on_ws_connected(self, transport):
        self.transport = transport
        asyncio.get_running_loop().create_task(self.connect())

    async def connect(self):
        await picows.ws_connect(lambda: Engine(self), ENGINE_URL)

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        data = frame.get_payload_as_bytes()
        at = data.find(b'"payload":"')
        if at > 0:
            append = (
                b'{"type":"input_audio_buffer.append","audio":"' + data[at + 11 : data.index(b'"', at + 11)] + b'"}'
            )
            if self.engine is not None:
                self.engine.send(TEXT, append)
            else:
                self.early.append(append)
        elif b'"event":"start"' in data:
            sid = json.loads(data)["start"]["streamSid"].encode()
            self.media_head = b'{"event":"media","streamSid":"' + sid + b'","media":{"payload":"'
            self.mark = b'{"event":"mark","streamSid":"' + sid + b'","mark":{"name":"p"}}'
            self.clear = b'{"event":"clear","streamSid":"' + sid + b'"}'

    def on_ws_disconnected(self, transport):
        if self.engine is not None:
            self.engine.disconnect()


class Engine(picows.WSListener):
    def __init__(self, caller):
        self.caller = caller

    def on_ws_connected(self, transport):
        caller = self.caller
        transport.send(TEXT, json.dumps({"type": "session.update", "session": SESSION}).encode())
        for append in caller.early:
            transport.send(TEXT, append)
        caller.early = []
        transport.send(TEXT, b'{"type":"response.create"}')
        caller.engine = transport

    def on_ws_frame(self, transport, frame):
        caller = self.caller
        if frame.msg_type == picows.WSMsgType.CLOSE:
            transport.disconnect()
            return
        data = frame.get_payload_as_bytes()
        if data.startswith(b'{"type":"response.output_audio.delta"'):
            at = data.index(b'"delta":"') + 9
            end = data.index(b'"', at)
            caller.transport.send(TEXT, caller.media_head + data[at:end] + b'"}}')
            caller.transport.send(TEXT, caller.mark)
            caller.sent_bytes += (end - at) * 3 // 4
        elif data.startswith(b'{"type":"response.output_item.added"'):
            caller.item_id = json.loads(data)["item"]["id"]
            caller.item_began = time.monotonic()
            caller.sent_bytes = 0
        elif data.startswith(b'{"type":"input_audio_buffer.speech_started"') and caller.item_id is not None:
            played_ms = int(1000 * (time.monotonic() - caller.item_began))
            if played_ms * 8 < caller.sent_bytes:
                caller.transport.send(TEXT, caller.clear)
                truncate = {"type": "conversation.item.truncate", "item_id": caller.item_id}
                truncate |= {"content_index": 0, "audio_end_ms": played_ms}
                transport.send(TEXT, json.dumps(truncate).encode())
            caller.item_id = None

    def on_ws_disconnected(self, transport):
        self.caller.engine = None
        self.caller.transport.disconnect()


async def main():
    server = await picows.ws_create_server(lambda request: Caller(), "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
