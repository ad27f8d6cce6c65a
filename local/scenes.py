"""Runs scenes against one stack, several at a time where they do not disturb each other."""

import asyncio
from collections.abc import Callable, Sequence

from local import report
from local.callers.script import Scene
from local.conduct import Notice, conduct
from local.report import Report
from local.stack import Stack

Watch = Callable[[Scene, Notice], None]
Done = Callable[[Scene, Report], None]


async def run_scene(stack: Stack, scene: Scene, watch: Callable[[Notice], None] = lambda _: None) -> Report:
    """Conduct, judge and file one call."""
    facts = await conduct(stack, scene, watch)
    return await asyncio.to_thread(report.make, facts, stack.run_folder, stack.recordings)


async def run_scenes(
    stack: Stack,
    scenes: Sequence[Scene],
    *,
    jobs: int,
    done: Done = lambda *_: None,
    watch: Watch = lambda *_: None,
) -> list[Report]:
    """The reports in the order of the scenes. Raises ProcessFailed when a process of the stack ends meanwhile."""
    places = asyncio.Semaphore(jobs)
    people = asyncio.Lock()  # who answers which number is one list for the whole account

    async def one(scene: Scene) -> Report:
        async with places:
            if scene.people:
                async with people:
                    found = await run_scene(stack, scene, lambda notice: watch(scene, notice))
            else:
                found = await run_scene(stack, scene, lambda notice: watch(scene, notice))
        done(scene, found)
        return found

    async def every() -> list[Report]:
        together = [number for number, scene in enumerate(scenes) if not scene.faults.alone]
        alone = [number for number, scene in enumerate(scenes) if scene.faults.alone]
        reports = dict(zip(together, await asyncio.gather(*(one(scenes[number]) for number in together)), strict=True))
        for number in alone:
            reports[number] = await one(scenes[number])
        return [reports[number] for number in range(len(scenes))]

    work = asyncio.ensure_future(every())
    failure = asyncio.ensure_future(stack.failure())
    try:
        await asyncio.wait({work, failure}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise failure.result()
        return work.result()
    finally:
        for task in (work, failure):
            task.cancel()
        await asyncio.gather(work, failure, return_exceptions=True)
