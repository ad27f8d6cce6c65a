"""The recording of real calls: what a telephone said and heard, what a tool had left out, what a killed relay loses."""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
from collections import Counter
from pathlib import Path

import pytest

from relay import app, caller, recording
from relay.functions import Session
from relay.google_tokens import GoogleTokens
from relay.recording_store import BucketStore, MemoryStore
from relay.recording_writer import RecordingWriter
from relay.tap import Tap
from tests.relay import golden, house
from tests.relay.fake_engine import FakeEngine
from tests.relay.fake_functions import SESSION_ID, FakeFunctions, session_answer
from tests.relay.fake_responses import CallTool, Say
from tests.relay.fake_storage import FakeStorage
from tests.relay.house import until
from tests.relay.page import FRAME, KIOSK_ORIGIN, visit
from tests.relay.phone import call, phone
from tests.relay.test_process import process

FRAME_BYTES = 160
MINUTE_MS = 60_000
SILENCE = b"\xff" * FRAME_BYTES


def frames(audio: bytes) -> list[bytes]:
    return [audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES)]


def joined(folder: Path, side: str) -> bytes:
    return b"".join(file.read_bytes() for file in sorted((folder / SESSION_ID).glob(f"1-{side}-*.ulaw")))


def spoken(number: int) -> bytes:
    """20 ms unlike the 20 ms before and after, and unlike silence."""
    return bytes([number % 255, number // 255 % 255]) * (FRAME_BYTES // 2)


def stretches(audio: list[bytes]) -> list[tuple[int, int, bytes]]:
    """Begin, end and sound of each stretch that is no silence, in frames."""
    found, at = [], 0
    for sound, group in itertools.groupby(audio):
        length = len(list(group))
        if sound != SILENCE:
            found.append((at, at + length, sound))
        at += length
    return found


@pytest.fixture
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """These telephones say everything at once, and then nothing: however late, that is no gap in the recording."""
    monkeypatch.setattr(recording, "LATE_MS", MINUTE_MS)
    monkeypatch.setattr(recording, "PAUSE_MS", MINUTE_MS)


async def test_both_sides_joined_are_what_the_telephone_said_and_heard(tmp_path: Path) -> None:
    """A relay of its own process; a greeting heard to its end, a reply cut by the caller, another reply."""
    async with FakeFunctions().running() as functions, FakeEngine().running() as engine:
        first = Say("Good evening.", 700), Say("How can I help?", 500)
        story = Say("Well.", 300), Say("It is long.", 8000)
        engine.replies.extend([first, story, (Say("Of course.", 620),)])
        numbers = itertools.count()
        async with process(functions, engine, RECORDINGS=tmp_path.as_uri()) as (_, port), call(port) as line:
            line.voice = lambda: spoken(next(numbers))
            session = await engine.connection()
            await until(lambda: len(functions.turns) == 2)
            await session.hear("Tell me a story.")
            await until(lambda: len(line.played) > 2100 * 8)
            await session.hear("Stop, please.")
            await until(lambda: line.cleared == 1 and len(functions.turns) == 7)
            said, heard = frames(bytes(line.said)), frames(bytes(line.heard))
            await line.hang_up()
            await until(lambda: "stream.ended" in functions.event_types())
    caller, agent = frames(joined(tmp_path, "caller")), frames(joined(tmp_path, "agent"))
    assert len(caller) == len(agent) >= len(said)
    assert caller[: len(said)] == said[: len(caller)]
    recorded, real = stretches(agent), stretches(heard[: len(agent)])
    assert [sound[0] for _, _, sound in recorded] == [sound[0] for _, _, sound in real] == [1, 2, 1, 2, 1]
    for (start, end, _), (real_start, real_end, _) in zip(recorded, real, strict=True):
        assert abs(start - real_start) <= 1
        assert abs(end - real_end) <= 1
    assert functions.event("stream.ended")["stream"]["recording"]["duration_ms"] == len(agent) * 20


async def test_a_killed_relay_loses_thirty_seconds_at_most(tmp_path: Path) -> None:
    said = [spoken(n) for n in range(49 * 50)]
    async with FakeFunctions().running() as functions, FakeEngine().running() as engine:
        async with process(functions, engine, RECORDINGS=tmp_path.as_uri()) as (relay, port), phone(port) as line:
            await line.start()
            session = await engine.connection()
            for frame in said:
                await line.media(frame)
            await until(lambda: session.audio_ms == 49_000)
            await until(lambda: len(os.listdir(tmp_path / SESSION_ID)) == 4)
            relay.kill()
            await relay.wait()
    written = frames(joined(tmp_path, "caller"))
    assert len(said) - len(written) <= 30 * 50
    assert written == said[: len(written)]
    assert len(joined(tmp_path, "agent")) == len(written) * FRAME_BYTES


@pytest.mark.usefixtures("no_hurry")
async def test_a_tool_pauses_the_recording_and_another_goes_on_with_it(tmp_path: Path) -> None:
    said = [spoken(n) for n in range(30)]
    async with house.running(recordings=tmp_path) as home, phone(home.port) as line:
        home.engine.replies.extend([(CallTool("take_card"),), (CallTool("card_taken"),)])
        for tool, switch in (("take_card", "pause"), ("card_taken", "resume")):
            home.functions.answers[tool] = {"ok": True, "result": {}, "recording": switch}
            home.functions.held[tool] = asyncio.Event()
        await line.start()
        engine = await home.engine.connection()

        async def say_ten(first: int) -> None:
            for frame in said[first : first + 10]:
                await line.media(frame)
            await until(lambda: engine.audio_ms == (first + 10) * 20)

        await until(lambda: len(home.functions.tool_calls) == 1)
        await say_ten(0)
        home.functions.held["take_card"].set()
        await until(lambda: len(home.functions.tool_calls) == 2)
        await say_ten(10)
        home.functions.held["card_taken"].set()
        await until(lambda: len(engine.of_type("response.create")) == 3)
        await say_ten(20)
        await line.hang_up()
    assert frames(joined(tmp_path, "caller")) == said[:10] + [SILENCE] * 10 + said[20:]
    assert home.functions.event("stream.ended")["stream"]["recording"]["pauses"] == 1


@pytest.mark.usefixtures("no_hurry")
async def test_the_answer_to_a_turn_silences_what_was_said_in_it(tmp_path: Path) -> None:
    said = [spoken(n) for n in range(30)]
    async with house.running(recordings=tmp_path) as home, phone(home.port) as line:
        await line.start()
        engine = await home.engine.connection()
        await until(lambda: len(home.engine.sent) > 5)
        for frame in said:
            await line.media(frame)
        await until(lambda: engine.audio_ms == 600)
        home.functions.turn_answer = {"silence": {"from_ms": 300, "to_ms": 400}}
        await engine.hear("My card is four one one one.", ms=0)
        await until(lambda: home.functions.turns)
        await until(lambda: home.functions.turn_answer == {})
        await line.hang_up()
    user = next(turn for turn in home.functions.turns if turn["role"] == "user")
    assert (user["audio_start_ms"], user["audio_end_ms"]) == (300, 600)
    assert frames(joined(tmp_path, "caller")) == said[:15] + [SILENCE] * 5 + said[20:]


@pytest.mark.usefixtures("no_hurry")
async def test_a_call_is_recorded_into_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its setting alone; only Google's own addresses are others."""
    async with FakeStorage().running() as storage:
        monkeypatch.setattr(app, "BucketStore", functools.partial(BucketStore, origin=storage.origin))
        monkeypatch.setattr(app, "GoogleTokens", functools.partial(GoogleTokens, origin=storage.origin))
        await _call_into_a_bucket(storage)


async def _call_into_a_bucket(storage: FakeStorage) -> None:
    async with house.running(RECORDINGS=f"gs://{storage.bucket}/voice") as home:
        storage.failures.append(503)
        async with phone(home.port) as line:
            await line.start()
            await home.engine.connection()
            await line.media(spoken(1))
            await until(lambda: home.engine.connections[0].audio_ms == 20)
            await line.hang_up()
            await until(lambda: len(storage.objects) == 2)
        await until(lambda: "stream.ended" in home.functions.event_types())
        assert home.count("recording_retries") == 1
    assert storage.objects == {
        f"voice/{SESSION_ID}/1-caller-00000.ulaw": spoken(1),
        f"voice/{SESSION_ID}/1-agent-00000.ulaw": SILENCE,
    }
    assert home.functions.event("stream.ended")["stream"]["recording"]["files"] == 2


async def test_a_store_that_fails_is_counted_and_the_call_goes_on(tmp_path: Path) -> None:
    (tmp_path / SESSION_ID).write_bytes(b"in the way")
    async with house.running(recordings=tmp_path) as home, phone(home.port) as line:
        await line.start()
        await home.engine.connection()
        await line.media()
        await until(lambda: home.engine.connections[0].audio_ms == 20)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
        (tmp_path / SESSION_ID).unlink()
    report = home.functions.event("stream.ended")["stream"]["recording"]
    assert (report["files"], report["waiting"]) == (0, 2)
    assert len(list((tmp_path / SESSION_ID).iterdir())) == 2, "tried again until the process ended"


async def test_a_kiosk_is_recorded_in_pcm(tmp_path: Path) -> None:
    async with house.running(recordings=tmp_path, KIOSK_ORIGIN=KIOSK_ORIGIN) as home:
        kiosk = golden.body("functions", "session_answer_kiosk")
        home.functions.session = session_answer(
            **{name: kiosk[name] for name in ("channel", "engine_session", "metadata")}
        )
        home.engine.replies.append((Say("Good evening.", 500),))
        async with visit(home.port) as page:
            await until(lambda: len(page.played) == 500 * 48)
            await until(lambda: home.functions.turns)
            await page.send("stop")
            await page.wait_closed()
        await until(lambda: "stream.ended" in home.functions.event_types())
    files = sorted(os.listdir(tmp_path / SESSION_ID))
    assert files == ["1-agent-00000.pcm", "1-caller-00000.pcm"]
    agent, said = ((tmp_path / SESSION_ID / name).read_bytes() for name in files)
    assert len(agent) == len(said)
    assert {said[at : at + 960] for at in range(0, len(said), 960)} <= {FRAME, bytes(960)}
    assert agent.strip(b"\0") == bytes(page.played)
    assert agent.index(bytes(page.played)) % 960 == 0
    report = home.functions.event("stream.ended")["stream"]["recording"]
    assert report["duration_ms"] == len(agent) // 48


# --- what passes, one by one ---


def begun(store: MemoryStore) -> Tap:
    tap = Tap(RecordingWriter(store, Counter()))
    tap.from_caller(caller.Start("MZ1", "CA1", "token"), 0)
    tap.begin(Session(SESSION_ID, "harbour", 1, {}, "Greet."))
    return tap


async def test_what_passes_is_recorded_from_the_start_to_the_end_of_the_stream() -> None:
    store = MemoryStore()
    tap = Tap(RecordingWriter(store, Counter()))
    tap.hear(spoken(9), None, 0)
    tap.played("m", 0)
    tap.from_caller(caller.Start("MZ1", "CA1", "token"), 0)
    tap.from_caller(caller.Start("MZ2", "CA1", "token"), 0)
    tap.begin(Session(SESSION_ID, "harbour", 1, {}, "Greet."))
    tap.hear(spoken(1), 0, 0)
    tap.end(20)
    tap.hear(spoken(2), 20, 20)
    tap.sent(spoken(3), 20)
    tap.marked("m")
    tap.cleared(20)
    tap.close()
    await tap.stored(5)
    assert store.files == {
        f"{SESSION_ID}/1-caller-00000.ulaw": spoken(1),
        f"{SESSION_ID}/1-agent-00000.ulaw": SILENCE,
    }


async def test_words_and_messages_are_recorded_alike() -> None:
    """The audio path gives audio and marks alone; a message that holds them says the same."""
    store, other = MemoryStore(), MemoryStore()
    tap, told = begun(store), begun(other)
    for n in range(40 * 50):
        now_ms = n * 20
        if n % 50 == 0:
            tap.sent(spoken(n) * 6, now_ms)
            tap.marked(f"m{n}")
            told.to_caller(caller.SendMedia(spoken(n) * 6), now_ms)
            told.to_caller(caller.SendMark(f"m{n}"), now_ms)
        if n % 150 == 3:
            tap.cleared(now_ms)
            told.to_caller(caller.Clear(), now_ms)
        if n % 50 == (3 if n % 150 < 50 else 6):
            tap.played(f"m{n // 50 * 50}", now_ms)
            told.from_caller(caller.Mark(f"m{n // 50 * 50}"), now_ms)
        tap.hear(spoken(n), now_ms, now_ms)
        told.hear(spoken(n), now_ms, now_ms)
    for each in (tap, told):
        each.end(40_000)
        each.close()
        await each.stored(5)
    assert store.files == other.files
    agent = b"".join(content for name, content in sorted(store.files.items()) if "agent" in name)
    heard = [(n + k, spoken(n)) for n in range(0, 40 * 50, 50) for k in range(3 if n % 150 == 0 else 6)]
    assert [(at, sound) for at, sound in enumerate(frames(agent)) if sound != SILENCE] == heard
    caller_side = b"".join(content for name, content in sorted(store.files.items()) if "caller" in name)
    assert frames(caller_side) == [spoken(n) for n in range(40 * 50)]


async def test_a_chunk_goes_to_the_store_with_the_frame_that_completes_it() -> None:
    store = MemoryStore()
    tap = begun(store)
    for n in range(30 * 50 - 1):
        tap.hear(spoken(n), n * 20, n * 20)
    assert tap.report() == {"duration_ms": 0, "files": 0, "failed": 0, "waiting": 0, "pauses": 0}
    tap.hear(spoken(30 * 50 - 1), 29_980, 29_980)
    assert tap.report() == {"duration_ms": 10_000, "files": 0, "failed": 0, "waiting": 2, "pauses": 0}
    await until(lambda: len(store.files) == 2)
