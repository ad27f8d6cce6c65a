"""Tokens from the metadata server: asked for as it wants to be asked, kept until shortly before they expire."""

from __future__ import annotations

import asyncio
import base64
import json

import httpx
import pytest

from relay import connections, sockets
from relay.config import EngineSetting
from relay.engines import Engines, fill_in
from relay.errors import EngineUnavailable, TokensUnavailable
from relay.google_tokens import RENEW_AGAIN_S, RENEW_BEFORE_S, GoogleTokens
from tests.relay.house import until
from tests.relay.mock_http import MockHttp
from tests.relay.stage import session


class Metadata:
    def __init__(self, status: int = 200) -> None:
        self.now = 1_000_000.0
        self.status = status
        self.lasts_s = 3600
        self.requests: list[httpx.Request] = []
        self.http = MockHttp(self)
        self.tokens = GoogleTokens(
            self.http,
            origin="http://metadata.test",
            clock=lambda: self.now,
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.status != 200 or request.headers.get("Metadata-Flavor") != "Google":
            return httpx.Response(self.status if self.status != 200 else 403)
        if request.url.path.endswith("/token"):
            return httpx.Response(
                200, json={"access_token": f"access-{len(self.requests)}", "expires_in": self.lasts_s}
            )
        claims = {"aud": request.url.params["audience"], "exp": self.now + 3600}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return httpx.Response(200, text=f"head.{payload}.sign{len(self.requests)}")


async def test_an_identity_token_is_kept_per_audience_until_shortly_before_it_expires() -> None:
    metadata = Metadata()
    first = await metadata.tokens.id_token("https://tools.example.com")
    assert await metadata.tokens.id_token("https://tools.example.com") == first
    assert await metadata.tokens.id_token("https://speech.example.com") != first
    metadata.now += 3600 - RENEW_BEFORE_S
    assert await metadata.tokens.id_token("https://tools.example.com") != first
    assert len(metadata.requests) == 3


async def test_an_access_token_is_kept_as_long_as_it_says() -> None:
    metadata = Metadata()
    assert await metadata.tokens.access_token() == "access-1"
    assert await metadata.tokens.access_token() == "access-1"
    metadata.now += 3600
    assert await metadata.tokens.access_token() == "access-2"


async def test_a_token_that_cannot_be_renewed_serves_until_it_expires() -> None:
    metadata = Metadata()
    first = await metadata.tokens.id_token("https://tools.example.com")
    metadata.now += 3600 - RENEW_BEFORE_S
    metadata.status = 503
    assert await metadata.tokens.id_token("https://tools.example.com") == first
    metadata.now += RENEW_BEFORE_S
    with pytest.raises(TokensUnavailable):
        await metadata.tokens.id_token("https://tools.example.com")


async def test_while_a_token_serves_a_metadata_server_that_fails_is_not_asked_for_every_request() -> None:
    metadata = Metadata()
    first = await metadata.tokens.access_token()
    metadata.now += 3600 - RENEW_BEFORE_S
    metadata.status = 503
    assert [await metadata.tokens.access_token() for _ in range(5)] == [first] * 5
    assert len(metadata.requests) == 2, "each may take 3 s, of a turn's 5 and a session's 4"
    metadata.status = 200
    metadata.now += RENEW_AGAIN_S
    assert await metadata.tokens.access_token() != first


async def test_a_token_that_serves_is_not_waited_for_while_the_metadata_server_hangs() -> None:
    """One request of each key waited 3 s, of the 4 that a caller's session may take."""
    metadata = Metadata()
    first = await metadata.tokens.access_token()
    metadata.now += 3600 - RENEW_BEFORE_S
    metadata.http.may_answer.clear()
    async with asyncio.timeout(1):
        assert [await metadata.tokens.access_token() for _ in range(5)] == [first] * 5
    metadata.http.may_answer.set()
    await until(lambda: len(metadata.requests) == 2)
    assert await metadata.tokens.access_token() != first
    assert len(metadata.requests) == 2, "the renewal went on beside them"


async def test_a_token_that_hangs_holds_up_no_other() -> None:
    metadata = Metadata()
    access = await metadata.tokens.access_token()
    metadata.http.may_answer.clear()
    waiting = [asyncio.create_task(metadata.tokens.id_token("https://tools.example.com")) for _ in range(2)]
    async with asyncio.timeout(1):
        await asyncio.sleep(0)
        assert await metadata.tokens.access_token() == access
    waiting[0].cancel()
    await asyncio.sleep(0)
    metadata.http.may_answer.set()
    assert (await waiting[1]).startswith("head.")
    assert len(metadata.requests) == 2, "who has no more time leaves it to those who have"


async def test_a_token_that_comes_with_little_time_left_is_kept_too() -> None:
    """The metadata server keeps tokens itself."""
    metadata = Metadata()
    metadata.lasts_s = RENEW_BEFORE_S - 1
    assert [await metadata.tokens.access_token() for _ in range(5)] == ["access-1"] * 5
    metadata.now += RENEW_AGAIN_S
    assert await metadata.tokens.access_token() == "access-2"
    metadata.lasts_s = 3600
    metadata.now += RENEW_AGAIN_S
    assert await metadata.tokens.access_token() == "access-3"


async def test_a_metadata_server_that_answers_something_else_is_told_as_such() -> None:
    tokens = GoogleTokens(MockHttp(lambda _: httpx.Response(200, text="[]")), origin="http://metadata.test")
    with pytest.raises(TokensUnavailable):
        await tokens.access_token()


async def test_a_metadata_server_that_fails_is_told_as_such() -> None:
    with pytest.raises(TokensUnavailable, match="gave no token: it answered 500"):
        await Metadata(500).tokens.access_token()


async def test_an_engine_without_its_token_is_unavailable_not_fatal() -> None:
    engine = EngineSetting("speech", "realtime", "wss://speech.example.com/v1/realtime", "google_id")
    engines = Engines([engine], Metadata(500).tokens, connections.tls_context)

    class Nobody:
        def on_open(self, socket: sockets.Socket) -> None: ...
        def on_text(self, data: memoryview) -> None: ...
        def on_binary(self, data: memoryview) -> None: ...

        def on_bad_frame(self, kind: str) -> None: ...
        def on_closed(self, code: int, reason: str) -> None: ...

    with pytest.raises(EngineUnavailable) as unavailable:
        await engines.open(0, None, Nobody())
    assert unavailable.value.fatal is False


def test_urls_are_filled_in_with_quoted_values() -> None:
    url = fill_in("wss://e/v1?p={property_id}&s={session_id}", session(property_id="a&b", session_id="sess_1"))
    assert url == "wss://e/v1?p=a%26b&s=sess_1"
