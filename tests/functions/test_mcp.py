"""The same tools over MCP: the official client on a real socket, and what an agent may not do."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from subprocess import DEVNULL
from typing import Any, cast

import httpx2
import pytest
from flask.testing import FlaskClient
from mcp import Client, ClientSession, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import RequestParamsMeta
from nightdesk import properties
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher
from nightdesk.tools import TOOLBOX
from werkzeug.test import TestResponse

from local import ports

from .conftest import AGENT_KEY, ENVIRONMENT, SOURCE, Clock
from .schemas import validator
from .serving import serving_function
from .test_golden import golden

LEAD = {"name": "Ada", "name_confirmed": True, "phone_source": "spoken", "phone": "207 555 0142"}
KEY, CONVERSATION = "nightdesk/idempotency-key", "nightdesk/conversation"


@pytest.fixture
def mcp(client: Callable[..., FlaskClient]) -> FlaskClient:
    return client("mcp")


@pytest.fixture
def url(mcp: FlaskClient) -> Iterator[str]:
    """The function on a port of 127.0.0.1."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with serving_function(mcp.application) as origin:
        yield f"{origin}/mcp"


@asynccontextmanager
async def http(key: str = AGENT_KEY) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=20) as made:
        yield made


@asynccontextmanager
async def session(url: str, key: str = AGENT_KEY) -> AsyncIterator[ClientSession]:
    """A client of the revisions with a handshake."""
    async with http(key) as made, streamable_http_client(url, http_client=made) as (read, write):
        async with ClientSession(read, write) as opened:
            await opened.initialize()
            yield opened


def post(mcp: FlaskClient, body: Any, key: str = AGENT_KEY, **headers: str) -> TestResponse:
    accepted = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {key}"}
    return mcp.post("/mcp", json=body, headers={**accepted, **headers})


