"""What Twilio asks when something else has failed: the fallback of a number's voice URL, and news of the streams."""

from __future__ import annotations

import logging

from flask import Request, Response

from nightdesk import events, tokens
from nightdesk.edge import Route
from nightdesk.hotel.model import Property
from nightdesk.targets import twilio_answers
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import call_sid_of, number

log = logging.getLogger(__name__)

_STREAM_EVENTS = frozenset({"stream-started", "stream-stopped", "stream-error"})


def routes(phone_calls: PhoneCalls) -> list[Route]:
    fallback = Fallback(phone_calls)
    return [
        Route("POST", "/voice/twilio/fallback", fallback.fallback, spoken=True),
        Route("POST", "/voice/twilio/stream-status", fallback.stream_status),
    ]


class Fallback:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def fallback(self, request: Request) -> Response:
        """A webhook of the call failed: an apology and the front desk. Nothing but the token is needed for it.

        Source: Twilio, voice fallback URL: ErrorCode and ErrorUrl beside the usual fields.
        """
        call_sid_of(request)
        code, url = request.form.get("ErrorCode", ""), request.form.get("ErrorUrl", "")
        log.error("! Twilio could not use an answer of ours", extra={"fields": {"error_code": code, "url": url[:200]}})
        return twilio_answers.apology(self._house, request)

    def stream_status(self, request: Request) -> Response:
        """News of a stream. Nothing follows for the call: stream-ended alone tells what comes next.

        An error is told as an event, for it may come long before the stream's own end is noticed.
        Source: TwiML Stream, statusCallback: StreamEvent, StreamSid, StreamError.
        """
        call_sid, what = call_sid_of(request), request.form.get("StreamEvent", "")
        if what not in _STREAM_EVENTS:
            return Response(status=204)
        stream_sid, problem = request.form.get("StreamSid", ""), request.form.get("StreamError", "")[:200]
        fields = {"stream_sid": stream_sid, "problem": problem}
        log.log(
            logging.ERROR if what == "stream-error" else logging.INFO, "< twilio %s", what, extra={"fields": fields}
        )
        hotel = twilio_answers.hotel_of(self._house, request) or self._house.properties.get(
            request.args.get("property_id", "")
        )
        if what == "stream-started" and hotel is not None:
            self._record(hotel, call_sid)
        session = self._house.store.session(tokens.session_id_of_call(call_sid)) if what == "stream-error" else None
        property_id = session.property_id if session else hotel.property_id if hotel else ""
        if what == "stream-error" and property_id:
            event = events.event(
                events.STREAM_FAILED,
                session_id=tokens.session_id_of_call(call_sid),
                property_id=property_id,
                writer="twilio",
                n=f"stream-error-{stream_sid or 'unknown'}",
                now=self._house.clock(),
                attempt=_attempt(request),
                stream={"stream_sid": stream_sid, "problem": problem},
            )
            self._house.publish_if_possible(event)
        return Response(status=204)

    def _record(self, hotel: Property, call_sid: str) -> None:
        """Where Twilio makes the recordings they begin now: the notice was heard, and nobody waits for this answer."""
        if self._calls.are_recorded(hotel):
            self._house.recordings.attached(hotel, tokens.session_id_of_call(call_sid), call_sid)


def _attempt(request: Request) -> int:
    """Whose stream it was, as the URL that we gave with it says: by now there may be a newer one."""
    return number(request.args.get("attempt"), 1)
