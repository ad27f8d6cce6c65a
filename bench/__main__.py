"""`python -m bench [relay|cold-start|memory]`: measure and print; all of them without an argument."""

import asyncio
import sys

from bench import cold_start, processes, relay_load


def relay() -> None:
    """Print a row for each number of calls."""
    print("relay: CPU ms per call-second, memory")
    print(f"{'calls':>6} {'CPU ms/call-s':>14} {'RSS MiB':>9} {'KiB/call':>9} {'frames lost':>12} {'audio played':>13}")
    for calls in (1, 10, 40, 80):
        row = asyncio.run(relay_load.measure(calls))
        per_call = (row.rss_mib - row.idle_rss_mib) * 1024 / calls
        print(
            f"{row.calls:6} {row.cpu_ms_per_call_s:14.2f} {row.rss_mib:9.1f} {per_call:9.0f} {row.lost_frames:12}"
            f" {row.audio_played:13.2f}"
        )


def cold() -> None:
    """Print the start-up of `twilio` beside hello world."""
    figures = cold_start.measure()
    print("cold start, process start -> first 200 (median of 7, in turn)")
    print(f"hello world {figures['hello_s']:.2f} s, twilio {figures['twilio_s']:.2f} s, ratio {figures['ratio']:.2f}")


def memory() -> None:
    """Print the memory of each process of the whole system after a call."""
    print("memory after one call, MiB (PSS may be added up)")
    for row in asyncio.run(processes.measure()):
        print(f"{row.name:12} {row.processes} process(es)  RSS {row.rss_mib:6.1f}  PSS {row.pss_mib:6.1f}")


PARTS = {"relay": relay, "cold-start": cold, "memory": memory}

if __name__ == "__main__":
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        sys.exit(f"bench: no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for name in chosen:
        PARTS[name]()
