"""The talk in the live dialect: the engine hears and speaks at once and decides alone whose turn it is. Pure.

What is left to us: never to let its clock stop, to pass its voice on at once, to do the work it delegates, to keep the
record, and to end the call when it is over. Parts of it do most of that: `LiveClock`, `LiveVoice`, `LiveWork`,
`Ledger`, `Pauses`, `Farewell`. Events go in with the time, messages come out of `out`.
Source: OpenAI GPT-Live reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay import caller, live
from relay.agent_speech import AgentSpeech, Response
from relay.entries import Told
from relay.faults import Fault
from relay.functions import ClerkAnswer, PostThen, ToolAnswer, TurnAnswer
from relay.live_cards import LiveCards
from relay.live_clock import LiveClock
from relay.live_farewell import Farewell
from relay.live_greeting import Greeting
from relay.live_input import input_items
from relay.live_ledger import Ledger
from relay.live_prompter import Prompter
from relay.live_voice import LiveVoice
from relay.live_work import LiveWork
from relay.messages import Message
from relay.pauses import Pauses
from relay.responses import CLIP_ITEM, NO_CONNECTION
from relay.sentences import CARRY_ON, SAY_AGAIN
from relay.talk import Attempt

# The voice often says by itself that it is looking: so long after it spoke a slow tool needs no announcement.
LATELY_MS = 2500

BE_QUIET = "Stop speaking now, and wait for the caller."


class LiveTalk:
    most_kept_ms = 300
    """So much of what the caller said before the session began: it is no recording that is played back."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.stale = False
        self.then: PostThen | None = None
        self.end_wanted = ""
        self.expires_at: float | None = None  # of the engine's session, in seconds since 1970
        self.connection = attempt.connection
        self.conversation = attempt.conversation
        self.journal = attempt.journal
        self.tools = attempt.tools
        self.voice = LiveVoice(attempt.audio)
        self.ledger = Ledger(attempt.conversation, attempt.journal, name="live", offset_ms=0)
        self._prompter = Prompter(attempt.journal)
        self._clock = LiveClock(attempt)
        self._farewell = Farewell(attempt.ending, self._clock)
        self._work = LiveWork(attempt, self._prompter, self._farewell)
        self._greeting = Greeting(attempt, self._prompter)
        self._cards = LiveCards(attempt)
        self._pauses = Pauses(
            attempt,
            is_quiet=lambda: self._is_quiet and self._greeting.due_ms is None,
            may_announce=self._has_been_silent,
            say=lambda _, sentence: self._prompter.say(sentence),
            hang_up=lambda: self._farewell.plan(PostThen(reason="idle"), "hangup", self._now),
        )
        self._earlier = AgentSpeech(attempt.playout, attempt.conversation, attempt.journal, attempt.connection)
        self._is_muted = False  # the caller pressed for silence
        self._typed = 0
        self._model = ""
        self._now = 0
        self._out: list[Message] = []

    # --- in and out ---

    def receive(self, event: object, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        else:
            self._earlier.receive(event, now_ms)

    def _write_to(self, out: list[Message], now_ms: int) -> None:
        self._now, self._out, self.journal.out = now_ms, out, out

    def passes(self, mark: str, now_ms: int) -> bool:
        return False

    def feed(self, now_ms: int, out: list[Message]) -> int | None:
        return None  # its audio was sent when it came

    def go_on(self, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self._play_earlier()
        for answer in self.tools.overdue(now_ms):
            self._on_tool_answer(answer)
        self.tools.take_keys(now_ms, out)
        self.ledger.mind(now_ms)
        self._cards.mind()
        if self.connection.is_up:
            self._fill_gap()
            self._greeting.mind(now_ms)
            self._work.go_on(self.ledger, now_ms)
            self._pauses.mind(now_ms)
        if (then := self._farewell.due(self.voice, now_ms)) is not None:
            self.then = self.then or then

    def _play_earlier(self) -> None:
        """What another engine had said is played to its end."""
        self._earlier.give_up(self._now)
        for post in self.conversation.user_words_overdue(self._now):
            self.journal.turn(post)
        self._out += self._attempt.playout.feed(self._now)

    def due_ms(self, now_ms: int) -> int | None:
        times: list[int | None] = [
            self._attempt.playout.due_ms(now_ms),
            self.conversation.due_ms(),
            self.tools.due_ms(now_ms),
            self.ledger.due_ms,
            self._farewell.due_ms(),
        ]
        if self.connection.is_up:
            times += (
                self._clock.due_ms,
                self._greeting.due_ms,
                self._work.due_ms(self.ledger),
                self._pauses.due_ms,
            )
        if self.voice.is_speaking(now_ms):
            times.append(self.voice.quiet_ms(now_ms))
        return min((time for time in times if time is not None), default=None)

    @property
    def caller_speaks(self) -> bool:
        return self.ledger.is_open("user")

    @property
    def is_at_boundary(self) -> bool:
        return self._is_quiet and self.ledger.due_ms is None

    @property
    def _is_quiet(self) -> bool:
        speaks = self.voice.is_speaking(self._now) or not self._attempt.playout.is_silent or self.caller_speaks
        return not speaks and not self._work.is_busy

    def _has_been_silent(self) -> bool:
        return self.voice.spoke_ms is None or self._now >= self.voice.spoke_ms + LATELY_MS

    # --- engines ---

    def _on_started(self, event: live.Started) -> None:
        self.expires_at = event.expires_at
        self._model = event.model
        self._work.is_ours = event.delegation == "client"

    def play_opening(self, text: str, audio: bytes, now_ms: int, out: list[Message]) -> bool:
        """The clip greets only before the session began: a greeting that was asked for cannot be called off."""
        self._write_to(out, now_ms)
        if self._attempt.opening_due and not self.connection.is_up:
            self._greeting.was_said_by_clip(text)
            made_by_us = Response(CLIP_ITEM, None, 0, self.conversation.next_turn(), connection=NO_CONNECTION)
            self._earlier.says_clip(made_by_us, CLIP_ITEM, text, audio)
        return True

    def engine_ready(self, now_ms: int, out: list[Message], *, caller_was_speaking: bool, audio_from_ms: int) -> None:
        """The session runs. It has been told the conversation; what the caller is waiting for is still to be said."""
        self._write_to(out, now_ms)
        self._begin(audio_from_ms)
        self._farewell.goes_on(now_ms)
        if self._greeting.begins(now_ms):
            pass
        elif self.conversation.last_words_are_lost:
            self._prompter.say(SAY_AGAIN)
        elif self._attempt.notice:
            pass  # which is said at the next pause
        elif not caller_was_speaking and (self._attempt.owes_reply or self.conversation.caller_waits):
            self._prompter.say(CARRY_ON)
        self._attempt.owes_reply = False

    def _begin(self, audio_from_ms: int) -> None:
        self.connection.is_up = True
        name = f"live_{self._attempt.session.attempt}_{self.connection.number}"
        self.ledger = Ledger(self.conversation, self.journal, name=name, offset_ms=audio_from_ms)
        self._work.begins()
        self._clock.started(self._model, audio_from_ms, self._now)

    def engine_lost(self, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self._clock.stopped()
        self.ledger.close()
        self._attempt.owes_reply = self._attempt.owes_reply or self._work.owes_answer
        self._greeting.lost()
        self.connection.lost()
        self._attempt.ending.engine_lost(self.voice.quiet_ms(now_ms))

    def engine_renewed(self, now_ms: int, out: list[Message], told: Told, *, audio_from_ms: int) -> None:
        """Between two turns a fresh engine took the place of the one before. It was `told` so much; nobody notices."""
        self._write_to(out, now_ms)
        owes_answer = self._work.owes_answer
        self._clock.stopped()
        self.ledger.close()
        self.connection.lost()
        self._begin(audio_from_ms)
        for item in input_items(self.conversation.seed(told)):
            self._prompter.know(f"{item['role']}: {item['content'][0]['text']}")
        if owes_answer:  # no pause could be waited for any longer
            self._prompter.say(CARRY_ON)

    def _on_closed(self, event: live.Closed) -> None:
        """The engine ended the session: what it was ended for decides whether it may be asked again."""
        self._clock.reported(event.seconds)
        kind = "expired" if event.reason == "expired" else "closed"
        problem = f"session closed: {event.reason}"
        self.connection.trouble = Fault(kind, problem, is_fatal=event.reason == "content")

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

    # --- the clock and the price ---

    def _fill_gap(self) -> None:
        filled_ms = self._clock.filled_ms
        self._out += self._clock.fill(self._now)
        self.ledger.offset_ms -= self._clock.filled_ms - filled_ms  # what is ours is not in the caller's stream

    def _on_usage(self, event: live.Usage) -> None:
        self._clock.reported(event.seconds)

    # --- the agent ---

    def _on_audio(self, event: live.OutputAudio) -> None:
        if not self._attempt.playout.is_silent or self._withholds(event.audio):
            return
        before = self.voice.backlog.sent_bytes
        if cut_ms := self.voice.add(event.audio, self._now, self._out):
            self.ledger.cut(cut_ms)
            self.journal.log("! too far behind", cut_ms=cut_ms)
        self._attempt.playout.sent_bytes += self.voice.backlog.sent_bytes - before
        if self.voice.spoke_ms == self._now:
            self._greeting.heard()
            if self._attempt.first_audio_ms is None:
                self._attempt.first_audio_ms = self._now

    def _withholds(self, audio: bytes) -> bool:
        """After the button was pressed nothing is heard until the model has fallen silent by itself."""
        self._is_muted = self._is_muted and self.voice.is_speech(audio)
        return self._is_muted

    def _cut(self) -> None:
        if self.voice.is_speaking(self._now):
            self.ledger.cut(self.voice.cut(self._now, self._out))

    def _on_mark(self, event: caller.Mark) -> None:
        if not self.voice.backlog.mark(event.name, self._now):
            self._earlier.receive(event, self._now)

    # --- the caller ---

    def _on_transcript(self, event: live.Transcript) -> None:
        if self._cards.hears(self.ledger.add(event, self._now), self.ledger.offset_ms):
            self._cut()
        if event.role == "user":
            self._pauses.broken()
            if self._farewell.caller_said(event):
                self.journal.log("= hang-up withdrawn")

    def _on_dtmf(self, event: caller.Dtmf) -> None:
        self._pauses.broken()
        self.tools.press(event.digit, self._now, self._out)

    def _on_text(self, event: caller.Text) -> None:
        """The guest typed: an interruption when the agent speaks, and a turn like any spoken one."""
        self._pauses.broken()
        self._cut()
        self._typed += 1
        item_id = f"typed_{self._attempt.session.attempt}_{self._typed}"
        heard = self.conversation.cards.caller(item_id, event.text)
        self.journal.turn(self.conversation.user_typed(item_id, heard.text, self._now, is_card=heard.is_card))
        self._hand_in(heard.text, "user", f"The caller typed: {heard.text}")

    def _on_interrupt(self, _: caller.Interrupt) -> None:
        self._pauses.broken()
        if self.voice.is_speaking(self._now):
            self._cut()
            self._is_muted = True
            self._prompter.obey(BE_QUIET)

    def _hand_in(self, text: str, role: str, note: str) -> None:
        """Something that was not spoken; the voice is told as well."""
        if self.connection.is_up:
            self._prompter.know(note)
            self._work.hand_in(text, role, self._now)

    # --- work ---

    def _on_delegated(self, event: live.Delegated) -> None:
        self._work.delegated(event, self._now)

    def _on_tool_answer(self, answer: ToolAnswer) -> None:
        if note := self._work.tool_answered(answer, self._now):
            self.conversation.note(note)
            self._hand_in(note, "system", note)
        self.stale = self.stale or self.tools.is_stale

    def _on_turn_answer(self, answer: TurnAnswer) -> None:
        if answer.is_stale_attempt:
            self.stale = True
        self.end_wanted = self.end_wanted or answer.end
        if answer.note:
            self.conversation.note(answer.note)
            self._work.noted(answer.note)
            if self.connection.is_up:
                self._prompter.obey(answer.note)  # an order to the engine: as commentary it would be read out

    def after_the_end(self, answer: ToolAnswer, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self.tools.finish(answer, now_ms)

    # --- the end ---

    def close(self, now_ms: int, out: list[Message]) -> None:
        self._write_to(out, now_ms)
        self._clock.stopped()
        self.connection.is_up = False
        self._earlier.close(now_ms)
        for post in self.conversation.user_words_overdue(None):
            self.journal.turn(post)
        if unheard_ms := self.voice.backlog.ms(now_ms) if self.voice.is_speaking(now_ms) else 0:
            self.ledger.cut(unheard_ms)
        self.ledger.close()


_HANDLERS: dict[type, Callable[[LiveTalk, Any], None]] = {
    live.Started: LiveTalk._on_started,
    live.OutputAudio: LiveTalk._on_audio,
    live.Transcript: LiveTalk._on_transcript,
    live.Delegated: LiveTalk._on_delegated,
    live.BackendCreated: lambda talk, event: talk._work.backend_created(event, talk._now),
    live.BackendCalled: lambda talk, event: talk._work.backend_called(event, talk._now),
    live.BackendEnded: lambda talk, event: talk._work.backend_ended(event),
    live.Usage: LiveTalk._on_usage,
    live.Closed: LiveTalk._on_closed,
    live.EngineError: LiveTalk._on_error,
    caller.Mark: LiveTalk._on_mark,
    caller.Dtmf: LiveTalk._on_dtmf,
    caller.Text: LiveTalk._on_text,
    caller.Interrupt: LiveTalk._on_interrupt,
    ToolAnswer: LiveTalk._on_tool_answer,
    TurnAnswer: LiveTalk._on_turn_answer,
    ClerkAnswer: lambda talk, answer: talk._work.clerk_answered(answer, talk._now),
}
