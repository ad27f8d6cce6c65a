"""When an ending is due in a stream that has no replies and no end of one: by the silence behind what was said. Pure.

Source: OpenAI GPT-Live reference, ending: no event says that a farewell was said; 0.8 s of silent output does.
"""

from __future__ import annotations

from relay.ending import HEARD_WAIT_MS, Ending
from relay.functions import PostThen
from relay.live import Transcript
from relay.live_clock import LiveClock
from relay.live_voice import LiveVoice

# The model has to be told, the text model to answer, and the voice to begin.
BEGIN_WAIT_MS = 8000
LONGEST_MS = 20_000
# Speech that was going on when the ending was planned is the farewell if it goes on for so long.
GOES_ON_MS = 1500
# So much of the caller's own words means that the call goes on; a "bye" is shorter.
WITHDRAW_MS = 600

_FAREWELL = "farewell"


class Farewell:
    def __init__(self, ending: Ending, clock: LiveClock) -> None:
        self._ending = ending
        self._clock = clock
        self._from_ms = 0  # on the session's timeline
        self._since_ms = 0
        self._caller_ms = 0

    @property
    def is_planned(self) -> bool:
        return self._ending.is_planned

    def plan(self, then: PostThen, action: str, now_ms: int) -> None:
        """Carry `then` out once what is said from now on was heard."""
        self._since_ms, self._caller_ms = now_ms, 0
        self._from_ms = self._clock.timeline_ms
        self._ending.plan(then, action, after_request=0, no_reply_by_ms=now_ms + BEGIN_WAIT_MS)

    def goes_on(self, now_ms: int) -> None:
        """What another engine had planned is this one's to bring to its end."""
        if self._ending.is_planned and not self._ending.reply_id and self._ending.then is not None:
            action = "hangup" if self._ending.is_hangup else ""
            self.plan(self._ending.then, action, now_ms)

    def caller_said(self, words: Transcript) -> bool:
        """The caller spoke. True when that calls a hang-up off; words that come late asked for it, as a rule."""
        if not self._ending.is_hangup or words.start_ms < self._from_ms:
            return False
        self._caller_ms += words.end_ms - words.start_ms
        if self._caller_ms < WITHDRAW_MS:
            return False
        self._ending.withdraw()
        return True

    def due(self, voice: LiveVoice, now_ms: int) -> PostThen | None:
        """What is to be carried out now."""
        ending = self._ending
        if not ending.is_planned:
            return None
        if not ending.reply_id and self._has_begun(voice, now_ms):
            ending.response_began(_FAREWELL, request=1)
            ending.reply_is_heard(_FAREWELL)
            quiet_at_ms = now_ms + LONGEST_MS - HEARD_WAIT_MS
            ending.response_ended(_FAREWELL, calls_tools=False, failed=False, quiet_at_ms=quiet_at_ms)
        was_heard = ending.reply_id == _FAREWELL and not voice.is_speaking(now_ms)
        return ending.then if ending.is_due(now_ms, reply_is_done=was_heard, is_silent=was_heard) else None

    def _has_begun(self, voice: LiveVoice, now_ms: int) -> bool:
        if voice.began_ms is None or not voice.is_speaking(now_ms):
            return False
        return voice.began_ms >= self._since_ms or now_ms >= self._since_ms + GOES_ON_MS

    def due_ms(self) -> int | None:
        return self._ending.due_ms
