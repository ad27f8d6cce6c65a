"""What is measured of our relay alone is not what made the generator late."""

import asyncio

import pytest

from bench import relay_alone
from bench.load.run import Plan, Program, Relay
from bench.load.sound import STAMPS
from bench.relay_suite import Row

RELAY = Relay("ours", lambda place: Program([], {}), "/", STAMPS)
NAMES = ("calls", "kib_per_call", "cpu_ms_per_call_s", "frames_lost")


@pytest.mark.parametrize(
    ("late_ms", "counts"),
    [((1.0, 0.5), 0), ((300.0, 2.0, 1.0), 1), ((300.0, 40.0, 90.0, 1.0), 1)],
    ids=["in time", "late once", "late each time"],
)
def test_the_run_counts_in_which_the_generator_was_in_time(
    monkeypatch: pytest.MonkeyPatch, late_ms: tuple[float, ...], counts: int
) -> None:
    runs: list[Row] = [dict.fromkeys(NAMES, n) | {"generator_late_p99_ms": ms} for n, ms in enumerate(late_ms)]
    left = iter(runs)

    async def one_run(relay: Relay, plan: Plan) -> Row:
        return next(left)

    monkeypatch.setattr(relay_alone, "one_run", one_run)
    assert asyncio.run(relay_alone.long_calls(RELAY, 100)) == dict.fromkeys(NAMES, counts)
