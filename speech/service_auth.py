"""How this service proves itself to the functions: a shared secret, or a Google ID token of its own service account.

Source: Cloud Run, "Authenticating service-to-service": the metadata server signs a token for an audience, for an hour.
"""

import base64
import json
import time
from typing import Protocol

import httpx

_METADATA = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity"
_RENEW_BEFORE_END_S = 300
_RENEW_AGAIN_S = 30
"""Not before, when the metadata server failed while the token that is there still serves: guests wait meanwhile."""


class ServiceAuth(Protocol):
    async def token(self, client: httpx.AsyncClient) -> str:
        """The bearer token for the next request. Raises httpx.HTTPError."""


class SharedSecret:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def token(self, client: httpx.AsyncClient) -> str:
        return self._secret


class GoogleIdToken:
    def __init__(self, audience: str) -> None:
        self._audience = audience
        self._token = ""
        self._expires_at = 0.0
        self._renew_at = 0.0

    async def token(self, client: httpx.AsyncClient) -> str:
        if time.time() > min(self._expires_at, self._renew_at):
            try:
                await self._renew(client)
            except httpx.HTTPError:
                if time.time() > self._expires_at:
                    raise
                self._renew_at = time.time() + _RENEW_AGAIN_S
        return self._token

    async def _renew(self, client: httpx.AsyncClient) -> None:
        parameters = {"audience": self._audience, "format": "full"}
        answer = await client.get(_METADATA, params=parameters, headers={"Metadata-Flavor": "Google"})
        answer.raise_for_status()
        token = answer.text.strip()
        try:
            self._expires_at = _expiry(token)
        except (ValueError, LookupError, TypeError) as odd:
            raise httpx.DecodingError("the metadata server's answer is no token") from odd
        self._token, self._renew_at = token, self._expires_at - _RENEW_BEFORE_END_S


def _expiry(token: str) -> float:
    """The `exp` of a token that the metadata server itself made; whoever receives it verifies it."""
    payload = token.split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
