"""What is said when nobody speaks: one moment, a notice, are you still there, goodbye. Pure.

The same in every dialect; how a sentence is asked for, and a hang-up planned, is its own.
"""

from __future__ import annotations

from collections.abc import Callable

from relay.arbiter import Purpose
from relay.sentences import IDLE_GOODBYE, ONE_MOMENT, STILL_THERE
from relay.silence import Rung, Silence
from relay.talk import Attempt


class Pauses:
    """`is_quiet` says whether nobody speaks, nothing is about to be said, and an engine listens.

    `may_announce` says whether "one moment" may be said now; `hang_up` ends the call once the goodbye was heard.
    """

    def __init__(
        self,
        attempt: Attempt,
        *,
        is_quiet: Callable[[], bool],
        may_announce: Callable[[], bool],
        say: Callable[[Purpose, str], None],
        hang_up: Callable[[], None],
    ) -> None:
        self._attempt = attempt
        self._is_quiet = is_quiet
        self._may_announce = may_announce
        self._say = say
        self._hang_up = hang_up
        self._silence = Silence(attempt.session.idle_s * 1000)

    @property
    def due_ms(self) -> int | None:
        return self._silence.due_ms

    def broken(self) -> None:
        """The caller spoke, wrote, or pressed a key."""
        self._silence.broken()

    def mind(self, now_ms: int) -> None:
        self._announce_slow_tool(now_ms)
        self._give_notice()
        self._mind_silence(now_ms)

    def _announce_slow_tool(self, now_ms: int) -> None:
        if self._may_announce() and self._attempt.tools.calls.announce(now_ms):
            self._say(Purpose.ANNOUNCE, ONE_MOMENT)

    def _give_notice(self) -> None:
        attempt = self._attempt
        if attempt.notice and self._is_quiet() and not attempt.ending.is_planned:
            self._say(Purpose.NOTICE, attempt.notice)
            attempt.notice = ""

    def _mind_silence(self, now_ms: int) -> None:
        attempt = self._attempt
        if attempt.caller_audio.spoke_ms is not None:
            self._silence.broken(attempt.caller_audio.spoke_ms)
            attempt.caller_audio.spoke_ms = None
        is_quiet = self._is_quiet() and not attempt.tools and not attempt.ending.is_planned
        match self._silence.mind(now_ms, is_quiet=is_quiet):
            case Rung.ASK:
                self._say(Purpose.STILL_THERE, STILL_THERE)
            case Rung.GOODBYE:
                self._hang_up()
                self._say(Purpose.GOODBYE, IDLE_GOODBYE)
