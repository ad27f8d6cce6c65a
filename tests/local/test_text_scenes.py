"""Conversations in writing, through the real `tools` process; and that every tool is shown in one, or by phone."""

import asyncio
import json
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from local import text_script
from local.callers.reader import Field
from local.config import ROOT, SCENES, TEXT_SCENES
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


def called_by_phone(scene: str) -> set[str]:
    """The tools that a scene by phone expects to be called."""
    expected = yaml.safe_load((SCENES / f"{scene}.yaml").read_text())["expect"].get("tools", [])
    return {tool if isinstance(tool, str) else tool["name"] for tool in expected}


def listed() -> list[list[str]]:
    """The rows of the list: the tool, its scenes by phone and in writing, and why there is none by phone."""
    lines = (TEXT_SCENES / "README.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def test_every_tool_is_in_the_list_of_scenes_once() -> None:
    assert sorted(row[0] for row in listed()) == sorted(TOOLS)
    phone = set[str]().union(*(called_by_phone(path.stem) for path in SCENES.glob("*.yaml")))
    assert phone <= TOOLS


@pytest.mark.parametrize("row", listed(), ids=lambda row: row[0])
def test_every_tool_is_shown_by_phone_or_in_writing_and_the_list_says_why(row: list[str]) -> None:
    tool, phone, writing, why = row
    scenes = [[name.strip() for name in cell.split(",") if name.strip()] for cell in (phone, writing)]
    assert all(tool in called_by_phone(name) for name in scenes[0])
    assert all(tool in text_script.load(name).called for name in scenes[1])
    assert bool(scenes[0]) != bool(why), "a scene by phone, or why there is none"
    assert scenes[0] or scenes[1]


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
