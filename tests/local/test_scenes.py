"""Which scenes are played at the same time, and which wait for each other."""

import asyncio
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from local import scenes
from local.callers.scene import Answerer, Expectation, Faults, Scene, Stop

SCENE = Scene("a", "A call", "+12075550142", "+12072203501", (), 1, {}, Faults(), Expectation())


async def most_at_once(monkeypatch: pytest.MonkeyPatch, *played: Scene, jobs: int = 3) -> int:
    """Of these scenes, how many were under way together."""
    count = Counter[str]()

    async def run(stack: Any, scene: Scene, watch: Any) -> Any:
        count["now"] += 1
        count["most"] = max(count["most"], count["now"])
        for _ in range(5):
            await asyncio.sleep(0)
        count["now"] -= 1

    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(scenes, "run_scene", run)
    stack: Any = SimpleNamespace(failure=never)
    reports = await scenes.run_scenes(stack, played, jobs=jobs)
    assert len(reports) == len(played)
    return count["most"]


async def test_scenes_are_played_so_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await most_at_once(monkeypatch, *[SCENE] * 5) == 3
    assert await most_at_once(monkeypatch, *[SCENE] * 5, jobs=1) == 1


@pytest.mark.parametrize(
    "scene",
    [
        replace(SCENE, people={"+12072203502": Answerer()}),
        replace(SCENE, faults=Faults(stop=Stop(("speech",)))),
        replace(SCENE, faults=Faults(replays=True)),
        replace(SCENE, expect=Expectation(texts=())),
    ],
    ids=["people who are called", "a part that is stopped", "requests that are replayed", "texts that are counted"],
)
async def test_scenes_that_need_the_same_thing_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    assert await most_at_once(monkeypatch, scene, scene, scene) == 1


async def test_texts_of_two_numbers_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    one = replace(SCENE, expect=Expectation(texts=()))
    assert await most_at_once(monkeypatch, one, replace(one, caller="+12075550143")) == 2


async def test_nobody_calls_while_a_part_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await most_at_once(monkeypatch, replace(SCENE, faults=Faults(stop=Stop(("speech",)))), SCENE, SCENE) == 2
