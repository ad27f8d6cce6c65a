"""When an ending is due in a stream that has no replies and no end of one: by the silence behind what was said. Pure.

Source: OpenAI GPT-Live reference, ending: no event says that a farewell was said; 0.8 s of silent output does.
"""

from __future__ import annotations

from relay.barge_in import has_meaning, is_backchannel
from relay.ending import HEARD_WAIT_MS
from relay.functions import PostThen
from relay.live_session import LiveSession
from relay.live_voice import LiveVoice
from relay.talk import Attempt

# The model has to be told, the text model to answer, and the voice to begin.
BEGIN_WAIT_MS = 8000
LONGEST_MS = 20_000
# Speech that was going on when there was something to be said is about that if it goes on for so long.
GOES_ON_MS = 1500
# So much of the caller's own words, unless all of them are a goodbye's, means that the call goes on.
WITHDRAW_MS = 600

_FAREWELL = "farewell"


class Farewell:
    def __init__(self, attempt: Attempt, session: LiveSession) -> None:
        self._ending = attempt.ending
        self._journal = attempt.journal
        self._session = session
        self._from_ms = 0  # what the caller says from here on, on the session's timeline, did not ask for the ending
        self._since_ms = 0
        self._went_on_ms = -1  # when the guest last typed more than a goodbye, or pressed the button or a key

    @property
    def is_planned(self) -> bool:
        return self._ending.is_planned

    def plan(self, then: PostThen, action: str, now_ms: int, *, asked_ms: int) -> None:
        """Carry `then`, asked for at `asked_ms`, out once what is said from now on was heard."""
        if action == "hangup" and asked_ms <= self._went_on_ms:
            self._journal.log("= hang-up withdrawn")
            return
        self._since_ms = now_ms
        self._from_ms = self._session.clock.timeline_ms - (now_ms - asked_ms)
        self._ending.plan(then, action, after_request=0, no_reply_by_ms=now_ms + BEGIN_WAIT_MS)
        self.mind_caller()

    def goes_on(self, now_ms: int) -> None:
        """What another engine had planned is this one's to bring to its end."""
        if self._ending.is_planned and not self._ending.reply_id and self._ending.then is not None:
            action = "hangup" if self._ending.is_hangup else ""
            self.plan(self._ending.then, action, now_ms, asked_ms=now_ms)

    def mind_caller(self) -> None:
        """A caller who goes on calls a hang-up off; words from before it was asked for, which may come late, do not."""
        ledger = self._session.ledger
        if not self._ending.is_hangup or ledger.spoken_ms("user", self._from_ms) < WITHDRAW_MS:
            return
        words, _ = ledger.words("user", self._from_ms)
        if has_meaning(words, farewell=True):
            self._withdraw()

    def caller_typed(self, text: str, now_ms: int) -> None:
        if not is_backchannel(text, farewell=True):
            self.caller_goes_on(now_ms)

    def caller_goes_on(self, now_ms: int) -> None:
        """By typing, the button or a key: a hang-up is called off, and so is one that is asked for, but not granted."""
        self._went_on_ms = now_ms
        if self._ending.is_hangup:
            self._withdraw()

    def _withdraw(self) -> None:
        self._ending.withdraw()
        self._journal.log("= hang-up withdrawn")

    def due(self, voice: LiveVoice, now_ms: int, *, is_worked_on: bool) -> PostThen | None:
        """What is to be carried out now. While the answer is worked on the voice says "one moment" at most."""
        ending = self._ending
        if not ending.is_planned:
            return None
        if is_worked_on:
            self._since_ms = now_ms
        elif not ending.reply_id and self._has_begun(voice, now_ms):
            ending.response_began(_FAREWELL, request=1)
            ending.reply_is_heard(_FAREWELL)
            quiet_at_ms = now_ms + LONGEST_MS - HEARD_WAIT_MS
            ending.response_ended(_FAREWELL, calls_tools=False, failed=False, quiet_at_ms=quiet_at_ms)
        was_heard = ending.reply_id == _FAREWELL and not voice.is_speaking(now_ms)
        # Who has just begun to speak may call a hang-up off: their words come late, and are too few so far to tell.
        is_done = was_heard and not (ending.is_hangup and self._session.ledger.is_open("user"))
        return ending.then if ending.is_due(now_ms, is_done=is_done, is_heard=False) else None

    def _has_begun(self, voice: LiveVoice, now_ms: int) -> bool:
        return voice.is_speaking(now_ms) and is_about(self._since_ms, voice, now_ms)

    def due_ms(self) -> int | None:
        return self._ending.due_ms


def is_about(since_ms: int, voice: LiveVoice, now_ms: int) -> bool:
    """Whether what a voice says that speaks now can be about what it knows `since_ms`."""
    return voice.began_ms is not None and (voice.began_ms >= since_ms or now_ms >= since_ms + GOES_ON_MS)
