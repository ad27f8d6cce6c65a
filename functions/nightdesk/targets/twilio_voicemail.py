"""The tape: the guest's message becomes one to the staff, with its words when Twilio has written them down.

It goes to the store from here and not by way of `tools`: this is what is left when nothing else answers. Where the
guest's number is known a call back is promised, at an hour at which people may be called.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Request, Response

from nightdesk import cards, edge, phone_words, tokens, twiml, twiml_keys
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.hotel.model import Property
from nightdesk.targets import twilio_answers, twilio_rungs
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import call_sid_of, is_over, number, recording_sid_of
from nightdesk.targets.twilio_status import conclude_if_due

if TYPE_CHECKING:
    from nightdesk.voicemail import Promise

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    tape = Tape(phone_calls)
    return [
        Route("POST", "/voice/twilio/voicemail", tape.left, spoken=True, instead=tape.failed),
        Route("POST", "/voice/twilio/transcription", tape.written_down),
    ]


class Tape:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def left(self, request: Request) -> Response:
        """Something was said on it; also when the guest has hung up. Source: TwiML Record, action."""
        call_sid = call_sid_of(request)
        if not (request.values.get("RecordingSid") or request.values.get("RecordingUrl")):
            return self._empty(request, call_sid)
        recording_sid = recording_sid_of(request)
        from nightdesk import voicemail

        left = voicemail.Left(recording_sid, number(request.values.get("RecordingDuration")))
        log.info("= voicemail", extra={"fields": {"recording_sid": recording_sid, "seconds": left.seconds}})
        session = self._calls.change(
            call_sid, lambda s: replace(s or self._calls.begun(request, call_sid), voicemail_id=recording_sid)
        )
        hotel, now = self._calls.hotel_of(session), self._house.clock()
        promised = voicemail.keep(self._house.store, hotel, session, left, now)
        if _has_hung_up(request):
            conclude_if_due(self._house, session.session_id)
            return edge.twiml(twiml.nothing())
        return edge.twiml(twiml_keys.goodbye(self._thanks(hotel, session, promised)))

    def failed(self, request: Request) -> Response | None:
        """A message is asked about again: by Twilio itself where nobody listens, otherwise by a Redirect, once."""
        if _has_hung_up(request):
            return None
        told = {name: request.form[name] for name in ("RecordingSid", "RecordingDuration") if name in request.form}
        if "RecordingSid" not in told:
            return twilio_answers.apology(self._house, request)
        query = urlencode({"attempt": number(request.args.get("attempt"), 1), **told})
        return edge.twiml(
            twiml_keys.wait_and_next(f"{self._house.settings.webhook_origin}/voice/twilio/voicemail?{query}")
        )

    def _empty(self, request: Request, call_sid: str) -> Response:
        """There is no tape after all: nothing goes to anybody."""
        if _has_hung_up(request):
            return edge.twiml(twiml.nothing())
        session = self._calls.change(call_sid, lambda s: s or self._calls.begun(request, call_sid))
        line = twilio_rungs.line(self._calls.hotel_of(session), session.language, "no_message")
        return edge.twiml(twiml_keys.goodbye(line))

    def written_down(self, request: Request) -> Response:
        """The words of a message. Source: TwiML Record, transcribeCallback."""
        call_sid, recording_sid = call_sid_of(request), recording_sid_of(request)
        status = request.form.get("TranscriptionStatus", "")
        text = cards.masked(request.form.get("TranscriptionText", ""))
        session = self._house.store.session(tokens.session_id_of_call(call_sid))
        log.info("< twilio transcription", extra={"fields": {"recording_sid": recording_sid, "status": status}})
        if session is not None and status == "completed" and text.strip():
            hotel = self._calls.hotel_of(session)
            from nightdesk import voicemail

            voicemail.write_down(self._house.store, hotel, session, recording_sid, text.strip(), self._house.clock())
        return Response(status=204)

    def _thanks(self, hotel: Property, session: Session, promised: Promise | None) -> twiml_keys.Line:
        if promised is None:
            return twilio_rungs.line(hotel, session.language, "message_taken")
        moment = phone_words.moment(hotel.local(promised.due_at), hotel.today(self._house.clock()), session.language)
        return twilio_rungs.line(hotel, session.language, "message_and_call", moment=moment)


def _has_hung_up(request: Request) -> bool:
    return is_over(request) or request.form.get("Digits") == "hangup"
