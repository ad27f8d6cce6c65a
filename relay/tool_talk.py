"""What a tool's call and its answer mean for the talk in the realtime dialect: one reply, a note, an end. Pure.

The calls on their way are `ToolDesk`'s. A response that called several tools is replied to once, when all of them
have answered and it has ended, whoever is speaking then: `Responses` asks for the reply when it may.
"""

from __future__ import annotations

from relay import realtime
from relay.functions import PostThen, ToolAnswer
from relay.messages import Message
from relay.responses import Responses
from relay.talk import Attempt
from relay.tool_calls import InFlight


class ToolTalk:
    def __init__(self, attempt: Attempt, responses: Responses) -> None:
        self._tools = attempt.tools
        self._ending = attempt.ending
        self._journal = attempt.journal
        self._responses = responses

    def called(self, event: realtime.FunctionCalled, now_ms: int, out: list[Message]) -> None:
        """Run it, also when the response is being interrupted: the engine remembers that it has called."""
        response = self._responses.agent.response(event.response_id)
        if response is None or self._tools.calls.knows(event.tool_call_id):
            return
        response.has_calls = True
        response.half_calls.discard(event.item_id)
        if (answer := self._tools.call(event, response.turn, now_ms, out)) is not None:
            self.answered(answer, now_ms, out)

    def answered(self, answer: ToolAnswer, now_ms: int, out: list[Message]) -> str:
        """Returns a note for the engine, "" when there is none: what the caller's keys have led to."""
        call, note = self._tools.answered(answer, now_ms)
        if call is not None:
            self._give_output(call, answer, now_ms, out)
        return note

    def _give_output(self, call: InFlight, answer: ToolAnswer, now_ms: int, out: list[Message]) -> None:
        self._tools.give_output(call, answer, out)
        if answer.then is not None:
            self._plan(call, str(answer.then.get("action", "")))
        if self._tools.calls.waits_for(call.response_id):
            return
        self._ending.tool_answered(now_ms)
        response = self._responses.agent.response(call.response_id)
        if response is None or response.done:  # none of ours: an engine of another dialect had made it
            self._responses.want_reply()

    def _plan(self, call: InFlight, action: str) -> None:
        """Unless the caller has gone on since the call: nobody is hung up on who has more to say."""
        then = PostThen(tool_call_id=call.tool_call_id)
        if self._ending.is_called_off(action, call.turn):
            self._ending.keep(then, call.turn)
            self._journal.log("= hang-up withdrawn")
        else:
            self._ending.plan(then, action, after_request=self._responses.arbiter.requests, turn=call.turn)
