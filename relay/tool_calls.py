"""Tool calls in flight: each is answered exactly once, by its result, by a refusal, or by its deadline. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from relay.functions import ToolAnswer

KEYS_TOOL = "handle_ivr_menu"
TIMED_OUT: Mapping[str, Any] = {
    "code": "tool_timeout",
    "message": "The tool did not answer in time; it may or may not have done its work. Do not call it again at once.",
    "say": "I am sorry, that is taking too long. May I have somebody call you back?",
}
BAD_JSON: Mapping[str, Any] = {
    "code": "invalid_arguments",
    "message": "The arguments were not a JSON object. Call the tool again with a JSON object.",
    "say": "",
}
BAD_ID: Mapping[str, Any] = {
    "code": "invalid_tool_call_id",
    "message": "The id of this call has characters that cannot be sent. Call the tool again.",
    "say": "",
}

# Codes of answers that no tool gave: its deadline did, or the way to it.
FAILURES = frozenset({"tool_timeout", "tool_unavailable"})


@dataclass(slots=True)
class InFlight:
    tool_call_id: str
    name: str
    arguments: Mapping[str, Any]
    response_id: str  # "" for keys: no response asked for them
    turn: int
    connection: int  # the engine connection that asked; another one must be told of the call as well
    started_ms: int
    announced: bool = False


class ToolCalls:
    def __init__(self, announce_ms: int, timeout_ms: int) -> None:
        self._announce_ms = announce_ms
        self._timeout_ms = timeout_ms
        self._in_flight: dict[str, InFlight] = {}
        self._seen: set[str] = set()

    @property
    def count(self) -> int:
        """All calls of this attempt so far."""
        return len(self._seen)

    def __bool__(self) -> bool:
        return bool(self._in_flight)

    def knows(self, tool_call_id: str) -> bool:
        """Whether it was called before: then it has been, or will be, answered already."""
        return tool_call_id in self._seen

    def start(self, call: InFlight) -> None:
        self._seen.add(call.tool_call_id)
        self._in_flight[call.tool_call_id] = call

    def finish(self, tool_call_id: str) -> InFlight | None:
        """Take the call out of flight; None when it was answered before (by its deadline)."""
        return self._in_flight.pop(tool_call_id, None)

    def waits_for(self, response_id: str) -> bool:
        """Whether a call of this response is still to be answered."""
        return any(call.response_id == response_id for call in self._in_flight.values())

    def announce_again(self) -> bool:
        """Another engine has come. Returns whether anything is on its way whose answer will be replied to."""
        waiting = [call for call in self._in_flight.values() if call.response_id]
        for call in waiting:
            call.announced = False
        return bool(waiting)

    def overdue(self, now_ms: int | None) -> Iterator[ToolAnswer]:
        """The answers of those that are not waited for any longer; all, without a time."""
        for call in list(self._in_flight.values()):
            if now_ms is None or now_ms >= call.started_ms + self._timeout_ms:
                yield ToolAnswer(call.tool_call_id, ok=False, error=TIMED_OUT)

    def announce(self, now_ms: int) -> bool:
        """Whether the caller is to be told now that it takes long: once for all that is on its way.

        Keys are collected in silence.
        """
        waiting = [call for call in self._in_flight.values() if call.response_id and not call.announced]
        if not any(now_ms >= call.started_ms + self._announce_ms for call in waiting):
            return False
        for call in waiting:
            call.announced = True
        return True

    def due_ms(self, now_ms: int) -> int | None:
        times = []
        for call in self._in_flight.values():
            times.append(call.started_ms + self._timeout_ms)
            if call.response_id and not call.announced and now_ms < call.started_ms + self._announce_ms:
                times.append(call.started_ms + self._announce_ms)
        return min(times, default=None)


def parse_arguments(arguments: str) -> dict[str, Any] | None:
    try:
        parsed = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def output_for_engine(answer: ToolAnswer) -> str:
    """What the engine is told: the result, or the error as an object. Always JSON in a string."""
    return orjson.dumps(answer.result if answer.ok else {"error": answer.error}).decode()
