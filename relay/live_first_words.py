"""What a fresh engine is to say first: the greeting, or what an engine before it has left the caller waiting for. Pure.

A greeting is asked for once and, when it is not heard, once more in another way; after that another engine is needed.
Source: OpenAI GPT-Live reference, start and greeting: history alone gives none, a commentary append is spoken after
about 0.9 s; without sound within 4 s it is resent once, as instructions.
"""

from __future__ import annotations

from relay.live_prompter import Prompter
from relay.sentences import CARRY_ON, SAY_AGAIN
from relay.talk import Attempt

WAIT_MS = 4000


class FirstWords:
    def __init__(self, attempt: Attempt, prompter: Prompter) -> None:
        self.due_ms: int | None = None  # by when the greeting should be heard
        self._was_asked_again = False
        self._attempt = attempt
        self._prompter = prompter
        self._owed = ""  # said as soon as nothing is heard of the engine before

    def begins(self, now_ms: int, *, caller_was_speaking: bool) -> None:
        """A fresh engine listens."""
        attempt = self._attempt
        if attempt.opening_due:
            self._prompter.say(attempt.session.opening)
            self.due_ms, self._was_asked_again = now_ms + WAIT_MS, False
        elif attempt.conversation.last_words_are_lost:
            self._owed = SAY_AGAIN
        elif attempt.notice:
            pass  # which is said at the next pause
        elif not caller_was_speaking and (attempt.owes_reply or attempt.conversation.caller_waits):
            self._owed = CARRY_ON
        attempt.owes_reply = False

    def heard(self) -> None:
        """The agent speaks, of its own accord or because it was asked to."""
        self.due_ms, self._owed = None, ""
        self._attempt.opening_due = False

    def mind(self, now_ms: int, *, caller_speaks: bool) -> None:
        if self.due_ms is not None and now_ms >= self.due_ms:
            self._mind_greeting(now_ms, caller_speaks=caller_speaks)
        if self._owed and self._attempt.playout.is_silent and not caller_speaks:
            self._prompter.say(self._owed)
            self._owed = ""

    def _mind_greeting(self, now_ms: int, *, caller_speaks: bool) -> None:
        self.due_ms = now_ms + WAIT_MS
        if not self._was_asked_again:
            self._was_asked_again = True
            self._prompter.obey(self._attempt.session.opening)
        elif not caller_speaks:  # to whom it may be listening
            self.due_ms = None
            self._attempt.connection.never_answered()

    def lost(self) -> None:
        self._attempt.owes_reply = self._attempt.owes_reply or bool(self._owed)
        self.due_ms, self._owed = None, ""
