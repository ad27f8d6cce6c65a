"""A kiosk's conversation over the relay as a process of its own: its words, its numbers, and what its log says."""

from __future__ import annotations

import json
import signal

from tests.relay import golden
from tests.relay.fake_engine import FakeEngine
from tests.relay.fake_functions import OPENING, SESSION_ID, FakeFunctions, session_answer
from tests.relay.fake_responses import Say
from tests.relay.house import until
from tests.relay.page import KIOSK_ORIGIN, visit
from tests.relay.test_process import process

SECRET_WORDS = "my daughter Zenobia comes along"


async def test_a_conversation_leaves_its_record_and_a_log_without_its_content() -> None:
    async with FakeFunctions().running() as functions, FakeEngine().running() as engine:
        kiosk = golden.body("functions", "session_answer_kiosk")
        functions.session = session_answer(**{name: kiosk[name] for name in ("channel", "engine_session", "metadata")})
        engine.replies.append((Say(OPENING, 300),))
        async with process(functions, engine, KIOSK_ORIGIN=KIOSK_ORIGIN) as (relay, port):
            async with visit(port) as page:
                connection = await engine.connection()
                await until(lambda: page.state == "listening")
                for reply in ("Yes.", "Gladly."):
                    engine.replies.append((Say(reply, 200),))
                await page.send("text", text=SECRET_WORDS)
                await until(lambda: len(page.played) == 48 * 500)
                await connection.hear("A room for three, please.")
                await until(lambda: ("assistant", "Gladly.") in page.captions(final=True))
                await page.send("dtmf", digit="7")
                await page.send("stop")
                assert await page.wait_closed() == 1000
            await until(lambda: "stream.ended" in functions.event_types())
            relay.send_signal(signal.SIGTERM)
            _, lines = await relay.communicate()
    assert engine.errors == []
    assert [turn["text"] for turn in functions.turns] == [
        OPENING,
        SECRET_WORDS,
        "Yes.",
        "A room for three, please.",
        "Gladly.",
    ]
    stream = functions.event("stream.ended")["stream"]
    assert (stream["reason"], stream["turns"], stream["frames_out"]) == ("stopped", 5, 35)
    logged = [json.loads(line) for line in lines.decode().splitlines()]
    messages = [line["message"] for line in logged]
    assert {"< kiosk start", "< kiosk text", "< kiosk stop", "> kiosk close"} <= set(messages)
    assert not any("twilio" in message for message in messages)
    assert all(line["session_id"] == SESSION_ID for line in logged if line["message"] == "< kiosk text")
    assert "Zenobia" not in lines.decode()
    assert "token-1" not in lines.decode()
