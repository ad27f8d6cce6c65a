"""A guest at a kiosk with a live engine, in PCM both ways; and the same engine on a mu-law diet."""

from __future__ import annotations

from tests.relay import live_house
from tests.relay.fake_functions import OPENING
from tests.relay.house import until
from tests.relay.live_house import live_answer
from tests.relay.page import KIOSK_ORIGIN, visit

PCM = {"format": {"type": "audio/pcm", "rate": 24000}, "output": {"voice": "marin"}}


async def test_a_guest_is_greeted_types_and_is_answered() -> None:
    async with live_house.running(KIOSK_ORIGIN=KIOSK_ORIGIN) as home:
        answer = live_answer(channel="kiosk")
        home.functions.live_session = {**answer, "engine_session": {**answer["engine_session"], "audio": PCM}}
        async with visit(home.port) as page:
            page.say(b"")
            engine = await home.live.connection()
            await until(lambda: ("assistant", OPENING) in page.captions(final=True), 10)
            assert page.captions(final=False), "the words came while they were spoken"
            await page.send("text", text="Do you take dogs?")
            await until(lambda: ("user", "Do you take dogs?") in page.captions(final=True))
            await until(lambda: len(page.captions(final=True)) == 3, 10)
            await until(lambda: page.state == "listening", 10)
            states = [message["state"] for message in page.of_type("state")]
            await page.send("stop")
            assert await page.wait_closed() == 1000
    assert home.live.errors == []
    assert [asked["audio"] for asked in home.functions.sessions_asked] == ["pcm"]
    assert len(engine.audio) > 48 * 1000
    assert states.count("speaking") == 2
    assert len(page.played) > 48 * 1000


async def test_an_engine_on_another_format_is_converted_in_this_dialect_too() -> None:
    async with live_house.running(KIOSK_ORIGIN=KIOSK_ORIGIN, ENGINE_AUDIO_LIVE_0="pcmu") as home:
        home.functions.live_session = live_answer(channel="kiosk")
        async with visit(home.port) as page:
            page.say(b"")
            await home.live.connection()
            await until(lambda: ("assistant", OPENING) in page.captions(final=True), 10)
            assert len(page.played) % 960 == 0
            await page.send("stop")
            await page.wait_closed()
    assert home.live.errors == []
    assert [asked["audio"] for asked in home.functions.sessions_asked] == ["pcmu"]
