"""The keys of the menu. Nothing is stored but what ends it, so the choice of a language costs no time; nothing is
logged of what was pressed. Who goes on to people, or to the tape, is let in or refused then: nobody else screens them.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from flask import Request, Response

from nightdesk import edge, menu, twiml
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.errors import BadRequest
from nightdesk.hotel.model import Property
from nightdesk.targets import twilio_answers, twilio_consent, twilio_rungs
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import call_sid_of, is_over

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/ivr", Keypad(phone_calls).ivr, spoken=True)]


class Keypad:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def ivr(self, request: Request) -> Response:
        """Source: TwiML Gather, action: Digits is one key; and the Redirect behind it, without."""
        call_sid = call_sid_of(request)
        if is_over(request):
            return edge.twiml(twiml.nothing())
        hotel = twilio_answers.hotel_of(self._house, request)
        if hotel is None:
            raise BadRequest("unknown_property", "the called number belongs to no property")
        asked = menu.read(request.args.to_dict(), hotel)
        following = menu.press(hotel, asked, request.form.get("Digits", "")[:1], self._house.clock())
        log.info("< ivr", extra={"fields": {"menu": asked.menu, "tries": asked.tries, "attempt": asked.attempt}})
        if following.asked is not None:
            origin = self._house.settings.webhook_origin
            return edge.twiml(twilio_rungs.question(origin, hotel, following.asked, following.first))
        if following.then is None:
            told = "" if following.agent == hotel.language else self._notice(request, hotel, following.agent)
            first = twilio_answers.first_claims(request, hotel, following.agent)
            return twilio_answers.attach(self._house, first, first_say=told)
        last, keyed = not menu.has_agent_behind(hotel, asked), bool(request.form.get("Digits"))

        def by_menu(session: Session) -> Session:
            """What answers from here on: behind the people a tape, where no agent is behind the menu."""
            session = replace(session, language=asked.language, spoke=session.spoke or keyed)
            return replace(session, rung="menu") if last else session

        return self._calls.end(call_sid, asked.attempt, following.then, begins=request, with_=by_menu)

    def _notice(self, request: Request, hotel: Property, language: str) -> str:
        """Before the menu it was said in the hotel's own language, which is not the guest's."""
        return twilio_consent.notice(self._house, request, hotel, language)
