"""The fake of the Realtime service refuses what the service refuses: one that is kinder would hide our bugs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.relay.engine_client import EngineClient
from tests.relay.fake_engine import KEY, FakeEngine
from tests.relay.fake_responses import CallTool
from tests.relay.house import assert_nothing_refused

HEADERS = {"Authorization": f"Bearer {KEY}"}
SESSION = {
    "type": "realtime",
    "audio": {
        "input": {"format": {"type": "audio/pcm", "rate": 24000}, "transcription": {"model": "m", "language": "en"}},
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"},
    },
}
TOLD = {"type": "message", "role": "assistant", "id": "told", "content": [{"type": "output_text", "text": "Hello."}]}


class Client(EngineClient[FakeEngine]):
    async def refusal(self, kind: str, **fields: Any) -> str:
        error = await self.error(kind, **fields)
        assert error["event_id"] == "e"
        return str(error["code"])

    async def speaks(self) -> str:
        """The agent says something for 400 ms. Returns its item's id."""
        await self.send("response.create")
        done = await self.until("response.output_item.done")
        await self.until("response.done")
        return str(done["item"]["id"])


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    async with FakeEngine().running() as engine, connect(engine.url, additional_headers=HEADERS) as socket:
        line = Client(engine, socket)
        await line.send("session.update", session=SESSION)
        await line.until("session.updated")
        yield line


@pytest.mark.parametrize(("content_index", "audio_end_ms"), [(0, 401), (0, -1), (1, 100)])
async def test_truncation_is_of_an_items_audio_and_within_it(content_index: int, audio_end_ms: int) -> None:
    async with client() as line:
        place = {"content_index": content_index, "audio_end_ms": audio_end_ms}
        await line.refusal("conversation.item.truncate", item_id=await line.speaks(), **place)
        assert line.engine.errors


async def test_what_was_told_as_text_has_no_audio_to_be_truncated() -> None:
    async with client() as line:
        await line.send("conversation.item.create", item=TOLD)
        place = {"content_index": 0, "audio_end_ms": 0}
        assert await line.refusal("conversation.item.truncate", item_id="told", **place) == "invalid_value"


async def test_the_voice_is_fixed_once_the_agent_has_spoken() -> None:
    async with client() as line:
        other = {"type": "realtime", "audio": {"output": {"voice": "cedar"}}}
        await line.send("session.update", session=other)
        await line.until("session.updated")
        await line.speaks()
        await line.send("session.update", session=other)
        await line.until("session.updated")
        assert await line.refusal("session.update", session=SESSION) == "cannot_update_voice"


async def test_an_update_changes_only_the_fields_it_has() -> None:
    async with client() as line:
        spanish = {"model": "m", "language": "es"}
        changes = {"type": "realtime", "audio": {"input": {"transcription": spanish}}}
        await line.send("session.update", session=changes)
        session = (await line.until("session.updated"))["session"]
        assert session["audio"]["input"] == {**SESSION["audio"]["input"], "transcription": spanish}  # type: ignore[index]
        assert session["audio"]["output"] == SESSION["audio"]["output"]  # type: ignore[index]


async def test_one_response_is_active_at_a_time_and_only_that_is_cancelled() -> None:
    async with client() as line:
        assert await line.refusal("response.cancel") == "response_cancel_not_active"
        assert_nothing_refused(line.engine)
        await line.send("response.create")
        assert await line.refusal("response.create") == "conversation_already_has_active_response"
        with pytest.raises(AssertionError):
            assert_nothing_refused(line.engine)


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"response.cancel"}',
        '{"type":"response.cancel"',
        '{"type":"input_audio_buffer.append","audio":"?"}',
        '{"type":"session.update","session":{"type":"realtime","voice":"marin"}}',
    ],
)
async def test_what_no_client_may_send_is_held_against_it(message: str | bytes) -> None:
    async with client() as line:
        await line.socket.send(message)
        await line.send("session.update", session=SESSION)
        with suppress(ConnectionClosed):
            await line.until("session.updated")
        assert line.engine.off_the_wire


async def test_it_is_found_at_one_path_with_a_model_and_without_the_betas_header() -> None:
    async with FakeEngine().running() as engine:
        with pytest.raises(InvalidStatus):
            await connect(engine.url.replace("realtime", "live/sessions"), additional_headers=HEADERS)
        with pytest.raises(InvalidStatus):
            await connect(engine.url)
        assert engine.off_the_wire == []
        async with connect(engine.url, additional_headers={**HEADERS, "OpenAI-Beta": "realtime=v1"}):
            assert engine.off_the_wire
        engine.off_the_wire.clear()
        async with connect(engine.url.partition("?")[0], additional_headers=HEADERS):
            assert engine.off_the_wire


async def test_a_response_comes_in_the_services_order_with_its_limits_before_its_items() -> None:
    async with client() as line:
        await line.speaks()
        place = len(line.events) - [event["type"] for event in line.events][::-1].index("response.created") - 1
        kinds = [event["type"] for event in line.events[place:]]
        assert list(dict.fromkeys(kinds)) == [
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
        ]
        assert [item["status"] for item in line.events[-1]["response"]["output"]] == ["completed"]
        assert line.engine.off_the_wire == []


async def test_a_call_that_is_cancelled_is_cut_off_in_its_arguments_and_told_of_all_the_same() -> None:
    async with client() as line:
        line.engine.replies.append((CallTool("check", '{"guests":2}', ms=60_000),))
        await line.send("response.create")
        await line.until("response.output_item.added")
        await line.send("response.cancel")
        assert (await line.until("response.function_call_arguments.done"))["arguments"] == '{"guests":2'
        assert (await line.until("response.output_item.done"))["item"]["status"] == "incomplete"
        response = (await line.until("response.done"))["response"]
        assert (response["status"], response["output"][0]["status"]) == ("cancelled", "incomplete")
        assert line.engine.off_the_wire == []
