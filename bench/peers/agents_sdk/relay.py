"""A phone relay on the OpenAI Agents SDK, built as its published Twilio example is: FastAPI, both directions held
until 50 ms are together, one mark per delta, a playback tracker fed by returned marks."""

import asyncio
import base64
import json
import os
import time

import uvicorn
from agents.realtime import RealtimeAgent, RealtimePlaybackTracker, RealtimeRunner
from agents.realtime.model_inputs import RealtimeModelSendRawMessage
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

HOLD_S = 0.05
HOLD_BYTES = int(8000 * HOLD_S)

app = FastAPI()
agent = RealtimeAgent(name="Front desk", instructions="Greet the caller, then answer briefly.")


class Call:
    def __init__(self, socket):
        self.socket = socket
        self.tracker = RealtimePlaybackTracker()
        self.session = None
        self.stream_sid = None
        self.to_engine = bytearray()
        self.to_caller = bytearray()
        self.sent_to_engine_at = self.sent_to_caller_at = time.time()
        self.marks = {}
        self.waiting_marks = []
        self.next_mark = 0

    async def run(self):
        self.session = await RealtimeRunner(agent).run(
            model_config={
                "api_key": os.environ["OPENAI_API_KEY"],
                "url": os.environ["ENGINE_URL"],
                "initial_model_settings": {
                    "input_audio_format": "g711_ulaw",
                    "output_audio_format": "g711_ulaw",
                    "turn_detection": {"type": "semantic_vad", "interrupt_response": True, "create_response": True},
                },
                "playback_tracker": self.tracker,
            }
        )
        await self.session.enter()
        await self.socket.accept()
        tasks = [asyncio.create_task(self.hear_engine()), asyncio.create_task(self.flush_stale())]
        greet = RealtimeModelSendRawMessage(message={"type": "response.create"})
        await self.session.model.send_event(greet)
        try:
            while True:
                await self.from_caller(json.loads(await self.socket.receive_text()))
        except WebSocketDisconnect:
            pass
        for task in tasks:
            task.cancel()

    async def from_caller(self, message):
        if message["event"] == "start":
            self.stream_sid = message["start"]["streamSid"]
        elif message["event"] == "media":
            self.to_engine += base64.b64decode(message["media"]["payload"])
            if len(self.to_engine) >= HOLD_BYTES:
                await self.flush_to_engine()
        elif message["event"] == "mark":
            played = self.marks.pop(message["mark"]["name"], None)
            if played is not None:
                item_id, content_index, size = played
                self.tracker.on_play_bytes(item_id, content_index, bytes(size))

    async def hear_engine(self):
        async for event in self.session:
            if event.type == "audio":
                self.to_caller += event.audio.data
                self.next_mark += 1
                name = str(self.next_mark)
                self.marks[name] = (event.audio.item_id, event.audio.content_index, len(event.audio.data))
                self.waiting_marks.append(name)
                if len(self.to_caller) >= HOLD_BYTES:
                    await self.flush_to_caller()
            elif event.type == "audio_interrupted":
                await self.flush_to_caller()
                await self.send({"event": "clear"})
            elif event.type == "audio_end":
                await self.flush_to_caller()

    async def flush_to_engine(self):
        audio = bytes(self.to_engine)
        self.to_engine.clear()
        self.sent_to_engine_at = time.time()
        await self.session.send_audio(audio)

    async def flush_to_caller(self):
        if not self.to_caller:
            return
        payload = base64.b64encode(bytes(self.to_caller)).decode()
        self.to_caller.clear()
        marks, self.waiting_marks = self.waiting_marks, []
        self.sent_to_caller_at = time.time()
        await self.send({"event": "media", "media": {"payload": payload}})
        for name in marks:
            await self.send({"event": "mark", "mark": {"name": name}})

    async def send(self, message):
        await self.socket.send_text(json.dumps({**message, "streamSid": self.stream_sid}))

    async def flush_stale(self):
        while True:
            await asyncio.sleep(HOLD_S)
            now = time.time()
            if self.to_engine and now - self.sent_to_engine_at > 2 * HOLD_S:
                await self.flush_to_engine()
            if self.to_caller and now - self.sent_to_caller_at > 2 * HOLD_S:
                await self.flush_to_caller()


@app.websocket("/media-stream")
async def media_stream(socket: WebSocket):
    await Call(socket).run()


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
