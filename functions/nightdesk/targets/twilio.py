"""The `twilio` function: Twilio's voice webhooks. `inbound` answers the ring from memory, with no I/O at all.

Every failure of a voice webhook is answered with TwiML, an apology and the front desk: never silence, never HTML.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace

from flask import Request, Response

from nightdesk import calls, edge, events, logs, phones, tokens, twiml, words
from nightdesk.auth import TwilioSignature
from nightdesk.bootstrap import House
from nightdesk.calls import Step
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.errors import BadRequest, Forbidden, MethodNotAllowed, PublishError
from nightdesk.hotel.model import Property
from nightdesk.tokens import Claims

log = logging.getLogger(__name__)

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_VOICE = ("/voice/twilio/inbound", "/voice/twilio/stream-ended", "/voice/twilio/dial-ended")
_STATUS_EVENT = {"ringing": "call.ringing", "in-progress": "call.answered", "completed": "call.completed"}


def build(house: House) -> Callable[[Request], Response]:
    signature = TwilioSignature(house.settings.twilio_auth_token, house.settings.webhook_origin)

    def guard(request: Request) -> None:
        raw_uri = request.environ.get("RAW_URI") or request.full_path.rstrip("?")
        signature.check(raw_uri, request.form, request.headers.get("X-Twilio-Signature", ""))

    webhooks = Webhooks(house)
    routes = [
        Route("POST", "/voice/twilio/inbound", webhooks.inbound),
        Route("POST", "/voice/twilio/stream-ended", webhooks.stream_ended),
        Route("POST", "/voice/twilio/dial-ended", webhooks.dial_ended),
        Route("POST", "/voice/twilio/status", webhooks.status),
    ]
    return edge.serve("twilio", routes, guard, webhooks.apologise)


class Webhooks:
    def __init__(self, house: House) -> None:
        self._house = house

    def inbound(self, request: Request) -> Response:
        """A guest calls. Source: Twilio, incoming call request."""
        call_sid = _call_sid(request)
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
        return self._attach(claims, first_say=hotel.consent_notice)

    def stream_ended(self, request: Request) -> Response:
        """A stream is over: Twilio fetches what comes next, from here alone. `?attempt=` says which stream it was."""
        call_sid = _call_sid(request)
        if request.form.get("CallStatus") in calls.TERMINAL:
            return edge.twiml(twiml.nothing())
        step, ended, breaks_before = calls.NOTHING, 0, 0

        def change(session: Session | None) -> Session:
            nonlocal step, ended, breaks_before
            session = session or self._begun(request, call_sid)
            ended, breaks_before = _attempt(request, session), session.breaks
            session, step = calls.after_stream(session, ended)
            return session

        session = self._change(call_sid, change)
        log.info("= stream ended", extra={"fields": {"attempt": ended, "step": step.action, "about": step.about}})
        if session.breaks > breaks_before:
            self._say_broken(session, ended)
        return self._carry_out(session, step)

    def dial_ended(self, request: Request) -> Response:
        """A transfer is over. Source: TwiML Dial, action."""
        call_sid = _call_sid(request)
        dial_status = request.form.get("DialCallStatus", "failed")
        over = request.form.get("CallStatus") in calls.TERMINAL
        step = calls.NOTHING

        def change(session: Session | None) -> Session:
            nonlocal step
            session = session or self._begun(request, call_sid)
            others = [] if over else self._others(session)
            dial = int(given) if (given := request.args.get("dial", "1")).isdigit() else 1
            after, step = calls.after_dial(session, _attempt(request, session), dial_status, dial, others)
            if over:  # the guest has gone: nothing is to be done, but whether anybody answered is to be known
                step = calls.NOTHING
                return replace(session, transferred_to=after.transferred_to)
            return after

        session = self._change(call_sid, change)
        log.info("= dial ended", extra={"fields": {"dial_status": dial_status, "step": step.action}})
        return self._carry_out(session, step)

    def status(self, request: Request) -> Response:
        """Call progress. Order is not guaranteed and repetitions are possible: the first terminal status stays."""
        call_sid, status = _call_sid(request), request.form.get("CallStatus", "")
        hotel = self._house.properties.by_number(request.form.get("To", ""))
        if hotel is None or status not in (*_STATUS_EVENT, *calls.TERMINAL):
            return Response(status=204)
        now, duration = self._house.clock(), request.form.get("CallDuration", "")
        session_id = tokens.session_id_of_call(call_sid)
        if status in calls.TERMINAL:
            seconds = int(duration) if duration.isdigit() else None
            self._change(call_sid, lambda s: calls.ended(s or self._begun(request, call_sid), status, seconds, now))
        told = {"call_sid": call_sid, "status": status}
        event = events.event(
            _STATUS_EVENT.get(status, "call.failed"),
            session_id=session_id,
            property_id=hotel.property_id,
            writer="twilio",
            n=status,
            now=now,
            call=told | ({"duration_seconds": int(duration)} if duration.isdigit() else {}),
        )
        self._house.publish_if_possible(event)
        if status in calls.TERMINAL:
            self._finalise(session_id)
        return Response(status=204)

    def apologise(self, request: Request, error: Exception) -> Response | None:
        """TwiML for a voice webhook that failed; None where nobody listens or where the caller is not Twilio."""
        if request.path not in _VOICE or isinstance(error, (Forbidden, MethodNotAllowed)):
            return None
        hotel = self._house.properties.by_number(request.form.get("To", ""))
        number = hotel.front_desk.number if hotel else None
        return edge.twiml(twiml.apology(words.apology(hotel), number))

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

    def _begun(self, request: Request, call_sid: str) -> Session:
        """A session that no relay has asked for: its first stream never came to life. Raises: BadRequest."""
        called = request.form.get("To", "")
        hotel = self._house.properties.by_number(called)
        if hotel is None:
            raise BadRequest("unknown_property", "the called number belongs to no property")
        return Session(
            session_id=tokens.session_id_of_call(call_sid),
            property_id=hotel.property_id,
            channel="voice",
            direction="inbound",
            language=hotel.language,
            call_sid=call_sid,
            caller_id=phones.caller(request.form.get("From", "")),
            called=called,
            stir=tokens.stir_attestation(request.form.get("StirVerstat", "")),
            start_time=self._house.clock(),
        )

    def _change(self, call_sid: str, change: Callable[[Session | None], Session]) -> Session:
        changed = self._house.store.change_session(tokens.session_id_of_call(call_sid), change)
        assert changed is not None
        return changed

    def _carry_out(self, session: Session, step: Step) -> Response:
        hotel = self._house.properties.get(session.property_id)
        if hotel is None:
            raise BadRequest("unknown_property", f"property {session.property_id} is out of service")
        match step.action:
            case "attach":
                return self._attach(_claims(session, step.attempt))
            case "hold":
                return self._attach(_claims(session, step.attempt), hold_s=step.seconds, hold_music=hotel.hold_music)
            case "dial":
                return self._dial(session, step, hotel)
            case "hangup":
                says = {"blocked": words.BLOCKED, "no_guest": words.NO_GUEST, "nobody": words.NOBODY_FREE}
                return edge.twiml(twiml.hangup(says.get(step.about, "")))
        return edge.twiml(twiml.nothing())

    def _attach(self, claims: Claims, first_say: str = "", hold_s: int = 0, hold_music: str = "") -> Response:
        s = self._house.settings
        token = tokens.mint(claims, s.session_signing_key, self._house.clock())
        document = twiml.attach(
            s.webhook_origin, s.media_origin, token, claims.attempt, first_say, hold_s=hold_s, hold_music=hold_music
        )
        return edge.twiml(document)

    def _dial(self, session: Session, step: Step, hotel: Property) -> Response:
        to = hotel.department(step.department) or hotel.front_desk
        say = words.handing_over(step.about, to) if step.about else ""
        return edge.twiml(twiml.dial(self._house.settings.webhook_origin, to.number, say, session.attempt, step.dial))

    def _others(self, session: Session) -> list[str]:
        """Whom to ring where nobody takes the call, in turn: those that are there now."""
        hotel = self._house.properties.get(session.property_id)
        if hotel is None:
            return []
        return [d.department for d in hotel.reachable(session.transferred_to, self._house.clock())]

    def _say_broken(self, session: Session, attempt: int) -> None:
        event = events.event(
            events.STREAM_BROKEN,
            session_id=session.session_id,
            property_id=session.property_id,
            writer="twilio",
            n="broken",
            now=self._house.clock(),
            attempt=attempt,
            stream={"breaks": session.breaks},
        )
        self._house.publish_if_possible(event, timeout_s=1.0)  # the guest is waiting

    def _finalise(self, session_id: str) -> None:
        from nightdesk.finalise import finalise

        try:
            finalise(self._house.store, self._house.publisher, session_id, self._house.clock())
        except PublishError as error:
            log.error("! conversation.ended is left to the reconciling job: %s", error)


def _claims(session: Session, attempt: int) -> Claims:
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


def _call_sid(request: Request) -> str:
    """Raises: BadRequest when it is no CallSid."""
    call_sid: str = request.form.get("CallSid", "")
    if not _CALL_SID.fullmatch(call_sid):
        raise BadRequest("bad_call_sid", f"CallSid must be CA and 32 hex digits, not {call_sid!r}")
    logs.about(session_id=tokens.session_id_of_call(call_sid), call_sid=call_sid)
    return call_sid


def _attempt(request: Request, session: Session) -> int:
    given = request.args.get("attempt", "")
    return int(given) if given.isdigit() else session.attempt
