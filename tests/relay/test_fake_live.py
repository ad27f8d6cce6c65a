"""The fake of the GPT-Live service refuses what the service refuses: one that is kinder would hide our bugs.

The official SDK's own client talks to it too, so it is not only our idea of the protocol that it obeys.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.relay.engine_client import EngineClient
from tests.relay.fake_engine import KEY
from tests.relay.fake_live import FakeLive
from tests.relay.fake_live_backend import Backend, BackendCall
from tests.relay.live_house import live_answer

SESSION = live_answer()["engine_session"]
CLIENT_SESSION = live_answer("client")["engine_session"]
APPEND = "session.commentary.append"


class Client(EngineClient[FakeLive]):
    async def start(self, session: dict[str, Any] = SESSION) -> dict[str, Any]:
        await self.send("session.start", event_id="s", session=session)
        return await self.until("session.started")

    async def refusal(self, kind: str, **fields: Any) -> str:
        error = await self.error(kind, **fields)
        assert error["client_event_id"] == "e"
        return str(error["message"])

    async def audio(self, ms: int) -> None:
        for _ in range(ms // 20):
            await self.send("session.input_audio.append", audio=base64.b64encode(b"\xff" * 160).decode())

    def count(self, kind: str) -> int:
        return len([event for event in self.events if event["type"] == kind])


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    async with FakeLive().running() as engine:
        engine.start_s = 0
        headers = {"Authorization": f"Bearer {KEY}"}
        async with connect(engine.url, additional_headers=headers, compression=None) as socket:
            yield Client(engine, socket)


async def test_the_official_client_holds_a_conversation_with_it() -> None:
    async with FakeLive().running() as engine:
        origin = engine.url.removesuffix("/live/sessions").replace("ws://", "http://")
        api = AsyncOpenAI(api_key=KEY, base_url=origin, max_retries=0)
        kinds = []
        async with api.live.connect() as live:
            await live.session.start(session=SESSION, event_id="start_1")
            async for event in live:
                kinds.append(event.type)
                if event.type == "session.started":
                    await live.session.commentary.append(content="Greet.", delegation_id=None, event_id="greet_1")
                    for _ in range(100):
                        await live.session.input_audio.append(audio=base64.b64encode(b"\xff" * 160).decode())
                    await live.session.close()
                if event.type == "session.closed":
                    break
    assert engine.errors == []
    assert kinds.count("session.output_audio.delta") == 20
    assert {"session.commentary.appended", "session.output_transcript.delta"} <= set(kinds)


async def test_it_takes_no_key_but_its_own_and_no_query() -> None:
    async with FakeLive().running() as engine:
        for url, headers in ((engine.url, {}), (f"{engine.url}?model=x", {"Authorization": f"Bearer {KEY}"})):
            with pytest.raises(InvalidStatus):
                await connect(url, additional_headers=headers)


async def test_the_first_event_starts_the_session_and_no_other_does() -> None:
    async with client() as line:
        assert "first event" in await line.refusal(APPEND, content="x", delegation_id=None)
        await line.start()
        assert "already" in await line.refusal("session.start", session=SESSION)


@pytest.mark.parametrize(
    "change",
    [
        {"input": None},
        {"input": []},
        {"input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x" * 24_577}]}]},
        {"instructions": "x" * 49_153},
        {"temperature": 1},
        {"model": "gpt-realtime-2.1"},
        {"audio": {"format": {"type": "audio/pcmu", "rate": 8000}, "output": {"voice": "fable"}}},
        {"audio": {"format": {"type": "audio/pcmu", "rate": 8000, "channels": 1}}},
    ],
)
async def test_a_session_that_is_wrong_is_not_started(change: dict[str, Any]) -> None:
    async with client() as line:
        await line.refusal("session.start", session={**SESSION, **change})
        assert line.count("session.started") == 0


async def test_a_binary_message_is_refused() -> None:
    async with client() as line:
        await line.socket.send(json.dumps({"type": "session.start", "session": SESSION}).encode())
        assert "Binary" in (await line.until("error"))["error"]["message"]
        assert line.engine.errors


@pytest.mark.parametrize(
    ("session", "fields"),
    [
        (SESSION, {"content": "no delegation_id"}),
        (SESSION, {"content": "x" * 1501, "delegation_id": None}),
        (SESSION, {"content": "x", "delegation_id": "item_1"}),
        (CLIENT_SESSION, {"content": "x", "delegation_id": "item_never_heard_of"}),
        (SESSION, {"content": "x", "delegation_id": None, "role": "user"}),
    ],
)
async def test_an_append_that_is_wrong_is_refused(session: dict[str, Any], fields: dict[str, Any]) -> None:
    async with client() as line:
        await line.start(session)
        await line.refusal(APPEND, **fields)


async def test_its_clock_is_the_input_and_output_comes_one_to_one() -> None:
    async with client() as line:
        await line.start()
        await line.send(APPEND, content="Hello.", delegation_id=None, event_id="greet")
        await line.audio(600)
        await line.send("session.update", event_id="mark", session={})
        await line.until("error")
        assert line.count("session.output_audio.delta") == 6
        assert line.count("session.commentary.appended") == 0, "it froze before 0.7 s of input"
        await line.audio(100)
        assert (await line.until("session.commentary.appended"))["client_event_id"] == "greet"


async def test_usage_is_a_running_total_every_15_seconds_of_input() -> None:
    async with client() as line:
        await line.start()
        await line.audio(31_000)
        first = await line.until("session.usage.updated")
        second = await line.until("session.usage.updated")
        assert (first["usage"]["seconds"], second["usage"]["seconds"]) == (15.0, 30.0)


async def test_what_was_not_injected_at_the_close_is_lost_and_nothing_is_taken_after_it() -> None:
    async with client() as line:
        await line.start()
        await line.send(APPEND, content="Hello.", delegation_id=None, event_id="late")
        await line.send("session.close", event_id="bye")
        assert (await line.until("error"))["error"]["code"] == "context_injection_incomplete"
        assert (await line.until("session.closed"))["reason"] == "close_requested"
        assert "closing" in await line.refusal(APPEND, content="x", delegation_id=None)


async def test_the_text_model_goes_on_only_when_no_call_is_open() -> None:
    async with client() as line:
        calls = (BackendCall("a", "{}", "call_1"), BackendCall("b", "{}", "call_2"))
        line.engine.backend.append(Backend(calls=calls))
        await line.start()
        connection = await line.engine.connection()
        await connection.delegate()
        assert "in progress" in await line.refusal("response.create")
        await line.audio(400)
        await line.until("session.output_audio.delta")
        assert "partial batch" in await line.refusal("response.create")
        for call_id in ("call_1", "call_2"):
            item = {"type": "function_call_output", "call_id": call_id, "output": "{}"}
            await line.send("response.item.create", event_id=call_id, item=item)
        assert "answered" in await line.refusal("response.item.create", item=item)
        assert "unknown field" in await line.refusal("response.create", response={})
        await line.send("response.create", event_id="go_on")
        nested = await line.until("response.event")
        assert nested["event"]["type"] == "response.created"


async def test_outputs_after_a_failed_response_are_refused() -> None:
    async with client() as line:
        line.engine.backend.append(Backend(calls=(BackendCall("a", "{}", "call_1"),), status="failed"))
        await line.start()
        await (await line.engine.connection()).delegate()
        await line.audio(400)
        item = {"type": "function_call_output", "call_id": "call_1", "output": "{}"}
        assert "void" in await line.refusal("response.item.create", item=item)


async def test_with_a_client_doing_the_work_there_is_no_text_model() -> None:
    async with client() as line:
        await line.start(CLIENT_SESSION)
        assert "Responses" in await line.refusal("response.create")


async def test_its_voice_yields_to_the_caller_and_no_event_says_so() -> None:
    async with client() as line:
        await line.start()
        connection = await line.engine.connection()
        connection.speak("A long sentence about nothing in particular.", 5000)
        await line.audio(1000)
        await connection.hear("Stop!", ms=600)
        await line.audio(2000)
        await line.send("session.close", event_id="bye")
        await line.until("session.closed")
        assert len(connection.said[0]) < 20
        assert not [event for event in line.events if "speech" in event["type"] or "turn" in event["type"]]


async def test_a_dropped_socket_brings_no_session_closed() -> None:
    async with client() as line:
        await line.start()
        (await line.engine.connection()).drop()
        with pytest.raises(ConnectionClosed):
            await line.until("session.closed")
