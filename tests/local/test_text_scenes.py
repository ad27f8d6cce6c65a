"""Conversations in writing, through the real `tools` process; and that every tool is shown in one, or by phone."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from local import text_script
from local.callers.reader import Field
from local.config import ROOT, SCENES
from local.errors import SceneError, SetupError
from local.text_scenes import Desk

TOOLS = {tool["name"] for tool in json.loads((ROOT / "functions/contracts/tools.json").read_text())}


@pytest.fixture(scope="module")
def played() -> dict[str, list[str]]:
    """What was wrong with each conversation, all played at one desk."""

    async def play() -> dict[str, list[str]]:
        async with Desk() as desk:
            return {name: await desk.play(text_script.load(name)) for name in text_script.names()}

    return asyncio.run(play())


@pytest.mark.parametrize("name", text_script.names())
def test_the_conversation_goes_as_it_is_written(played: dict[str, list[str]], name: str) -> None:
    assert played[name] == []


def by_phone() -> Iterator[str]:
    """The tools that scenes by phone expect to be called."""
    for path in SCENES.glob("*.yaml"):
        scene = yaml.safe_load(path.read_text())
        yield from (tool if isinstance(tool, str) else tool["name"] for tool in scene["expect"].get("tools", []))


def test_every_tool_is_shown_by_phone_or_in_writing() -> None:
    in_writing = set[str]().union(*(text_script.load(name).called for name in text_script.names()))
    assert set(by_phone()) <= TOOLS
    assert TOOLS - set(by_phone()) - in_writing == set()


def parse(text: str) -> text_script.TextScene:
    return text_script.parse(Field(yaml.safe_load(dedent(text)), Path("scene.yaml")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: x\nsteps: [{guest: hi}]", "because: is missing"),
        ("title: x\nbecause: y\nsteps: []", "steps: must have at least one step"),
        ("title: x\nbecause: y\nsteps: [{shout: hi}]", "must be a guest, keys, a tool or said"),
        ("title: x\nbecause: y\nsteps: [{tool: end_call, wiht: {}}]", "wiht: is not a field that is known here"),
        (
            "title: x\nbecause: y\nsteps: [{guest: hi}]\nexpect: {stored: {rooms: []}}",
            "rooms: must be one of callbacks",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named(text: str, problem: str) -> None:
    with pytest.raises(SceneError, match=problem):
        parse(text)


def test_an_unknown_conversation_is_named() -> None:
    with pytest.raises(SetupError, match="no conversation called 'nothing'"):
        text_script.load("nothing")


def test_what_goes_wrong_is_told() -> None:
    scene = parse(
        """
        title: x
        because: y
        steps:
          - tool: take_message
            with: {for_whom: Bo, message: Hi}
        expect:
          tools: [take_message, end_call]
          stored: {messages: [{for_whom: Al}]}
          texts: [{to: "+12075550142"}]
        """
    )
    refused = parse(
        "title: x\nbecause: y\nsteps: [{tool: take_message, with: {for_whom: Bo, message: Hi}, refused: full}]"
    )

    async def play() -> tuple[list[str], list[str]]:
        async with Desk() as desk:
            return await desk.play(scene), await desk.play(refused)

    failures, not_refused = asyncio.run(play())
    assert [failure.split(":")[0].split(",")[0] for failure in failures] == [
        "tools were ['take_message']",
        "messages",
        "0 texts were sent",
    ]
    assert not_refused[0] == "step 1: take_message was not refused"
