"""A guest calls: the ring is answered from memory, with no I/O at all."""

from __future__ import annotations

import logging

from flask import Request, Response

from nightdesk import edge, events, phones, tokens, twiml, words
from nightdesk.edge import Route
from nightdesk.targets.twilio_calls import PhoneCalls, call_sid_of
from nightdesk.tokens import Claims

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/inbound", Inbound(phone_calls).inbound, spoken=True)]


class Inbound:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def inbound(self, request: Request) -> Response:
        """Source: Twilio, incoming call request."""
        call_sid = call_sid_of(request)
        called = request.form.get("To", "")
        hotel = self._house.properties.by_number(called)
        if hotel is None:
            return self._nobody_there(call_sid, called)
        claims = Claims(
            session_id=tokens.session_id_of_call(call_sid),
            property_id=hotel.property_id,
            channel="voice",
            direction="inbound",
            attempt=1,
            call_sid=call_sid,
            caller=phones.caller(request.form.get("From", "")),
            called=called,
            stir=tokens.stir_attestation(request.form.get("StirVerstat", "")),
            language=hotel.language,
        )
        log.info("< twilio inbound", extra={"fields": {"property_id": hotel.property_id, "call_sid": call_sid}})
        return self._calls.attach(claims, first_say=hotel.consent_notice)

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
