"""What is said when nobody speaks: one moment, a notice, are you still there, goodbye. Pure."""

from __future__ import annotations

from collections.abc import Callable

from relay.arbiter import Purpose
from relay.ending import REPLY_WAIT_MS
from relay.functions import PostThen
from relay.responses import Responses
from relay.sentences import IDLE_GOODBYE, ONE_MOMENT, STILL_THERE
from relay.silence import Rung, Silence
from relay.talk import Attempt


class Pauses:
    """`is_quiet` says whether nobody speaks, no response is on its way, and an engine listens."""

    def __init__(self, attempt: Attempt, responses: Responses, is_quiet: Callable[[], bool]) -> None:
        self._attempt = attempt
        self._responses = responses
        self._is_quiet = is_quiet
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
        if self._is_quiet() and self._attempt.tools.calls.announce(now_ms):
            self._responses.want(Purpose.ANNOUNCE, ONE_MOMENT)

    def _give_notice(self) -> None:
        attempt = self._attempt
        if attempt.notice and self._is_quiet() and not attempt.ending.is_planned:
            self._responses.want(Purpose.NOTICE, attempt.notice)
            attempt.notice = ""

    def _mind_silence(self, now_ms: int) -> None:
        attempt = self._attempt
        is_quiet = self._is_quiet() and not attempt.tools and not attempt.ending.is_planned
        match self._silence.mind(now_ms, is_quiet=is_quiet):
            case Rung.ASK:
                self._responses.want(Purpose.STILL_THERE, STILL_THERE)
            case Rung.GOODBYE:
                then, until = PostThen(reason="idle"), now_ms + REPLY_WAIT_MS
                requests = self._responses.arbiter.requests
                attempt.ending.plan(then, "hangup", after_request=requests, no_reply_by_ms=until)
                self._responses.want(Purpose.GOODBYE, IDLE_GOODBYE)
