"""POST /clerk from the relay's side: the golden request is produced, the golden answers read, faults are empty."""

from typing import Any

import httpx
import pytest

from relay.functions import AskClerk, ClerkAnswer, Session
from tests.relay import golden
from tests.relay.test_functions_client import Functions


async def ask(functions: Functions) -> ClerkAnswer:
    body = golden.request("clerk_request_live")[2]
    session = Session(
        body["session_id"], body["property_id"], 1, {}, "", metadata={"language": body["language"]}, dialect="live"
    )
    return await functions.client().clerk(session, AskClerk(7, tuple(body["history"])))


async def test_the_golden_request_is_produced_and_a_sentence_read() -> None:
    functions = Functions(golden.answer("clerk_answer"))
    assert await ask(functions) == ClerkAnswer(7, "For how many nights?")
    functions.assert_sent("clerk_request_live")


async def test_a_tool_that_the_clerk_wants_is_read() -> None:
    answer = await ask(Functions(golden.answer("clerk_answer_tool")))
    assert (answer.number, answer.say, answer.tool) == (7, "", "check_availability")
    assert answer.arguments["check_in"] == "2026-11-27"


async def test_an_outage_is_asked_through() -> None:
    functions = Functions(httpx.ConnectError("refused"), (503, {}), golden.answer("clerk_answer"))
    assert (await ask(functions)).say == "For how many nights?"


@pytest.mark.parametrize("answer", [(404, {}), (200, {"say": 5, "tool_call": {"name": "x"}}), (200, {"say": None})])
async def test_what_is_no_answer_is_an_empty_one(answer: tuple[int, Any]) -> None:
    assert await ask(Functions(answer)) == ClerkAnswer(7)
