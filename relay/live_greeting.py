"""One greeting, asked for and, when it is not heard, asked for once more in another way. Pure.

Source: OpenAI GPT-Live reference, start and greeting: history alone gives none, a commentary append is spoken after
about 0.9 s; without sound within 4 s it is resent once, as instructions.
"""

from __future__ import annotations

from relay.live_prompter import Prompter
from relay.talk import Attempt

WAIT_MS = 4000


class Greeting:
    def __init__(self, attempt: Attempt, prompter: Prompter) -> None:
        self.due_ms: int | None = None  # when it is asked for again
        self._attempt = attempt
        self._prompter = prompter

    def begins(self, now_ms: int) -> bool:
        """A fresh engine listens. Returns whether it was asked to greet."""
        if not self._attempt.opening_due:
            return False
        self._prompter.say(self._attempt.session.opening)
        self.due_ms = now_ms + WAIT_MS
        return True

    def heard(self) -> None:
        """The agent speaks."""
        self.due_ms = None
        self._attempt.opening_due = False

    def mind(self, now_ms: int) -> None:
        if self.due_ms is not None and now_ms >= self.due_ms:
            self.due_ms = None
            self._prompter.obey(self._attempt.session.opening)

    def lost(self) -> None:
        self.due_ms = None
