"""The fake of functions and Pub/Sub holds the relay to the contracts, and keeps to them itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import aiohttp
import jsonschema
import pytest

from tests.relay import golden
from tests.relay.fake_functions import SECRET, SESSION_ID, FakeFunctions, session_answer
from tests.relay.live_house import live_answer

EVENT = golden.body("functions", "event_started")


async def post(functions: FakeFunctions, path: str, body: dict[str, Any], **headers: str) -> None:
    headers = {"Authorization": f"Bearer {SECRET}", **{name.replace("_", "-"): headers[name] for name in headers}}
    async with aiohttp.ClientSession() as session, session.post(functions.origin + path, json=body, headers=headers):
        pass


@pytest.mark.parametrize("name", ["session_request", "session_request_kiosk", "turn_request_user", "clerk_request"])
async def test_the_golden_requests_are_taken_and_those_that_lack_something_are_not(name: str) -> None:
    path, _, body = golden.request(name)
    async with FakeFunctions().running() as functions:
        await post(functions, path, body)
        assert functions.problems == []
        await post(functions, path, {field: body[field] for field in body if field != "v"})
        assert functions.problems == [f"{name.split('_')[0]}: $ 'v' is a required property"]


async def test_a_tool_is_asked_for_under_the_key_of_its_call() -> None:
    path, headers, body = golden.request("tool_request")
    async with FakeFunctions().running() as functions:
        await post(functions, path, body, Idempotency_Key=headers["Idempotency-Key"])
        assert functions.problems == []
        await post(functions, path, body, Idempotency_Key="another")
        assert functions.problems


@pytest.mark.parametrize(("change", "key"), [({"channel": "fax"}, SESSION_ID), ({}, "another"), ({"attempt": 0}, "")])
async def test_an_event_is_as_its_contract_has_it_and_ordered_by_its_session(change: dict[str, Any], key: str) -> None:
    data = base64.b64encode(json.dumps({**EVENT, **change}).encode()).decode()
    async with FakeFunctions().running() as functions:
        message = {"data": data, "orderingKey": key or EVENT["session_id"]}
        await post(functions, "/v1/projects/test/topics/conversation-events", {"messages": [message]})
        assert functions.problems


def test_its_own_sessions_are_as_the_contract_has_them() -> None:
    schema = json.loads((golden.ROOT / "functions/contracts/session.json").read_text())
    validator = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/answer"})
    for answer in (session_answer(), live_answer(), live_answer("client")):
        validator.validate(answer)
