"""A guest calls: the ring is answered from memory, with no I/O at all."""

from __future__ import annotations

import logging

from flask import Request, Response

from nightdesk import edge, events, menu, phone_words, tokens, twiml, words
from nightdesk.bootstrap import House
from nightdesk.edge import Route
from nightdesk.targets import twilio_answers, twilio_consent, twilio_rungs
from nightdesk.targets.twilio_form import call_sid_of
from nightdesk.twiml_keys import Line

log = logging.getLogger(__name__)


def routes(house: House) -> list[Route]:
    return [Route("POST", "/voice/twilio/inbound", Inbound(house).inbound, spoken=True)]


class Inbound:
    def __init__(self, house: House) -> None:
        self._house = house

    def inbound(self, request: Request) -> Response:
        """Source: Twilio, incoming call request."""
        call_sid = call_sid_of(request)
        called = request.form.get("To", "")
        hotel = self._house.properties.by_number(called)
        if hotel is None:
            return self._nobody_there(call_sid, called)
        log.info("< twilio inbound", extra={"fields": {"property_id": hotel.property_id, "call_sid": call_sid}})
        notice = twilio_consent.notice(self._house, request, hotel, hotel.language)
        if hotel.ivr.answers(hotel.local(self._house.clock())):
            told = Line(notice, phone_words.locale(hotel, hotel.language))
            origin = self._house.settings.webhook_origin
            return edge.twiml(twilio_rungs.question(origin, hotel, menu.first(hotel), [told]))
        first = twilio_answers.first_claims(request, hotel, hotel.language)
        return twilio_answers.attach(self._house, first, first_say=notice)

    def _nobody_there(self, call_sid: str, called: str) -> Response:
        fields = {"called": called, "broken": [e.file for e in self._house.properties.broken]}
        log.error("! nobody answers at the number that was called", extra={"fields": fields})
        event = events.event(
            events.PROPERTY_UNKNOWN,
            session_id=tokens.session_id_of_call(call_sid),
            property_id="",
            writer="twilio",
            n="property-unknown",
            now=self._house.clock(),
            call={"call_sid": call_sid, "called": called},
        )
        self._house.publish_if_possible(event)
        return edge.twiml(twiml.hangup(words.NOT_IN_SERVICE))
