"""Which runs make a comparison, and what the rows of its table are.

Rounds are interleaved: every relay once, then all again, so that a noisy minute of the machine falls on all of them.
Per figure the median over the rounds counts; interruptions are few, so theirs are pooled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bench.load.engine import Script
from bench.load.run import Plan, Relay, Seen, measure
from bench.load.statistics import median, percentile

Value = float | int | str | None
Row = dict[str, Value]
Say = Callable[[str], None]

PERCENTILES = (50, 95, 99)
ADDED_P99_MS = 20.0
# Beyond this the generator itself is late, and no step counts.
GENERATOR_LATE_MS = 5.0
GENERATOR_LOAD = 0.8
# A relay whose audio comes later than this is overrun.
OVERLOADED_MS = 500.0
# By then a relay that holds audio back before it is written holds as much as it ever will.
LONG_CALL_S = 40.0
STEPS = (25, 50, 100, 150, 200, 250, 300, 400, 500)


@dataclass(frozen=True, slots=True)
class Options:
    calls: int = 40
    rounds: int = 3
    plan: Plan = field(default_factory=lambda: Plan(calls=40, barge_in="selective"))
    step_up: bool = False
    alone_calls: int = 20  # for what is measured of our relay alone; 0 leaves it out
    many_calls: int = 0


QUICK = Options(10, 1, Plan(calls=10, ramp_s=1, settle_s=1.5, window_s=5, barge_in="selective"), alone_calls=0)
DEFAULT = Options()
FULL = Options(40, 5, Plan(calls=40, window_s=12, barge_in="selective"), step_up=True, alone_calls=100, many_calls=200)


async def compare(relays: Sequence[Relay], options: Options, say: Say) -> list[Row]:
    """One row for each relay, also for those that are missing or failed."""
    plan = replace(options.plan, calls=options.calls)
    seen: dict[str, list[Seen]] = {relay.name: [] for relay in relays}
    failed = {relay.name: relay.missing for relay in relays if relay.missing}
    for n in range(options.rounds):
        for relay in relays:
            if relay.name in failed:
                continue
            say(f"round {n + 1} of {options.rounds}: {relay.name}, {plan.calls} calls")
            try:
                seen[relay.name].append(await measure(relay, plan))
            except (RuntimeError, TimeoutError, OSError) as problem:
                failed[relay.name] = f"failed: {problem}"
    rows: list[Row] = []
    for relay in relays:
        rounds = seen[relay.name]
        row: Row = row_of(relay.name, rounds) if rounds else {"relay": relay.name}
        row["note"] = failed.get(relay.name, "") or _doubts(row)
        rows.append(row)
    if options.step_up:
        for relay, row in zip(relays, rows, strict=True):
            if relay.name not in failed:
                row["calls_per_core"] = await calls_per_core(relay, plan, row, say)
    return rows


def _doubts(row: Row) -> str:
    """What speaks against believing this row."""
    late, to_engine = row["generator_late_p99_ms"], row["to_engine_p99_ms"]
    if isinstance(to_engine, float) and to_engine > OVERLOADED_MS:
        return "it did not keep pace with these calls, so its CPU is that of the part it managed; try fewer --calls"
    if isinstance(late, float) and late > GENERATOR_LATE_MS:
        return (
            f"the generator itself was {late:.0f} ms late at p99: a busy machine, so delays are not the relay's alone"
        )
    return ""


def row_of(name: str, rounds: Sequence[Seen]) -> Row:
    """The figures of one relay over its rounds. Delays and errors in ms, sizes in KiB and MiB, frames of 20 ms."""
    row: Row = {
        "relay": name,
        "calls": rounds[0].calls,
        "rounds": len(rounds),
        "cpu_ms_per_call_s": median(seen.cpu_ms_per_call_s for seen in rounds),
        "idle_mib": median(seen.idle_mib for seen in rounds),
        "kib_per_call": median(seen.kib_per_call for seen in rounds),
    }
    for percent in PERCENTILES:
        row[f"to_engine_p{percent}_ms"] = median(percentile(seen.samples.to_engine_ms, percent) for seen in rounds)
    for percent in PERCENTILES:
        row[f"to_caller_p{percent}_ms"] = median(percentile(seen.samples.to_caller_ms, percent) for seen in rounds)
    clear = [ms for seen in rounds for ms in seen.samples.clear_ms]
    errors = [abs(ms) for seen in rounds for ms in seen.samples.truncation_ms]
    problems = sum((seen.samples.problems for seen in rounds), Counter[str]())
    return row | {
        "frames_lost": sum(seen.lost_to_engine + seen.lost_to_caller for seen in rounds),
        "frames_reordered": sum(seen.reordered for seen in rounds),
        "first_words_lost_ms": median(seen.first_words_lost_ms for seen in rounds),
        "calls_dropped": sum(seen.dropped_calls for seen in rounds),
        "interruptions": sum(seen.interruptions for seen in rounds),
        "interruptions_ignored": sum(seen.samples.ignored_interruptions for seen in rounds),
        "clear_p50_ms": percentile(clear, 50),
        "clear_p99_ms": percentile(clear, 99),
        "truncation_error_p50_ms": percentile(errors, 50),
        "truncation_error_p95_ms": percentile(errors, 95),
        "truncation_error_p99_ms": percentile(errors, 99),
        "start_to_audio_ms": median(percentile(seen.samples.first_audio_ms, 50) for seen in rounds),
        "start_to_listening_s": median(seen.listening_s for seen in rounds),
        "engine_sockets_left": sum(seen.engine_sockets_left for seen in rounds),
        "engine_refusals": ", ".join(f"{code} {count}" for code, count in sorted(problems.items())),
        "generator_load": max(seen.generator_load for seen in rounds),
        "generator_late_p99_ms": max(percentile(seen.samples.generator_late_ms, 99) or 0.0 for seen in rounds),
    }


def holds(row: Row, light: Row) -> str:
    """Why this step of load is too much, or "" when the relay carries it.

    A relay that buffers by design may be as late as it is at light load, and 20 ms later.
    """
    for way in ("to_engine", "to_caller"):
        late, at_light = row[f"{way}_p99_ms"], light[f"{way}_p99_ms"]
        allowed = ADDED_P99_MS + (at_light if isinstance(at_light, float) and at_light > ADDED_P99_MS else 0.0)
        if not isinstance(late, float) or late > allowed:
            return f"{way.replace('_', ' ')} p99 {late} ms"
    for name in ("frames_lost", "frames_reordered", "calls_dropped"):
        if row[name]:
            return f"{name.replace('_', ' ')} {row[name]}"
    return ""


async def calls_per_core(relay: Relay, plan: Plan, light: Row, say: Say) -> Value:
    """The largest step that the relay carries; with ">=" when the generator or the steps end before it does."""
    carried = 0
    for calls in STEPS:
        say(f"step up: {relay.name}, {calls} calls")
        try:
            row = await _one(relay, replace(plan, calls=calls, ramp_s=max(2.0, calls / 50)))
        except (RuntimeError, TimeoutError, OSError) as problem:
            say(f"  failed: {problem}")
            return carried
        late, load = row["generator_late_p99_ms"], row["generator_load"]
        say(
            f"  CPU {row['cpu_ms_per_call_s']:.2f} ms per call-s, to engine p50 {row['to_engine_p50_ms']:.2f}"
            f" p99 {row['to_engine_p99_ms']:.2f} ms, to caller p50 {row['to_caller_p50_ms']:.2f}"
            f" p99 {row['to_caller_p99_ms']:.2f} ms"
        )
        if float(late or 0) > GENERATOR_LATE_MS or float(load or 0) > GENERATOR_LOAD:
            say(f"  the generator is at its limit: {late:.1f} ms late at p99, load {load:.2f}")
            return f">={carried}"
        if problem_seen := holds(row, light):
            say(f"  too much: {problem_seen}")
            return carried
        carried = calls
    return f">={carried}"


async def slow_tool(relay: Relay, calls: int) -> Row:
    """While one tool takes 10 s on every call, how late is the caller's audio, and what the relay says of its loop."""
    plan = Plan(calls, ramp_s=1.0, settle_s=1.5, window_s=6.5, script=Script(interrupts=False, tool_at=0))
    seen = await measure(relay, plan, expect_audio=False)
    lag = seen.stats.get("loop_lag_ms", {})
    return {
        "calls": calls,
        "to_engine_p50_ms": percentile(seen.samples.to_engine_ms, 50),
        "to_engine_p99_ms": percentile(seen.samples.to_engine_ms, 99),
        "to_engine_max_ms": percentile(seen.samples.to_engine_ms, 100),
        "loop_lag_p50_ms": lag.get("p50"),
        "loop_lag_p99_ms": lag.get("p99"),
    }


