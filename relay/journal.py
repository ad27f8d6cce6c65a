"""The record of one attempt: turns for the store, events for Pub/Sub, lines for the log. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relay.functions import PostTurn, ToolAnswer
from relay.messages import Log, Message, Publish
from relay.meter import Meter, add
from relay.tool_calls import FAILURES, InFlight


def _never(_: str) -> bool:
    return False


class Journal:
    """Writes into `out`, the messages of the event that is being handled.

    `may_change` says of a turn's item whether words of it may still come, or have to go. An event is told once and
    cannot be taken back, so of such a turn it waits; the turn itself is posted, and posted again.
    """

    def __init__(self, may_change: Callable[[str], bool] = _never) -> None:
        self.out: list[Message] = []
        self.now_ms = 0
        self.usage: dict[str, Any] = {}  # of all engines together
        self.meter = Meter()
        self._may_change = may_change
        self._untold: dict[int, tuple[PostTurn, int]] = {}  # whose events wait: as they are by now, and since when
        self._events = 0

    def publish(self, event_type: str, *, ago_ms: int = 0, **fields: Any) -> None:
        """Events are numbered in the order in which they are told; nearly all at once when they happen."""
        self._events += 1
        self.out.append(Publish(event_type, self._events, fields, ago_ms))

    def turn(self, post: PostTurn) -> None:
        self.out.append(post)
        for each in (*self._untold.values(), (post, self.now_ms)):
            self._tell(*each)

    def turn_again(self, post: PostTurn) -> None:
        """The words came late, or some had to go: posting the turn again replaces it."""
        self.out.append(post)
        if post.turn in self._untold:
            self._tell(post, self._untold[post.turn][1])

    def tell_all(self) -> None:
        """Nothing more will be said by which words have to go."""
        self._may_change = _never
        for each in tuple(self._untold.values()):
            self._tell(*each)

    def _tell(self, post: PostTurn, at_ms: int) -> None:
        """Now, or when it does not change any more; as of then, `at_ms`."""
        if self._may_change(post.item_id):
            self._untold[post.turn] = post, at_ms
            return
        self._untold.pop(post.turn, None)
        message = {
            "role": post.role,
            "content": post.text,
            "transcript": post.text,
            "audio_duration_ms": post.audio_ms,
            "interrupted": post.interrupted,
            "item_id": post.item_id,
        }
        if post.role == "assistant":
            message["heard_ms"] = post.heard_ms
        self.publish("conversation.message", ago_ms=self.now_ms - at_ms, turn=post.turn, message=message)

    def tool(self, call: InFlight, answer: ToolAnswer, duration_ms: int) -> None:
        code = "" if answer.ok else str(answer.error.get("code", ""))
        self.log("< tool", tool=call.name, tool_call_id=call.tool_call_id, ok=answer.ok, code=code)
        function = {
            "name": call.name,
            "arguments": call.arguments,
            "result": answer.result if answer.ok else {"error": dict(answer.error)},
            "ok": answer.ok,
            "duration_ms": duration_ms,
            "tool_call_id": call.tool_call_id,
            "replayed": answer.replayed,
        }
        self.publish("conversation.function_call", turn=call.turn, function=function)
        if code in FAILURES:
            failed = {"name": call.name, "tool_call_id": call.tool_call_id, "code": code}
            self.publish("tool.failed", turn=call.turn, function=failed)

    def add_usage(self, usage: Mapping[str, Any], model: str = "") -> None:
        """What a response used, of the engine that serves or of the `model` behind it."""
        add(self.usage, usage)
        self.meter.add(usage, model)

    def add_seconds(self, model: str, seconds: float) -> None:
        """Of a session that is paid by time: that many more."""
        add(self.usage, {"seconds": seconds})
        self.meter.add_seconds(seconds, model)

    def log(self, line: str, **fields: Any) -> None:
        self.out.append(Log(line, fields))
