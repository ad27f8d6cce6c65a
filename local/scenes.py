"""Runs scenes against one stack, several at a time; two that need the same thing go one after the other."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from local import report
from local.callers.scene import Scene
from local.conduct import conduct
from local.facts import Notice
from local.report import Report
from local.stack import Stack

T = TypeVar("T")
Watch = Callable[[Scene, Notice], None]
Done = Callable[[Scene, Report], None]


async def run_scene(stack: Stack, scene: Scene, watch: Callable[[Notice], None] = lambda _: None) -> Report:
    """Conduct, judge and file one call."""
    facts = await conduct(stack, scene, watch)
    return await asyncio.to_thread(report.make, facts, stack.run_folder, stack.wiring.recordings)


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
    # Who answers which number is one list for the whole account, and there is one relay to be killed.
    people, killing, alone = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
    callers: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def one(scene: Scene) -> Report:
        async with AsyncExitStack() as held:
            for lock, is_needed in (
                (people, bool(scene.people) or scene.placed is not None),
                (killing, scene.faults.kill_relay is not None),
                # What became of a number's texts and requests is told apart from no other call's with that number.
                (callers[scene.caller], scene.expect.texts is not None or scene.faults.replays),
            ):
                if is_needed:
                    await held.enter_async_context(lock)
            if scene.faults.stop is not None:  # what it stops, the others' calls need
                await held.enter_async_context(alone)
                for _ in range(jobs - 1):
                    await held.enter_async_context(places)
            await held.enter_async_context(places)
            found = await run_scene(stack, scene, lambda notice: watch(scene, notice))
        done(scene, found)
        return found

    work = asyncio.gather(*(one(scene) for scene in scenes))
    return await unless_failed(stack, work)


async def unless_failed(stack: Stack, work: Awaitable[T]) -> T:
    """The result of `work`. Raises ProcessFailed as soon as a process of the stack ends."""
    task, failure = asyncio.ensure_future(work), asyncio.ensure_future(stack.failure())
    waiting: set[asyncio.Future[Any]] = {task, failure}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise failure.result()
        return task.result()
    finally:
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
