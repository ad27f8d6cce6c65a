"""The caller's turns: from what the engine hears, and from what a guest types, to what the agent is to reply to. Pure.

Where an utterance lies is `CallerSpeech`'s to know, and whether it counts is the `Floor`'s to say.
"""

from __future__ import annotations

from relay import caller, realtime
from relay.arbiter import Purpose
from relay.caller_speech import CallerSpeech
from relay.card_talk import CardTalk
from relay.floor import Floor
from relay.messages import Message
from relay.pauses import Pauses
from relay.responses import Responses
from relay.sentences import SAY_AGAIN
from relay.talk import Attempt


class CallerTurns:
    def __init__(
        self, attempt: Attempt, speech: CallerSpeech, floor: Floor, responses: Responses, pauses: Pauses
    ) -> None:
        self._attempt = attempt
        self._conversation = attempt.conversation
        self._journal = attempt.journal
        self._speech = speech
        self._floor = floor
        self._responses = responses
        self._pauses = pauses
        self.cards = CardTalk(attempt, speech, responses)

    # --- speech ---

    def speech_started(self, event: realtime.SpeechStarted, now_ms: int, out: list[Message]) -> None:
        self._speech.started(event.item_id, event.audio_start_ms, now_ms)
        self._floor.speech_started(now_ms, out)

    def words(self, event: realtime.TranscribedDelta, now_ms: int, out: list[Message]) -> None:
        if self.cards.words(event):
            self._refuse_card(event.item_id, now_ms, out)
        elif self._speech.began_ms(event.item_id) is not None:  # late words of the turn before are not the next one's
            self._floor.words(event.delta, now_ms, out)

    def _refuse_card(self, item_id: str, now_ms: int, out: list[Message]) -> None:
        passed = self._floor.release(item_id)
        self.cards.refuse(item_id, now_ms, out)
        if passed is not None:
            self._take_turn(item_id, passed.start_ms, passed.end_ms, now_ms)
            self.cards.committed(item_id, out)

    def mind(self, now_ms: int, out: list[Message]) -> None:
        """What does not come any more: words of a turn, or a turn.

        Where the engine heard an utterance end and made no turn of it, what the caller said is asked for again.
        """
        for post in self._conversation.user_words_overdue(now_ms):
            self.cards.not_understood(post.item_id, out)
            self._journal.turn(post)
        if self._speech.is_long(now_ms) and self._attempt.opening_due and self._floor.is_callers:
            self._floor.gives_way()
            self._responses.want_opening(with_answer=self._conversation.caller_waits)
        if not self._speech.mind(now_ms):
            return
        if self._floor.is_callers and self._responses.arbiter.wish is None:
            self._responses.want(Purpose.REPLY, SAY_AGAIN)
        self._floor.lost()

    def speech_stopped(self, event: realtime.SpeechStopped, now_ms: int) -> None:
        self._speech.stopped(event.item_id, event.audio_end_ms, now_ms)

    def committed(self, event: realtime.Committed, now_ms: int, out: list[Message]) -> None:
        start_ms, end_ms = self._speech.committed(event.item_id)
        if self._floor.committed(event.item_id, start_ms, end_ms, now_ms, out):
            self._take_turn(event.item_id, start_ms, end_ms, now_ms)
        self.cards.committed(event.item_id, out)

    def _take_turn(self, item_id: str, start_ms: int | None, end_ms: int | None, now_ms: int) -> None:
        self._pauses.broken()
        self._attempt.sentence_lost.taken_up()
        self._responses.caller_is_done(now_ms)
        self._conversation.user_spoke(item_id, start_ms, end_ms, now_ms)
        if not self.cards.owns(item_id):  # which is being answered already
            self._responses.want_reply()

    def transcribed(self, event: realtime.Transcribed, now_ms: int, out: list[Message]) -> None:
        self._journal.meter.add_transcription(event.usage, self._attempt.transcriber)
        passed = self._floor.transcribed(event.item_id, event.text, now_ms, out)
        if passed is not None:
            self._take_turn(passed.item_id, passed.start_ms, passed.end_ms, now_ms)
        is_card = self.cards.owns(event.item_id)
        text = self.cards.transcribed(event.item_id, event.text, now_ms, out)
        is_card = is_card or text != event.text
        if (words := self._conversation.user_words(event.item_id, text, is_card=is_card)) is not None:
            post, is_late = words
            (self._journal.turn_again if is_late else self._journal.turn)(post)

    # --- typing, and the button ---

    def typed(self, event: caller.Text, now_ms: int, out: list[Message]) -> None:
        """An interruption when the agent speaks, and a turn like any spoken one."""
        self.interrupt(now_ms, out)
        item_id = self._attempt.typed_item_id()
        text, is_card = self.cards.typed(item_id, event.text, out)
        self._journal.turn(self._conversation.user_typed(item_id, text, now_ms, is_card=is_card))
        self._responses.caller_is_done(now_ms)
        if self._attempt.connection.is_up:
            out.append(realtime.AddMessage("user", text, item_id))
            self._responses.want_reply()

    def interrupt(self, now_ms: int, out: list[Message]) -> None:
        """The button stops the agent whatever the property's rule for interruption by voice."""
        self._pauses.broken()
        if not self._attempt.ending.is_transfer:
            self._responses.interrupt(now_ms, out)
            self._attempt.owes_reply = False  # of an engine that was lost in mid-answer; what is typed waits by itself
