"""How the `twilio` function asks `tools`: with which credential, and what it makes of every kind of answer."""

import json

import httpx
import pytest
from google.auth.exceptions import DefaultCredentialsError
from google.oauth2 import id_token
from nightdesk import config
from nightdesk.tools_client import Reply, StaleAttempt, ToolsClient, ToolsUnavailable

from .conftest import ENVIRONMENT, SECRET, SESSION_ID

URL = "https://tools.example.com"
BASE = {**ENVIRONMENT, "SQLITE_PATH": "/tmp/x.sqlite3", "TOOLS_URL": URL}


Answer = httpx.Response | Exception


def client(answers: Answer | list[Answer], asked: list[httpx.Request], **changes: str) -> ToolsClient:
    """It is answered with these, one after the other, or always with the one."""

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = answers[len(asked) - 1] if isinstance(answers, list) else answers
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ToolsClient(config.load("twilio", {**BASE, **changes}), httpx.MockTransport(handle))


def said(**more: object) -> httpx.Response:
    return httpx.Response(200, json={"v": 1, "ok": True, "say": "Hello.", "language": "en", **more})


def test_a_turn_is_asked_for_with_the_shared_secret() -> None:
    asked: list[httpx.Request] = []
    reply = client(said(expect="yes_no"), asked).reply(SESSION_ID, 2, 4, "yes", "")
    assert reply == Reply("Hello.", "en", ends=False, expect="yes_no")
    [request] = asked
    assert str(request.url) == f"{URL}/sessions/{SESSION_ID}/reply"
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert json.loads(request.content) == {"v": 1, "attempt": 2, "turn": 4, "text": "yes", "keys": ""}


def test_in_production_it_is_a_google_token_for_that_service(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[httpx.Request] = []
    monkeypatch.setattr(id_token, "fetch_id_token", lambda request, audience: f"token for {audience}")
    client(said(then={"action": "hangup"}), asked, SERVICE_AUTH="google_id").reply(SESSION_ID, 1, 0, "", "")
    assert asked[0].headers["Authorization"] == f"Bearer token for {URL}"


def test_without_a_token_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(request: object, audience: str) -> str:
        raise DefaultCredentialsError("no credentials here")  # type: ignore[no-untyped-call]

    asked: list[httpx.Request] = []
    monkeypatch.setattr(id_token, "fetch_id_token", none)
    with pytest.raises(ToolsUnavailable, match="no ID token"):
        client(said(), asked, SERVICE_AUTH="google_id").reply(SESSION_ID, 1, 0, "", "")
    assert asked == []


@pytest.mark.parametrize(
    "failed", [httpx.ConnectError("refused"), httpx.Response(503, json={"error": {"code": "unavailable"}})]
)
def test_a_turn_is_asked_for_once_more_where_there_was_no_answer(failed: Answer) -> None:
    asked: list[httpx.Request] = []
    reply = client([failed, said()], asked).reply(SESSION_ID, 2, 4, "yes", "")
    assert reply.say == "Hello."
    first, second = asked
    assert first.content == second.content


def test_it_is_not_asked_for_a_third_time() -> None:
    asked: list[httpx.Request] = []
    with pytest.raises(ToolsUnavailable, match="503"):
        client(httpx.Response(503, json={"error": {"code": "unavailable"}}), asked).reply(SESSION_ID, 2, 4, "yes", "")
    assert len(asked) == 2


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")])
def test_whatever_the_network_does_is_one_error(error: Exception) -> None:
    with pytest.raises(ToolsUnavailable, match=type(error).__name__):
        client(error, []).reply(SESSION_ID, 1, 2, "hello", "")


def test_an_attempt_that_is_over_is_told_apart() -> None:
    with pytest.raises(StaleAttempt):
        client(httpx.Response(409, json={"ok": False}), []).reply(SESSION_ID, 1, 2, "hello", "")


@pytest.mark.parametrize("keys", ["2075550199", "4242424242424242"])
def test_what_was_keyed_is_in_no_error(keys: str) -> None:
    body = {"v": 1, "ok": False, "error": {"code": "bad_request", "message": f"keys: {keys}"}}
    with pytest.raises(ToolsUnavailable) as caught:
        client(httpx.Response(400, json=body), []).reply(SESSION_ID, 1, 2, "", keys)
    assert keys not in str(caught.value)
