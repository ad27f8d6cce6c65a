"""Who may call: Twilio by its signature, our own services by a shared secret or a Google ID token, agents by a key."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from nightdesk.config import AgentKey, Settings
from nightdesk.errors import Busy, Forbidden, Unauthenticated


class ServiceAuth(Protocol):
    def check(self, authorization: str) -> None:
        """Raises: Unauthenticated unless this Authorization header is one of our services'."""
        ...


def service_auth(settings: Settings) -> ServiceAuth:
    if settings.service_auth == "secret":
        return SharedSecret(settings.service_secret)
    return GoogleIdToken(settings.service_audience, settings.service_callers)


def _bearer(authorization: str) -> str:
    scheme, _, credential = authorization.partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise Unauthenticated("unauthenticated", "an Authorization: Bearer header is needed")
    return credential.strip()


class SharedSecret:
    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def check(self, authorization: str) -> None:
        if not hmac.compare_digest(_bearer(authorization).encode(), self._secret):
            raise Unauthenticated("unauthenticated", "the service secret is wrong")


class AgentKeys:
    """Other agents, each with a key for one hotel."""

    def __init__(self, keys: Sequence[AgentKey]) -> None:
        self._keys = keys

    def check(self, authorization: str) -> AgentKey:
        """Whose key the header shows. Raises: Unauthenticated."""
        shown = _bearer(authorization).encode()
        found = [known for known in self._keys if hmac.compare_digest(shown, known.key.encode())]
        if not found:
            raise Unauthenticated("unauthenticated", "the key is unknown")
        return found[0]


class GoogleIdToken:
    """Google-signed, for our audience, from a service account on the list.

    Source: google.oauth2.id_token. A wrong audience, an expired or a malformed token raise ValueError, a wrong issuer
    GoogleAuthError. Google's certificates are kept as long as their Cache-Control says.
    """

    def __init__(self, audience: str, callers: frozenset[str], transport: Any = None) -> None:
        self._audience, self._callers = audience, callers
        self._request = _CachedCertificates(transport)

    def check(self, authorization: str) -> None:
        from google.auth.exceptions import GoogleAuthError, TransportError
        from google.oauth2 import id_token

        try:
            claims: Mapping[str, Any] = id_token.verify_oauth2_token(  # type: ignore[no-untyped-call]
                _bearer(authorization), self._request, self._audience, clock_skew_in_seconds=10
            )
        except TransportError as error:
            raise Busy("certificates_unavailable", f"Google's certificates cannot be fetched: {error}") from error
        except (ValueError, GoogleAuthError) as error:
            raise Unauthenticated("unauthenticated", f"the ID token is refused: {error}") from error
        if claims.get("email") not in self._callers or claims.get("email_verified") is not True:
            raise Unauthenticated("unauthenticated", f"{claims.get('email')} may not call this function")


class _CachedCertificates:
    """A google.auth transport request that asks for the same certificates only once in their lifetime."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._kept: dict[str, tuple[float, Any]] = {}

    def __call__(self, url: str, method: str = "GET", **options: Any) -> Any:
        until, response = self._kept.get(url, (0.0, None))
        if time.monotonic() >= until:
            response = self._fetch(url, method, **options)
            max_age = re.search(r"max-age=(\d+)", response.headers.get("cache-control", ""))
            self._kept[url] = (time.monotonic() + int(max_age[1]) if max_age else 0.0, response)
        return response

    def _fetch(self, url: str, method: str, **options: Any) -> Any:
        if self._transport is None:
            from google.auth.transport.requests import Request

            self._transport = Request()
        return self._transport(url=url, method=method, **{"timeout": 5, **options})


class TwilioSignature:
    """Source: Twilio webhook security. The URL is our public origin and the raw path and query; Host is never asked."""

    def __init__(self, auth_token: str, webhook_origin: str) -> None:
        from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

        self._validator, self._origin = RequestValidator(auth_token), webhook_origin

    def check(self, raw_uri: str, params: Mapping[str, Any] | Sequence[Any], signature: str) -> None:
        """`raw_uri` as it came on the request line. Raises: Forbidden."""
        if not raw_uri.startswith("/"):  # a proxy may send the absolute form
            parts = urlsplit(raw_uri)
            raw_uri = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            valid = self._validator.validate(self._origin + raw_uri, params, signature)
        except (TypeError, ValueError) as error:
            raise Forbidden("bad_signature", f"the signature cannot be checked: {error}") from error
        if not valid:
            raise Forbidden("bad_signature", "X-Twilio-Signature is missing or wrong")
