"""`python -m speech` as it is deployed: everything real, from the sound of a sentence to the spoken price."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from openai import AsyncOpenAI

from audio.g711 import encode
from tests.speech.house import PROPERTY, ROOT, SECRET, Session, free_port, process, tools
from tests.speech.running import MODEL, Judge
from tests.speech.sounds import two_adults_and_a_dog

COMMAND = (sys.executable, "-m", "speech")


def environment(clerk_url: str, port: int) -> dict[str, str]:
    return {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SPEECH_API_KEY": "process-key",
        "CLERK_URL": clerk_url,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": SECRET,
        "PROPERTY_ID": PROPERTY,
        "STT_WORKERS": "1",
    }


async def test_a_spoken_question_is_heard_looked_up_and_answered(tmp_path: Path) -> None:
    port = free_port()
    async with tools(tmp_path) as tools_url:
        house = Session(tools_url)
        await house.start()
        url = f"http://127.0.0.1:{port}"
        async with process(*COMMAND, url=url, env=environment(tools_url, port)) as server:
            children = psutil.Process(server.pid).children(recursive=True)
            client = AsyncOpenAI(api_key="process-key", base_url=f"{url}/v1", max_retries=0)
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
                assert heard[0]["transcript"] == "two nights from friday for two adults and a dog"
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
        await house.close()
        assert children
        assert not [child for child in children if child.is_running()]


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
