"""What stands between the offline engine and the clerk passes everything on but what a scene asks for itself."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from local import ports
from local.callers.scene import Asked
from local.prompter import Prompter

HOLD_ON = {"type": "message", "role": "user", "text": "hold on"}


class Clerk:
    """The `tools` function, as far as it is asked here. While it is not running, nobody is."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def clerk(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers["Authorization"], await request.json()))
        return web.json_response({"v": 1, "say": "For which nights?"}, status=200 if len(self.asked) == 1 else 403)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
async def running(clerk: Clerk) -> AsyncIterator[tuple[Prompter, str, web.AppRunner]]:
    app = web.Application()
    app.router.add_post("/clerk", clerk.clerk)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, ports.HOST, 0).start()
    here = ports.assign(["prompter"])["prompter"]
    prompter = Prompter(f"http://{ports.HOST}:{runner.addresses[0][1]}", here)
    await prompter.start()
    yield prompter, f"http://{ports.HOST}:{here}/clerk", runner
    await prompter.stop()
    await runner.cleanup()


async def ask(url: str, *history: dict[str, Any], session_id: str = "sess_1") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": "Bearer mine"}
    body = {"v": 1, "session_id": session_id, "history": list(history)}
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=headers) as answer:
        return answer.status, await answer.json() if answer.status == 200 else {}


async def test_the_clerk_is_asked_as_it_would_be(running: tuple[Prompter, str, web.AppRunner], clerk: Clerk) -> None:
    _, url, _ = running
    assert await ask(url, HOLD_ON) == (200, {"v": 1, "say": "For which nights?"})
    assert clerk.asked == [("Bearer mine", {"v": 1, "session_id": "sess_1", "history": [HOLD_ON]})]
    assert (await ask(url))[0] == 403, "and its refusal is one"


async def test_words_of_a_scene_bring_about_its_tool_once(
    running: tuple[Prompter, str, web.AppRunner], clerk: Clerk
) -> None:
    prompter, url, _ = running
    prompter.asks["sess_1"] = {"hold on": Asked("play_hold_music", {"seconds": 20})}
    _, answer = await ask(url, HOLD_ON)
    assert answer["tool_call"] == {"name": "play_hold_music", "arguments": {"seconds": 20}}
    assert clerk.asked == []
    outcome = {"type": "tool", "name": "play_hold_music", "result": {"ok": True}}
    assert (await ask(url, HOLD_ON, outcome))[1]["say"] == "For which nights?", "what came of it is the clerk's to tell"
    await ask(url, HOLD_ON, session_id="sess_2")
    assert len(clerk.asked) == 2, "another call has words of its own"


async def test_a_clerk_that_is_gone_is_no_answer(running: tuple[Prompter, str, web.AppRunner]) -> None:
    _, url, runner = running
    await runner.cleanup()
    assert await ask(url, HOLD_ON) == (502, {})
