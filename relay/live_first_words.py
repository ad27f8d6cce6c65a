"""What a fresh engine is to say first: the greeting, or what an engine before it has left the caller waiting for. Pure.

A greeting is asked for once and, when it is not heard, once more in another way; after that another engine is needed.
Source: OpenAI GPT-Live reference, start and greeting: history alone gives none, a commentary append is spoken after
about 0.9 s; without sound within 4 s it is resent once, as instructions.
"""

from __future__ import annotations

from relay.live_prompter import Prompter
from relay.live_work import LiveWork
from relay.sentences import ANSWER_AFTER_OPENING, CARRY_ON, GOODBYE, SAY_AGAIN, TIME_IS_SHORT
from relay.talk import Attempt

WAIT_MS = 4000


class FirstWords:
    def __init__(self, attempt: Attempt, prompter: Prompter, work: LiveWork) -> None:
        self._greeting = ""
        self._greeted_by_ms: int | None = None
        self._was_asked_again = False
        self._attempt = attempt
        self._prompter = prompter
        self._work = work
        self._owed = ""  # said as soon as nothing is heard of the engine before

    @property
    def due_ms(self) -> int | None:
        times = (self._greeted_by_ms, self._attempt.sentence_lost.due_ms)
        return min((time for time in times if time is not None), default=None)

    def begins(self, now_ms: int, *, caller_was_speaking: bool) -> None:
        """A fresh engine listens."""
        attempt = self._attempt
        is_sentence_lost = attempt.sentence_lost.taken_up()
        is_reply_due = attempt.owes_reply or attempt.conversation.caller_waits
        if attempt.opening_due:
            self._greeting = attempt.session.opening
            if is_reply_due:
                self._greeting += ANSWER_AFTER_OPENING
            self._prompter.say(self._greeting)
            self._greeted_by_ms, self._was_asked_again = now_ms + WAIT_MS, False
        elif attempt.conversation.last_words_are_lost:
            self._owed = SAY_AGAIN
        elif caller_was_speaking:
            attempt.sentence_lost.given(now_ms)
        elif is_sentence_lost:
            self._owed = SAY_AGAIN
        elif attempt.notice and attempt.notice != TIME_IS_SHORT:
            pass  # it is said at the next pause, and is the reply
        elif is_reply_due:
            self._owed = CARRY_ON
        attempt.owes_reply = False

    def heard(self) -> None:
        """The agent speaks, of its own accord or because it was asked to."""
        self._greeted_by_ms, self._owed = None, ""
        self._attempt.opening_due = False
        self._attempt.sentence_lost.taken_up()

    def mind(self, now_ms: int, *, caller_speaks: bool) -> None:
        if self._greeted_by_ms is not None and now_ms >= self._greeted_by_ms:
            self._mind_greeting(now_ms, caller_speaks=caller_speaks)
        if caller_speaks:
            self._attempt.sentence_lost.taken_up()
        elif self._attempt.sentence_lost.is_to_be_asked_for(now_ms):
            self._owed = SAY_AGAIN
        if self._owed and self._attempt.playout.is_silent and not caller_speaks:
            if self._owed != CARRY_ON:
                self._prompter.say(self._owed)
            elif self._attempt.ending.is_hangup:  # behind "one moment" nobody is hung up on
                self._prompter.say(GOODBYE)
            else:
                self._work.carry_on(now_ms)
            self._owed = ""

    def _mind_greeting(self, now_ms: int, *, caller_speaks: bool) -> None:
        self._greeted_by_ms = now_ms + WAIT_MS
        if not self._was_asked_again:
            self._was_asked_again = True
            self._prompter.obey(self._greeting)
        elif not caller_speaks:  # to whom it may be listening
            self._greeted_by_ms = None
            self._attempt.connection.never_answered()

    def lost(self) -> None:
        self._attempt.owes_reply = self._attempt.owes_reply or bool(self._owed)
        self._greeted_by_ms, self._owed = None, ""
