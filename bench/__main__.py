"""`python -m bench PART [options]`: measure and print. `python -m bench PART --help` tells a part's options.

Parts: relay (ours beside its peers under load), barge-in, recogniser, cold-start, inbound (the answer to a
ring), memory, tools.
"""

import asyncio
import os
import runpy
import sys
from collections.abc import Callable


def relay() -> None:
    from bench import relay_compare

    relay_compare.main()


def cold_start() -> None:
    from bench import cold_start

    load = os.getloadavg()[0]
    figures = cold_start.measure()
    print(f"cold start, process start -> first 200 (median of 7, in turn); load before: {load:.2f}")
    print(f"hello world {figures['hello_s']:.2f} s, twilio {figures['twilio_s']:.2f} s, ratio {figures['ratio']:.2f}")
    verdict = "met" if figures["ratio"] <= cold_start.MOST_TIMES else "NOT MET"
    print(f"twilio at most {cold_start.MOST_TIMES} times hello world: {verdict}")


def memory() -> None:
    from bench import processes

    print("memory after one call, MiB (PSS may be added up)")
    for row in asyncio.run(processes.measure()):
        print(f"{row.name:12} {row.processes} process(es)  RSS {row.rss_mib:6.1f}  PSS {row.pss_mib:6.1f}")


def module(name: str) -> Callable[[], None]:
    """A part that is a program of its own."""

    def run() -> None:
        runpy.run_module(name, run_name="__main__")

    return run


PARTS: dict[str, Callable[[], None]] = {
    "relay": relay,
    "barge-in": module("bench.barge_in"),
    "recogniser": module("bench.recogniser"),
    "cold-start": cold_start,
    "inbound": module("bench.inbound"),
    "memory": memory,
    "tools": module("bench.tools"),
}

if __name__ == "__main__":
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    if chosen not in PARTS:
        sys.exit(f"{__doc__}bench: no such part: '{chosen}'; there are {', '.join(PARTS)}")
    sys.argv = [f"python -m bench {chosen}", *sys.argv[2:]]
    PARTS[chosen]()
