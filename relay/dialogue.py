"""The talk in the realtime dialect: its parts in the order in which they are asked, engine after engine. Pure.

The call around it adds arrival, engines and departure. What is said and heard, the tools and the record are kept by
parts of it, or of the `Attempt` around it: `Responses`, `CallerTurns` and the `Floor`, tools and pauses, `Journal`.
Events go in with the time, messages come out of `out`; nothing is awaited and no clock is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay import caller, realtime
from relay.arbiter import Purpose, State
from relay.barge_in import is_backchannel
from relay.caller_audio import KEPT_MS, LEAD_IN_MS
from relay.caller_speech import CallerSpeech
from relay.caller_turns import CallerTurns
from relay.ending import REPLY_WAIT_MS
from relay.entries import Told
from relay.floor import Floor
from relay.functions import PostThen, ToolAnswer, TurnAnswer
from relay.messages import Message
from relay.pauses import Pauses
from relay.responses import Responses
from relay.sentences import CARRY_ON, SAY_AGAIN
from relay.talk import MOVES_AUDIO, Attempt
from relay.tool_talk import ToolTalk

NEVER_MS = 1 << 62


class Dialogue:
    lead_in_ms, most_kept_ms = LEAD_IN_MS, KEPT_MS

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.then: PostThen | None = None  # due now
        self.connection = attempt.connection
        self.conversation = attempt.conversation
        self.journal = attempt.journal
        self.playout = attempt.playout
        self.tools = attempt.tools
        self.speech = CallerSpeech()
        self.responses = Responses(attempt)
        self.floor = Floor(attempt, self.responses)
        self._tool_talk = ToolTalk(attempt, self.responses)
        self._pauses = Pauses(
            attempt,
            is_quiet=self._listens_in_silence,
            may_announce=self._listens_in_silence,
            say=self.responses.want,
            hang_up=self._plan_idle_end,
        )
        self._turns = CallerTurns(attempt, self.speech, self.floor, self.responses, self._pauses)
        self._ending = attempt.ending
        self._now = 0
        self._out: list[Message] = []
        self._is_settled = False  # the agent speaks, and since the rules were minded nothing but its audio moved
        self._rules_due_ms: int | None = None  # when they are to be minded again, if only audio moves

    # --- in and out ---

    def receive(self, event: object, now_ms: int, out: list[Message]) -> None:
        """One event of the talk; others are none of ours."""
        if not (self._is_settled and type(event) in MOVES_AUDIO):
            self._take_in(event, now_ms, out)
            return
        items = self.playout.item_count
        self._take_in(event, now_ms, out)
        self._is_settled = self.playout.item_count == items and not self.playout.is_silent

    def _take_in(self, event: object, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        else:
            self.responses.receive(event, now_ms, out)

    def _write_to(self, out: list[Message], now_ms: int) -> None:
        self._now, self._out, self.journal.out, self.journal.now_ms = now_ms, out, out, now_ms
        self._is_settled = False

    @property
    def only_audio_until_ms(self) -> int:
        if not self._is_settled:
            return 0
        return self._rules_due_ms if self._rules_due_ms is not None else NEVER_MS

    def go_on(self, now_ms: int, out: list[Message]) -> None:
        """Whatever time and the latest event made due."""
        self._mind_rules(now_ms, out)
        has_begun = self._attempt.first_audio_ms is not None
        self._is_settled = has_begun and not self.playout.is_silent
        self._rules_due_ms = self._next_rule_ms(now_ms)

    def _feed(self, now_ms: int, out: list[Message]) -> None:
        out += self.playout.feed(now_ms)
        if self._attempt.first_audio_ms is None and self.playout.sent_bytes:
            self._attempt.first_audio_ms = now_ms

    def _mind_rules(self, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self.responses.agent.give_up(now_ms)
        self._turns.mind(now_ms, out)
        for answer in self.tools.overdue(now_ms):
            self._on_tool_answer(answer)
        self.tools.take_keys(now_ms, out)
        self.floor.mind(now_ms, out)
        self.responses.mind(now_ms)
        self._feed(now_ms, out)
        if self.connection.is_up and self._attempt.sentence_lost.is_to_be_asked_for(now_ms) and self.responses.are_idle:
            self.responses.want(Purpose.REPLY, SAY_AGAIN)
        self._pauses.mind(now_ms)
        self._mind_goodbye()
        self._mind_ending()
        if self._ending.is_transfer and self._ending.reply_id:
            self.responses.arbiter.withdraw()  # nothing more is to be said before the transfer
        self._turns.cards.mind(out)
        is_free = not self.caller_speaks or self._ending.is_transfer or self.responses.break_in
        may_speak = self.connection.is_up and is_free
        self.responses.go_on(now_ms, out, may_speak=may_speak)

    def due_ms(self, now_ms: int) -> int | None:
        """When `go_on` has something to do next, if no event comes before."""
        feed_ms = self.playout.due_ms(now_ms)
        rule_ms = self._rules_due_ms if self._is_settled else self._next_rule_ms(now_ms)
        if feed_ms is None or rule_ms is None:
            return rule_ms if feed_ms is None else feed_ms
        return min(feed_ms, rule_ms)

    def _next_rule_ms(self, now_ms: int) -> int | None:
        times = (
            self.conversation.due_ms(),
            self.tools.due_ms(now_ms),
            self.speech.due_ms,
            self.floor.due_ms,
            self.responses.due_ms,
            self._pauses.due_ms,
            self._ending.due_ms,
            self._attempt.sentence_lost.due_ms if self.connection.is_up else None,
        )
        return min((time for time in times if time is not None), default=None)

    @property
    def is_at_boundary(self) -> bool:
        """Nobody speaks or keys, nothing is under way, and every turn is in the store or on its way there."""
        waiting_for_words = self.conversation.due_ms() is not None or self.floor.awaits_words
        return self._is_quiet and not (waiting_for_words or self.tools or self.tools.hears_keys)

    @property
    def _is_quiet(self) -> bool:
        return self.responses.are_idle and self.playout.is_silent and not self.caller_speaks

    def _listens_in_silence(self) -> bool:
        return self.connection.is_up and self._is_quiet

    # --- engines ---

    @property
    def caller_speaks(self) -> bool:
        """Echo, and what the agent went on over, do not count."""
        return self.speech.is_on and self.floor.is_callers

    def play_opening(self, text: str, audio: bytes, now_ms: int, out: list[Message]) -> bool:
        """Greet the caller with this clip, unless the engine's greeting has come, in whose place it then is."""
        self._write_to(out, now_ms)
        if self.caller_speaks:
            return False
        self.responses.play_opening(text, audio, out)
        return True

    def engine_ready(
        self, now_ms: int, out: list[Message], told: Told, *, caller_was_speaking: bool, audio_from_ms: int
    ) -> None:
        """A fresh engine is configured: tell it the rest, and ask for what the caller is waiting for."""
        self._write_to(out, now_ms)
        self.speech.offset_ms = audio_from_ms
        self.connection.is_up = True
        out += self.conversation.seed(told)
        is_sentence_lost = self._attempt.sentence_lost.taken_up()
        is_owed = self._attempt.owes_reply or self.conversation.caller_waits
        if self._attempt.opening_due:
            self.responses.want_opening(with_answer=self.conversation.caller_waits)
        elif caller_was_speaking:
            self._attempt.sentence_lost.given(now_ms)
        elif is_sentence_lost or self.conversation.last_words_are_lost:
            self.responses.want(Purpose.REPLY, SAY_AGAIN)
        elif is_owed and not self.tools.calls.announce_again():  # it knows of none of these, and would call them again
            self.responses.want(Purpose.REPLY, CARRY_ON)
        self._attempt.owes_reply = False

    def engine_lost(self, now_ms: int, out: list[Message]) -> None:
        """The engine is gone. What it had said so far is played to its end; what it had begun is owed."""
        self._write_to(out, now_ms)
        self.connection.lost()
        self.responses.engine_lost()
        if self.floor.awaits_words and not self._attempt.owes_reply:
            self._attempt.sentence_lost.given(now_ms)
        self.speech.lost()
        self.floor.engine_lost()
        self._ending.engine_lost(self.playout.quiet_at_ms(now_ms))

    def engine_renewed(self, now_ms: int, out: list[Message], told: Told, *, audio_from_ms: int) -> None:
        """Between two turns a fresh engine took the place of the one before. It was `told` so much; nobody notices."""
        self._write_to(out, now_ms)
        self.connection.lost()
        self.connection.is_up = True
        self.speech.lost()
        self.floor.engine_lost()  # the fresh engine has no item of what was passed over
        self.speech.offset_ms = audio_from_ms
        out += self.conversation.seed(told)

    # --- the caller ---

    def _on_dtmf(self, event: caller.Dtmf) -> None:
        self._pauses.broken()
        self._ending.key_pressed(self.conversation.last_turn)
        self.tools.press(event.digit, self._now, self._out)

    # --- tools and notes ---

    def _on_function_called(self, event: realtime.FunctionCalled) -> None:
        self._tool_talk.called(event, self._now, self._out)

    def _on_tool_answer(self, answer: ToolAnswer) -> None:
        self._add_note(self._tool_talk.answered(answer, self._now, self._out))

    def after_the_end(self, answer: ToolAnswer, now_ms: int, out: list[Message]) -> None:
        """A tool finished after the call: nobody is told but the events."""
        self._write_to(out, now_ms)
        self.tools.finish(answer, now_ms)

    def _add_note(self, note: str) -> None:
        if not note:
            return
        self.conversation.note(note)
        if self.connection.is_up:
            self._out.append(realtime.AddMessage("system", note))
        self._ending.puts_off(self._now, after_request=self.responses.arbiter.requests)
        self.responses.want_reply()

    # --- the end ---

    def _plan_idle_end(self) -> None:
        requests, turn = self.responses.arbiter.requests, self.conversation.last_turn
        then, until_ms = PostThen(reason="idle"), self._now + REPLY_WAIT_MS
        self._ending.plan(then, "hangup", after_request=requests, turn=turn, no_reply_by_ms=until_ms)

    def _mind_goodbye(self) -> None:
        """The sound of the caller's voice calls a hang-up off, and the button; but a goodbye in return does not."""
        since, arbiter = self._ending.called_off_since, self.responses.arbiter
        words = self.conversation.words_since(since) if since is not None and not self.speech.is_on else None
        if words is None:
            return
        is_goodbye = is_backchannel(words, farewell=True)
        is_to_begin = arbiter.wish is not None or arbiter.state is State.REQUESTED
        begun = None if is_to_begin else self.responses.agent.latest_answer  # mostly sooner than the words
        after_request = begun.request - 1 if begun else arbiter.requests - (arbiter.state is State.REQUESTED)
        until_ms = None if begun and begun.has_audio else self._now + REPLY_WAIT_MS
        self._ending.settle(stands=is_goodbye, after_request=after_request, no_reply_by_ms=until_ms)
        if is_goodbye:
            self.journal.log("= hang-up stands")
        if is_goodbye and begun:
            self._ending.response_began(begun.response_id, begun.request)

    def _mind_ending(self) -> None:
        """Carry out the ending once its reply was heard, or is not waited for any longer."""
        reply = self.responses.agent.response(self._ending.reply_id)
        is_done = reply is not None and reply.done and not (self.floor.is_open or self.floor.awaits_words)
        if self._ending.is_due(self._now, is_done=is_done, is_heard=not self.playout.is_silent):
            self.then = self.then or self._ending.then

    def close(self, now_ms: int, out: list[Message]) -> None:
        """The stream is about to end: every turn is posted as far as it got."""
        self._write_to(out, now_ms)
        self._turns.cards.close(out)
        self.tools.close(out)
        self.connection.is_up = False
        self.responses.agent.close(now_ms)
        for post in self.conversation.user_words_overdue(None):
            self.journal.turn(post)


_HANDLERS: dict[type, Callable[[Dialogue, Any], None]] = {
    realtime.SpeechStarted: lambda talk, event: talk._turns.speech_started(event, talk._now, talk._out),
    realtime.SpeechStopped: lambda talk, event: talk._turns.speech_stopped(event, talk._now),
    realtime.TranscribedDelta: lambda talk, event: talk._turns.words(event, talk._now, talk._out),
    realtime.Committed: lambda talk, event: talk._turns.committed(event, talk._now, talk._out),
    realtime.Transcribed: lambda talk, event: talk._turns.transcribed(event, talk._now, talk._out),
    realtime.FunctionCalled: Dialogue._on_function_called,
    caller.Dtmf: Dialogue._on_dtmf,
    caller.Text: lambda talk, event: talk._turns.typed(event, talk._now, talk._out),
    caller.Interrupt: lambda talk, _: talk._turns.interrupt(talk._now, talk._out),
    ToolAnswer: Dialogue._on_tool_answer,
    TurnAnswer: lambda talk, answer: talk._add_note(answer.note),
}
