"""The clerk's wire from this side: golden messages and the schema of the functions, and every way it can fail."""

import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from referencing import Registry, Resource

from speech.brain import BrainError, Call, Message, Outcome, Place, Reply, Request, ToolCall, Turn
from speech.brain_clerk import ClerkBrain
from speech.service_auth import SharedSecret

ROOT = Path(__file__).parents[2]
PLACE = Place("west-bethel-motel", "sess_dwwvcqlv5huuipgg3u474f77jl")
TOOLS = ["check_availability", "create_lead", "search_kb", "end_call", "transfer_to_human"]


def golden(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((ROOT / "tests/contract/functions" / f"{name}.json").read_text())
    return message


def assert_valid_request(body: Any) -> None:
    schemas = [json.loads(path.read_text()) for path in (ROOT / "functions/contracts").glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas if "$id" in schema
    )
    jsonschema.Draft202012Validator({"$ref": "urn:nightdesk:clerk#/$defs/request"}, registry=registry).validate(body)


class Clerk:
    """Answers what it is told to, one after another, and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.brain = ClerkBrain("http://tools", SharedSecret("s3cret"), httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        assert_valid_request(body)
        return body


def say(text: str = "For how many nights?", **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"v": 1, "say": text, "expect": "dates", **more})


async def test_the_request_is_the_golden_one() -> None:
    clerk = Clerk(say())
    history = [
        Message("assistant", "Thank you for calling West Bethel Motel. How may I help you?", "item_1"),
        Message("user", "do you have a room for friday", "item_2"),
    ]
    await clerk.brain.reply(PLACE, Request(history, tools=[{"type": "function", "name": name} for name in TOOLS]))
    expected = golden("clerk_request")["body"]
    told = clerk.asked
    told["history"] = [{key: value for key, value in entry.items() if key != "item_id"} for entry in told["history"]]
    assert told == expected
    assert clerk.requests[0].headers["authorization"] == "Bearer s3cret"
    assert clerk.requests[0].url.path == "/clerk"


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("clerk_answer", Reply("For how many nights?", None, "dates")),
        (
            "clerk_answer_tool",
            Reply(
                "",
                ToolCall(
                    "check_availability",
                    {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2, "pets": 1},
                ),
            ),
        ),
    ],
)
async def test_golden_answers_are_understood(name: str, reply: Reply) -> None:
    clerk = Clerk(httpx.Response(200, json=golden(name)["body"]))
    assert await clerk.brain.reply(PLACE, Request([])) == reply


async def test_a_tool_is_told_with_its_outcome_where_the_outcome_came() -> None:
    clerk = Clerk(say())
    history: list[Turn] = [
        Call("call_1", "check_availability", '{"adults": 2}'),
        Message("user", "and a dog"),
        Outcome("call_1", '{"offers": []}'),
        Call("call_2", "search_kb", "not json"),
        Outcome("call_2", "plain text"),
        Call("call_3", "end_call", "{}"),
        Outcome("call_9", "{}"),
    ]
    await clerk.brain.reply(PLACE, Request(history))
    assert clerk.asked["history"] == [
        {"type": "message", "role": "user", "text": "and a dog", "item_id": ""},
        {
            "type": "tool",
            "tool_call_id": "call_1",
            "name": "check_availability",
            "arguments": {"adults": 2},
            "result": {"offers": []},
        },
        {
            "type": "tool",
            "tool_call_id": "call_2",
            "name": "search_kb",
            "arguments": {},
            "result": {"text": "plain text"},
        },
    ]


async def test_only_the_responses_own_instructions_are_told() -> None:
    clerk = Clerk(say(), say())
    await clerk.brain.reply(PLACE, Request([], instructions="You are a front desk.", response_instructions="Say hi."))
    assert clerk.asked["instructions"] == "Say hi."
    await clerk.brain.reply(PLACE, Request([], instructions="You are a front desk."))
    assert "instructions" not in clerk.asked


async def test_a_broken_connection_is_tried_once_more() -> None:
    clerk = Clerk(httpx.ReadError("reset"), say())
    assert (await clerk.brain.reply(PLACE, Request([]))).say == "For how many nights?"


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([httpx.ConnectError("refused"), httpx.ConnectError("refused")], "clerk_unreachable"),
        ([httpx.ReadTimeout("slow")], "clerk_unreachable"),
        ([httpx.Response(401, json={"v": 1, "ok": False})], "clerk_refused"),
        ([httpx.Response(500, text="<html>")], "clerk_refused"),
        ([httpx.Response(200, text="<html>")], "clerk_broken"),
        ([httpx.Response(200, json={"v": 1})], "clerk_broken"),
        ([httpx.Response(200, json=["say"])], "clerk_broken"),
        ([httpx.Response(200, json={"v": 1, "say": "x", "tool_call": {"name": "a"}})], "clerk_broken"),
    ],
)
async def test_no_answer_is_an_error_with_a_code(answers: list[httpx.Response | Exception], code: str) -> None:
    clerk = Clerk(*answers)
    with pytest.raises(BrainError) as raised:
        await clerk.brain.reply(PLACE, Request([]))
    assert raised.value.code == code
    assert clerk.answers == []


async def test_an_expectation_nobody_knows_is_open() -> None:
    assert (await Clerk(say(expect="spelling")).brain.reply(PLACE, Request([]))).expect == "open"
