"""`python -m bench relay`: our relay beside its peers under the same load, in interleaved rounds; a table, a chart."""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench import chart, peers, relay_alone, relay_steps, relay_suite, relay_table, relay_targets
from bench.load.run import Relay, cores
from bench.relay_suite import DEFAULT, FULL, QUICK, Options, Row

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / ".local/bench"


def main() -> None:
    given = _arguments().parse_args()
    options = QUICK if given.quick else FULL if given.full else DEFAULT
    options = replace(options, calls=given.calls or options.calls, rounds=given.rounds or options.rounds)
    if given.steps is not None:
        options = replace(options, steps=given.steps)
    uvloop.run(_compare(options, given.only or []))


def _arguments() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(prog="python -m bench relay", description=__doc__)
    how_much = arguments.add_mutually_exclusive_group()
    how_much.add_argument("--quick", action="store_true", help="about a minute: 10 calls, one round, no extras")
    how_much.add_argument("--full", action="store_true", help="about forty minutes: five rounds of twice the length")
    arguments.add_argument("--calls", type=int, help="calls at once in the comparison")
    arguments.add_argument("--rounds", type=int)
    arguments.add_argument("--steps", action=argparse.BooleanOptionalAction, help="how many calls one core carries")
    arguments.add_argument("--only", nargs="+", metavar="NAME", help="only relays whose name contains one of these")
    return arguments


async def _compare(options: Options, only: list[str]) -> None:
    relays = [relay for relay in peers.all_relays() if not only or any(name in relay.name for name in only)]
    if not relays:
        sys.exit(f"bench: no relay is called {' or '.join(only)}")
    relay_core, generator_core = cores()
    if relay_core == generator_core:
        print("! one core alone: relay and generator share it, so delays and the calls per core mean little")
    _with_byte_code()
    busy_before = os.getloadavg()
    began = time.monotonic()
    rows = await relay_suite.compare(relays, options, _say)
    if options.steps:
        for relay, row in zip(relays, rows, strict=True):
            if "calls" in row:
                row.update(await relay_steps.when_full(relay, replace(options.plan, window_s=8), _say))
    rows = relay_table.with_ratios(rows)
    alone = await _alone(options) if options.alone_calls and relays[0].name == "nightdesk" else {}
    verdicts = relay_targets.judge(rows, alone)
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_s": round(time.monotonic() - began),
        "calls": options.calls,
        "rounds": options.rounds,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average_before": busy_before,
        "load_average_after": os.getloadavg(),
        "cores": {"relay": relay_core, "generator": generator_core},
    }
    written = relay_table.write(OUTPUT, rows, about, alone, verdicts)
    caption = (
        f"{options.calls} calls at once, {options.rounds} round(s), {about['machine']}, {about['at']};"
        f" load average {busy_before[0]:.1f}"
    )
    chart.draw(rows, caption, OUTPUT / "relay.png")
    print()
    print(relay_table.text(rows))
    for name, row in alone.items():
        figures = (f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items())
        print(f"{name}: {', '.join(figures)}")
    print(f"\n{relay_targets.text(verdicts)}")
    print(f"{caption}\nwritten: {', '.join(str(path) for path in [*written, OUTPUT / 'relay.png'])}")


def _with_byte_code() -> None:
    """As the relay's image has it: where PYTHONDONTWRITEBYTECODE is set, each start would parse what has changed."""
    for package in ("audio", "relay"):
        compileall.compile_dir(ROOT / package, quiet=1)


async def _alone(options: Options) -> dict[str, Row]:
    """What is measured of our relay alone."""
    ours, calls = peers.nightdesk(), options.alone_calls
    measurements: list[tuple[str, Callable[[Relay, int], Awaitable[Row]], Relay, int]] = [
        ("a tool takes 10 s", relay_alone.slow_tool, ours, calls),
        ("barge_in immediate", relay_alone.immediate_barge_in, ours, calls),
        ("long calls", relay_alone.long_calls, ours, calls),
        ("long calls, not recorded", relay_alone.long_calls, peers.nightdesk(records=False), calls),
        ("transcoding", relay_alone.transcoding, peers.nightdesk(transcodes=True), calls),
    ]
    if options.many_calls:
        measurements.append((f"{options.many_calls} calls", relay_alone.many, ours, options.many_calls))
    rows: dict[str, Row] = {}
    for name, measure, relay, so_many in measurements:
        _say(f"nightdesk alone: {name}, {so_many} calls")
        try:
            rows[name] = await measure(relay, so_many)
        except (RuntimeError, OSError) as problem:
            rows[name] = {"failed": str(problem)}
    return rows


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