def call(mcp: FlaskClient, name: str, arguments: dict[str, Any], **meta: str) -> Any:
    """The result of a tool, by the bare protocol."""
    params = {"name": name, "arguments": arguments, "_meta": meta}
    answer = post(mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert answer.status_code == 200
    return answer.get_json()["result"]


async def test_the_official_client_finds_and_uses_the_tools(url: str) -> None:
    async with session(url) as desk:
        listed = (await desk.list_tools()).tools
        assert [tool.name for tool in listed] == [tool.name for tool in TOOLBOX.offered_to("mcp")]
        [look_up] = [tool for tool in listed if tool.name == "check_availability"]
        assert look_up.annotations is not None
        assert look_up.annotations.read_only_hint is True
        assert look_up.input_schema["properties"]["room_type"]["enum"] == ["standard_queen", "deluxe_king", "suite"]
        found = await desk.call_tool("search_kb", {"question": "Is there a pool?"})
    assert found.is_error is False
    assert found.structured_content["topic"] == "pool"
    assert json.loads(found.content[0].text) == found.structured_content  # type: ignore[union-attr]


async def test_the_revision_without_a_handshake_is_served_too(url: str) -> None:
    async with http() as made, Client(streamable_http_client(url, http_client=made)) as desk:
        assert desk.protocol_version >= "2026"
        assert "West Bethel Motel" in (desk.instructions or "")
        assert (await desk.call_tool("search_kb", {"question": "Is there a pool?"})).is_error is False


async def test_a_model_can_read_what_it_did_wrong(url: str) -> None:
    async with session(url) as desk:
        wrong = await desk.call_tool("search_kb", {})
        with pytest.raises(MCPError, match="there is no tool rob_the_safe"):
            await desk.call_tool("rob_the_safe", {})
    assert wrong.is_error is True
    assert wrong.structured_content["error"]["message"] == "question is missing"


async def test_a_client_without_the_key_gets_nothing(url: str, mcp: FlaskClient) -> None:
    with pytest.raises(BaseExceptionGroup):
        await AsyncExitStack().enter_async_context(session(url, "wrong"))
    refused = post(mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, key="wrong")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert mcp.post("/mcp", json={}).status_code == 401


@pytest.mark.parametrize("method", ["get", "delete"])
def test_nothing_is_streamed_and_no_session_is_kept(mcp: FlaskClient, method: str) -> None:
    refused = getattr(mcp, method)("/mcp", headers={"Authorization": f"Bearer {AGENT_KEY}"})
    assert refused.status_code == 405


def test_tools_that_need_a_line_are_not_there(mcp: FlaskClient) -> None:
    for name in ("transfer_to_human", "end_call", "handle_ivr_menu"):
        params: dict[str, Any] = {"name": name, "arguments": {}}
        answer = post(mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
        assert answer.get_json()["error"]["message"] == f"there is no tool {name}"


def test_there_is_no_caller_whose_number_could_be_used(mcp: FlaskClient) -> None:
    refused = call(mcp, "create_lead", {**LEAD, "phone_source": "caller_line"})
    assert refused["structuredContent"]["error"]["code"] == "no_caller_number"


def test_a_write_with_a_key_is_done_once(mcp: FlaskClient) -> None:
    first = call(mcp, "create_lead", LEAD, **{KEY: "42"})["structuredContent"]
    again = call(mcp, "create_lead", LEAD, **{KEY: "42"})["structuredContent"]
    other = call(mcp, "create_lead", LEAD, **{KEY: "43"})["structuredContent"]
    assert again == {**first, "replayed": True}
    assert other["lead_id"] != first["lead_id"]
    reused = call(mcp, "create_lead", {**LEAD, "notes": "a cot"}, **{KEY: "42"})
    assert reused["structuredContent"]["error"]["code"] == "tool_call_reused"


def test_an_equal_write_without_a_key_is_done_once_a_day(mcp: FlaskClient, clock: Clock) -> None:
    first = call(mcp, "create_lead", LEAD)["structuredContent"]
    assert call(mcp, "create_lead", LEAD)["structuredContent"]["replayed"] is True
    other_guest = call(mcp, "create_lead", {**LEAD, "phone": "207 555 0143"})["structuredContent"]
    clock.forward(days=1)
    tomorrow = call(mcp, "create_lead", LEAD)["structuredContent"]
    assert len({lead["lead_id"] for lead in (first, other_guest, tomorrow)}) == 3


def test_in_a_conversation_a_later_write_corrects_and_one_that_is_taken_back_is_done_again(
    mcp: FlaskClient, store: MemoryStore
) -> None:
    about = {CONVERSATION: "guest-7"}
    names = []
    for name in ("Ada", "Ida", "Ida", "Ada"):
        written = call(mcp, "create_lead", {**LEAD, "name": name}, **about)["structuredContent"]
        names.append((written["name"], written.get("replayed", False), written["lead_id"]))
    assert [n[:2] for n in names] == [("Ada", False), ("Ida", False), ("Ida", True), ("Ada", False)]
    assert len({n[2] for n in names}) == 1
    assert call(mcp, "create_lead", LEAD, **{CONVERSATION: "guest-8"})["structuredContent"]["lead_id"] != names[0][2]


def test_a_second_equal_thing_is_made_for_an_agent_that_names_its_calls(mcp: FlaskClient, clock: Clock) -> None:
    about, twice = {CONVERSATION: "guest-7"}, {**LEAD, "another": True}
    made = [call(mcp, "create_lead", LEAD, **about)["structuredContent"]["lead_id"]]
    for meta in ({}, {KEY: "second"}, {KEY: "second"}):
        clock.forward(seconds=1)
        made.append(call(mcp, "create_lead", twice, **about, **meta)["structuredContent"]["lead_id"])
    assert made[0] == made[1] != made[2] == made[3]


def test_a_read_is_never_an_old_answer(mcp: FlaskClient, store: MemoryStore) -> None:
    stay = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 4}
    assert call(mcp, "check_availability", stay, **{CONVERSATION: "guest-7"})["isError"] is False
    for kind in properties.load().by_id["west-bethel-motel"].room_types:
        for room in kind.rooms:
            store.take("west-bethel-motel", kind.room_type, room, [date(2026, 11, 27)], "somebody")
    full = call(mcp, "check_availability", stay, **{CONVERSATION: "guest-7"})
    assert full["structuredContent"]["error"]["code"] == "no_availability"


def test_names_of_calls_are_text(mcp: FlaskClient) -> None:
    params = {"name": "create_lead", "arguments": LEAD, "_meta": {KEY: 42}}
    answer = post(mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).get_json()
    assert answer["result"]["structuredContent"]["error"]["code"] == "bad_meta"


def test_what_an_agent_did_is_an_event(mcp: FlaskClient, publisher: MemoryPublisher, store: MemoryStore) -> None:
    call(mcp, "create_lead", LEAD, **{KEY: "42"})
    [event] = publisher.events
    validator("event", "event").validate(event)
    wanted = golden("event_function_call_mcp")["body"]
    assert event == {
        **wanted,
        **{name: event[name] for name in ("event_id", "session_id", "timestamp")},
        "function": {
            **wanted["function"],
            **{name: event["function"][name] for name in ("tool_call_id", "result", "duration_ms")},
        },
    }
    assert set(event["function"]["result"]) == set(wanted["function"]["result"])
    kept = store.session(event["session_id"])
    assert kept is not None
    assert (kept.agent, kept.channel, kept.property_id) == ("concierge", "mcp", "west-bethel-motel")


def test_an_agent_takes_no_line_and_no_end_is_awaited(mcp: FlaskClient, store: MemoryStore) -> None:
    call(mcp, "create_lead", LEAD)
    assert [session.slot for session in store.sessions_of("west-bethel-motel", "", 10)] == [None]
    assert store.unfinished_sessions(10) == []


def test_what_breaks_here_is_an_outage_and_no_secret_of_ours_is_told(
    mcp: FlaskClient, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(type(store), "change_ledger", broken)
    params = {"name": "create_lead", "arguments": LEAD}
    answer = post(mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    assert answer.status_code == 500
    assert "swordfish" not in answer.text


def test_what_is_no_message_of_the_protocol_is_refused(mcp: FlaskClient) -> None:
    assert post(mcp, {"hello": "there"}).status_code == 400
    assert post(mcp, [], **{"MCP-Protocol-Version": "2026-07-28"}).status_code == 400


def test_each_key_is_for_one_hotel(client: Callable[..., FlaskClient]) -> None:
    other = "another-key-of-at-least-32-characters-for-nobody"
    keys = f"concierge=west-bethel-motel:{AGENT_KEY}, stranger=no-such-hotel:{other}"
    mcp = client("mcp", MCP_KEYS=keys)
    assert post(mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).status_code == 200
    assert post(mcp, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, key=other).status_code == 404


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[str]:
    """The function as the platform runs it: a process of its own, gunicorn's fork and threads, a real store."""
    [port] = ports.assign(["mcp"]).values()
    command = [sys.executable, "-m", "functions_framework", "--source", str(SOURCE), "--target", "mcp"]
    settings = {**ENVIRONMENT, "SQLITE_PATH": str(tmp_path / "n.sqlite3"), "WORKERS": "1", "THREADS": "4"}
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)], env={**os.environ, **settings}, stdout=DEVNULL
    )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


async def test_as_the_platform_runs_it_many_at_once_are_each_done_once(deployed: str) -> None:
    await ready(f"{deployed}/health")
    async with session(f"{deployed}/mcp") as desk:
        metas = [cast(RequestParamsMeta, {KEY: str(n % 3)}) for n in range(9)]
        done = await asyncio.gather(*(desk.call_tool("create_lead", LEAD, meta=meta) for meta in metas))
    answers = [answer.structured_content for answer in done]
    assert len({answer["lead_id"] for answer in answers}) == 3
    assert sum(answer.get("replayed", False) for answer in answers) == 6


async def ready(url: str) -> None:
    async with httpx2.AsyncClient() as client:
        for _ in range(200):
            try:
                assert (await client.get(url)).status_code == 200
                return
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError("it does not answer")
