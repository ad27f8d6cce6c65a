"""A speech server as it runs, on a free port, with a scripted brain and recogniser; and a client that judges it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from speech.brain import Brain
from speech.engines import Engines
from speech.server import SpeechServer
from speech.stt import Recogniser
from speech.stt_scripted import ScriptedRecogniser
from speech.tts import TtsProcess
from speech.vad import SileroModel
from speech.voice import Voice
from tests.speech.wire import Event, validate

KEY = "test-key"
MODEL = "gpt-realtime-2.1"


class Running:
    def __init__(self, server: SpeechServer, port: int, engines: Engines) -> None:
        self.server = server
        self.port = port
        self.engines = engines
        self.headers = {"Authorization": f"Bearer {KEY}"}
        self.url = f"ws://127.0.0.1:{port}/v1/realtime?model={MODEL}"

    def openai(self, key: str = KEY) -> AsyncOpenAI:
        return AsyncOpenAI(api_key=key, base_url=f"http://127.0.0.1:{self.port}/v1", max_retries=0)

    async def all_sessions_over(self) -> None:
        while self.server.sessions:  # noqa: ASYNC110 - from outside, only looking tells
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    brain: Brain, heard: Sequence[str] | Recogniser = (), session_s: float = 3600, vad: Any = None
) -> AsyncIterator[Running]:
    """Within 20 s, or it fails. Afterwards there is no task that was not there before."""
    tasks = asyncio.all_tasks()
    recogniser: Any = ScriptedRecogniser(heard) if isinstance(heard, list | tuple) else heard
    tts = TtsProcess("en-us", 165)
    engines = Engines(vad or SileroModel(), recogniser, brain, tts, Voice(tts, 165))
    server = SpeechServer(engines, KEY, "west-bethel-motel", session_s)
    async with asyncio.timeout(20):
        port = await server.start("127.0.0.1", 0)
        try:
            yield Running(server, port, engines)
        finally:
            await server.close()
    assert asyncio.all_tasks() <= tasks


class Judge:
    """Reads a connection of the official client; every event must be valid. `seen` is all of them."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.seen: list[Event] = []

    async def until(self, kind: str, where: Callable[[Event], bool] = lambda event: True) -> Event:
        """Read on to the next event of this type."""
        while True:
            event = validate(orjson.loads(await self.connection.recv_bytes()))
            self.seen.append(event)
            if event["type"] == kind and where(event):
                return event
            assert event["type"] != "error" or kind == "error", event["error"]

    async def append(self, audio: bytes, step: int = 160) -> None:
        for start in range(0, len(audio), step):
            encoded = base64.b64encode(audio[start : start + step]).decode()
            await self.connection.input_audio_buffer.append(audio=encoded)

    def audio(self) -> bytes:
        deltas = [event["delta"] for event in self.seen if event["type"] == "response.output_audio.delta"]
        return b"".join(map(base64.b64decode, deltas))

    def types(self) -> list[str]:
        return [event["type"] for event in self.seen]


def session(**more: Any) -> Any:
    """A telephone session in which the server answers every turn."""
    vad = {"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 500}
    pcmu = {"type": "audio/pcmu"}
    audio = {"input": {"format": pcmu, "turn_detection": vad, "transcription": {"model": "whisper-1"}}}
    return {"type": "realtime", "audio": audio | {"output": {"format": pcmu}}, **more}
