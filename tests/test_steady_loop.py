"""The loop that the tests run in counts only the time that it was given."""

import asyncio
import selectors
import time
from typing import Any

import pytest

from tests.steady_loop import SteadyLoop

TAKEN_AWAY_S = 0.5


async def test_every_test_runs_in_it() -> None:
    assert isinstance(asyncio.get_running_loop(), SteadyLoop)


async def test_a_machine_that_was_taken_away_from_what_runs_makes_no_timer_due() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    rung: list[float] = []
    loop.call_later(TAKEN_AWAY_S / 2, lambda: rung.append(loop.time() - before))
    time.sleep(TAKEN_AWAY_S)  # noqa: ASYNC251 - this is the machine
    assert loop.time() - before < TAKEN_AWAY_S / 2
    await asyncio.sleep(0)
    assert rung == []
    await asyncio.sleep(TAKEN_AWAY_S / 2)
    assert rung[0] >= TAKEN_AWAY_S / 2


async def test_nor_does_one_that_was_taken_away_while_the_loop_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    rung: list[str] = []
    select = selectors.DefaultSelector.select

    def late(selector: Any, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = select(selector, timeout)
        time.sleep(TAKEN_AWAY_S)
        return ready

    loop.call_later(TAKEN_AWAY_S / 2, rung.append, "too early")
    monkeypatch.setattr(selectors.DefaultSelector, "select", late)
    await asyncio.sleep(0.01)
    monkeypatch.undo()
    assert rung == []
    assert 0.01 <= loop.time() - before < TAKEN_AWAY_S / 2


async def test_time_that_was_waited_for_counts() -> None:
    loop = asyncio.get_running_loop()
    before, began = loop.time(), time.monotonic()
    await asyncio.sleep(0.05)
    assert 0.05 <= loop.time() - before <= time.monotonic() - began
