"""`python -m speech` as it is deployed: everything real, from the sound of a sentence to the spoken price."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENAI_AGENTS_DISABLE_TRACING", "1")

import psutil
import pytest
from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner
from openai import AsyncOpenAI

from audio.g711 import encode
from tests.speech.house import PROPERTY, ROOT, SECRET, Session, free_port, process, tools
from tests.speech.running import MODEL, Judge
from tests.speech.sounds import two_adults_and_a_dog

COMMAND = (sys.executable, "-m", "speech")
KEY = "process-key"
WORDS = "two nights from friday for two adults and a dog"
SDK_SETTINGS: Any = {
    "model_name": MODEL,
    "input_audio_format": "g711_ulaw",
    "output_audio_format": "g711_ulaw",
    "input_audio_transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"},
    "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
}


def environment(clerk_url: str, port: int) -> dict[str, str]:
    return {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SPEECH_API_KEY": KEY,
        "CLERK_URL": clerk_url,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": SECRET,
        "PROPERTY_ID": PROPERTY,
        "STT_WORKERS": "1",
    }


@asynccontextmanager
async def engine(folder: Path) -> AsyncIterator[tuple[Session, asyncio.subprocess.Process, int]]:
    """The server with the real recogniser, voice, clerk and tools behind it: the house's session, process and port."""
    port = free_port()
    async with tools(folder) as tools_url:
        house = Session(tools_url)
        await house.start()
        env = environment(tools_url, port)
        async with process(*COMMAND, url=f"http://127.0.0.1:{port}", env=env) as server:
            yield house, server, port
        await house.close()


async def test_a_spoken_question_is_heard_looked_up_and_answered(tmp_path: Path) -> None:
    async with engine(tmp_path) as (house, server, port):
        children = psutil.Process(server.pid).children(recursive=True)
        client = AsyncOpenAI(api_key=KEY, base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)
        async with client.realtime.connect(model=MODEL, extra_query={"session_id": house.id}) as connection:
            judge = Judge(connection)
            engine_session: Any = house.engine_session
            await connection.session.update(session=engine_session)
            await connection.response.create(response={"instructions": house.opening["instructions"]})
            await judge.until("response.done")
            await judge.append(encode(two_adults_and_a_dog()))
            await judge.until("input_audio_buffer.committed")
            await connection.response.create()
            done = (await judge.until("response.done"))["response"]
            heard = [event for event in judge.seen if event["type"].endswith("transcription.completed")]
            assert heard[0]["transcript"] == WORDS
            call = done["output"][0]
            assert call["name"] == "check_availability"
            answer = await house.tool(call["name"], call["call_id"], json.loads(call["arguments"]))
            output: Any = {"type": "function_call_output", "call_id": call["call_id"]}
            output["output"] = json.dumps(answer["result"])
            await connection.conversation.item.create(item=output)
            await connection.response.create()
            done = (await judge.until("response.done"))["response"]
            total = answer["result"]["offers"][0]["total"]
            assert total in done["output"][0]["content"][0]["transcript"]
            server.send_signal(signal.SIGTERM)
            with pytest.raises(Exception, match="going away"):
                await judge.until("never")
        assert await server.wait() == 0
        assert children
        assert not [child for child in children if child.is_running()]


async def test_the_agents_sdk_holds_the_same_conversation(tmp_path: Path) -> None:
    async with engine(tmp_path) as (house, _, port):
        totals: list[str] = []

        @function_tool
        async def check_availability(check_in: str, check_out: str, adults: int, pets: int) -> str:
            """Look up rooms."""
            stay = {"check_in": check_in, "check_out": check_out, "adults": adults, "pets": pets}
            answer = await house.tool("check_availability", f"call_{len(totals)}", stay)
            totals.append(answer["result"]["offers"][0]["total"])
            return json.dumps(answer["result"])

        agent: RealtimeAgent[Any] = RealtimeAgent(name="desk", instructions="", tools=[check_availability])
        query = f"model={MODEL}&session_id={house.id}"
        config: Any = {"api_key": KEY, "url": f"ws://127.0.0.1:{port}/v1/realtime?{query}"}
        runner = RealtimeRunner(starting_agent=agent, config={"model_settings": SDK_SETTINGS})
        async with await runner.run(model_config=config) as session:
            await session.send_audio(encode(two_adults_and_a_dog()))
            audio, said = b"", list[str]()
            async for event in session:
                assert event.type != "error", event
                if event.type == "audio":
                    audio += event.audio.data
                elif event.type == "history_updated":
                    said = [part.transcript or "" for item in event.history for part in getattr(item, "content", [])]
                if totals and len(audio) > 5 * 8000 and any(totals[0] in words for words in said):
                    break
        assert WORDS in said
        assert len(totals) == 1


def run(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        COMMAND,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_missing_setting_stops_the_start_by_its_name() -> None:
    env = environment("http://127.0.0.1:1", 0)
    del env["SPEECH_API_KEY"]
    stopped = run(env)
    assert (stopped.returncode, stopped.stderr) == (2, "speech: SPEECH_API_KEY is not set\n")


def test_a_port_in_use_stops_the_start() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stopped = run(environment("http://127.0.0.1:1", taken.getsockname()[1]))
    assert stopped.returncode == 1
    assert "address already in use" in stopped.stderr
