"""A stream is over, whatever ended it: Twilio fetches what comes next from here, and from here alone."""

from __future__ import annotations

import logging

from flask import Request, Response

from nightdesk import calls, edge, events, twiml
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.steps import NOTHING
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import attempt_of, call_sid_of, is_over

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/stream-ended", Streams(phone_calls).stream_ended, spoken=True)]


class Streams:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def stream_ended(self, request: Request) -> Response:
        """`?attempt=` says which stream it was. Source: TwiML Connect, action."""
        call_sid = call_sid_of(request)
        if is_over(request):
            return edge.twiml(twiml.nothing())
        step, ended, breaks_before = NOTHING, 0, 0

        def change(session: Session) -> Session:
            nonlocal step, ended, breaks_before
            ended, breaks_before = attempt_of(request, session), session.breaks
            session, step = calls.after_stream(
                session, ended, self._calls.there(session), self._calls.warm.departments(session)
            )
            return session

        session = self._calls.change_or_begin(request, call_sid, change)
        log.info("= stream ended", extra={"fields": {"attempt": ended, "step": step.action, "about": step.about}})
        if session.breaks > breaks_before:
            self._say_broken(session, ended)
        return self._calls.carry_out(session, step)

    def _say_broken(self, session: Session, attempt: int) -> None:
        event = events.of_session(
            session,
            events.STREAM_BROKEN,
            writer="twilio",
            n="broken",
            now=self._house.clock(),
            attempt=attempt,
            stream={"breaks": session.breaks},
        )
        self._house.publish_if_possible(event, timeout_s=1.0)  # the guest is waiting
