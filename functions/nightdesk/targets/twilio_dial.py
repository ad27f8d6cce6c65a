"""A transfer is over: who is rung next, or back to the agent."""

from __future__ import annotations

import logging

from flask import Request, Response

from nightdesk import calls
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.steps import NOTHING
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import attempt_of, call_sid_of, is_over, number
from nightdesk.targets.twilio_status import conclude_if_due

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/dial-ended", Dials(phone_calls).dial_ended, spoken=True)]


class Dials:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def dial_ended(self, request: Request) -> Response:
        """Source: TwiML Dial, action."""
        call_sid = call_sid_of(request)
        dial_status = request.form.get("DialCallStatus", "failed")
        over = is_over(request)
        step = NOTHING

        def change(session: Session | None) -> Session:
            nonlocal step
            session = session or self._calls.begun(request, call_sid)
            ended, dial = attempt_of(request, session), number(request.args.get("dial"), 1)
            if over:
                return calls.left_while_ringing(session, ended, dial_status, dial)
            warm = self._calls.warm
            session, step = calls.after_dial(
                session, ended, dial_status, dial, warm.others(session), warm.departments(session)
            )
            return session

        session = self._calls.change(call_sid, change)
        log.info("= dial ended", extra={"fields": {"dial_status": dial_status, "step": step.action}})
        if over:
            conclude_if_due(self._house, session.session_id)
        return self._calls.carry_out(session, step)
