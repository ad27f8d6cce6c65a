"""The speech program's adapter, against a program that speaks the same wire."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.twilio.speaker import ProcessSpeaker, SpeakerError, ToneSpeaker

PROGRAM = """
import json, os, struct, sys
for line in sys.stdin:
    request = json.loads(line)
    out = sys.stdout.buffer
    if request["text"] == "die":
        sys.exit(3)
    if request["text"] == "slow":
        import time; time.sleep(60)
    if request["text"] == "fail":
        out.write(json.dumps({"id": request["id"], "error": "no such voice"}).encode() + b"\\n")
    else:
        out.write(json.dumps({"id": request["id"], "rate_hz": 16000}).encode() + b"\\n")
        for chunk in (1600, 800):  # 150 ms
            out.write(struct.pack(">I", 2 * chunk) + struct.pack("<h", len(request["voice"])) * chunk)
        out.write(struct.pack(">I", 0))
    out.flush()
"""


@pytest.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[ProcessSpeaker]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    speaker = ProcessSpeaker((sys.executable, str(program)))
    yield speaker
    await speaker.close()


async def test_the_audio_is_brought_to_8_khz_mu_law(speaker: ProcessSpeaker) -> None:
    assert len(await speaker.speak("hello")) == 1200
    assert len(await speaker.speak("hello again")) == 1200


async def test_requests_at_the_same_time_are_answered_one_by_one(speaker: ProcessSpeaker) -> None:
    audio = await asyncio.gather(*(speaker.speak(f"number {n}") for n in range(3)))
    assert [len(one) for one in audio] == [1200, 1200, 1200]


async def test_a_refusal_is_an_error_and_the_program_goes_on(speaker: ProcessSpeaker) -> None:
    with pytest.raises(SpeakerError, match="no such voice"):
        await speaker.speak("fail")
    assert len(await speaker.speak("hello")) == 1200


async def test_a_program_that_died_is_started_again(speaker: ProcessSpeaker) -> None:
    with pytest.raises(SpeakerError):
        await speaker.speak("die")
    assert len(await speaker.speak("hello")) == 1200


async def test_a_listener_who_goes_away_spoils_nothing(speaker: ProcessSpeaker) -> None:
    await speaker.speak("hello")
    waiting = asyncio.create_task(speaker.speak("slow"))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert len(await speaker.speak("hello")) == 1200


async def test_a_program_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(SpeakerError):
        await ProcessSpeaker(("/nonexistent/program",)).speak("hello")


async def test_the_real_program_speaks() -> None:
    speaker = ProcessSpeaker()
    try:
        short = await speaker.speak("No.")
        long = await speaker.speak("Two nights from Friday cost two hundred dollars.")
    finally:
        await speaker.close()
    assert 8000 > len(short) > 1000
    assert len(long) > 3 * len(short)
    assert len(set(long)) > 50


async def test_the_fake_says_10_ms_a_character() -> None:
    speaker = ToneSpeaker()
    assert len(await speaker.speak("abc")) == 240
    assert speaker.said == ["abc"]
