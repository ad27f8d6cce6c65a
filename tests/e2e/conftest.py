"""One stack for all scenes of a test session; the calls are made together before the first is judged."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from local.callers import script
from local.config import UserSettings
from local.scenes import run_scenes
from local.stack import Stack
from local.wiring import Options

AT_A_TIME = 3

Document = dict[str, Any]


@pytest.fixture(scope="session")
def documents(request: pytest.FixtureRequest) -> dict[str, Document]:
    """The report of each scene that a collected test asks for by its parameter `scene`."""
    wanted = _asked_for(request.session.items)
    return asyncio.run(_play(wanted))


def _asked_for(items: Iterable[pytest.Item]) -> list[str]:
    names: set[str] = set()
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            names.update(str(value) for name, value in item.callspec.params.items() if name == "scene")
    return sorted(names)


async def _play(names: list[str]) -> dict[str, Document]:
    scenes = [script.load(name) for name in names]
    # No key of the developer's is used: the offline engine alone.
    async with Stack(Options(relays=2), UserSettings()) as stack:
        reports = await run_scenes(stack, scenes, jobs=AT_A_TIME)
    return {scene.name: report.document for scene, report in zip(scenes, reports, strict=True)}
