"""The synthesiser as it runs: a real process, its pipes, and what happens when it is lost."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import numpy as np
import psutil
import pytest

from audio.g711 import Pcm16
from speech.tts import TtsError, TtsProcess

PROGRAM = [sys.executable, "-m", "speech.tts_process"]


@pytest.fixture
async def tts() -> AsyncIterator[TtsProcess]:
    process = TtsProcess("en-us", 165)
    await process.start()
    yield process
    await process.close()


async def sound(tts: TtsProcess, words: str, rate_wpm: int = 165) -> Pcm16:
    return np.concatenate([chunk async for chunk in tts.speak(words, rate_wpm)])


async def test_words_become_sound(tts: TtsProcess) -> None:
    pcm = await sound(tts, "we have a room for two nights from friday")
    assert tts.rate_hz == 22050
    assert 1.5 < len(pcm) / tts.rate_hz < 4
    assert np.abs(pcm).max() > 8000


async def test_a_higher_rate_takes_less_time(tts: TtsProcess) -> None:
    words = "we have a room for two nights from friday"
    assert len(await sound(tts, words, 250)) < 0.85 * len(await sound(tts, words, 150))


async def test_many_speak_at_once_and_get_their_own(tts: TtsProcess) -> None:
    long, short = "this is quite a long sentence about rooms and nights and dogs", "yes"
    sounds = await asyncio.gather(*(sound(tts, words) for words in (long, short) * 5))
    assert all(len(said) > 3 * tts.rate_hz for said in sounds[::2])
    assert all(len(said) < 1 * tts.rate_hz for said in sounds[1::2])


async def test_who_stops_listening_disturbs_nobody(tts: TtsProcess) -> None:
    speaking = tts.speak("this is quite a long sentence about rooms and nights and dogs", 165)
    assert len(await anext(speaking)) > 0
    await speaking.aclose()
    assert len(await sound(tts, "yes")) < tts.rate_hz


async def test_a_helper_that_was_killed_is_replaced(tts: TtsProcess) -> None:
    first = tts.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert len(await sound(tts, "still here")) > 0
    assert tts.pid != first


async def test_close_leaves_no_process(tts: TtsProcess) -> None:
    pid = tts.pid
    assert pid is not None
    await tts.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(TtsError, match="not running"):
        await sound(tts, "hello")


async def test_a_voice_that_does_not_exist_stops_the_start() -> None:
    tts = TtsProcess("en-atlantis", 165)
    with pytest.raises(TtsError, match="no such voice: en-atlantis"):
        await tts.start()
    await tts.close()


DYING = "import sys; sys.stdin.readline(); sys.exit(1)"
DYING_LATER = (
    "import sys; sys.stdin.readline(); out = sys.stdout.buffer;"
    'out.write(b\'{"id": 1, "rate_hz": 22050}\\n\' + (4).to_bytes(4, "big") + bytes(4)); out.flush(); sys.exit(1)'
)


@pytest.mark.parametrize("program", [DYING, DYING_LATER], ids=["before", "in the middle"])
async def test_a_helper_that_cannot_go_on_is_an_error_and_no_silence(program: str) -> None:
    tts = TtsProcess("en-us", 165, program=(sys.executable, "-c", program))
    with pytest.raises(TtsError, match="does not answer"):
        await tts.start()
    await tts.close()


def exchange(*lines: str) -> bytes:
    done = subprocess.run(PROGRAM, input="\n".join(lines).encode(), capture_output=True, timeout=20, check=True)
    return done.stdout


def test_the_helper_answers_in_order_and_ends_with_its_input() -> None:
    request = {"id": 7, "text": "hello", "voice": "en-us", "rate_wpm": 165, "pitch": 50}
    out = exchange("garbage", '{"id": 5}', json.dumps(request | {"id": 6, "voice": "en-us+zz"}), json.dumps(request))
    garbage, incomplete, wrong_voice, header, frames = out.split(b"\n", 4)
    assert json.loads(garbage)["id"] is None
    assert "text" in json.loads(incomplete)["error"]
    assert json.loads(wrong_voice) == {"id": 6, "error": "no such voice variant: zz"}
    assert json.loads(header) == {"id": 7, "rate_hz": 22050}
    samples = 0
    while length := int.from_bytes(frames[:4], "big"):
        samples += length // 2
        frames = frames[4 + length :]
    assert frames == bytes(4)
    assert samples > 5000


async def test_peaks_leave_room_for_mu_law() -> None:
    """This voice peaks at 32,576 by itself."""
    tts = TtsProcess("es", 165)
    await tts.start()
    pcm = await sound(tts, "hola, buenos días, gracias por llamar al hotel")
    await tts.close()
    assert 16_000 < np.abs(pcm.astype(int)).max() <= 0.85 * 32768 + 1


def test_the_server_never_loads_the_synthesiser_itself() -> None:
    """Its licence is GPL-3; it stays in a process of its own."""
    check = "import sys, speech.server, speech.tts; sys.exit('espeakng_loader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], timeout=30, check=False).returncode == 0
