"""Proving ourselves to the functions with a Google ID token: asked for once, renewed before it ends."""

import base64
import json
import time

import httpx
import pytest

from speech.service_auth import GoogleIdToken


def token(expires_in_s: float, name: str) -> str:
    payload = json.dumps({"exp": time.time() + expires_in_s, "name": name}).encode()
    return f"header.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.signature"


async def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    made = [token(200, "first"), token(3600, "second")]
    asked: list[httpx.Request] = []

    def metadata(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, text=made[len(asked) - 1])

    auth = GoogleIdToken("https://tools.example")
    async with httpx.AsyncClient(transport=httpx.MockTransport(metadata)) as client:
        assert await auth.token(client) == made[0]
        assert await auth.token(client) == made[1]
        assert await auth.token(client) == made[1]
    assert len(asked) == 2
    assert asked[0].headers["metadata-flavor"] == "Google"
    assert asked[0].url.params["audience"] == "https://tools.example"


@pytest.mark.parametrize("odd", [httpx.Response(503), httpx.Response(200, text="<html>"), httpx.ConnectTimeout("slow")])
async def test_a_token_serves_to_its_end_though_no_other_is_to_be_had(odd: httpx.Response | httpx.HTTPError) -> None:
    answers: list[httpx.Response | httpx.HTTPError] = [httpx.Response(200, text=token(200, "first")), odd]

    def metadata(request: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    auth = GoogleIdToken("https://tools.example")
    async with httpx.AsyncClient(transport=httpx.MockTransport(metadata)) as client:
        first = await auth.token(client)
        for _ in range(3):  # the server is not asked for each answer of a conversation
            assert await auth.token(client) == first
    assert answers == []


async def test_an_answer_that_is_no_token_is_a_failure_like_any_other() -> None:
    """A fault of ours would close the session of each guest who is to be answered."""
    transport = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>"))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx.HTTPError):
            await GoogleIdToken("https://tools.example").token(client)
