import asyncio
from collections.abc import Mapping, Sequence

import pytest

from bench import relay_steps
from bench.load.run import Plan, Program, Relay
from bench.load.sound import STAMPS
from bench.relay_suite import Row

RELAY = Relay("ours", lambda place: Program([], {}), "/", STAMPS)
PLAN = Plan(calls=40, window_s=8)


def run_of(
    calls: int, *, p99_ms: float = 2.0, lost: int = 0, late_ms: float = 0.1, load: float = 0.2, stolen: float = 0.0
) -> Row:
    delays = {f"{way}_p{percent}_ms": p99_ms for way in relay_steps.WAYS for percent in (50, 99)}
    counts: Row = {"frames_lost": lost, "frames_reordered": 0, "calls_dropped": 0}
    generator: Row = {"generator_late_p99_ms": late_ms, "generator_load": load, "stolen": stolen}
    return {**delays, **counts, **generator, "cpu_ms_per_call_s": 500 / calls}


class Bench:
    """Runs by their number of calls, the latest first to go; what is not named carries its load."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, runs: Mapping[int, Sequence[Row | str]]) -> None:
        self.runs = {calls: list(rows) for calls, rows in runs.items()}
        self.tried: list[int] = []
        monkeypatch.setattr(relay_steps, "one_run", self.one_run)

    async def one_run(self, relay: Relay, plan: Plan) -> Row:
        self.tried.append(plan.calls)
        rows = self.runs.get(plan.calls) or [run_of(plan.calls)]
        row = rows.pop() if len(rows) > 1 else rows[0]
        if isinstance(row, str):
            raise RuntimeError(row)
        return row

    def when_full(self) -> Row:
        return asyncio.run(relay_steps.when_full(RELAY, PLAN, lambda line: None))


def test_the_largest_step_that_holds_and_its_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    late = {calls: [run_of(calls, p99_ms=21.0)] for calls in (250, 300, 400, 500)}
    bench = Bench(monkeypatch, late)
    full = bench.when_full()
    assert (full["calls_per_core"], full["most_calls"], full["cpu_ms_when_full"]) == (200, 200, 2.5)
    assert [full[f"cpu_ms_at_{calls}"] for calls in (5, 100, 200)] == [100.0, 5.0, 2.5]
    assert "cpu_ms_at_250" not in full
    assert bench.tried[0] == relay_steps.STEPS[0]
    assert bench.tried[-3:] == [200, 250, 250]


def test_one_bad_run_of_a_step_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, {100: [run_of(100), run_of(100, lost=1)]})
    assert bench.when_full()["calls_per_core"] == ">=500"
    assert bench.tried.count(100) == 2


def test_a_run_in_which_the_generator_was_late_is_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    stalled = run_of(10, p99_ms=75.0, late_ms=35.0)
    assert Bench(monkeypatch, {10: [run_of(10), stalled, stalled, stalled]}).when_full()["calls_per_core"] == ">=500"
    bench = Bench(monkeypatch, {10: [stalled]})
    full = bench.when_full()
    assert (full["calls_per_core"], full["cpu_ms_when_full"]) == (">=5", 100.0)
    assert bench.tried.count(10) == relay_steps.MOST_RUNS


def test_a_run_in_which_others_had_the_core_is_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    stolen = run_of(10, p99_ms=75.0, stolen=0.3)
    assert Bench(monkeypatch, {10: [run_of(10), stolen, stolen, stolen]}).when_full()["calls_per_core"] == ">=500"


def test_where_the_generator_ends_first_the_figure_is_a_lower_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for late_ms, load in ((6.0, 0.2), (0.1, 0.9)):
        late = {calls: [run_of(calls, p99_ms=30.0, late_ms=late_ms, load=load)] for calls in (300, 400, 500)}
        assert Bench(monkeypatch, late).when_full()["calls_per_core"] == ">=250"


def test_a_relay_that_buffers_is_measured_against_its_own_light_load(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {calls: [run_of(calls, p99_ms=90.0)] for calls in relay_steps.STEPS}
    assert Bench(monkeypatch, steps).when_full()["calls_per_core"] == ">=500"


def test_what_carries_nothing_or_does_not_run_has_no_cost_when_full(monkeypatch: pytest.MonkeyPatch) -> None:
    lossy = {calls: [run_of(calls, lost=1)] for calls in relay_steps.STEPS}
    assert Bench(monkeypatch, lossy).when_full() == {"calls_per_core": 0}
    refusing: dict[int, list[Row | str]] = {calls: ["it ended"] for calls in relay_steps.STEPS}
    assert Bench(monkeypatch, refusing).when_full() == {"calls_per_core": 0}


def test_a_relay_that_carries_no_more_than_the_light_load_has_its_cost_there(monkeypatch: pytest.MonkeyPatch) -> None:
    late: dict[int, list[Row | str]] = {calls: [run_of(calls, p99_ms=150.0)] for calls in relay_steps.STEPS[1:]}
    bench = Bench(monkeypatch, late | {5: [run_of(5, p99_ms=120.0)]})
    full = bench.when_full()
    assert (full["calls_per_core"], full["cpu_ms_when_full"]) == (5, 100.0)
