"""The progress of a call as Twilio tells it. Nobody listens to the answer, and the order is not promised."""

from __future__ import annotations

import logging

from flask import Request, Response

from nightdesk import calls, events, tokens, transfers
from nightdesk.bootstrap import House
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.errors import PublishError
from nightdesk.targets import twilio_answers, twilio_news
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import TERMINAL, call_sid_of, duration_of

log = logging.getLogger(__name__)

_STATUS_EVENT = {"ringing": "call.ringing", "in-progress": "call.answered", "completed": "call.completed"}


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/status", Statuses(phone_calls).status)]


class Statuses:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def status(self, request: Request) -> Response:
        """Call progress. Order is not guaranteed and repetitions are possible: the first terminal status stays."""
        call_sid, status = call_sid_of(request), request.form.get("CallStatus", "")
        hotel = twilio_answers.hotel_of(self._house, request)
        if hotel is None or status not in (*_STATUS_EVENT, *TERMINAL):
            return Response(status=204)
        now, duration_s = self._house.clock(), duration_of(request)
        session_id = tokens.session_id_of_call(call_sid)
        if status in TERMINAL:

            def end(session: Session | None) -> Session:
                session = session or self._calls.begun(request, call_sid)
                return transfers.call_ended(calls.ended(session, status, duration_s, now))

            was, session = twilio_news.telling(self._house, session_id, end)
            assert session is not None
            self._calls.warm.act(was, session, by="guest")
        told = {"call_sid": call_sid, "status": status}
        event = events.event(
            _STATUS_EVENT.get(status, "call.failed"),
            session_id=session_id,
            property_id=hotel.property_id,
            writer="twilio",
            n=status,
            now=now,
            call=told | ({"duration_seconds": duration_s} if duration_s is not None else {}),
        )
        self._house.publish_if_possible(event)
        if status in TERMINAL:
            conclude_if_due(self._house, session_id)
        return Response(status=204)


def conclude_if_due(house: House, session_id: str) -> None:
    """The call is over: where all is known of it, its conversation.ended is written. Otherwise the job does it."""
    from nightdesk.finalise import finalise

    try:
        finalise(house.store, house.publisher, session_id, house.clock())
    except PublishError as error:
        log.error("! conversation.ended is left to the reconciling job: %s", error)
