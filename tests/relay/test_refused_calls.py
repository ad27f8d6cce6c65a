"""A call that the hotel does not take costs no engine: none is told anything, and whoever could wait was not called.

A connection that was begun while the hotel was still being looked up is let go of, empty: nothing begins on it, and
nothing is paid for it. Source: OpenAI, Realtime API: what is billed are tokens; GPT-Live: nothing before session.start.
"""

from __future__ import annotations

import pytest

from relay import messages as msg
from relay.failover import EngineChoice
from relay.functions import SessionRefused
from tests.relay import house
from tests.relay.fake_engine import FakeEngine
from tests.relay.house import until
from tests.relay.phone import FRAME, phone
from tests.relay.stage import START, Stage, of_type

REASONS = ["blocked", "withheld", "silent_calls", "too_many_calls", "busy"]


def refusal(code: str) -> dict[str, object]:
    return {"v": 1, "ok": False, "error": {"code": code, "message": "", "say": "We are sorry."}}


@pytest.mark.parametrize("code", REASONS)
async def test_an_engine_that_waits_for_the_session_is_not_even_called(code: str) -> None:
    async with FakeEngine().running() as engine:
        url = engine.url + "&session_id={session_id}"
        async with house.running(ENGINES=f"engine-0=realtime:{url}") as home, phone(home.port) as line:
            home.functions.session = refusal(code)
            await line.start()
            assert await line.wait_closed() == 1000
            assert home.count(f"ended_refused_{code}") == 1
            assert home.functions.thens == []
    assert engine.connections == []


async def test_an_engine_that_was_called_meanwhile_is_told_nothing_and_let_go() -> None:
    async with house.running(engines=2) as home, phone(home.port) as line:
        home.functions.session = refusal("blocked")
        await line.start()
        for _ in range(5):
            await line.media(FRAME)
        assert await line.wait_closed() == 1000
        assert line.played == b""
        await until(lambda: not any(engine.open_connections for engine in home.engines))
    assert [connection.received for connection in home.engine.connections] in ([], [[]])
    assert home.engines[1].connections == []


async def test_a_spare_connection_is_told_nothing_either() -> None:
    async with house.running(SPARE_ENGINES="1") as home, phone(home.port) as line:
        await until(lambda: home.engine.connections)
        home.functions.session = refusal("busy")
        await line.start()
        assert await line.wait_closed() == 1000
    assert [connection.received for connection in home.engine.connections if connection.received] == []


def test_what_was_begun_with_an_engine_is_ended_before_the_line_is_closed() -> None:
    early, late = EngineChoice("early", reachable_before_session=True), EngineChoice("late")
    for engines, opened in ((early, late), 1), ((late, early), 0):
        stage = Stage(*engines)
        assert len(of_type(stage.receive(START), msg.OpenEngine)) == opened
        said = stage.receive(SessionRefused("refused_blocked", 1000))
        assert len(of_type(said, msg.CloseEngine)) == opened
        assert of_type(said, msg.OpenEngine) == of_type(said, msg.ToLine) == []
