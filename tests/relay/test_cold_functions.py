"""Functions that start cold while a call ends: what was said last is theirs all the same."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from tests.relay import house
from tests.relay.fake_functions import OPENING, FakeFunctions
from tests.relay.fake_responses import Say
from tests.relay.house import until
from tests.relay.phone import call


async def test_the_last_turn_has_its_whole_time_and_the_last_event_comes_after_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    take, asked = FakeFunctions.post_turn, asyncio.Event()

    async def slowly(functions: FakeFunctions, request: web.Request) -> web.Response:
        if functions.turns:  # all but the greeting
            asked.set()
            await asyncio.sleep(3.3)
        return await take(functions, request)

    monkeypatch.setattr(FakeFunctions, "post_turn", slowly)
    async with house.running() as home, call(home.port) as line:
        home.engine.replies.append((Say(OPENING, 200),))
        engine = await home.engine.connection()
        await until(lambda: home.functions.turns)
        await engine.hear("No, thank you.")
        await asyncio.wait_for(asked.wait(), 5)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
        assert "No, thank you." in [turn["text"] for turn in home.functions.turns]
    assert [record.getMessage() for record in caplog.records if "turn not stored" in record.getMessage()] == []
