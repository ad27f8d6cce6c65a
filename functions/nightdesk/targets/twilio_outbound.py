"""Calls that the hotel has placed: somebody answers, a machine answers, and what Twilio tells of them.

Who answers hears the agent at once; what the call is for was stored with its session when it was placed, so nothing is
looked up between the answer and the stream.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Request, Response

from nightdesk import edge, phone_words, twiml, words
from nightdesk.edge import Route
from nightdesk.targets import twilio_answers, twilio_consent, twilio_status
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import call_sid_of, duration_of

if TYPE_CHECKING:
    from nightdesk.outbound_progress import Progress

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    ours = OutboundWebhooks(phone_calls)
    return [
        Route("POST", "/voice/twilio/outbound-answered", ours.answered, spoken=True),
        Route("POST", "/voice/twilio/outbound-status", ours.status),
        Route("POST", "/voice/twilio/amd", ours.machine),
    ]


class OutboundWebhooks:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house
        self._statuses = twilio_status.Statuses(phone_calls)

    @cached_property
    def _progress(self) -> Progress:
        from nightdesk.outbound_progress import Progress

        return Progress(self._house)

    def answered(self, request: Request) -> Response:
        """Somebody has picked up. The hotel is known by the number that calls; `?lang=` is what is spoken first."""
        call_sid_of(request)
        hotel = twilio_answers.hotel_of(self._house, request)
        if hotel is None:
            return edge.twiml(twiml.hangup(words.NOT_IN_SERVICE))
        claims = twilio_answers.first_claims(request, hotel, request.args.get("lang", "")[:2] or hotel.language)
        log.info("< twilio answered", extra={"fields": {"property_id": hotel.property_id}})
        notice = twilio_consent.notice(self._house, request, hotel, claims.language)
        if notice:  # nobody is told that a call is recorded before they know whose it is
            notice = f"{phone_words.said('this_is', claims.language, hotel=hotel.name)} {notice}"
        return twilio_answers.attach(self._house, claims, first_say=notice)

    def status(self, request: Request) -> Response:
        """Call progress, in any order: first the record of the call, then what holds for every call."""
        call_sid, status = call_sid_of(request), request.form.get("CallStatus", "")
        duration_s = duration_of(request)
        self._progress.progressed(request.args.get("call", ""), call_sid, status, duration_s)
        return self._statuses.status(request)

    def machine(self, request: Request) -> Response:
        """Source: Twilio, asynchronous answering machine detection: CallSid and AnsweredBy, and no numbers."""
        call_sid = call_sid_of(request)
        self._progress.machine(request.args.get("call", ""), call_sid, request.form.get("AnsweredBy", ""))
        return Response(status=204)
