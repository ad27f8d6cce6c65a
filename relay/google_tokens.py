"""Tokens of the platform's own identity, from its metadata server; cached until shortly before they expire.

While one still serves it is renewed beside the requests: a metadata server that fails may take 3 s, and they have
little more themselves.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable

import orjson

from relay import log
from relay.errors import HttpFailed, TokensUnavailable
from relay.http_client import Http

METADATA_ORIGIN = "http://metadata.google.internal"
_IDENTITY = "/computeMetadata/v1/instance/service-accounts/default"
RENEW_BEFORE_S = 300
# Not before, while the token that is there still serves: the server failed, or gave one that was near its end.
RENEW_AGAIN_S = 30
# The server answers within a few ms when it is well; so long the new token is waited for where the old one serves.
RENEW_WAIT_S = 0.1

_Fetch = Callable[[], Awaitable[tuple[str, float]]]


class GoogleTokens:
    def __init__(self, http: Http, *, origin: str = METADATA_ORIGIN, clock: Callable[[], float] = time.time) -> None:
        self._http = http
        self._origin = origin
        self._clock = clock
        self._cache: dict[str, tuple[str, float]] = {}  # key -> token, time of expiry
        self._renew_at: dict[str, float] = {}
        self._renewals: dict[str, asyncio.Task[str]] = {}  # under way; each gives what went wrong

    async def id_token(self, audience: str) -> str:
        """An OIDC identity token for a service of ours. Raises TokensUnavailable."""

        async def fetch() -> tuple[str, float]:
            token = (await self._get("/identity", {"audience": audience, "format": "full"})).decode("ascii").strip()
            return token, _expiry(token)

        return await self._cached(f"id:{audience}", fetch)

    async def access_token(self) -> str:
        """An OAuth access token for Google's own APIs. Raises TokensUnavailable."""

        async def fetch() -> tuple[str, float]:
            answer = orjson.loads(await self._get("/token", {}))
            return str(answer["access_token"]), self._clock() + float(answer["expires_in"])

        return await self._cached("access", fetch)

    async def _cached(self, key: str, fetch: _Fetch) -> str:
        token, expires = self._cache.get(key, ("", 0.0))
        serves, renewal = self._clock() < expires, self._renewals.get(key)
        if serves and (renewal is not None or self._clock() < self._renew_at[key]):
            return token
        if renewal is None:
            renewal = self._renewals[key] = asyncio.create_task(self._renew(key, fetch), name="token")
            renewal.add_done_callback(lambda _: self._renewals.pop(key))
        await asyncio.wait({renewal}, timeout=RENEW_WAIT_S if serves else None)
        if not serves and (problem := renewal.result()):
            raise TokensUnavailable(problem)
        return self._cache[key][0]

    async def _renew(self, key: str, fetch: _Fetch) -> str:
        """It belongs to no request: whoever has no more time for it leaves it to the next one."""
        try:
            token, expires = await fetch()
        except (HttpFailed, KeyError, ValueError, IndexError, TypeError) as trouble:
            problem = trouble.problem if isinstance(trouble, HttpFailed) else "there is none in its answer"
            if self._clock() < self._cache.get(key, ("", 0.0))[1]:  # else those who wait for it are told
                log.warn("! token not renewed", problem=problem)
            self._renew_at[key] = self._clock() + RENEW_AGAIN_S
            return problem
        self._cache[key] = token, expires
        self._renew_at[key] = max(expires - RENEW_BEFORE_S, self._clock() + RENEW_AGAIN_S)
        return ""

    async def _get(self, path: str, parameters: dict[str, str]) -> bytes:
        url, headers = self._origin + _IDENTITY + path, {"Metadata-Flavor": "Google"}
        response = await self._http.request("GET", url, params=parameters, headers=headers, timeout_s=3)
        if not response.is_success:
            raise HttpFailed(f"it answered {response.status_code}")
        return response.content


def _expiry(token: str) -> float:
    """`exp` of a JWT that came straight from its maker, so its signature is not ours to check."""
    payload = token.split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return float(claims["exp"])
