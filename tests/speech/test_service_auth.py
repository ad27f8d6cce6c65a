"""Proving ourselves to the functions with a Google ID token: asked for once, renewed before it ends."""

import base64
import json
import time

import httpx

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
