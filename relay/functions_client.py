"""The wires to functions: session set-up, tools, turns, `then`. Each call has a deadline, and is repeated only
where that is safe.

The same stream may ask for its session again, tools carry an Idempotency-Key, turns are upserts; `then` (one that is
due stays) is asked again where it cannot have arrived: no token, no connection, a kept one that was found closed, or no
free instance. Bodies: `functions/contracts/`.
Everything here returns messages of the call and raises nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from relay import log
from relay.errors import FunctionsRefused, FunctionsUnavailable, HttpFailed, RelayError, TokensUnavailable
from relay.functions import (
    SESSION_UNAVAILABLE,
    AskClerk,
    ClerkAnswer,
    FetchSession,
    PostThen,
    PostTurn,
    RunTool,
    Session,
    SessionRefused,
    ThenAnswer,
    ToolAnswer,
    TurnAnswer,
)
from relay.http_client import Http
from relay.http_connection import Response
from relay.session_answer import read_session
from relay.tool_calls import TIMED_OUT

SESSION_DEADLINE_S = 4.0
CLERK_DEADLINE_S = 5.0
TURN_DEADLINE_S = 5.0
THEN_DEADLINE_S = 3.0
FIRST_PAUSE_S = 0.1

TOOL_UNAVAILABLE: Mapping[str, Any] = {
    "code": "tool_unavailable",
    "message": "The system that runs this tool is out of reach. Offer to take a message or to connect the caller.",
    "say": "I am sorry, I cannot reach our booking system right now.",
}


class FunctionsClient:
    """`authorization` gives the header's value: a shared secret, or an identity token of this service."""

    def __init__(
        self,
        http: Http,
        tools_url: str,
        authorization: Callable[[], Awaitable[str]],
        *,
        tool_deadline_s: float,
    ) -> None:
        self._http = http
        self._url = tools_url
        self._authorization = authorization
        self._tool_deadline_s = tool_deadline_s

    async def session(self, wanted: FetchSession) -> Session | SessionRefused:
        body = {
            "v": 1,
            "token": wanted.token,
            "call_sid": wanted.call_sid,
            "stream_sid": wanted.stream_sid,
            "dialect": wanted.dialect,
            "audio": wanted.audio,
        }
        try:
            answer = await self._post("/session", body, deadline_s=SESSION_DEADLINE_S, repeat=True)
            if not answer.get("ok"):
                error = _error(answer)
                code, say = f"refused_{error.get('code', 'unknown')}", str(error.get("say") or "")
                return SessionRefused(code, 1000, wanted.dialect, wanted.audio, say)
            return read_session(answer, wanted)
        except FunctionsRefused as refused:
            _warn(refused, stream_sid=wanted.stream_sid)
            # 401: bad or expired token; 409: shown before by another stream.
            is_token = refused.status in (401, 409)
            code = "token_refused" if is_token else "session_failed"
            return SessionRefused(code, 1008 if is_token else 1011, wanted.dialect, wanted.audio)
        except RelayError as lost:
            _warn(lost, stream_sid=wanted.stream_sid)
            return SessionRefused(SESSION_UNAVAILABLE, 1011, wanted.dialect, wanted.audio)

    async def tool(self, session_id: str, attempt: int, call: RunTool) -> ToolAnswer:
        """Run one tool. Every failure becomes an answer that the engine can act on."""
        body = {
            "v": 1,
            "session_id": session_id,
            "attempt": attempt,
            "tool_call_id": call.tool_call_id,
            "turn": call.turn,
            "arguments": call.arguments,
        }
        try:
            answer = await self._post(
                f"/tools/{quote(call.name, safe='')}",
                body,
                headers={"Idempotency-Key": f"{session_id}:{call.tool_call_id}"},
                deadline_s=self._tool_deadline_s,
                repeat=True,
                accept=(400, 404, 409, 422),
            )
        except RelayError as lost:
            _warn(lost, session_id=session_id, tool_call_id=call.tool_call_id)
            may_be_done = isinstance(lost, FunctionsUnavailable) and lost.may_be_done
            return ToolAnswer(call.tool_call_id, ok=False, error=TIMED_OUT if may_be_done else TOOL_UNAVAILABLE)
        error = _error(answer)
        ok = answer.get("ok") is True
        then, card = answer.get("then"), answer.get("card")
        return ToolAnswer(
            call.tool_call_id,
            ok,
            result=answer.get("result"),
            error={} if ok else (error or TOOL_UNAVAILABLE),
            then=then if isinstance(then, dict) else None,
            card=card if isinstance(card, dict) else None,
            replayed=answer.get("replayed") is True,
            is_stale_attempt=error.get("code") == "stale_attempt",
            recording=recording if (recording := answer.get("recording")) in ("pause", "resume") else "",
            language=language if isinstance(language := answer.get("language"), str) else "",
        )

    async def clerk(self, session: Session, ask: AskClerk) -> ClerkAnswer:
        """The clerk's next move; it keeps nothing, so asking again is safe. No answer in time is an empty one."""
        body = {
            "v": 1,
            "property_id": session.property_id,
            "session_id": session.session_id,
            "channel": session.channel,
            "language": str(session.metadata.get("language") or "en"),
            "history": ask.history,
        }
        try:
            answer = await self._post("/clerk", body, deadline_s=CLERK_DEADLINE_S, repeat=True)
        except RelayError as lost:
            _warn(lost, session_id=session.session_id)
            return ClerkAnswer(ask.number)
        say, call = answer.get("say"), answer.get("tool_call")
        said = ClerkAnswer(ask.number, say if isinstance(say, str) else "")
        match call:
            case {"name": str(name), "arguments": dict(arguments)}:
                return replace(said, tool=name, arguments=arguments)
        return said

    async def turn(self, session_id: str, attempt: int, turn: PostTurn) -> TurnAnswer:
        body: dict[str, Any] = {
            "v": 1,
            "attempt": attempt,
            "turn": turn.turn,
            "role": turn.role,
            "text": turn.text,
            "item_id": turn.item_id,
        }
        if turn.role == "assistant":
            body |= {"heard_ms": turn.heard_ms, "interrupted": turn.interrupted}
        if turn.card_data:
            body["card_data"] = True
        if turn.audio_start_ms is not None:
            body["audio_start_ms"] = turn.audio_start_ms
        if turn.audio_end_ms is not None:
            body["audio_end_ms"] = turn.audio_end_ms
        try:
            answer = await self._post(
                f"/sessions/{quote(session_id, safe='')}/turns", body, deadline_s=TURN_DEADLINE_S, repeat=True
            )
        except FunctionsRefused as refused:
            _warn(refused, session_id=session_id)
            return TurnAnswer(is_stale_attempt=refused.status == 409)
        except FunctionsUnavailable as lost:
            log.warn("! turn not stored", session_id=session_id, turn=turn.turn, problem=lost.problem)
            return TurnAnswer()
        note, end = answer.get("note"), answer.get("end")
        reason = str(end.get("reason", "")) if isinstance(end, dict) else ""
        silence_ms = _interval(answer.get("silence"))
        return TurnAnswer(note if isinstance(note, str) else "", end=reason, silence_ms=silence_ms)

    async def then(self, session_id: str, attempt: int, then: PostThen) -> ThenAnswer:
        body: dict[str, Any] = {"v": 1, "attempt": attempt}
        body |= {"tool_call_id": then.tool_call_id} if then.tool_call_id else {"reason": then.reason}
        try:
            await self._post(
                f"/sessions/{quote(session_id, safe='')}/then", body, deadline_s=THEN_DEADLINE_S, repeat=False
            )
        except RelayError as lost:
            _warn(lost, session_id=session_id)
            return ThenAnswer(lost.status if isinstance(lost, FunctionsRefused) else 0)
        return ThenAnswer(200)

    async def _post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        deadline_s: float,
        repeat: bool,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> dict[str, Any]:
        """The answer's JSON object, for a 2xx or a status in `accept`. `repeat`: what may have arrived is asked
        again, too.

        Raises FunctionsRefused for another 4xx, FunctionsUnavailable when there was no answer, or 5xx, by the deadline.
        """
        content = orjson.dumps(body)
        pause_s, problem = FIRST_PAUSE_S, "no answer in time"
        may_be_done = is_under_way = False  # of any request; of the latest one
        try:
            async with asyncio.timeout(deadline_s):
                while True:
                    try:
                        authorization = await self._authorization()
                        sent = {"Authorization": authorization, "Content-Type": "application/json", **(headers or {})}
                        problem, is_under_way = "no answer in time", True
                        response = await self._http.request(
                            "POST", self._url + path, content=content, headers=sent, timeout_s=deadline_s
                        )
                    except TokensUnavailable as trouble:
                        problem = str(trouble)
                    except HttpFailed as lost:
                        if lost.was_stale:
                            continue
                        problem, may_be_done = lost.problem, may_be_done or lost.was_sent
                        if not repeat and lost.was_sent:
                            raise FunctionsUnavailable(path, problem) from lost
                    else:
                        if response.is_success or response.status_code in accept:
                            return _object(path, response)
                        problem = str(response.status_code)
                        if response.status_code != 429 and response.status_code < 500:
                            code = str(_error(_object_or_empty(response)).get("code", ""))
                            raise FunctionsRefused(path, response.status_code, code)
                    is_under_way = False
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, 2.0)
        except TimeoutError:
            raise FunctionsUnavailable(path, problem, may_be_done=may_be_done or is_under_way) from None


def _warn(lost: RelayError, **whose: str) -> None:
    """Whoever asked is told what to do about it; an operator, what it was."""
    log.warn("! functions gave no answer", problem=str(lost), **whose)


def _interval(given: object) -> tuple[int, int] | None:
    """`{"from_ms", "to_ms"}`, both whole and not negative; None for anything else."""
    match given:
        case {"from_ms": int(from_ms), "to_ms": int(to_ms)} if 0 <= from_ms <= to_ms:
            return from_ms, to_ms
        case _:
            return None


def _object(path: str, response: Response) -> dict[str, Any]:
    answer = _object_or_empty(response)
    if not answer:
        raise FunctionsUnavailable(path, "the answer is no JSON object")
    return answer


def _object_or_empty(response: Response) -> dict[str, Any]:
    try:
        answer = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _error(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    error = answer.get("error")
    return error if isinstance(error, dict) else {}
