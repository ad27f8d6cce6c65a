"""What the webhooks of a phone call share: whose call it is, its session in the store, and a Step carried out as TwiML.

Nothing here decides what comes next: that is calls.py. A webhook reads its form, asks the rule, and answers with this.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Request, Response

from nightdesk import (
    calls,
    edge,
    hold_music,
    phone_words,
    phones,
    refusal_words,
    tokens,
    twiml,
    twiml_pay,
    twiml_transfer,
)
from nightdesk.bootstrap import House
from nightdesk.calls import There
from nightdesk.conversation import Session
from nightdesk.errors import BadRequest
from nightdesk.hotel.model import Property
from nightdesk.steps import NOTHING, Step
from nightdesk.targets import twilio_answers, twilio_news, twilio_rungs
from nightdesk.targets.twilio_warm import WarmTransfers
from nightdesk.then import Then
from nightdesk.tokens import Claims
from nightdesk.twiml_keys import Line

log = logging.getLogger(__name__)


class PhoneCalls:
    """One for the whole function; it keeps nothing of any call."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.warm = WarmTransfers(house)

    def hotel_of(self, session: Session) -> Property:
        """Raises: BadRequest when the property's file is gone."""
        hotel = self.house.properties.get(session.property_id)
        if hotel is None:
            raise BadRequest("unknown_property", f"property {session.property_id} is out of service")
        return hotel

    def begun(self, request: Request, call_sid: str) -> Session:
        """A session that no relay has asked for: its first stream never came to life. Raises: BadRequest.

        `?language=` is the guest's, where it was chosen before that stream.
        """
        hotel = twilio_answers.hotel_of(self.house, request)
        if hotel is None:
            raise BadRequest("unknown_property", "the called number belongs to no property")
        chosen = request.args.get("language", "")
        spoken = chosen if chosen in hotel.spoken_from(hotel.language) else hotel.language
        first = twilio_answers.first_claims(request, hotel, spoken)
        return Session(
            session_id=first.session_id,
            property_id=first.property_id,
            channel=first.channel,
            direction=first.direction,
            language=first.language,
            call_sid=first.call_sid,
            caller_id=first.caller,
            called=first.called,
            stir=first.stir,
            start_time=self.house.clock(),
        )

    def change(self, call_sid: str, change: Callable[[Session | None], Session]) -> Session:
        _, changed = twilio_news.telling(self.house, tokens.session_id_of_call(call_sid), change)
        assert changed is not None
        return changed

    def change_or_begin(self, request: Request, call_sid: str, change: Callable[[Session], Session]) -> Session:
        """The session after a change; a call whose session begins with it is let in or refused as any other.

        Raises: BadRequest when the called number belongs to no property.
        """
        from nightdesk import reception

        known = self.house.store.session(tokens.session_id_of_call(call_sid))
        was = new = known or self.begun(request, call_sid)

        def seen(session: Session) -> Session:
            nonlocal was
            was = session
            return change(session)

        session, is_decided = reception.opened(self.house, self.hotel_of(new), new, seen)
        if is_decided and session.refused:
            reception.tell_refused(self.house, session, "twilio")
        twilio_news.tell(self.house, was, session)
        return session

    def carry_out(self, session: Session, step: Step) -> Response:
        hotel = self.hotel_of(session)
        self._mind_recording(session, step, hotel)
        match step.action:
            case "attach":
                wait = phone_words.said("one_moment", session.language) if step.about == "one_moment" else ""
                return twilio_answers.attach(self.house, claims(session, step.attempt), first_say=wait)
            case "hold":
                music = hold_music.for_hold(self.house.settings.webhook_origin, hotel, step.seconds)
                return twilio_answers.attach(self.house, claims(session, step.attempt), music=music)
            case "dial":
                return self._dial(session, step, hotel)
            case "enqueue":
                return self._enqueue(session, step, hotel)
            case "pay":
                return self._pay(session, step, hotel)
            case "gather" | "menu" | "voicemail":
                return edge.twiml(twilio_rungs.document(self.house.settings.webhook_origin, hotel, session, step))
            case "hangup" if refusal := refusal_words.in_all(step.about, hotel.spoken_from(session.language)):
                return edge.twiml(twiml.refusal(refusal))
            case "hangup":
                say = phone_words.said("no_guest", session.language) if step.about == "no_guest" else ""
                return edge.twiml(twiml.hangup(say, phone_words.locale(hotel, session.language)))
        return edge.twiml(twiml.nothing())

    def end(
        self,
        call_sid: str,
        attempt: int,
        then: Then | None = None,
        *,
        begins: Request | None = None,
        with_: Callable[[Session], Session] = lambda session: session,
    ) -> Response:
        """What follows an attempt that ends without a stream: by keys, or turn by turn. Kept as the end of a stream is.

        `begins`: the request with which the session begins where none is kept yet. `with_` is what else is to be kept
        of this end.
        """
        step = NOTHING

        def change(session: Session | None) -> Session:
            nonlocal step
            if session is None:
                raise BadRequest("unknown_session", "no such call is known")
            if session.attempt == attempt and then is not None:
                session = calls.by_key(with_(session), then)
            session, step = calls.after_stream(session, attempt, self.there(session), self.warm.departments(session))
            return session

        session = self.change_or_begin(begins, call_sid, change) if begins else self.change(call_sid, change)
        log.info("= ended", extra={"fields": {"attempt": attempt, "step": step.action, "about": step.about}})
        return self.carry_out(session, step)

    def there(self, session: Session) -> There:
        """Who can take a call now."""
        hotel, now = self.hotel_of(session), self.house.clock()
        local = hotel.local(now)
        return lambda department: [d.department for d in hotel.reachable(department, now) if d.is_open(local)]

    def are_recorded(self, hotel: Property) -> bool:
        """Whether this hotel's calls are recorded, and by Twilio."""
        return hotel.recording and self.house.settings.recording_source == "twilio"

    def _mind_recording(self, session: Session, step: Step, hotel: Property) -> None:
        """Twilio's pauses while a guest keys a card, and with people where the hotel's file does not say otherwise.

        It goes on with the next stream, or here where there will be none.
        """
        if not self.are_recorded(hotel):
            return
        if calls.is_off_record(session, hotel.record_staff):
            self.house.recordings.pause(session.session_id, "away")
        elif step.action in ("gather", "menu"):
            self.house.recordings.resume(session.session_id, "away")

    def _pay(self, session: Session, step: Step, hotel: Property) -> Response:
        origin, language = self.house.settings.webhook_origin, session.language
        page = self.house.payment_page(step.payment_id)
        if page is None or not page.may_pay or not hotel.pay_connector:
            return edge.twiml(twiml_pay.straight_back(origin, step.attempt, step.payment_id))
        locale = phone_words.locale(hotel, language)
        return edge.twiml(twiml_pay.pay(origin, step.attempt, page.payment, hotel.pay_connector, locale, hotel.name))

    def _enqueue(self, session: Session, step: Step, hotel: Property) -> Response:
        """The staff is called, by whoever comes here first; the guest waits meanwhile."""
        self.warm.ring(session)
        if session.waiting is None:
            return edge.twiml(twiml.nothing())
        to = hotel.department(step.department) or hotel.front_desk
        say = phone_words.handing_over(step.about, to, hotel, session.language)
        first = Line(say, phone_words.locale(hotel, session.language))
        return edge.twiml(twiml_transfer.enqueue(self.warm.ring_of(session, session.waiting), first))

    def _dial(self, session: Session, step: Step, hotel: Property) -> Response:
        to = hotel.department(step.department) or hotel.front_desk
        say = phone_words.handing_over(step.about, to, hotel, session.language)
        origin, locale = self.house.settings.webhook_origin, phone_words.locale(hotel, session.language)
        shown = session.called if session.direction == "outbound" else phones.shown(session.caller_id, session.called)
        return edge.twiml(
            twiml.dial(origin, to.number, say, session.attempt, step.dial, to.ring_timeout_s, locale, shown)
        )


def claims(session: Session, attempt: int) -> Claims:
    """What a token for a stream of this session says."""
    return Claims(
        session_id=session.session_id,
        property_id=session.property_id,
        channel=session.channel,
        direction=session.direction,
        attempt=attempt,
        call_sid=session.call_sid,
        caller=session.caller_id,
        called=session.called,
        stir=session.stir,
        language=session.language,
    )
