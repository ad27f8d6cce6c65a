"""Asks the `tools` function, as the relay does, for what the `twilio` function must not carry: the clerk and the tools.

httpx is imported on first use: nothing of this is there when a ring is answered.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from nightdesk.config import Settings
from nightdesk.errors import NightdeskError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

_TIMEOUT_S = 9.0
"""Twilio waits 15 s, and a guest not even that long; a tool has five."""
_CONNECT_S = 2.0
_IN_ALL_S = 13.0
"""Of both times that a turn is asked for. Where the first fails at once, as at a process that ends, the second has the
whole time; where it was too slow, its answer may be there by now."""


class ToolsUnavailable(NightdeskError):
    """The function cannot be reached, or has no answer."""


class StaleAttempt(NightdeskError):
    """A newer attempt of the call exists, or it has been concluded: this one may not act any more."""


@dataclass(frozen=True)
class Reply:
    """What is to be said. `ends`: the conversation is over with it, and stream-ended has what follows.

    `expect`: what kind of answer comes next: open, yes_no, dates, guests, name or digits.
    """

    say: str
    language: str
    ends: bool = False
    expect: str = "open"


class Clerk(Protocol):
    def reply(self, session_id: str, attempt: int, turn: int, text: str, keys: str) -> Reply:
        """The answer to a turn of the guest's, after a failure asked for once more. Raises: ToolsUnavailable,
        StaleAttempt."""
        ...


class ToolsClient:
    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings, self._transport = settings, transport

    def reply(self, session_id: str, attempt: int, turn: int, text: str, keys: str) -> Reply:
        body = {"v": 1, "attempt": attempt, "turn": turn, "text": text, "keys": keys}
        began = time.monotonic()
        try:
            return self._ask(session_id, body, _TIMEOUT_S)
        except ToolsUnavailable as error:
            log.warning("! turn by turn, asked again: %s", error)
        left_s = _IN_ALL_S - (time.monotonic() - began)
        return self._ask(session_id, body, max(_CONNECT_S, min(_TIMEOUT_S, left_s)))

    def _ask(self, session_id: str, body: Mapping[str, Any], timeout_s: float) -> Reply:
        import httpx

        url = f"{self._settings.tools_url}/sessions/{session_id}/reply"
        headers = {"Authorization": f"Bearer {self._credential()}"}
        try:
            answer = self._http.post(
                url, json=body, headers=headers, timeout=httpx.Timeout(timeout_s, connect=_CONNECT_S)
            )
        except httpx.HTTPError as error:
            raise ToolsUnavailable(f"{type(error).__name__}: {error}") from error
        if answer.status_code == httpx.codes.CONFLICT:
            raise StaleAttempt(f"attempt {body['attempt']} may not act any more")
        return _read(answer.status_code, answer.content)

    @cached_property
    def _http(self) -> httpx.Client:
        import httpx

        return httpx.Client(transport=self._transport)

    def _credential(self) -> str:
        """Raises: ToolsUnavailable."""
        if self._settings.service_auth == "secret":
            return self._settings.service_secret
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request
        from google.oauth2 import id_token

        try:
            token = id_token.fetch_id_token(Request(), self._settings.tools_url)  # type: ignore[no-untyped-call]
        except GoogleAuthError as error:
            raise ToolsUnavailable(f"no ID token: {error}") from error
        return str(token)


def _read(status: int, content: bytes) -> Reply:
    """Raises: ToolsUnavailable for whatever is not an answer of the contract."""
    try:
        body: Mapping[str, Any] = json.loads(content)
        if status == 200:
            ends, expect = body.get("then") is not None, str(body.get("expect", "open"))
            return Reply(str(body["say"]), str(body["language"]), ends, expect)
        problem = f"{status} {body['error']['code']}"
    except (ValueError, KeyError, TypeError) as error:
        raise ToolsUnavailable(f"an answer that is none: {status} {error!r}") from error
    raise ToolsUnavailable(problem)
