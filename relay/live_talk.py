"""The talk in the live dialect: the engine hears and speaks at once and decides alone whose turn it is. Pure.

What is left to us: never to let its clock stop, to pass its voice on at once, to do the work it delegates, to keep the
record, and to end the call when it is over. Parts of it do most of that: `LiveSession`, `LiveSpeech`, `LiveWork`,
`Pauses`, `Farewell`. Events go in with the time, messages come out of `out`.
Source: OpenAI GPT-Live reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay import caller, live
from relay.caller_audio import RECENT_MS
from relay.entries import Told
from relay.functions import ClerkAnswer, PostThen, ToolAnswer, TurnAnswer
from relay.live_cards import LiveCards
from relay.live_farewell import Farewell
from relay.live_first_words import FirstWords
from relay.live_prompter import Prompter
from relay.live_session import LiveSession
from relay.live_speech import LiveSpeech
from relay.live_work import LiveWork
from relay.messages import Message, Words
from relay.pauses import Pauses
from relay.talk import Attempt

# The voice often says by itself that it is looking: so long after it spoke a slow tool needs no announcement.
LATELY_MS = 2500

BE_QUIET = "Stop speaking now, and wait for the caller."
THEY_TYPED = "Stop speaking now: the caller has typed something."


class LiveTalk:
    lead_in_ms = RECENT_MS  # words are written down well after they were said
    most_kept_ms = 300
    """So much of what the caller said before the session began: it is no recording that is played back."""

    only_audio_until_ms = 0  # its audio is sent when it comes

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.then: PostThen | None = None
        self.connection = attempt.connection
        self.conversation = attempt.conversation
        self.journal = attempt.journal
        self.tools = attempt.tools
        self.speech = LiveSpeech(attempt)
        self._session = LiveSession(attempt)
        self._prompter = Prompter(attempt)
        self._farewell = Farewell(attempt, self._session)
        self._work = LiveWork(attempt, self._prompter, self._farewell)
        self._first_words = FirstWords(attempt, self._prompter, self._work)
        self._cards = LiveCards(attempt)
        self._pauses = Pauses(
            attempt,
            is_quiet=lambda: self._is_quiet and self._first_words.due_ms is None,
            may_announce=self._has_been_silent,
            say=lambda _, sentence: self._work.say(sentence, self._now),
            hang_up=lambda: self._farewell.plan(PostThen(reason="idle"), "hangup", self._now, asked_ms=self._now),
        )
        self._now = 0
        self._out: list[Message] = []

    # --- in and out ---

    def receive(self, event: object, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        else:
            self.speech.receive(event, now_ms)

    def _write_to(self, out: list[Message], now_ms: int) -> None:
        self._now, self._out, self.journal.out, self.journal.now_ms = now_ms, out, out, now_ms

    def go_on(self, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self.speech.go_on(now_ms, out)
        self._post_overdue_words(now_ms)
        for answer in self.tools.overdue(now_ms):
            self._on_tool_answer(answer)
        self.tools.take_keys(now_ms, out)
        self._session.ledger.mind(now_ms)
        self._cards.mind()
        if self.connection.is_up:
            out += self._session.fill_gap(now_ms)
            self._first_words.mind(now_ms, caller_speaks=self.caller_speaks)
            self._work.go_on(self._session.ledger, now_ms)
            self._pauses.mind(now_ms)
        is_worked_on = self._work.is_under_way
        if (then := self._farewell.due(self.speech.voice, now_ms, is_worked_on=is_worked_on)) is not None:
            self.then = self.then or then

    def _post_overdue_words(self, now_ms: int | None) -> None:
        """Another engine was still to give them."""
        for post in self.conversation.user_words_overdue(now_ms):
            self.journal.turn(post)

    def due_ms(self, now_ms: int) -> int | None:
        times: list[int | None] = [
            self.speech.due_ms(now_ms),
            self.conversation.due_ms(),
            self.tools.due_ms(now_ms),
            self._session.ledger.due_ms,
            self._farewell.due_ms(),
        ]
        if self.connection.is_up:
            times += (
                self._session.clock.due_ms,
                self._first_words.due_ms,
                self._work.due_ms(self._session.ledger),
                self._pauses.due_ms,
            )
        return min((time for time in times if time is not None), default=None)

    @property
    def caller_speaks(self) -> bool:
        return self._session.ledger.is_open("user")

    @property
    def is_at_boundary(self) -> bool:
        is_answered = self._work.is_settled and not (self.conversation.caller_waits or self.tools.hears_keys)
        return self._is_quiet and is_answered and self._session.ledger.due_ms is None

    @property
    def _is_quiet(self) -> bool:
        return not (self.speech.is_heard(self._now) or self.caller_speaks or self._work.is_busy)

    def _has_been_silent(self) -> bool:
        spoke_ms = self.speech.voice.spoke_ms
        return spoke_ms is None or self._now >= spoke_ms + LATELY_MS

    # --- engines ---

    def _on_started(self, event: live.Started) -> None:
        self._session.model = event.model
        self._work.is_ours = event.delegation == "client"

    def play_opening(self, text: str, audio: bytes, now_ms: int, out: list[Message]) -> bool:
        """The clip greets only before the session began: a greeting that was asked for cannot be called off."""
        self._write_to(out, now_ms)
        if self._attempt.opening_due and not self.connection.is_up:
            self._attempt.opening_due = False
            self.speech.play_clip(text, audio)
        return True

    def engine_ready(
        self, now_ms: int, out: list[Message], told: Told, *, caller_was_speaking: bool, audio_from_ms: int
    ) -> None:
        """The session runs: tell it what happened since it was configured, and what the caller is waiting for."""
        self._write_to(out, now_ms)
        self._begin(audio_from_ms, told)
        self._farewell.goes_on(now_ms)
        self._first_words.begins(now_ms, caller_was_speaking=caller_was_speaking)

    def _begin(self, audio_from_ms: int, told: Told) -> None:
        self._session.begins(audio_from_ms, self._now)
        self._work.begins()
        self._prompter.recall(self.conversation.seed(told))

    def engine_lost(self, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self._session.ends(agent_speaks=self.speech.voice.is_speaking(self._now))
        self._cards.mind()  # what the agent was just saying is no matter of the next engine's
        self._attempt.owes_reply = self._attempt.owes_reply or self._work.owes_answer
        self._first_words.lost()
        self._attempt.ending.engine_lost(self.speech.voice.quiet_ms(now_ms))

    def engine_renewed(self, now_ms: int, out: list[Message], told: Told, *, audio_from_ms: int) -> None:
        """Between two turns a fresh engine took the place of the one before. It was `told` so much; nobody notices."""
        self._write_to(out, now_ms)
        owes_answer = self._work.owes_answer
        self._session.ends(agent_speaks=self.speech.voice.is_speaking(self._now))
        self._begin(audio_from_ms, told)
        if owes_answer:  # no pause could be waited for any longer
            self._work.carry_on(self._now)

    def _on_error(self, event: live.EngineError) -> None:
        """An error is data: only a few end the connection.

        Source: OpenAI GPT-Live reference, errors: do not close the session on every one; after a moderation cut the
        stream goes on, and what of the utterance is still on its way is not to be heard.
        """
        self.journal.log("! engine error", code=event.code, detail=event.message[:200])
        if self.connection.ends_with(event.code):
            return
        self._work.refused(event.event_id)
        if "moderation" in event.code:
            self._cut()

    # --- the agent ---

    def _on_audio(self, event: live.OutputAudio) -> None:
        self._session.ledger.cut(self.speech.pass_on(event.audio, self._now, self._out))
        if self.speech.voice.spoke_ms == self._now:
            self._first_words.heard()
            self._work.voice_speaks(self.speech.voice, self._now)

    def _cut(self) -> None:
        self._session.ledger.cut(self.speech.cut(self._now, self._out))

    # --- the caller ---

    def _on_transcript(self, event: live.Transcript) -> None:
        group, ledger = self._session.ledger.add(event, self._now), self._session.ledger
        if group is not None and self._cards.hears(group, ledger.in_stream(group.start_ms)):
            ledger.tell(group)
            self._cut()
        if group is not None and not (event.role == "assistant" and self.speech.is_muted(self._now)):
            self._out.append(Words(event.role, group.entry.item_id, group.entry.text or ""))
        if event.role == "user":
            self._pauses.broken()
            self._farewell.mind_caller()

    def _on_dtmf(self, event: caller.Dtmf) -> None:
        self._pauses.broken()
        self._farewell.caller_goes_on(self._now)
        self.tools.press(event.digit, self._now, self._out)

    def _on_text(self, event: caller.Text) -> None:
        """The guest typed: an interruption when the agent speaks, and a turn like any spoken one."""
        self._pauses.broken()
        self._hush(THEY_TYPED)
        heard = self._cards.typed(event.text, self._session.ledger, self._now)
        self._farewell.caller_typed(heard.text, self._now)
        self._hand_in(heard.text, "user", f"The caller typed: {heard.text}", is_answered=heard.is_card)

    def _on_interrupt(self, _: caller.Interrupt) -> None:
        self._pauses.broken()
        self._farewell.caller_goes_on(self._now)
        self._hush(BE_QUIET)

    def _hush(self, order: str) -> None:
        """What is being said is not to be heard any further; a voice that speaks is told to stop as well."""
        is_speaking = self.speech.voice.is_speaking(self._now)
        self._cut()
        if is_speaking and self.connection.is_up:
            self.speech.mute(self._now)
            self._prompter.obey(order)

    def _hand_in(self, text: str, role: str, note: str, *, is_answered: bool = False) -> None:
        """Something that was not spoken; the voice is told as well. The next engine answers it where there is none."""
        if self.connection.is_up:
            self._prompter.know(note)
            if not is_answered:
                self._work.hand_in(text, role, self._now)
        else:
            self._attempt.owes_reply = True

    # --- work ---

    def _on_tool_answer(self, answer: ToolAnswer) -> None:
        if note := self._work.tool_answered(answer, self._now):
            self.conversation.note(note)
            self._hand_in(note, "system", note)

    def _on_turn_answer(self, answer: TurnAnswer) -> None:
        if answer.note:
            self.conversation.note(answer.note)
            self._work.noted(answer.note, self._now)

    def after_the_end(self, answer: ToolAnswer, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self.tools.finish(answer, now_ms)

    # --- the end ---

    def close(self, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self._session.ledger.cut(self.speech.close(now_ms))
        self.tools.close(out)
        self._post_overdue_words(None)
        self._session.ends(agent_speaks=self.speech.voice.is_speaking(self._now))


_HANDLERS: dict[type, Callable[[LiveTalk, Any], None]] = {
    live.Started: LiveTalk._on_started,
    live.OutputAudio: LiveTalk._on_audio,
    live.Transcript: LiveTalk._on_transcript,
    live.Delegated: lambda talk, event: talk._work.delegated(event, talk._now),
    live.BackendCreated: lambda talk, event: talk._work.backend_created(event, talk._now),
    live.BackendCalled: lambda talk, event: talk._work.backend_called(event, talk._now),
    live.BackendEnded: lambda talk, event: talk._work.backend_ended(event),
    live.Usage: lambda talk, event: talk._session.clock.reported(event.seconds),
    live.Closed: lambda talk, event: talk._session.closed(event),
    live.EngineError: LiveTalk._on_error,
    caller.Dtmf: LiveTalk._on_dtmf,
    caller.Text: LiveTalk._on_text,
    caller.Interrupt: LiveTalk._on_interrupt,
    ToolAnswer: LiveTalk._on_tool_answer,
    TurnAnswer: LiveTalk._on_turn_answer,
    ClerkAnswer: lambda talk, answer: talk._work.clerk_answered(answer, talk._now),
}
