"""The far end: what the person says, notices and keys, and that no frame is ever lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.twilio import CallOver, Clock, Phone
from local.twilio.clock import FRAME_MS
from local.twilio.lines import QUIET_FRAME, Bridge, Recording, Silence

LOUD = bytes([0x20]) * 160


class HandClock(Clock):
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.ms = 0.0
        self._slept = asyncio.Event()

    def now_ms(self) -> float:
        return self.ms

    async def sleep(self, seconds: float) -> None:
        await self._slept.wait()

    async def advance(self, ms: float) -> None:
        """Time passes at once; then everybody has a turn for each frame that it held, and some more."""
        self.ms += ms
        self._slept.set()
        self._slept.clear()
        for _ in range(int(ms) // FRAME_MS + 5):
            await asyncio.sleep(0)


class Echo(Silence):
    """Plays a script of frames; keeps what the phone says and keys."""

    def __init__(self, *frames: bytes) -> None:
        super().__init__()
        self.frames = list(frames)
        self.spoken: list[bytes] = []
        self.keys = ""
        self.on_key = self._keyed

    def frame(self, spoken: bytes) -> bytes:
        self.spoken.append(spoken)
        return self.frames.pop(0) if self.frames else QUIET_FRAME

    def _keyed(self, digit: str) -> None:
        self.keys += digit


@pytest.fixture
async def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def phone(clock: HandClock) -> AsyncIterator[Phone]:
    phone = Phone("+12075550142", clock)
    phone.answer()
    await clock.advance(0)
    yield phone
    phone.disconnect()


async def test_a_frame_goes_each_way_every_20_ms(phone: Phone, clock: HandClock) -> None:
    line = phone.line = Echo(LOUD)
    phone.say(LOUD + b"\x01" * 40)
    await clock.advance(20)
    await clock.advance(10)
    await clock.advance(10)
    assert line.spoken == [LOUD, b"\x01" * 40 + b"\xff" * 120]
    assert bytes(phone.heard) == QUIET_FRAME + LOUD + QUIET_FRAME
    assert (len(phone.said), phone.now_ms) == (480, 60)


async def test_after_a_delay_the_missed_frames_come_at_once(phone: Phone, clock: HandClock) -> None:
    line = phone.line = Echo()
    await clock.advance(207)
    assert len(line.spoken) == 10
    await clock.advance(13)
    assert len(line.spoken) == 11


async def test_phones_that_were_late_together_catch_up_together(phone: Phone, clock: HandClock) -> None:
    other = Phone("+12075550143", clock)
    other.answer()
    await clock.advance(0)
    apart: list[int] = []
    for each in (phone, other):
        each.taps.append(lambda said, heard: apart.append(abs(phone.now_ms - other.now_ms)))
    await clock.advance(2000)
    other.disconnect()
    assert len(apart) == 200
    assert max(apart) <= 2 * FRAME_MS


async def test_the_frame_rate_does_not_drift() -> None:
    clock = Clock(speed=50)
    started_ms = clock.now_ms()
    async for number in clock.frames():
        if number == 500:
            break
        if number % 100 == 0:
            await asyncio.sleep(0.02)  # a second of call time is missed
    assert clock.now_ms() - started_ms >= 500 * FRAME_MS


async def test_keys_are_pressed_one_after_the_other(phone: Phone, clock: HandClock) -> None:
    line = phone.line = Echo()
    pressed: list[str] = []
    phone.on_key = pressed.append
    phone.press("1w2")
    await clock.advance(20)
    assert (line.keys, pressed) == ("1", ["1"])
    await clock.advance(680)
    assert line.keys == "1"
    await clock.advance(20)
    assert line.keys == "12"
    assert phone.speaking


async def test_a_key_that_does_not_exist_is_refused(phone: Phone) -> None:
    with pytest.raises(ValueError, match="no such key"):
        phone.press("12x")


async def test_hush_stops_in_mid_word(phone: Phone, clock: HandClock) -> None:
    line = phone.line = Echo()
    phone.say(LOUD * 10)
    await clock.advance(40)
    phone.hush()
    await clock.advance(40)
    assert line.spoken == [LOUD, LOUD, QUIET_FRAME, QUIET_FRAME]


async def done(work: Any) -> bool:
    for _ in range(5):
        await asyncio.sleep(0)
    return bool(work.done())


async def test_agent_speaking_needs_60_ms_of_voice(phone: Phone, clock: HandClock) -> None:
    phone.line = Echo(LOUD, LOUD, QUIET_FRAME, LOUD, LOUD, LOUD)
    waiting = asyncio.create_task(phone.agent_speaking())
    await asyncio.sleep(0)
    await clock.advance(100)
    assert not await done(waiting)
    await clock.advance(20)
    assert await done(waiting)
    assert phone.first_voice_ms == 80


async def test_agent_quiet_counts_from_the_last_voice_and_needs_one(phone: Phone, clock: HandClock) -> None:
    phone.line = Echo()
    waiting = asyncio.create_task(phone.agent_quiet(for_ms=200))
    await asyncio.sleep(0)
    await clock.advance(1000)
    assert not await done(waiting)
    phone.line = Echo(*[LOUD] * 5)
    await clock.advance(100)
    await clock.advance(180)
    assert not await done(waiting)
    await clock.advance(20)
    assert await done(waiting)


async def test_everybody_who_waits_hears_of_the_end(phone: Phone) -> None:
    waits = [
        asyncio.create_task(work)
        for work in (phone.agent_speaking(), phone.agent_quiet(), phone.wait(100), phone.until(lambda: False))
    ]
    await asyncio.sleep(0)
    phone.disconnect()
    results = await asyncio.gather(*waits, return_exceptions=True)
    assert [type(result) for result in results] == [CallOver] * 4
    with pytest.raises(CallOver):
        await phone.agent_speaking()


async def test_a_recording_is_done_when_its_last_frame_has_been_heard() -> None:
    recording = Recording(LOUD * 2, loops=2)
    frames = [recording.frame(QUIET_FRAME) for _ in range(4)]
    assert (frames, recording.done.done()) == ([LOUD] * 4, False)
    assert (recording.frame(QUIET_FRAME), recording.done.done()) == (QUIET_FRAME, True)


async def test_a_bridge_keeps_every_frame_in_order_when_one_side_is_late() -> None:
    one, other = Bridge().sides
    for spoken in (b"1", b"2", b"3", b"4"):
        assert one.frame(spoken) == QUIET_FRAME
    assert [other.frame(b"") for _ in range(5)] == [b"1", b"2", b"3", b"4", QUIET_FRAME]


async def test_a_bridge_waits_for_60_ms_of_sound_before_it_flows() -> None:
    one, other = Bridge().sides
    heard = []
    for spoken in (b"1", b"2", b"3", b"4"):
        one.frame(spoken)
        heard.append(other.frame(b""))
    assert heard == [QUIET_FRAME, QUIET_FRAME, b"1", b"2"]
