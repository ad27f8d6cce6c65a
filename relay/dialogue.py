"""The talk in the realtime dialect: whose turn it is, what is to be said next, interruptions, the goodbye. Pure.

`Call` owns it and adds arrival, engines and departure. What is said and heard, the tools and the record are kept by
parts of it, or of the `Attempt` around it: `AgentSpeech`, `CallerSpeech`, `ToolDesk`, `Journal`.
Events go in with the time, messages come out of `out`; nothing is awaited and no clock is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay import caller, realtime
from relay.agent_speech import AgentSpeech, Response
from relay.arbiter import Arbiter, Purpose, State, Wish
from relay.caller_speech import CallerSpeech
from relay.ending import REPLY_WAIT_MS
from relay.messages import Message, PostThen, ToolAnswer, TurnAnswer
from relay.playout import Heard
from relay.silence import Rung, Silence
from relay.talk import Attempt
from relay.tool_calls import InFlight

ONE_MOMENT = 'Say exactly: "One moment, please."'
STILL_THERE = 'Say exactly: "Are you still there?"'
IDLE_GOODBYE = 'Say exactly: "I will hang up now. Please call again any time. Goodbye."'
SAY_AGAIN = 'Say exactly: "I am sorry, could you say that again?"'
CARRY_ON = 'Say exactly: "I am sorry, one moment." Then carry on where the conversation stopped.'
ANSWER_AFTER_OPENING = " Then carry on with what the caller said."


class Dialogue:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.stale = False  # a newer attempt has taken over
        self.then: PostThen | None = None  # due now
        self.end_wanted = ""  # a reason that functions gave with a turn
        self.connection = attempt.connection
        self.conversation = attempt.conversation
        self.journal = attempt.journal
        self.playout = attempt.playout
        self.tools = attempt.tools
        self.speech = CallerSpeech()
        self.agent = AgentSpeech(attempt.playout, attempt.conversation, attempt.journal, attempt.connection)
        self.arbiter = Arbiter()
        self._silence = Silence(attempt.session.idle_s * 1000)
        self._ending = attempt.ending
        self._cut_next = False  # the response asked for was interrupted before it began
        self._committed_ms: int | None = None
        self._typed = 0  # messages the guest wrote
        self._now = 0
        self._out: list[Message] = []

    # --- in and out ---

    def receive(self, event: object, now_ms: int, out: list[Message]) -> None:
        """One event of the talk; others are none of ours."""
        self._write_to(out, now_ms)
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        else:
            self.agent.receive(event, now_ms)

    def _write_to(self, out: list[Message], now_ms: int) -> None:
        self._now, self._out, self.journal.out = now_ms, out, out

    def go_on(self, now_ms: int, out: list[Message]) -> None:
        """Whatever time and the latest event made due."""
        self._write_to(out, now_ms)
        self.agent.give_up(now_ms)
        for post in self.conversation.user_words_overdue(now_ms):
            self.journal.turn(post)
        for answer in self.tools.overdue(now_ms):
            self._on_tool_answer(answer)
        self.tools.take_keys(now_ms, out)
        self.speech.mind(now_ms)
        if self.arbiter.due_ms is not None and now_ms >= self.arbiter.due_ms:
            self.connection.never_answered()
        out += self.playout.feed(now_ms)
        if self._attempt.first_audio_ms is None and self.playout.sent_bytes:
            self._attempt.first_audio_ms = now_ms
        self._announce_slow_tool()
        self._mind_silence()
        self._mind_ending()
        if self._ending.is_transfer and self._ending.reply_id:
            self.arbiter.withdraw()  # nothing more is to be said before the transfer
        may_speak = self.connection.is_up and (not self.speech.is_on or self._ending.is_transfer)
        if may_speak and (create := self.arbiter.next(now_ms)):
            self._attempt.opening_due = self._attempt.opening_due and create.purpose != Purpose.OPENING
            out.append(create)

    def due_ms(self, now_ms: int) -> int | None:
        """When `go_on` has something to do next, if no event comes before."""
        times = (
            self.playout.due_ms(now_ms),
            self.conversation.due_ms(),
            self.tools.due_ms(now_ms),
            self.speech.due_ms,
            self.arbiter.due_ms,
            self._silence.due_ms,
            self._ending.due_ms,
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

    # --- engines ---

    @property
    def caller_speaks(self) -> bool:
        return self.speech.is_on

    def engine_ready(self, now_ms: int, out: list[Message], *, caller_was_speaking: bool, audio_from_ms: int) -> None:
        """A fresh engine is configured: tell it the conversation, and ask for what the caller is waiting for."""
        self._write_to(out, now_ms)
        self.speech.offset_ms = audio_from_ms
        self.connection.is_up = True
        out += self.conversation.seed()
        if self._attempt.opening_due:
            answer = ANSWER_AFTER_OPENING if self.conversation.caller_waits else ""
            self.arbiter.want(Wish(Purpose.OPENING, self._attempt.session.opening + answer))
        elif caller_was_speaking:
            pass
        elif self.conversation.last_words_are_lost:
            self.arbiter.want(Wish(Purpose.REPLY, SAY_AGAIN))
        elif self._attempt.owes_reply or self.conversation.caller_waits:
            self.arbiter.want(Wish(Purpose.REPLY, CARRY_ON))
        self._attempt.owes_reply = False

    def engine_lost(self, now_ms: int, out: list[Message]) -> None:
        """The engine is gone. What it had said so far is played to its end; what it had begun is owed."""
        self._write_to(out, now_ms)
        self.connection.lost()
        if self.arbiter.state is not State.IDLE or self.arbiter.wish is not None:
            self._attempt.owes_reply = True
        opening_was_asked_for = self.arbiter.state is State.REQUESTED and self.arbiter.is_opening
        if self.agent.engine_lost() or opening_was_asked_for:
            self._attempt.opening_due = True
        self.arbiter = Arbiter()
        self._cut_next = False
        self.speech.lost()
        self._ending.engine_lost(self.playout.quiet_at_ms(now_ms))

    # --- the caller ---

    def _on_speech_started(self, event: realtime.SpeechStarted) -> None:
        self.speech.started(event.item_id, event.audio_start_ms)
        self._silence.broken()
        if self._attempt.session.barge_in != "off" and not self._ending.is_transfer:
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

    def _on_dtmf(self, event: caller.Dtmf) -> None:
        self._silence.broken()
        self.tools.press(event.digit, self._now, self._out)

    def _on_text(self, event: caller.Text) -> None:
        """The guest typed: an interruption when the agent speaks, and a turn like any spoken one."""
        self._silence.broken()
        if not self._ending.is_transfer:
            self._interrupt()
        self._typed += 1
        item_id = f"typed_{self._attempt.session.attempt}_{self._typed}"
        self.journal.turn(self.conversation.user_typed(item_id, event.text, self._now))
        self._committed_ms = self._now
        if self.connection.is_up:
            self._out.append(realtime.AddMessage("user", event.text, item_id))
            self._want_reply()

    def _on_interrupt(self, _: caller.Interrupt) -> None:
        """The button stops the agent whatever the property's rule for interruption by voice."""
        self._silence.broken()
        if not self._ending.is_transfer:
            self._interrupt()

    def _interrupt(self) -> None:
        """Barge-in: stop playback, tell the engine how much was heard, and drop the rest of the response.

        Source: OpenAI Realtime, response.cancel.
        """
        if self._ending.is_hangup:
            self.journal.log("= hang-up withdrawn")
            self._ending.withdraw()
        reports = self.agent.stop(self._now, self._out)
        if self.arbiter.state is State.REQUESTED:
            self._cut_next = True
        elif self.arbiter.state is State.ACTIVE:
            self.agent.cut()
            self._out.append(realtime.CancelResponse())
        self._attempt.opening_due = self._attempt.opening_due or self._opening_was_missed(reports)
        self.agent.forget_unheard(reports, self._out)

    def _opening_was_missed(self, cut: list[Heard]) -> bool:
        """Whether the interruption just made took the greeting away before anything of it was heard."""
        if self.arbiter.is_opening and not cut:
            return not self.agent.opening_has_audio()
        return self.agent.has_unheard_opening(cut)

    # --- responses ---

    def _want_reply(self) -> None:
        """A reply is due; a greeting that nobody heard comes first."""
        if self._attempt.opening_due:
            self.arbiter.want(Wish(Purpose.OPENING, self._attempt.session.opening + ANSWER_AFTER_OPENING))
        else:
            self.arbiter.want(Wish(Purpose.REPLY))

    def _on_response_created(self, event: realtime.ResponseCreated) -> None:
        wish = self.arbiter.created()
        response = Response(
            event.response_id, wish, self.arbiter.requests, self.conversation.next_turn(), self.connection.number
        )
        self.agent.begins(response)
        if self._cut_next and wish is not None:
            self._cut_next = False
            response.cut = True
            self._out.append(realtime.CancelResponse())
            return
        if wish is not None:
            self._ending.response_began(event.response_id, response.request)

    def _on_audio_delta(self, event: realtime.AudioDelta) -> None:
        response = self.agent.response(event.response_id)
        if response is None or response.cut or response.done:
            return
        if not response.has_audio:
            since = self._now - self._committed_ms if self._committed_ms is not None else None
            self.journal.log("= speaking", turn=response.turn, ms_after_commit=since)
            self._committed_ms = None
        self._ending.reply_is_heard(event.response_id)
        self.agent.add_audio(response, event)

    def _on_response_done(self, event: realtime.ResponseDone) -> None:
        self.arbiter.done()
        self.journal.add_usage(event.usage)
        response = self.agent.response(event.response_id)
        if response is None or response.done:
            return
        self.agent.ended(response)
        has_failed = event.status == "failed" and not response.cut
        quiet_at = self.playout.quiet_at_ms(self._now)
        self._ending.response_ended(
            response.response_id, calls_tools=response.has_calls, failed=has_failed, quiet_at_ms=quiet_at
        )
        if has_failed:
            self.journal.log("! engine response failed", code=event.error_code)
            self._ask_again(response.wish, event.error_code)
            return
        self.connection.response_succeeded()
        if response.cut:
            self.agent.forget_unheard_of(response, self._out)
        if response.has_calls and not self.tools.calls.waits_for(response.response_id):
            self._want_reply()

    def _ask_again(self, wish: Wish | None, code: str) -> None:
        """A response was refused or failed: once more, and after that another engine."""
        self.connection.response_refused(code)
        if wish is not None and self.arbiter.wish is None:
            self.arbiter.want(wish)

    def _on_error(self, event: realtime.EngineError) -> None:
        """An error is data: only a few end the connection.

        Source: OpenAI Realtime, "error": most are recoverable and the session stays open.
        """
        busy = event.code == "conversation_already_has_active_response"
        is_ours = self.arbiter.is_asked_by(event.event_id) or (busy and self.arbiter.state is State.REQUESTED)
        if not self.connection.ends_with(event.code) and is_ours:
            wish, was_cut = self.arbiter.refused(busy=busy), self._cut_next
            self._cut_next = False
            if not busy and not was_cut:
                self._ask_again(wish, event.code)
        self.journal.log("! engine error", code=event.code, detail=event.message[:200])

    # --- tools ---

    def _on_function_called(self, event: realtime.FunctionCalled) -> None:
        response = self.agent.response(event.response_id)
        if response is None or self.tools.calls.knows(event.tool_call_id):
            return
        response.has_calls = True
        if (answer := self.tools.call(event, response.turn, self._now, self._out)) is not None:
            self._on_tool_answer(answer)

    def _on_tool_answer(self, answer: ToolAnswer) -> None:
        """A tool's answer, from functions or from its deadline. Later ones for the same call are dropped."""
        call = self.tools.finish(answer, self._now)
        if call is None:
            self.journal.log("! tool answer too late", tool_call_id=answer.tool_call_id)
        elif answer.is_stale_attempt:
            self.stale = True
        elif call.response_id:
            self._give_output(call, answer)
        else:
            note = answer.result.get("note", "") if isinstance(answer.result, dict) else ""
            self._add_note(note or str(answer.error.get("message", "")))

    def _give_output(self, call: InFlight, answer: ToolAnswer) -> None:
        self.tools.give_output(call, answer, self._out)
        if answer.then is not None:
            action = str(answer.then.get("action", ""))
            then = PostThen(tool_call_id=call.tool_call_id)
            self._ending.plan(then, action, after_request=self.arbiter.requests)
        self._ending.tool_answered(self._now)
        response = self.agent.response(call.response_id)
        if response is not None and response.done and not self.tools.calls.waits_for(call.response_id):
            self._want_reply()

    def after_the_end(self, answer: ToolAnswer, now_ms: int, out: list[Message]) -> None:
        """A tool finished after the call: nobody is told but the events."""
        self._write_to(out, now_ms)
        self.tools.finish(answer, now_ms)

    def _announce_slow_tool(self) -> None:
        if not self.connection.is_up or not self._is_quiet:
            return
        if call := self.tools.calls.to_announce(self._now):
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
        if self.connection.is_up:
            self._out.append(realtime.AddMessage("system", note))
        self._want_reply()

    # --- silence and the end ---

    def _mind_silence(self) -> None:
        is_quiet = self.connection.is_up and self._is_quiet and not self.tools and not self._ending.is_planned
        match self._silence.mind(self._now, is_quiet=is_quiet):
            case Rung.ASK:
                self.arbiter.want(Wish(Purpose.STILL_THERE, STILL_THERE))
            case Rung.GOODBYE:
                then, until = PostThen(reason="idle"), self._now + REPLY_WAIT_MS
                self._ending.plan(then, "hangup", after_request=self.arbiter.requests, no_reply_by_ms=until)
                self.arbiter.want(Wish(Purpose.GOODBYE, IDLE_GOODBYE))

    def _mind_ending(self) -> None:
        """Carry out the ending once its reply was heard, or is not waited for any longer."""
        reply = self.agent.response(self._ending.reply_id)
        is_done = reply is not None and reply.done
        if self._ending.is_due(self._now, reply_is_done=is_done, is_silent=self.playout.is_silent):
            self.then = self.then or self._ending.then

    def close(self, now_ms: int, out: list[Message]) -> None:
        """The stream is about to end: every turn is posted as far as it got."""
        self._write_to(out, now_ms)
        self.connection.is_up = False
        self.agent.close(now_ms)
        for post in self.conversation.user_words_overdue(None):
            self.journal.turn(post)


_HANDLERS: dict[type, Callable[[Dialogue, Any], None]] = {
    realtime.SpeechStarted: Dialogue._on_speech_started,
    realtime.SpeechStopped: Dialogue._on_speech_stopped,
    realtime.Committed: Dialogue._on_committed,
    realtime.Transcribed: Dialogue._on_transcribed,
    realtime.ResponseCreated: Dialogue._on_response_created,
    realtime.AudioDelta: Dialogue._on_audio_delta,
    realtime.FunctionCalled: Dialogue._on_function_called,
    realtime.ResponseDone: Dialogue._on_response_done,
    realtime.EngineError: Dialogue._on_error,
    caller.Dtmf: Dialogue._on_dtmf,
    caller.Text: Dialogue._on_text,
    caller.Interrupt: Dialogue._on_interrupt,
    ToolAnswer: Dialogue._on_tool_answer,
    TurnAnswer: Dialogue._on_turn_answer,
}
