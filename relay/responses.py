"""What the engine is asked to say, what it says, and what an interruption takes back of it. Pure.

Responses are asked for here alone (`arbiter`), followed from their creation to their end, and cut short by
`interrupt`. Whose turn it is, and whether there is an interruption at all, is for `CallerTurns` and `Floor` to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay import realtime
from relay.agent_speech import AgentSpeech, Response
from relay.arbiter import Arbiter, Purpose, State, Wish
from relay.messages import Message
from relay.playout import Heard
from relay.sentences import ANSWER_AFTER_OPENING, CARRY_ON
from relay.talk import Attempt

CLIP_ITEM = "opening_clip"
NO_CONNECTION = -1
# Codes of errors.
BUSY = "conversation_already_has_active_response"
NONE_ACTIVE = "response_cancel_not_active"


class Responses:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._journal = attempt.journal
        self._ending = attempt.ending
        self.agent = AgentSpeech(attempt.playout, attempt.conversation, attempt.journal, attempt.connection)
        self.arbiter = Arbiter()
        self._cut_next = False  # the response asked for was interrupted before it began
        self._was_silent = False  # the latest response said nothing, and another was asked for
        self._caller_done_ms: int | None = None
        self._now = 0
        self._out: list[Message] = []

    # --- asking ---

    @property
    def are_idle(self) -> bool:
        """None is asked for, wished for, or being made."""
        return self.arbiter.is_idle

    @property
    def break_in(self) -> bool:
        """What is to be said next does not wait for the caller to stop."""
        return self.arbiter.wish is not None and self.arbiter.wish.purpose is Purpose.CARD

    @property
    def due_ms(self) -> int | None:
        return self.arbiter.due_ms

    def want(self, purpose: Purpose, instructions: str = "") -> None:
        self.arbiter.want(Wish(purpose, instructions))

    def want_opening(self, *, with_answer: bool) -> None:
        self.want(Purpose.OPENING, self._attempt.session.opening + (ANSWER_AFTER_OPENING if with_answer else ""))

    def want_reply(self) -> None:
        """A reply is due, of the next engine where there is none; a greeting that nobody heard comes first."""
        self._attempt.owes_reply = self._attempt.owes_reply or not self._attempt.connection.is_up
        if self.arbiter.wish is not None and self.arbiter.wish.is_opening:
            self.arbiter.withdraw()
            self._attempt.opening_due = True
        if self._attempt.opening_due:
            self.want_opening(with_answer=True)
        else:
            self.want(Purpose.REPLY)

    def caller_is_done(self, now_ms: int) -> None:
        """The caller's turn was committed: from here the wait for the answer counts."""
        self._caller_done_ms = now_ms

    def go_on(self, now_ms: int, out: list[Message], *, may_speak: bool) -> None:
        """Ask for the response that is due."""
        if may_speak and (create := self.arbiter.next(now_ms, self._attempt.language, self._attempt.briefing)):
            self._attempt.opening_due = self._attempt.opening_due and create.purpose != Purpose.OPENING
            out.append(create)

    def mind(self, now_ms: int) -> None:
        """What should have come by now: a response that was asked for, or anything of the one in its way."""
        if self.arbiter.due_ms is None or now_ms < self.arbiter.due_ms:
            return
        if self.arbiter.state is State.BUSY:
            self._attempt.connection.response_refused(BUSY)
            if self._attempt.connection.trouble is None:
                self.arbiter.freed()
        else:
            self._attempt.connection.never_answered()

    def engine_lost(self) -> None:
        """What had begun, or was asked for, is owed by the next engine."""
        attempt = self._attempt
        is_requested = self.arbiter.state is State.REQUESTED and not self._cut_next
        is_being_made = self.arbiter.state is State.ACTIVE and not self.agent.is_cut
        attempt.owes_reply = attempt.owes_reply or self.arbiter.wish is not None or is_requested or is_being_made
        opening_is_due = self.arbiter.wish is not None and self.arbiter.wish.is_opening
        opening_was_asked_for = opening_is_due or (is_requested and self.arbiter.is_opening)
        goodbye = self.agent.response(self._ending.reply_id)
        if goodbye is not None and not (goodbye.has_audio or goodbye.done):
            self._ending.reply_is_lost()
        if self.agent.engine_lost() or opening_was_asked_for:
            attempt.opening_due = True
        self.arbiter = Arbiter()
        self._cut_next = False

    # --- the clip ---

    def play_opening(self, text: str, audio: bytes, out: list[Message]) -> None:
        """The property's clip is the greeting, unless the engine's own has begun to come.

        What the engine was asked to say in its place is not to be heard, and it is told what the caller hears.
        """
        attempt = self._attempt
        is_asked_for = self.arbiter.is_opening
        if self.agent.opening_has_audio() or attempt.first_audio_ms is not None:
            return
        if is_asked_for:
            self._cut_current(out)
        if self.arbiter.wish is not None and self.arbiter.wish.is_opening:
            self.arbiter.withdraw()
        attempt.opening_due = False
        is_answer_due = attempt.conversation.caller_waits  # the clip is none
        turn = attempt.conversation.next_turn()
        made_by_us = Response(CLIP_ITEM, Wish(Purpose.OPENING), 0, turn, connection=NO_CONNECTION)
        self.agent.says_clip(made_by_us, CLIP_ITEM, text, audio)
        if attempt.connection.is_up:
            out.append(realtime.AddMessage("assistant", text, CLIP_ITEM))
            if is_answer_due:
                self.want(Purpose.REPLY)
        else:
            attempt.owes_reply = attempt.owes_reply or is_answer_due

    def _correct_told(self, reports: list[Heard], out: list[Message]) -> None:
        """What others made it was told as words, which cannot be truncated: what was heard stands in their place."""
        for turn in self.agent.told_of(reports) if self._attempt.connection.is_up else ():
            out.append(realtime.DeleteItem(turn.item_id))
            if turn.heard_text:
                out.append(realtime.AddMessage("assistant", turn.heard_text))

    # --- interrupting ---

    def interrupt(self, now_ms: int, out: list[Message]) -> None:
        """Barge-in: stop playback, tell the engine how much was heard, and drop the rest of the response.

        Source: OpenAI Realtime, response.cancel.
        """
        self.call_off_hangup()
        reports = self.agent.stop(now_ms, out)
        self._cut_current(out)
        self._correct_told(reports, out)
        self._attempt.opening_due = self._attempt.opening_due or self._opening_was_missed(reports)
        self.agent.forget_unheard(reports, out)

    def call_off_hangup(self) -> None:
        """The caller goes on: a goodbye that is interrupted is no goodbye, nor is one that is still on its way."""
        if self._ending.call_off(self._attempt.conversation.last_turn):
            self._journal.log("= hang-up withdrawn")

    def _cut_current(self, out: list[Message]) -> None:
        """The response asked for, or being made, is not to be heard any further."""
        if self.arbiter.state is State.REQUESTED:
            self._cut_next = True
        elif self.arbiter.state in (State.BUSY, State.ACTIVE):
            self.agent.cut()
            out.append(realtime.CancelResponse())

    def _opening_was_missed(self, cut: list[Heard]) -> bool:
        """Whether the interruption just made took the greeting away before anything of it was heard."""
        if self.arbiter.is_opening and not cut:
            return not self.agent.opening_has_audio()
        return self.agent.has_unheard_opening(cut)

    # --- following ---

    def receive(self, event: object, now_ms: int, out: list[Message]) -> None:
        """An event of a response; others are none of ours."""
        self._now, self._out = now_ms, out
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        else:
            self.agent.receive(event, now_ms)

    def _on_created(self, event: realtime.ResponseCreated) -> None:
        attempt, wish = self._attempt, self.arbiter.created()
        self.agent.forget_heard(but=self._ending.reply_id)
        turn = attempt.conversation.next_turn()
        response = Response(event.response_id, wish, self.arbiter.requests, turn, attempt.connection.number)
        self.agent.begins(response)
        if self._cut_next and wish is not None:
            self._cut_next = False
            response.cut = True
            self.call_off_hangup()
            self._out.append(realtime.CancelResponse())
        elif wish is not None and wish.purpose is not Purpose.ANNOUNCE:  # which is no goodbye
            self._ending.response_began(event.response_id, response.request)

    def _on_audio_delta(self, event: realtime.AudioDelta) -> None:
        response = self.agent.response(event.response_id)
        if response is None or response.cut or response.done:
            return
        if not response.has_audio:
            since = self._now - self._caller_done_ms if self._caller_done_ms is not None else None
            self._journal.log("= speaking", turn=response.turn, ms_after_commit=since)
            self._caller_done_ms = None
        self._ending.reply_is_heard(event.response_id)
        self.agent.add_audio(response, event)

    def _on_done(self, event: realtime.ResponseDone) -> None:
        self.arbiter.done()
        self._journal.add_usage(event.usage)
        response = self.agent.response(event.response_id)
        if response is None or response.done:
            return
        self.agent.ended(response)
        self.agent.forget_unheard_of(response, self._out)
        has_failed = self._has_failed(response, event.status)
        quiet_at = self._attempt.playout.quiet_at_ms(self._now)
        self._ending.response_ended(
            response.response_id, calls_tools=response.has_calls, failed=has_failed, quiet_at_ms=quiet_at
        )
        if has_failed:
            self._journal.log("! engine response failed", code=event.error_code or event.status)
            self._ask_again(self._wish_after(response), event.error_code)
            return
        if self._is_silent(response):
            self._mind_silence(response)
            return
        self._was_silent = False
        self._attempt.connection.response_succeeded()
        if response.has_calls and not self._attempt.tools.calls.waits_for(response.response_id):
            self.want_reply()

    def _is_silent(self, response: Response) -> bool:
        """It ended with nothing said and nothing done."""
        return not (response.cut or response.has_calls or self.agent.is_heard(response))

    def _has_failed(self, response: Response, status: str) -> bool:
        """Also one that a filter or a limit ended, and one that left out what it was told to say.

        Source: OpenAI Realtime, response.done: `incomplete` with `content_filter` or `max_output_tokens`.
        """
        if response.cut or status in ("failed", "incomplete"):
            return not response.cut
        wish = response.wish
        is_owed = wish is not None and not (wish.may_stay_silent and status == "completed")
        return is_owed and self._is_silent(response)

    def _wish_after(self, response: Response) -> Wish | None:
        """What is owed after a response that failed. A tool that it called is answered first."""
        is_heard = self.agent.is_heard(response)
        if self._attempt.tools.calls.waits_for(response.response_id):
            self._attempt.opening_due = self._attempt.opening_due or (response.is_opening and not is_heard)
            return None
        return Wish(Purpose.REPLY, CARRY_ON) if response.is_opening and is_heard else response.wish

    def _mind_silence(self, response: Response) -> None:
        """The model answered nothing: it is asked once more, and believed then. A goodbye may have been said before."""
        self._was_silent = not self._was_silent and response.response_id != self._ending.reply_id
        self._caller_done_ms = self._caller_done_ms if self._was_silent or self.arbiter.wish else None
        if self._was_silent and response.wish is not None and self.arbiter.wish is None:
            self._journal.log("= nothing said")
            self.arbiter.want(response.wish)

    def _ask_again(self, wish: Wish | None, code: str) -> None:
        """A response was refused or failed: once more, and after that another engine."""
        self._attempt.connection.response_refused(code)
        if wish is not None and self.arbiter.wish is None:
            self.arbiter.want(wish)

    def _on_error(self, event: realtime.EngineError) -> None:
        """An error is data: only a few end the connection.

        Source: OpenAI Realtime, "error": most are recoverable and the session stays open.
        """
        busy = event.code == BUSY
        is_ours = self.arbiter.is_asked_by(event.event_id) or (busy and self.arbiter.state is State.REQUESTED)
        if not self._attempt.connection.ends_with(event.code) and is_ours:
            wish, was_cut = self.arbiter.refused(self._now, busy=busy), self._cut_next
            self._cut_next = False
            if not busy and not was_cut:
                self._ask_again(wish, event.code)
        if event.code == NONE_ACTIVE:
            self.arbiter.freed()
        self._journal.log("! engine error", code=event.code, detail=event.message[:200])


_HANDLERS: dict[type, Callable[[Responses, Any], None]] = {
    realtime.ResponseCreated: Responses._on_created,
    realtime.AudioDelta: Responses._on_audio_delta,
    realtime.ResponseDone: Responses._on_done,
    realtime.EngineError: Responses._on_error,
}
