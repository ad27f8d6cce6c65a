"""Tools on their way: calls of the engine and keys of the caller go out to functions, answers come back. Pure.

What an answer means for the talk (a reply, a note, the end) is for `ToolTalk` to say, or `LiveWork`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import orjson

from relay import realtime
from relay.caller_audio import CallerAudio
from relay.card_numbers import mask
from relay.connection import Connection
from relay.conversation import Conversation
from relay.functions import RunTool, ToolAnswer
from relay.journal import Journal
from relay.key_tones import KeyTones
from relay.keys import Keys
from relay.messages import Message
from relay.tool_calls import BAD_ID, BAD_JSON, KEYS_TOOL, InFlight, ToolCalls, output_for_engine, parse_arguments


class ToolDesk:
    def __init__(
        self,
        calls: ToolCalls,
        attempt: int,
        conversation: Conversation,
        journal: Journal,
        connection: Connection,
        caller_audio: CallerAudio,
    ) -> None:
        self.calls = calls
        self._attempt = attempt
        self._conversation = conversation
        self._journal = journal
        self._connection = connection
        self._caller_audio = caller_audio
        self._keys = Keys()
        self._tones = KeyTones()
        self._key_inputs = 0

    def __bool__(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self.calls)

    @property
    def hears_keys(self) -> bool:
        """The caller is keying something, and more of it may come."""
        return self._keys.due_ms is not None

    def due_ms(self, now_ms: int) -> int | None:
        times = (self.calls.due_ms(now_ms), self._keys.due_ms)
        return min((time for time in times if time is not None), default=None)

    # --- out to functions ---

    def call(self, event: realtime.FunctionCalled, turn: int, now_ms: int, out: list[Message]) -> ToolAnswer | None:
        """Run a tool that the engine called. Returns the answer when no tool can be asked.

        Its id travels in a header. Source: RFC 9110, 5.5: visible ASCII, and spaces.
        """
        event = self._without_cards(event, out)
        arguments = parse_arguments(event.arguments)
        self.calls.start(
            InFlight(
                event.tool_call_id,
                event.name,
                arguments or {},
                event.response_id,
                turn,
                self._connection.number,
                started_ms=now_ms,
            )
        )
        self._conversation.tool_called(event.tool_call_id, event.name, event.arguments)
        if arguments is None:
            return ToolAnswer(event.tool_call_id, ok=False, error=BAD_JSON)
        if not (event.tool_call_id.isascii() and event.tool_call_id.isprintable()):
            return ToolAnswer(event.tool_call_id, ok=False, error=BAD_ID)
        out.append(RunTool(event.tool_call_id, event.name, arguments, turn))
        return None

    def _without_cards(self, event: realtime.FunctionCalled, out: list[Message]) -> realtime.FunctionCalled:
        """A card number among the arguments goes nowhere, and the engine is not to remember it either."""
        arguments = parse_arguments(event.arguments)
        if arguments is None:
            return replace(event, arguments=mask(event.arguments))
        if (masked := mask(arguments)) == arguments:
            return event
        event = replace(event, arguments=orjson.dumps(masked).decode())
        if event.item_id:
            call = realtime.AddFunctionCall(event.tool_call_id, event.name, event.arguments)
            out += realtime.DeleteItem(event.item_id), call
        return event

    def press(self, digit: str, now_ms: int, out: list[Message]) -> None:
        received_ms = self._caller_audio.received_ms
        if not self.hears_keys:
            self._tones.begin(received_ms)
        if digit != "#":
            out += self._tones.press(received_ms)
        self._run_keys(self._keys.press(digit, now_ms), now_ms, out)

    def take_keys(self, now_ms: int, out: list[Message]) -> None:
        """What was keyed goes out after a pause, too."""
        self._run_keys(self._keys.pause(now_ms), now_ms, out)

    def close(self, out: list[Message]) -> None:
        """The stream is about to end: what was half keyed is nobody's input any more, but its tones are recorded."""
        if self._keys.end():
            out += self._tones.end(self._caller_audio.received_ms)

    def press_in_vain(self, out: list[Message]) -> None:
        """A key after `close`: its tone is recorded all the same."""
        received_ms = self._caller_audio.received_ms
        self._tones.begin(received_ms)
        out += self._tones.press(received_ms)
        out += self._tones.end(received_ms)

    def _run_keys(self, keys: str, now_ms: int, out: list[Message]) -> None:
        if not keys:
            return
        out += self._tones.end(self._caller_audio.received_ms)
        self._key_inputs += 1
        tool_call_id = f"dtmf-{self._attempt}-{self._key_inputs}"
        turn = self._conversation.last_turn
        self.calls.start(InFlight(tool_call_id, KEYS_TOOL, {}, "", turn, self._connection.number, started_ms=now_ms))
        out.append(RunTool(tool_call_id, KEYS_TOOL, {"keys": keys}, turn))

    # --- back from functions ---

    def overdue(self, now_ms: int | None) -> Iterator[ToolAnswer]:
        """The answers of those that took too long; of all, without a time."""
        for answer in self.calls.overdue(now_ms):
            self._journal.log("! tool timeout", tool_call_id=answer.tool_call_id)
            yield answer

    def finish(self, answer: ToolAnswer, now_ms: int) -> InFlight | None:
        """Take the answer down. Returns the call it is for, None when that had its answer before."""
        call = self.calls.finish(answer.tool_call_id)
        if call is not None:
            self._journal.tool(call, answer, now_ms - call.started_ms)
        return call

    def answered(self, answer: ToolAnswer, now_ms: int) -> tuple[InFlight | None, str]:
        """A tool's answer, from functions or from its deadline. Later ones for the same call are dropped.

        Returns the engine's call that is to have an output, or what is to be known of the caller's keys.
        """
        call = self.finish(answer, now_ms)
        if call is None:
            self._journal.log("! tool answer too late", tool_call_id=answer.tool_call_id)
            return None, ""
        if answer.is_stale_attempt:
            return None, ""
        if call.response_id:
            return call, ""
        note = answer.result.get("note", "") if isinstance(answer.result, dict) else ""
        return None, str(note or answer.error.get("message", ""))

    def give_output(self, call: InFlight, answer: ToolAnswer, out: list[Message]) -> None:
        """Tell the engine; one that did not make the call learns of it first."""
        output = output_for_engine(answer)
        self._conversation.tool_answered(call.tool_call_id, output)
        if not self._connection.is_up:
            return
        if call.connection != self._connection.number:
            arguments = orjson.dumps(call.arguments).decode()
            out.append(realtime.AddFunctionCall(call.tool_call_id, call.name, arguments))
        out.append(realtime.AddFunctionOutput(call.tool_call_id, output))
