"""Which runs make a comparison, and what the rows of its table are.

Rounds are interleaved: every relay once, then all again, so that a noisy minute of the machine falls on all of them.
Per figure the median over the rounds counts; interruptions are few, so theirs are pooled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bench.load.run import Plan, Relay, Seen, measure
from bench.load.statistics import median, percentile

Value = float | int | str | None
Row = dict[str, Value]
Say = Callable[[str], None]

PERCENTILES = (50, 95, 99)
# Beyond this the generator itself is late.
GENERATOR_LATE_MS = 5.0
# Beyond this share of a core's time nothing that was measured compares with a quiet machine's.
STOLEN = 0.05
# A relay whose audio comes later than this is overrun.
OVERLOADED_MS = 500.0


@dataclass(frozen=True, slots=True)
class Options:
    calls: int = 40
    rounds: int = 3
    plan: Plan = field(default_factory=lambda: Plan(calls=40, settle_s=2.5, window_s=6.5, barge_in="selective"))
    steps: bool = True  # how many calls one core carries
    alone_calls: int = 100  # for what is measured of our relay alone; 0 leaves it out
    many_calls: int = 200


QUICK = Options(
    10,
    1,
    Plan(calls=10, ramp_s=1, settle_s=1.5, window_s=5, barge_in="selective"),
    steps=False,
    alone_calls=0,
    many_calls=0,
)
DEFAULT = Options()
FULL = Options(40, 5, Plan(calls=40, window_s=12, barge_in="selective"))


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
        row["note"] = failed.get(relay.name, "") or "; ".join(doubts(row, rounds))
        rows.append(row)
    return rows


def doubts(row: Row, rounds: Sequence[Seen]) -> Iterator[str]:
    """What speaks against believing this row."""
    if any(seen.stats.get("compiled") is False for seen in rounds):
        yield "it ran without its compiled modules (make compile), at more CPU than when it is deployed"
    late, to_engine = row["generator_late_p99_ms"], row["to_engine_p99_ms"]
    if isinstance(to_engine, float) and to_engine > OVERLOADED_MS:
        yield (
            f"it did not keep pace with these calls: {float(row['carried'] or 0):.0%} of the callers' audio came out"
            " of it, and its CPU is per second of that; try fewer --calls"
        )
    elif isinstance(late, float) and late > GENERATOR_LATE_MS:
        yield f"the generator itself was {late:.0f} ms late at p99: a busy machine, so delays are not the relay's alone"
    if isinstance(stolen := row["stolen"], float) and stolen > STOLEN:
        yield f"other guests of the host took {stolen:.0%} of a core meanwhile: neither CPU nor delays compare"


def row_of(name: str, rounds: Sequence[Seen]) -> Row:
    """The figures of one relay over its rounds. Delays and errors in ms, sizes in KiB and MiB, frames of 20 ms."""
    row: Row = {
        "relay": name,
        "calls": rounds[0].calls,
        "rounds": len(rounds),
        "cpu_ms_per_call_s": median(seen.cpu_ms_per_call_s for seen in rounds),
        "carried": median(seen.carried for seen in rounds),
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
        "stolen": max(seen.stolen for seen in rounds),
        "generator_load": max(seen.generator_load for seen in rounds),
        "generator_late_p99_ms": max(percentile(seen.samples.generator_late_ms, 99) or 0.0 for seen in rounds),
    }


async def one_run(relay: Relay, plan: Plan) -> Row:
    """The row of a single run."""
    return row_of(relay.name, [await measure(relay, plan)])
