"""Somebody sends Twilio's requests of a call again when it is over: as they were, signature and all, and forged.

A replay is answered, since Twilio itself may repeat a request, but nothing comes of it; a forgery is refused. What the
call has left behind is compared row by row, and nobody is called or written to again.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from local.stack import JOBS_EVERY_S, Stack
from local.store import rows_with
from local.twilio import Call

SETTLED_S = JOBS_EVERY_S + 1.0
"""What nobody changed for so long is changed by no job any more."""
SETTLE_LIMIT_S = 40.0
_ANOTHER_TOKEN = "0" * 32
_STRANGER = "+12075550666"
_TIMEOUT = aiohttp.ClientTimeout(total=15)

State = tuple[Counter[tuple[str, ...]], int, int]
"""Rows of the store, calls of the account to or from the scene's people, texts to them."""


@dataclass(frozen=True)
class Sent:
    """A request that Twilio has made."""

    url: str
    params: dict[str, str]


class Replay:
    """`calls` are the guest's call and those to others. No other scene has the number `caller` meanwhile."""

    def __init__(self, stack: Stack, session_id: str, calls: Sequence[Call], caller: str) -> None:
        self._stack, self._session_id, self._calls, self._caller = stack, session_id, calls, caller

    async def complaints(self) -> list[str]:
        """Everything that came of it and should not have, in sentences."""
        before = await self._settled()
        sent = self._sent()
        found = [] if sent else ["there was no request to be replayed"]
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            for request in reversed(sent):  # the last word about anything is the oldest
                found += await self._again(http, request)
        after = await self._settled()
        if after[0] != before[0]:
            tables = sorted({row[0] for row in (before[0] - after[0]) + (after[0] - before[0])})
            found.append(f"requests that were replayed or forged changed rows of {', '.join(tables)}")
        if after[1:] != before[1:]:
            found.append("after requests that were replayed or forged somebody was called or written to")
        return found

    async def _again(self, http: aiohttp.ClientSession, request: Sent) -> list[str]:
        genuine = self._stack.twilio.exchange.webhooks.signature(request.url, request.params)
        another = str(RequestValidator(_ANOTHER_TOKEN).compute_signature(request.url, request.params))
        changed = {**request.params, "From": _STRANGER}
        found = []
        for what, params, signature, forged in (
            ("replayed", request.params, genuine, False),
            ("without a signature", request.params, "", True),
            ("signed with another token", request.params, another, True),
            ("with other fields than were signed", changed, genuine, True),
        ):
            headers = {"X-Twilio-Signature": signature}
            async with http.post(request.url, data=params, headers=headers) as answer:
                status = answer.status
            if status not in ((403,) if forged else (200, 204)):
                found.append(f"{request.url}, {what}, was answered {status}")
        return found

    def _sent(self) -> list[Sent]:
        """Each request once. What is fetched with GET is a sound, which anybody may hear."""
        noted = [entry.detail for call in self._calls for entry in call.timeline if entry.kind == "webhook"]
        for log in self._stack.twilio.messaging.logs.values():
            if self._caller in (log.text.from_, log.text.to):
                noted += [request for request in log.requests if request["kind"] == "webhook"]
        sent: list[Sent] = []
        for detail in noted:
            params = detail["params"]
            assert isinstance(params, dict)
            request = Sent(str(detail["url"]), params)
            if detail["method"] == "POST" and request not in sent:
                sent.append(request)
        return sent

    async def _settled(self) -> State:
        """What there is, once the jobs have done what they do."""
        await self._stack.pubsub.drained_for(self._session_id, SETTLE_LIMIT_S)
        state = await self._state()
        for _ in range(int(SETTLE_LIMIT_S / SETTLED_S)):
            await asyncio.sleep(SETTLED_S)
            last, state = state, await self._state()
            if last == state:
                break
        return state

    async def _state(self) -> State:
        twilio, names = self._stack.twilio, [self._session_id, self._caller]
        rows = await asyncio.to_thread(rows_with, self._stack.wiring.sqlite_path, names)
        numbers = {self._caller, *(call.to for call in self._calls)}
        calls = [call for call in twilio.calls.values() if {call.from_, call.to} & numbers]
        texts = [text for text in twilio.texts.sent if text.to in numbers]
        return rows, len(calls), len(texts)
