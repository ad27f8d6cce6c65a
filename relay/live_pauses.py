"""What the voice is asked to say when nobody speaks: one moment, a notice, are you still there, goodbye. Pure.

The counterpart of `Pauses` in a stream that has no responses: the voice decides itself when it is quiet enough.
"""

from __future__ import annotations

from relay.functions import PostThen
from relay.live_farewell import Farewell
from relay.live_greeting import Greeting
from relay.live_prompter import Prompter
from relay.live_voice import LiveVoice
from relay.sentences import IDLE_GOODBYE, ONE_MOMENT, STILL_THERE
from relay.silence import Rung, Silence
from relay.talk import Attempt

# The voice often says by itself that it is looking: so long after it spoke a slow tool needs no announcement.
LATELY_MS = 2500


class LivePauses:
    def __init__(
        self, attempt: Attempt, prompter: Prompter, voice: LiveVoice, greeting: Greeting, farewell: Farewell
    ) -> None:
        self._attempt = attempt
        self._prompter = prompter
        self._voice = voice
        self._greeting = greeting
        self._farewell = farewell
        self._silence = Silence(attempt.session.idle_s * 1000)

    @property
    def due_ms(self) -> int | None:
        return self._silence.due_ms

    def broken(self) -> None:
        """The caller spoke, wrote, or pressed a key."""
        self._silence.broken()

    def mind(self, now_ms: int, *, is_quiet: bool) -> None:
        """`is_quiet`: nobody speaks, and no work is under way."""
        self._announce_slow_tool(now_ms)
        self._give_notice(is_quiet)
        self._mind_silence(now_ms, is_quiet)

    def _announce_slow_tool(self, now_ms: int) -> None:
        spoke_ms = self._voice.spoke_ms
        was_silent = spoke_ms is None or now_ms >= spoke_ms + LATELY_MS
        if was_silent and self._attempt.tools.calls.announce(now_ms):
            self._prompter.say(ONE_MOMENT)

    def _give_notice(self, is_quiet: bool) -> None:
        if self._attempt.notice and is_quiet and not self._farewell.is_planned:
            self._prompter.say(self._attempt.notice)
            self._attempt.notice = ""

    def _mind_silence(self, now_ms: int, is_quiet: bool) -> None:
        waits = self._greeting.due_ms is not None or self._farewell.is_planned
        match self._silence.mind(now_ms, is_quiet=is_quiet and not waits):
            case Rung.ASK:
                self._prompter.say(STILL_THERE)
            case Rung.GOODBYE:
                self._farewell.plan(PostThen(reason="idle"), "hangup", now_ms)
                self._prompter.say(IDLE_GOODBYE)
