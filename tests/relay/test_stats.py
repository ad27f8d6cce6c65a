"""What the process knows of itself, in bounded memory."""

from __future__ import annotations

import asyncio
import time

from relay import stats
from relay.stats import EngineHealth, LoopLag, Recent, Stats
from tests.relay.house import until


def test_figures_are_of_the_latest_values_and_the_count_of_all() -> None:
    recent = Recent()
    for value in range(10_000):
        recent.add(value)
    assert recent.figures() == {"count": 10_000, "p50": 9488, "p99": 9989, "max": 9999}
    assert len(recent._values) == stats.KEPT


def test_without_values_there_is_only_the_count() -> None:
    assert Recent().figures() == {"count": 0}


def test_one_value_is_every_percentile() -> None:
    recent = Recent()
    recent.add(7)
    assert recent.figures() == {"count": 1, "p50": 7, "p99": 7, "max": 7}


def test_an_engine_is_out_of_reach_until_it_serves_again_or_its_failure_is_old() -> None:
    health = EngineHealth(["first", "second"])
    assert health.any_reachable(0)
    health.failed("first", 1000)
    assert (health.is_reachable("first", 2000), health.any_reachable(2000)) == (False, True)
    health.failed("second", 2000)
    assert not health.any_reachable(3000)
    health.served("second")
    assert health.any_reachable(3000)
    health.failed("second", 4000)
    assert health.is_reachable("first", 1000 + stats.FAILURE_IS_RECENT_MS)
    assert health.figures(5000) == {
        "first": {"failures": 1, "reachable": False},
        "second": {"failures": 2, "reachable": False},
    }


def test_a_loop_that_is_held_up_is_seen() -> None:
    """In a loop of its own: that of the other tests does not count what holds it up."""

    async def held_up() -> LoopLag:
        lag = LoopLag(lambda: True)
        lag.wake()
        lag.wake()
        await asyncio.sleep(0)
        time.sleep(stats.LAG_PERIOD_S + 0.1)  # noqa: ASYNC251 - holding up the loop is the point
        await until(lambda: lag.lag_ms.count == 1)
        lag.stop()
        return lag

    assert asyncio.run(held_up()).lag_ms.figures()["max"] >= 90


async def test_without_calls_nothing_ticks() -> None:
    lag = LoopLag(lambda: False)
    lag.wake()
    await until(lambda: lag.lag_ms.count == 1)
    assert lag._timer is None


def test_every_stage_has_its_figures() -> None:
    kept = Stats(["first"], lambda: True)
    kept.took("start_to_session", 40)
    figures = kept.figures(0)
    assert set(figures["stages_ms"]) == set(stats.STAGES)
    assert figures["stages_ms"]["start_to_session"]["p50"] == 40
