"""The brain that is a dialogue policy elsewhere: `POST /clerk` of the functions, with the whole history each time.

It translates between the conversation and that wire (functions/contracts/clerk.json); the words are decided there.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any

import httpx

from speech.brain import BrainError, Call, Message, Outcome, Place, Reply, Request, ToolCall, Turn
from speech.service_auth import ServiceAuth
from speech.stt import STATES

_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_ATTEMPTS = 2

log = logging.getLogger(__name__)


class ClerkBrain:
    """One for all sessions: it holds the connections and nothing else."""

    def __init__(self, url: str, auth: ServiceAuth, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, transport=transport)
        self._url = f"{url}/clerk"
        self._auth = auth

    async def close(self) -> None:
        await self._client.aclose()

    async def reply(self, place: Place, request: Request) -> Reply:
        body = {
            "v": 1,
            "property_id": place.property_id,
            "session_id": place.session_id,
            "channel": place.channel,
            "language": request.language,
            "history": history(request.history),
            "tools": [tool["name"] for tool in request.tools],
        }
        if request.response_instructions is not None:
            body["instructions"] = request.response_instructions
        return _read(await self._post(body, place))

    async def _post(self, body: dict[str, Any], place: Place) -> httpx.Response:
        """The clerk keeps no state, so a request whose connection broke is simply asked again."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                headers = {"Authorization": f"Bearer {await self._auth.token(self._client)}"}
                return await self._client.post(self._url, json=body, headers=headers)
            except httpx.HTTPError as error:
                what = str(error) or type(error).__name__
                log.warning("! clerk attempt %d: %s", attempt, what, extra={"session_id": place.session_id})
                if attempt == _ATTEMPTS or isinstance(error, httpx.ReadTimeout):
                    raise BrainError("clerk_unreachable", f"The clerk cannot be reached: {what}") from error
        raise AssertionError("unreachable")


def history(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The conversation as the clerk's wire has it. A tool call stands where its outcome came, if one did."""
    calls = {turn.call_id: turn for turn in turns if isinstance(turn, Call)}
    entries: list[dict[str, Any]] = []
    for turn in turns:
        match turn:
            case Message(role, text, item_id):
                entries.append({"type": "message", "role": role, "text": text, "item_id": item_id})
            case Outcome(call_id, output) if call_id in calls:
                made = {"tool_call_id": call_id, "name": calls[call_id].name}
                arguments = _object(calls[call_id].arguments) or {}
                result = _object(output)
                entries.append(
                    {
                        "type": "tool",
                        **made,
                        "arguments": arguments,
                        "result": {"text": output} if result is None else result,
                    }
                )
    return entries


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _read(answer: httpx.Response) -> Reply:
    """Raises BrainError for a refusal and for an answer that is not of the contract."""
    if answer.status_code != httpx.codes.OK:
        raise BrainError("clerk_refused", f"The clerk answered {answer.status_code}")
    try:
        body = answer.json()
        call = body.get("tool_call")
        tool_call = ToolCall(str(call["name"]), dict(call["arguments"])) if call else None
        expect = body.get("expect", "open")
        return Reply(str(body["say"]), tool_call, expect if expect in STATES else "open")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrainError("clerk_broken", f"The clerk's answer is not of the contract: {error!r}") from error
