"""The figures of the tools: what the table says of them, and that the guest's story still fits the tools."""

import json
from datetime import date
from pathlib import Path

import pytest

from bench.tool_story import STORY, Step
from bench.tools import Times, table

CONTRACTS = Path(__file__).parents[2] / "functions/contracts"
TOOLS = {tool["name"]: tool["parameters"] for tool in json.loads((CONTRACTS / "tools.json").read_text())}


def times(*ms: float) -> Times:
    made = Times()
    made.ms["search_kb"] = list(ms)
    made.ms["POST /turns"] = [999.0]
    return made


@pytest.mark.parametrize(("slow_ms", "verdict"), [(30.0, "met (30.0)"), (30.1, "NOT MET (30.1)")])
def test_the_p95_of_tools_alone_is_held_against_the_target(slow_ms: float, verdict: str) -> None:
    assert f"p95 of all tools at most 30 ms: {verdict}" in table("sqlite", times(*[1.0] * 18, slow_ms, 99.0))


def test_what_is_not_there_is_said() -> None:
    some = times(1.0)
    some.missing.add("juggle")
    assert table("firestore", some).endswith("no such tool: juggle")


@pytest.mark.parametrize("step", [step for step in STORY if step.tool in TOOLS], ids=lambda step: step.tool)
def test_the_story_names_arguments_that_the_tool_has(step: Step) -> None:
    given, parameters = step.arguments(date(2026, 11, 27), {}), TOOLS[step.tool]
    assert set(given) <= set(parameters["properties"])
    assert set(parameters.get("required", ())) <= set(given)
