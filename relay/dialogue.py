"""The talk itself: whose turn it is, what was heard, tools in flight, interruptions, the goodbye. Pure.

It is one state object for one attempt of one session; `Call` owns it and adds arrival, engines and departure.
Events go in with the time, messages come out of `out`; nothing is awaited and no clock is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from relay import realtime, twilio
from relay.arbiter import Arbiter, Purpose, State, Wish
from relay.caller_speech import CallerSpeech
from relay.conversation import Conversation
from relay.ending import REPLY_WAIT_MS, Ending
from relay.journal import Journal
from relay.keys import Keys
from relay.messages import Message, PostThen, RunTool, Session, ToolAnswer, TurnAnswer
from relay.playout import Heard, Playout
from relay.silence import Rung, Silence
from relay.tool_calls import BAD_JSON, KEYS_TOOL, InFlight, ToolCalls, output_for_engine, parse_arguments

ONE_MOMENT = 'Say exactly: "One moment, please."'
STILL_THERE = 'Say exactly: "Are you still there?"'
IDLE_GOODBYE = 'Say exactly: "I will hang up now. Please call again any time. Goodbye."'
SAY_AGAIN = 'Say exactly: "I am sorry, could you say that again?"'
CARRY_ON = 'Say exactly: "I am sorry, one moment." Then carry on where the conversation stopped.'
ANSWER_AFTER_OPENING = " Then carry on with what the caller said."

# A response that was asked for and never began means a dead engine.
RESPONSE_WAIT_MS = 8000
REFUSALS_BEFORE_SWITCH = 2

FATAL_CODES = frozenset(
    {"invalid_api_key", "insufficient_quota", "model_not_found", "beta_api_shape_disabled", "account_deactivated"}
)


@dataclass(slots=True)
class Response:
    """One response of the engine. `cut` once interrupted: what still comes of it is dropped."""

    response_id: str
    wish: Wish | None
    request: int
    turn: int
    connection: int  # the engine connection that made it; no other knows its items
    turn_taken: bool = False
    has_calls: bool = False
    has_audio: bool = False
    cut: bool = False
    done: bool = False


@dataclass(slots=True)
class EngineTrouble:
    problem: str
    fatal: bool


class Dialogue:
    def __init__(self, session: Session, *, lead_ms: int, tool_announce_ms: int, tool_timeout_ms: int) -> None:
        self.session = session
        self.connected = False  # an engine is configured and knows the conversation
        self.connection = 0  # counts them
        self.stale = False  # a newer attempt has taken over
        self.then: PostThen | None = None  # due now
        self.end_wanted = ""  # a reason that functions gave with a turn
        self.trouble: EngineTrouble | None = None
        self.first_audio_ms: int | None = None
        self.speech = CallerSpeech()
        self.playout = Playout(lead_ms)
        self.arbiter = Arbiter()
        self.conversation = Conversation(session.history)
        self.tools = ToolCalls(tool_announce_ms, tool_timeout_ms)
        self.journal = Journal()
        self._silence = Silence(session.idle_s * 1000)
        self._keys = Keys()
        self._key_inputs = 0
        self._responses: dict[str, Response] = {}
        self._ending: Ending | None = None
        self._cut_next = False  # the response asked for was interrupted before it began
        self._opening_due = True
        self._engine_owes_reply = False  # a response was lost together with its engine
        self._refusals = 0
        self._committed_ms: int | None = None
        self._now = 0
        self._out: list[Message] = []

    # --- in and out ---

    def receive(self, event: object, now_ms: int, out: list[Message]) -> None:
        """One event of the talk; others are none of ours."""
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            self._write_to(out, now_ms)
            handler(self, event)

    def _write_to(self, out: list[Message], now_ms: int) -> None:
        self._now, self._out, self.journal.out = now_ms, out, out

    def go_on(self, now_ms: int, out: list[Message]) -> None:
        """Whatever time and the latest event made due."""
        self._write_to(out, now_ms)
        for heard in self.playout.give_up(now_ms):
            self._heard(heard)
        for post in self.conversation.user_words_overdue(now_ms):
            self.journal.turn(post)
        for answer in self.tools.overdue(now_ms):
            self.journal.log("! tool timeout", tool_call_id=answer.tool_call_id)
            self._on_tool_answer(answer)
        if keys := self._keys.pause(now_ms):
            self._run_keys(keys)
        self.speech.mind(now_ms)
        if self.arbiter.state is State.REQUESTED and now_ms >= self.arbiter.requested_ms + RESPONSE_WAIT_MS:
            self.trouble = EngineTrouble("response never began", fatal=False)
        out += self.playout.feed(now_ms)
        if self.first_audio_ms is None and self.playout.sent_bytes:
            self.first_audio_ms = now_ms
        self._announce_slow_tool()
        self._mind_silence()
        self._mind_ending()
        if self._is_transferring and self._ending is not None and self._ending.reply_id:
            self.arbiter.withdraw()  # nothing more is to be said before the transfer
        may_speak = self.connected and (not self.speech.is_on or self._is_transferring)
        if may_speak and (create := self.arbiter.next(now_ms)):
            self._opening_due = self._opening_due and create.purpose != Purpose.OPENING
            out.append(create)

    def due_ms(self, now_ms: int) -> int | None:
        """When `go_on` has something to do next, if no event comes before."""
        times = (
            self.playout.due_ms(now_ms),
            self.conversation.due_ms(),
            self.tools.due_ms(now_ms),
            self._keys.due_ms,
            self.speech.due_ms,
            self.arbiter.requested_ms + RESPONSE_WAIT_MS if self.arbiter.state is State.REQUESTED else None,
            self._silence.due_ms,
            self._ending.due_ms if self._ending is not None else None,
        )
        return min((time for time in times if time is not None), default=None)

    @property
    def is_at_boundary(self) -> bool:
        """Nobody speaks, nothing is under way, and every turn is in the store or on its way there."""
        waiting_for_words = self.conversation.due_ms() is not None
        return self._is_quiet and not waiting_for_words and not self.tools

    @property
    def _is_quiet(self) -> bool:
        return self.arbiter.is_idle and self.playout.is_silent and not self.speech.is_on

    @property
    def _is_transferring(self) -> bool:
        return self._ending is not None and not self._ending.is_hangup

    # --- engines ---

    def engine_ready(self, now_ms: int, out: list[Message], *, caller_was_speaking: bool) -> None:
        """A fresh engine is configured: tell it the conversation, and ask for what the caller is waiting for."""
        self._write_to(out, now_ms)
        self.connected = True
        out += self.conversation.seed()
        if self._opening_due:
            self.arbiter.want(Wish(Purpose.OPENING, self.session.opening))
        elif caller_was_speaking:
            pass
        elif self.conversation.last_words_are_lost:
            self.arbiter.want(Wish(Purpose.REPLY, SAY_AGAIN))
        elif self._engine_owes_reply or self.conversation.caller_waits:
            self.arbiter.want(Wish(Purpose.REPLY, CARRY_ON))
        self._engine_owes_reply = False

    def engine_lost(self, now_ms: int, out: list[Message]) -> None:
        """The engine is gone. What it had said so far is played to its end; what it had begun is owed."""
        self._write_to(out, now_ms)
        self.connected = False
        self.connection += 1
        self.trouble = None
        if self.arbiter.state is not State.IDLE or self.arbiter.wish is not None:
            self._engine_owes_reply = True
        if self.arbiter.state is State.REQUESTED and _is_opening(self.arbiter.current):
            self._opening_due = True
        for response in self._responses.values():
            if not response.done:
                self._opening_due = self._opening_due or (_is_opening(response.wish) and not response.has_audio)
                response.done = True
                self._close_items(response)
        self.arbiter = Arbiter()
        self._refusals = 0
        self._cut_next = False
        self.speech.lost()
        if self._ending is not None:
            self._ending.engine_lost(self.playout.quiet_at_ms(now_ms))

    # --- the caller ---

    def _on_speech_started(self, event: realtime.SpeechStarted) -> None:
        self.speech.started(event.item_id, event.audio_start_ms)
        self._silence.broken()
        if self.session.barge_in != "off" and not self._is_transferring:
            self._interrupt()

    def _on_speech_stopped(self, event: realtime.SpeechStopped) -> None:
        self.speech.stopped(event.item_id, event.audio_end_ms, self._now)

    def _on_committed(self, event: realtime.Committed) -> None:
        self._committed_ms = self._now
        start_ms, end_ms = self.speech.committed(event.item_id)
        self.conversation.user_spoke(event.item_id, start_ms, end_ms, self._now)
        self._want_reply()

    def _on_transcribed(self, event: realtime.Transcribed) -> None:
        if (words := self.conversation.user_words(event.item_id, event.text)) is not None:
            post, is_late = words
            (self.journal.turn_again if is_late else self.journal.turn)(post)

    def _on_dtmf(self, event: twilio.Dtmf) -> None:
        self._silence.broken()
        if keys := self._keys.press(event.digit, self._now):
            self._run_keys(keys)

    def _run_keys(self, keys: str) -> None:
        self._key_inputs += 1
        tool_call_id = f"dtmf-{self.session.attempt}-{self._key_inputs}"
        call = InFlight(
            tool_call_id, KEYS_TOOL, {}, "", self.conversation.last_turn, self.connection, started_ms=self._now
        )
        self.tools.start(call)
        self._out.append(RunTool(tool_call_id, KEYS_TOOL, {"keys": keys}, call.turn))

    def _interrupt(self) -> None:
        """Barge-in: stop playback, tell the engine how much was heard, and drop the rest of the response.

        Source: Twilio Media Streams, "clear"; OpenAI Realtime, conversation.item.truncate and response.cancel.
        """
        if self._ending is not None and self._ending.is_hangup:
            self.journal.log("= hang-up withdrawn")
            self._ending = None
        reports: list[Heard] = []
        if not self.playout.is_silent:
            self._out.append(twilio.Clear())
            reports = self.playout.clear(self._now)
        for heard in reports:
            if heard.heard_ms and not heard.whole and self._response_of(heard) is not None:
                self._out.append(realtime.Truncate(heard.item_id, heard.content_index, heard.heard_ms))
            self._heard(heard)
        if self.arbiter.state is State.REQUESTED:
            self._cut_next = True
        elif self.arbiter.state is State.ACTIVE:
            for response in self._responses.values():
                response.cut = response.cut or not response.done
            self._out.append(realtime.CancelResponse())
        self._opening_due = self._opening_due or self._opening_was_missed(reports)
        for heard in reports:
            made_by = self._response_of(heard)
            # An item still being made is deleted when its response has ended.
            if not heard.heard_ms and made_by is not None and made_by.done:
                self._out.append(realtime.DeleteItem(heard.item_id))

    def _response_of(self, heard: Heard) -> Response | None:
        """The response that made this item, if it is one of the engine we are talking to."""
        turn = self.conversation.agent(heard.item_id)
        response = self._responses.get(turn.response_id) if turn is not None else None
        return response if response is not None and response.connection == self.connection else None

    def _opening_was_missed(self, cut: list[Heard]) -> bool:
        """Whether the interruption just made took the greeting away before anything of it was heard."""
        if self.arbiter.state is not State.IDLE and _is_opening(self.arbiter.current) and not cut:
            return not any(r.has_audio for r in self._responses.values() if _is_opening(r.wish))
        missed = [self.conversation.agent(heard.item_id) for heard in cut if not heard.heard_ms]
        return any(turn is not None and _is_opening(self._responses[turn.response_id].wish) for turn in missed)

    # --- responses ---

    def _want_reply(self) -> None:
        """A reply is due; a greeting that nobody heard comes first."""
        if self._opening_due:
            self.arbiter.want(Wish(Purpose.OPENING, self.session.opening + ANSWER_AFTER_OPENING))
        else:
            self.arbiter.want(Wish(Purpose.REPLY))

    def _on_response_created(self, event: realtime.ResponseCreated) -> None:
        wish = self.arbiter.created()
        response = Response(
            event.response_id, wish, self.arbiter.requests, self.conversation.next_turn(), self.connection
        )
        self._responses[event.response_id] = response
        if self._cut_next and wish is not None:
            self._cut_next = False
            response.cut = True
            self._out.append(realtime.CancelResponse())
            return
        if self._ending is not None and wish is not None:
            self._ending.response_began(event.response_id, response.request)

    def _on_item_added(self, event: realtime.ItemAdded) -> None:
        response = self._responses.get(event.response_id)
        if response is None or event.kind != "message" or self.conversation.agent(event.item_id) is not None:
            return
        turn = self.conversation.next_turn() if response.turn_taken else response.turn
        response.turn_taken = True
        self.conversation.agent_begins(event.item_id, event.response_id, turn)

    def _on_audio_delta(self, event: realtime.AudioDelta) -> None:
        response = self._responses.get(event.response_id)
        if response is None or response.cut or response.done:
            return
        if not response.has_audio:
            response.has_audio = True
            self._on_item_added(realtime.ItemAdded(event.response_id, event.item_id, "message"))
            since = self._now - self._committed_ms if self._committed_ms is not None else None
            self.journal.log("= speaking", turn=response.turn, ms_after_commit=since)
            self._committed_ms = None
        if self._ending is not None:
            self._ending.reply_is_heard(event.response_id)
        self.playout.add(event.item_id, event.content_index, event.audio)

    def _on_audio_done(self, event: realtime.AudioDone) -> None:
        for heard in self.playout.finish(event.item_id):
            self._heard(heard)

    def _on_transcript_delta(self, event: realtime.TranscriptDelta) -> None:
        response = self._responses.get(event.response_id)
        turn = self.conversation.agent(event.item_id)
        if turn is not None and response is not None and not response.cut:
            turn.text += event.delta

    def _on_transcript_done(self, event: realtime.TranscriptDone) -> None:
        response = self._responses.get(event.response_id)
        turn = self.conversation.agent(event.item_id)
        if turn is not None and response is not None and not response.cut:
            turn.text = event.transcript

    def _on_message_done(self, event: realtime.MessageDone) -> None:
        self._close_item(event.item_id)

    def _close_items(self, response: Response) -> None:
        for turn in self.conversation.agents_of(response.response_id):
            self._close_item(turn.item_id)

    def _close_item(self, item_id: str) -> None:
        turn = self.conversation.agent(item_id)
        if turn is None or turn.closed:
            return
        turn.closed = True
        for heard in self.playout.finish(item_id):
            self._heard(heard)
        if post := self.conversation.agent_settled(turn):
            self.journal.turn(post)

    def _on_mark(self, event: twilio.Mark) -> None:
        for heard in self.playout.mark(event.name, self._now) or []:
            self._heard(heard)

    def _heard(self, heard: Heard) -> None:
        """An item will be heard no further."""
        if post := self.conversation.agent_heard(heard):
            self.journal.turn(post)

    def _on_response_done(self, event: realtime.ResponseDone) -> None:
        self.arbiter.done()
        self.journal.add_usage(event.usage)
        response = self._responses.get(event.response_id)
        if response is None or response.done:
            return
        response.done = True
        self._close_items(response)
        has_failed = event.status == "failed" and not response.cut
        if self._ending is not None:
            quiet_at = self.playout.quiet_at_ms(self._now)
            self._ending.response_ended(
                response.response_id, calls_tools=response.has_calls, failed=has_failed, quiet_at_ms=quiet_at
            )
        if has_failed:
            self.journal.log("! engine response failed", code=event.error_code)
            self._ask_again(response.wish, event.error_code)
            return
        self._refusals = 0
        if response.cut:
            self._delete_unheard(response)
        if response.has_calls and not self.tools.waits_for(response.response_id):
            self._want_reply()

    def _delete_unheard(self, response: Response) -> None:
        """What an interrupted response had begun and nobody heard, so that the engine does not remember saying it."""
        for turn in self.conversation.agents_of(response.response_id):
            if turn.heard is None or not turn.heard.heard_ms:
                self._out.append(realtime.DeleteItem(turn.item_id))

    def _ask_again(self, wish: Wish | None, code: str) -> None:
        """A response was refused or failed: once more, and after that another engine."""
        self._refusals += 1
        if code in FATAL_CODES or self._refusals >= REFUSALS_BEFORE_SWITCH:
            self.trouble = EngineTrouble(code or "response failed", code in FATAL_CODES)
        if wish is not None and self.arbiter.wish is None:
            self.arbiter.want(wish)

    def _on_error(self, event: realtime.EngineError) -> None:
        """An error is data: only a few end the connection.

        Source: OpenAI Realtime, "error": most are recoverable and the session stays open.
        """
        busy = event.code == "conversation_already_has_active_response"
        if event.code in FATAL_CODES or event.code == "session_expired":
            self.trouble = EngineTrouble(event.code, event.code in FATAL_CODES)
        elif self.arbiter.is_asked_by(event.event_id) or (busy and self.arbiter.state is State.REQUESTED):
            wish, was_cut = self.arbiter.refused(busy=busy), self._cut_next
            self._cut_next = False
            if not busy and not was_cut:
                self._ask_again(wish, event.code)
        self.journal.log("! engine error", code=event.code, detail=event.message[:200])

    # --- tools ---

    def _on_function_called(self, event: realtime.FunctionCalled) -> None:
        response = self._responses.get(event.response_id)
        if response is None:
            return
        arguments = parse_arguments(event.arguments)
        call = InFlight(
            event.tool_call_id,
            event.name,
            arguments or {},
            event.response_id,
            response.turn,
            self.connection,
            started_ms=self._now,
        )
        if not self.tools.start(call):
            return
        response.has_calls = True
        self.conversation.tool_called(event.tool_call_id, event.name, event.arguments)
        if arguments is None:
            self._on_tool_answer(ToolAnswer(event.tool_call_id, ok=False, error=BAD_JSON))
        else:
            self._out.append(RunTool(event.tool_call_id, event.name, arguments, response.turn))

    def _on_tool_answer(self, answer: ToolAnswer) -> None:
        """A tool's answer, from functions or from its deadline. Later ones for the same call are dropped."""
        call = self.tools.finish(answer.tool_call_id)
        if call is None:
            self.journal.log("! tool answer too late", tool_call_id=answer.tool_call_id)
            return
        self.journal.tool(call, answer, self._now - call.started_ms)
        if answer.is_stale_attempt:
            self.stale = True
        elif call.response_id:
            self._give_output(call, answer)
        else:
            note = answer.result.get("note", "") if isinstance(answer.result, dict) else ""
            self._add_note(note or str(answer.error.get("message", "")))

    def _give_output(self, call: InFlight, answer: ToolAnswer) -> None:
        output = output_for_engine(answer)
        self.conversation.tool_answered(call.tool_call_id, output)
        if self.connected:
            if call.connection != self.connection:
                arguments = orjson.dumps(call.arguments).decode()
                self._out.append(realtime.AddFunctionCall(call.tool_call_id, call.name, arguments))
            self._out.append(realtime.AddFunctionOutput(call.tool_call_id, output))
        if answer.then is not None:
            action = str(answer.then.get("action", ""))
            self._ending = Ending(PostThen(tool_call_id=call.tool_call_id), action, self.arbiter.requests, None)
        if self._ending is not None:
            self._ending.tool_answered(self._now)
        response = self._responses[call.response_id]
        if response.done and not self.tools.waits_for(call.response_id):
            self._want_reply()

    def after_the_end(self, answer: ToolAnswer, now_ms: int, out: list[Message]) -> None:
        """A tool finished after the call: nobody is told but the events."""
        self._write_to(out, now_ms)
        if call := self.tools.finish(answer.tool_call_id):
            self.journal.tool(call, answer, self._now - call.started_ms)

    def _announce_slow_tool(self) -> None:
        if not self.connected or not self._is_quiet:
            return
        if call := self.tools.to_announce(self._now):
            call.announced = True
            self.arbiter.want(Wish(Purpose.ANNOUNCE, ONE_MOMENT))

    def _on_turn_answer(self, answer: TurnAnswer) -> None:
        if answer.is_stale_attempt:
            self.stale = True
        self.end_wanted = self.end_wanted or answer.end
        self._add_note(answer.note)

    def _add_note(self, note: str) -> None:
        if not note:
            return
        self.conversation.note(note)
        if self.connected:
            self._out.append(realtime.AddMessage("system", note))
        self._want_reply()

    # --- silence and the end ---

    def _mind_silence(self) -> None:
        is_quiet = self.connected and self._is_quiet and not self.tools and self._ending is None
        match self._silence.mind(self._now, is_quiet=is_quiet):
            case Rung.ASK:
                self.arbiter.want(Wish(Purpose.STILL_THERE, STILL_THERE))
            case Rung.GOODBYE:
                self._ending = Ending(
                    PostThen(reason="idle"), "hangup", self.arbiter.requests, no_reply_by_ms=self._now + REPLY_WAIT_MS
                )
                self.arbiter.want(Wish(Purpose.GOODBYE, IDLE_GOODBYE))

    def _mind_ending(self) -> None:
        """Carry out the ending once its reply was heard, or is not waited for any longer."""
        if self._ending is None or self.then is not None:
            return
        reply = self._responses.get(self._ending.reply_id)
        is_done = reply is not None and reply.done
        if self._ending.is_due(self._now, reply_is_done=is_done, is_silent=self.playout.is_silent):
            self.then = self._ending.then

    def close(self, now_ms: int, out: list[Message]) -> None:
        """The stream is about to end: every turn is posted as far as it got."""
        self._write_to(out, now_ms)
        self.connected = False
        for heard in self.playout.clear(now_ms):
            self._heard(heard)
        for response in self._responses.values():
            self._close_items(response)
        for post in self.conversation.user_words_overdue(None):
            self.journal.turn(post)


