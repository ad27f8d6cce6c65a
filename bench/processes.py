"""Memory of every process of the whole system after its first call, as `make run` starts it.

PSS counts shared pages in parts, so the figures of several processes may be added.
"""

from dataclasses import dataclass

import psutil

from local.callers import script
from local.config import UserSettings
from local.scenes import run_scene
from local.stack import Stack
from local.wiring import Options

SCENE = "question"


@dataclass(frozen=True)
class Memory:
    """One supervised process with its workers. `pss_mib` is 0 where the system does not tell."""

    name: str
    processes: int
    rss_mib: float
    pss_mib: float


async def measure() -> list[Memory]:
    """Start the system, place one call, and read the memory of each of its processes."""
    async with Stack(Options(), UserSettings()) as stack:
        await run_scene(stack, script.load(SCENE))
        return [_memory(name, process.pid) for name, process in stack.processes.items()]


def _memory(name: str, pid: int) -> Memory:
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    details = [process.memory_full_info() for process in family]
    rss = sum(one.rss for one in details) / 2**20
    pss = sum(getattr(one, "pss", 0) for one in details) / 2**20
    return Memory(name, len(family), rss, pss)
