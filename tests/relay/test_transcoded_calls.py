"""Calls with an engine that does not speak the caller's format: the relay converts, and nobody else notices."""

from __future__ import annotations

import numpy as np

from audio import g711
from tests.relay import golden, house
from tests.relay.fake_functions import session_answer
from tests.relay.fake_responses import Say
from tests.relay.house import until
from tests.relay.page import KIOSK_ORIGIN, visit
from tests.relay.phone import call

PCM_SESSION = session_answer(engine_session=golden.body("functions", "session_answer_kiosk")["engine_session"])


async def test_a_phone_call_with_an_engine_that_knows_no_mu_law() -> None:
    async with house.running(ENGINE_AUDIO_ENGINE_0="pcm") as home:
        home.functions.session = PCM_SESSION
        home.engine.replies.append((Say("Good evening.", 1000),))
        async with call(home.port) as line:
            engine = await home.engine.connection()
            await until(lambda: len(line.played) == 8 * 1000)
            await until(lambda: engine.audio_ms > 500)
            heard = np.frombuffer(bytes(engine.audio), np.int16)
            assert len(engine.audio) % 960 == 0, "a frame for a frame"
            await until(lambda: home.functions.turns)
            await line.hang_up()
    assert [asked["audio"] for asked in home.functions.sessions_asked] == ["pcm"]
    assert np.ptp(heard[2400:]) <= 8, "the caller's steady sound"
    assert abs(int(heard[2400]) - int(g711.decode(b"\x55")[0])) <= 8
    assert np.ptp(g711.decode(bytes(line.played[800:-800]))) == 0, "the agent's steady sound"
    assert home.functions.turns[0]["heard_ms"] == 1000
    assert home.engine.errors == []


async def test_a_kiosk_with_an_engine_that_knows_mu_law_alone() -> None:
    async with house.running(KIOSK_ORIGIN=KIOSK_ORIGIN, ENGINE_AUDIO_ENGINE_0="pcmu") as home:
        home.engine.replies.append((Say("Good evening.", 600),))
        async with visit(home.port) as page:
            engine = await home.engine.connection()
            await until(lambda: len(page.played) == 48 * 600)
            await until(lambda: engine.audio_ms > 300)
            await page.send("stop")
            await page.wait_closed()
    assert [asked["audio"] for asked in home.functions.sessions_asked] == ["pcmu"]
    assert home.engine.errors == []


async def test_an_interrupted_answer_is_truncated_in_the_engines_own_time() -> None:
    async with house.running(ENGINE_AUDIO_ENGINE_0="pcm") as home:
        home.functions.session = PCM_SESSION
        home.engine.replies.append((Say("A very long greeting, without any end to it.", 6000, speed=3),))
        async with call(home.port) as line:
            engine = await home.engine.connection()
            await until(lambda: len(line.played) >= 8 * 700)
            await engine.hear("Stop.")
            await until(lambda: engine.of_type("conversation.item.truncate"))
            [truncate] = engine.of_type("conversation.item.truncate")
            assert abs(truncate["audio_end_ms"] - len(line.played) // 8) <= 150
            await line.hang_up()
    assert home.engine.errors == []


async def test_when_the_next_engine_speaks_another_format_the_conversation_goes_on_in_it() -> None:
    async with house.running(engines=2, ENGINE_AUDIO_ENGINE_1="pcm") as home:
        home.functions.sessions["pcm"] = PCM_SESSION
        for engine in home.engines:
            engine.replies.append((Say("Good evening.", 300),))
        async with call(home.port) as line:
            first = await home.engines[0].connection()
            await until(lambda: len(line.played) == 8 * 300)
            await first.socket.close(1011)
            second = await home.engines[1].connection()
            await second.hear("Are you still there?")
            await until(lambda: len(line.played) == 8 * 600)
            await line.hang_up()
    assert [asked["audio"] for asked in home.functions.sessions_asked] == ["pcmu", "pcm"]
    assert second.session["audio"]["input"]["format"]["type"] == "audio/pcm"
    assert home.engines[1].errors == []
