"""How many calls one core carries: the most until audio comes too late, is lost, or a call is dropped; its CPU then."""

from __future__ import annotations

from dataclasses import replace

from bench.load.run import Plan, Relay
from bench.relay_suite import GENERATOR_LATE_MS, STOLEN, Row, Say, one_run

# The first is the light load, by which a relay that buffers by design is judged.
STEPS = (5, 10, 25, 40, 60, 80, 100, 150, 200, 250, 300, 400, 500)
TRIES = 2
# A run in which the generator itself was late, or others had the core, says little about the relay and counts as no
# try; up to so many in all.
MOST_RUNS = 5
WAYS = ("to_engine", "to_caller")
ADDED_P99_MS = 20.0
GENERATOR_LOAD = 0.8


def holds(row: Row, light: Row) -> str:
    """Why this step of load is too much, or "" when the relay carries it.

    A relay that buffers by design may be as late as it is at light load, and 20 ms later.
    """
    for way in WAYS:
        late, at_light = row[f"{way}_p99_ms"], light[f"{way}_p99_ms"]
        allowed = ADDED_P99_MS + (at_light if isinstance(at_light, float) and at_light > ADDED_P99_MS else 0.0)
        if not isinstance(late, float) or late > allowed:
            return f"p99 {way.replace('_', ' ')}"
    for name in ("frames_lost", "frames_reordered", "calls_dropped"):
        if row[name]:
            return f"{name.replace('_', ' ')} {row[name]}"
    return ""


async def when_full(relay: Relay, plan: Plan, say: Say) -> Row:
    """`calls_per_core`, the largest step that the relay carries, and `cpu_ms_when_full`, its CPU ms per call-s there.

    `cpu_ms_at_{calls}` is that of each step that it carries, so that two relays can be held together at one load. Each
    step is tried twice, on a busy machine more often. ">=" when the generator or the steps end first.
    """
    light: Row | None = None
    carried, row = 0, Row()
    for calls in STEPS:
        tries = 0
        for _ in range(MOST_RUNS):
            at_step, too_much, is_generators = await _step(relay, replace(plan, calls=calls), light, say)
            tries += not is_generators
            if not too_much or tries == TRIES:
                break
        if too_much:
            return {"calls_per_core": f">={carried}" if is_generators else carried} | row
        light = light or at_step
        cpu_ms = at_step["cpu_ms_per_call_s"]
        carried, row = calls, row | {"most_calls": calls, "cpu_ms_when_full": cpu_ms, f"cpu_ms_at_{calls}": cpu_ms}
    return {"calls_per_core": f">={carried}"} | row


async def _step(relay: Relay, plan: Plan, light: Row | None, say: Say) -> tuple[Row, str, bool]:
    """The run, why this load is too much ("" when it is not), and whether generator or machine had trouble with it.

    Without `light` this is the light load.
    """
    say(f"most calls: {relay.name}, {plan.calls} calls")
    try:
        row = await one_run(relay, replace(plan, ramp_s=max(2.0, plan.calls / 50)))
    except (RuntimeError, OSError) as problem:
        say(f"  failed: {problem}")
        return {}, "failed", False
    late, load, stolen = (float(row[name] or 0) for name in ("generator_late_p99_ms", "generator_load", "stolen"))
    too_much = holds(row, light or row)
    figures = ("cpu_ms_per_call_s", *(f"{way}_p{percent}_ms" for way in WAYS for percent in (50, 99)))
    say("  " + ", ".join(f"{name} {row[name] or 0:.2f}" for name in figures))
    say(f"  generator {late:.1f} ms late at p99, load {load:.2f}, {stolen:.0%} of a core stolen")
    if too_much:
        say(f"  too much: {too_much}")
    return row, too_much, late > GENERATOR_LATE_MS or load > GENERATOR_LOAD or stolen > STOLEN