def _is_opening(wish: Wish | None) -> bool:
    return wish is not None and wish.purpose is Purpose.OPENING


_HANDLERS: dict[type, Callable[[Dialogue, Any], None]] = {
    realtime.SpeechStarted: Dialogue._on_speech_started,
    realtime.SpeechStopped: Dialogue._on_speech_stopped,
    realtime.Committed: Dialogue._on_committed,
    realtime.Transcribed: Dialogue._on_transcribed,
    realtime.ResponseCreated: Dialogue._on_response_created,
    realtime.ItemAdded: Dialogue._on_item_added,
    realtime.AudioDelta: Dialogue._on_audio_delta,
    realtime.AudioDone: Dialogue._on_audio_done,
    realtime.TranscriptDelta: Dialogue._on_transcript_delta,
    realtime.TranscriptDone: Dialogue._on_transcript_done,
    realtime.MessageDone: Dialogue._on_message_done,
    realtime.FunctionCalled: Dialogue._on_function_called,
    realtime.ResponseDone: Dialogue._on_response_done,
    realtime.EngineError: Dialogue._on_error,
    twilio.Mark: Dialogue._on_mark,
    twilio.Dtmf: Dialogue._on_dtmf,
    ToolAnswer: Dialogue._on_tool_answer,
    TurnAnswer: Dialogue._on_turn_answer,
}
