"""Real workers hear real sound: committed clips, sounds that are no speech, a worker lost in mid-sentence."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from audio import g711
from audio.resample import Resampler
from speech.recognizer.pool import WorkerPool
from speech.stt import STATES, Heard, State

CLIPS = Path(__file__).parent / "audio" / "stt"
LINES: dict[str, tuple[State, str]] = {
    "open-do-you-have-a-room-for": ("open", "do you have a room for two nights from friday for two adults and a dog"),
    "open-what-time-is-check-in": ("open", "what time is check in"),
    "open-do-you-allow-pets": ("open", "do you allow pets"),
    "open-can-i-speak-to-a-person": ("open", "can i speak to a person please"),
    "yes_no-yes-please": ("yes_no", "yes please"),
    "yes_no-no-thank-you": ("yes_no", "no thank you"),
    "dates-tomorrow-for-three-nights": ("dates", "tomorrow for three nights"),
    "guests-two-adults-and-one-child": ("guests", "two adults and one child"),
}
OUT_OF_GRAMMAR = "open-the-quick-brown-fox-jumps-over"

Pcm = NDArray[np.int16]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recogniser() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(2)
    await pool.start()
    yield pool
    await pool.close()


pytestmark = pytest.mark.asyncio(loop_scope="module")


def clip(name: str) -> Pcm:
    return g711.decode((CLIPS / f"{name}.ulaw").read_bytes())


async def hear(recogniser: WorkerPool, state: State, pcm: Pcm, rate_hz: int = 8000, chunk: int = 160) -> Heard:
    utterance = await recogniser.open(state, rate_hz)
    for start in range(0, len(pcm), chunk):
        utterance.feed(pcm[start : start + chunk].tobytes())
    return await asyncio.wait_for(utterance.finish(), 20)


def dtmf() -> Pcm:
    time_s = np.arange(8000) / 8000
    tone = np.sin(2 * np.pi * 770 * time_s) + np.sin(2 * np.pi * 1336 * time_s)
    return (6000 * tone * (time_s % 0.2 < 0.1)).astype(np.int16)


def noise(rms: float) -> Pcm:
    return np.random.default_rng(5).normal(0, rms, 16000).astype(np.int16)


def hum() -> Pcm:
    return (4000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 8000)).astype(np.int16)


@pytest.mark.parametrize("name", LINES)
async def test_a_clear_line_is_heard(recogniser: WorkerPool, name: str) -> None:
    state, words = LINES[name]
    heard = await hear(recogniser, state, clip(name))
    assert heard.text == words
    assert heard.agreed
    assert heard.duration_ms == len(clip(name)) // 8


async def test_the_length_of_the_chunks_makes_no_difference(recogniser: WorkerPool) -> None:
    state, words = LINES["open-do-you-allow-pets"]
    for chunk in (7, 1000, 10**6):
        assert (await hear(recogniser, state, clip("open-do-you-allow-pets"), chunk=chunk)).text == words


async def test_callers_at_once_are_heard_each(recogniser: WorkerPool) -> None:
    heard = await asyncio.gather(*(hear(recogniser, state, clip(name)) for name, (state, _) in LINES.items()))
    assert [one.text for one in heard] == [words for _, words in LINES.values()]


@pytest.mark.parametrize("rate_hz", [16000, 24000])
async def test_wideband_sound_is_taken_as_it_is(recogniser: WorkerPool, rate_hz: int) -> None:
    pcm = Resampler(8000, rate_hz).process(clip("yes_no-no-thank-you"))
    assert (await hear(recogniser, "yes_no", pcm, rate_hz)).duration_ms == len(pcm) * 1000 // rate_hz


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0, dtype=np.int16),
        np.zeros(16000, dtype=np.int16),
        noise(40),
        noise(1500),
        dtmf(),
        hum(),
    ],
    ids=["nothing", "silence", "faint noise", "loud noise", "keys", "hum"],
)
async def test_what_is_no_speech_is_no_words(recogniser: WorkerPool, state: State, sound: Pcm) -> None:
    assert (await hear(recogniser, state, sound)).text == ""


@pytest.mark.parametrize("state", [state for state in STATES if state != "name"])
async def test_what_no_grammar_knows_is_not_understood(recogniser: WorkerPool, state: State) -> None:
    heard = await hear(recogniser, state, clip(OUT_OF_GRAMMAR))
    assert (heard.text, heard.agreed) == ("", False)


async def test_a_cancelled_utterance_leaves_nothing_in_the_next(recogniser: WorkerPool) -> None:
    for _ in range(3):
        cancelled = await recogniser.open("open", 8000)
        cancelled.feed(clip(OUT_OF_GRAMMAR).tobytes())
        await cancelled.cancel()
    state, words = LINES["yes_no-yes-please"]
    assert (await hear(recogniser, state, clip("yes_no-yes-please"))).text == words


async def test_a_worker_killed_in_mid_sentence_is_replaced(recogniser: WorkerPool) -> None:
    before = set(recogniser.pids)
    utterance = await recogniser.open("open", 8000)
    utterance.feed(clip("open-do-you-allow-pets")[:8000].tobytes())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert (await asyncio.wait_for(utterance.finish(), 20)).text == ""
    for _ in range(2000):  # the end of each is noticed in its own time
        if before.isdisjoint(recogniser.pids):
            break
        await asyncio.sleep(0.01)
    assert before.isdisjoint(recogniser.pids)
    state, words = LINES["open-do-you-allow-pets"]
    assert (await hear(recogniser, state, clip("open-do-you-allow-pets"))).text == words