async def immediate_barge_in(relay: Relay, calls: int) -> Row:
    """`barge_in: immediate`: a barge-in commits with `speech_started`, so this is the way of the `clear` alone."""
    plan = Plan(calls, ramp_s=max(2.0, calls / 50), window_s=12, barge_in="immediate")
    names = ("calls", "interruptions", "interruptions_ignored", "clear_p50_ms", "clear_p99_ms")
    return _some(await _one(relay, plan), *names, *(f"truncation_error_p{percent}_ms" for percent in PERCENTILES))


async def many(relay: Relay, calls: int) -> Row:
    """Delay and loss under many calls."""
    ways = (f"{way}_p{percent}_ms" for way in ("to_engine", "to_caller") for percent in PERCENTILES)
    plan = Plan(calls, ramp_s=max(2.0, calls / 50), window_s=20, barge_in="selective")
    names = ("calls", "cpu_ms_per_call_s", "kib_per_call", *ways, "frames_lost", "frames_reordered", "calls_dropped")
    return _some(await _one(relay, plan), *names, "generator_late_p99_ms")


async def long_calls(relay: Relay, calls: int) -> Row:
    """Memory once the calls have gone on for a while: what is recorded is held back before it is written."""
    plan = Plan(calls, window_s=LONG_CALL_S, barge_in="selective")
    return _some(await _one(relay, plan), "calls", "kib_per_call", "cpu_ms_per_call_s", "frames_lost")


async def transcoding(relay: Relay, calls: int) -> Row:
    """Every call converted to 24 kHz PCM and back."""
    ways = (f"{way}_p{percent}_ms" for way in ("to_engine", "to_caller") for percent in (50, 99))
    row = await _one(relay, Plan(calls, ramp_s=max(2.0, calls / 50), barge_in="immediate"))
    return _some(row, "calls", "cpu_ms_per_call_s", "kib_per_call", *ways, "frames_lost")


async def _one(relay: Relay, plan: Plan) -> Row:
    return row_of(relay.name, [await measure(relay, plan)])


def _some(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}
