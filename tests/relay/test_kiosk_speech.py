"""A guest at a kiosk, the relay, and the offline engine itself: real sound in PCM at 24 kHz both ways."""

from __future__ import annotations

import numpy as np

from audio.resample import Resampler
from relay.app import Relay
from relay.config import read_settings
from speech.brain import Reply
from speech.brain_scripted import ScriptedBrain
from tests.relay import golden
from tests.relay.fake_functions import FakeFunctions, session_answer
from tests.relay.house import environment, until
from tests.relay.page import KIOSK_ORIGIN, visit
from tests.speech.running import KEY, running
from tests.speech.sounds import room_for_friday

WORDS = "do you have a room for two nights from friday"
GREETING, ANSWER = "Welcome. How may I help you?", "Yes, we do."


async def test_a_guest_speaks_with_the_offline_engine() -> None:
    brain = ScriptedBrain([Reply(GREETING), Reply(ANSWER)])
    async with running(brain, [WORDS]) as speech, FakeFunctions().running() as functions:
        kiosk = golden.body("functions", "session_answer_kiosk")
        functions.session = session_answer(**{name: kiosk[name] for name in ("channel", "engine_session", "metadata")})
        settings = environment(
            functions, [], KIOSK_ORIGIN=KIOSK_ORIGIN, ENGINES=f"speech=realtime:{speech.url}", ENGINE_KEY=KEY
        )
        relay = Relay(read_settings({**settings, "ENGINE_AUTH_SPEECH": "bearer:ENGINE_KEY"}))
        await relay.start()
        try:
            async with visit(relay.port) as page:
                page.say(b"")
                await until(lambda: ("assistant", GREETING) in page.captions(final=True), 15)
                page.say(Resampler(8000, 24_000).process(room_for_friday()).tobytes())
                await until(lambda: ("assistant", ANSWER) in page.captions(final=True), 20)
                await page.send("stop")
                assert await page.wait_closed() == 1000
        finally:
            await relay.drain()
    assert page.captions(final=True) == [("assistant", GREETING), ("user", WORDS), ("assistant", ANSWER)]
    spoken = np.frombuffer(bytes(page.played), np.int16).astype(float)
    assert 1.5 < len(spoken) / 24_000 < 8
    assert np.sqrt((spoken**2).mean()) > 300, "there is a voice in it"
    brain.assert_finished()
