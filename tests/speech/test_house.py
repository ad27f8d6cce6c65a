"""The Agents SDK as client, the functions behind the server: the clerk decides and the tools compute."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from agents import function_tool
from agents.realtime import RealtimeAgent
from agents.tool_context import ToolContext

from audio.g711 import encode
from speech.brain import Outcome, Place, Reply, Request
from speech.brain_clerk import ClerkBrain
from speech.service_auth import SharedSecret
from tests.speech.house import SECRET, Session, tools
from tests.speech.running import Judge, Running, running
from tests.speech.sounds import two_adults_and_a_dog
from tests.speech.test_agents_sdk import model_config, runner, until_audio_ends

WORDS = "two nights from friday for two adults and a dog"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Session]:
    async with tools(tmp_path) as url:
        session = Session(url)
        await session.start()
        yield session
        await session.close()


class WatchedClerk(ClerkBrain):
    """The real clerk, overheard."""

    def __init__(self, url: str) -> None:
        super().__init__(url, SharedSecret(SECRET))
        self.requests: list[Request] = []
        self.replies: list[Reply] = []

    async def reply(self, place: Place, request: Request) -> Reply:
        self.requests.append(request)
        self.replies.append(await super().reply(place, request))
        return self.replies[-1]


def desk(house: Session) -> RealtimeAgent[Any]:
    """An agent whose tool is the hotel's own, called as a relay calls it."""

    @function_tool
    async def check_availability(
        context: ToolContext[Any], check_in: str, check_out: str, adults: int, children: int = 0, pets: int = 0
    ) -> str:
        """Look up rooms and prices."""
        arguments = {"check_in": check_in, "check_out": check_out, "adults": adults, "children": children, "pets": pets}
        answer = await house.tool("check_availability", context.tool_call_id, arguments)
        return json.dumps(answer["result"])

    return RealtimeAgent(name="desk", instructions="You are a front desk.", tools=[check_availability])


async def test_the_price_that_the_tool_computed_is_spoken(house: Session) -> None:
    clerk = WatchedClerk(house.url)
    async with running(clerk, [WORDS]) as server:
        async with await runner(desk(house)).run(model_config=model_config(server)) as session:
            await session.send_audio(encode(two_adults_and_a_dog()))
            audio, seen = await until_audio_ends(session)
    assert [event.type for event in seen if event.type.startswith("tool")] == ["tool_start", "tool_end"]
    assert clerk.replies[0].tool_call is not None
    assert clerk.replies[0].tool_call.name == "check_availability"
    outcome = clerk.requests[1].history[-1]
    assert isinstance(outcome, Outcome)
    assert json.loads(outcome.output)["offers"][0]["total"] in clerk.replies[1].say
    assert len(audio) > 5 * 8000


async def test_the_session_that_the_functions_make_is_taken_whole(house: Session) -> None:
    """Their `engine_session` and opening, sent as the relay sends them."""
    async with running(WatchedClerk(house.url)) as server:
        async with server.openai().realtime.connect(model="gpt-realtime-2.1") as connection:
            judge = Judge(connection)
            await judge.until("session.created")
            engine_session: Any = house.engine_session
            await connection.session.update(session=engine_session)
            updated = (await judge.until("session.updated"))["session"]
            assert updated["instructions"] == engine_session["instructions"]
            assert updated["tools"] == engine_session["tools"]
            await connection.response.create(response={"instructions": house.opening["instructions"]})
            done = (await judge.until("response.done"))["response"]
            assert done["output"][0]["content"][0]["transcript"] == house.opening["text"]


async def test_a_clerk_that_is_gone_fails_the_response(tmp_path: Path) -> None:
    async with tools(tmp_path) as url:
        gone = url

    async def ask(server: Running) -> dict[str, Any]:
        async with server.openai().realtime.connect(model="gpt-realtime-2.1") as connection:
            await connection.response.create()
            response: dict[str, Any] = (await Judge(connection).until("response.done"))["response"]
            return response

    async with running(WatchedClerk(gone)) as server:
        response = await ask(server)
    assert (response["status"], response["status_details"]["error"]["code"]) == ("failed", "clerk_unreachable")
