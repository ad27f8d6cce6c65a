"""A warm transfer: the webhooks of the guest who waits, and of the call to the staff. transfers.py has the rules.

The staff's call is another than the guest's: its webhooks name the session in their URL, which the signature covers.
What a change brings for the other of the two calls is done by twilio_warm.py.
"""

from __future__ import annotations

import logging
from typing import Literal

from flask import Request, Response

from nightdesk import (
    edge,
    handover,
    hold_music,
    logs,
    phone_words,
    tokens,
    transfer_words,
    transfers,
    twiml,
    twiml_transfer,
)
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.errors import BadRequest, NotFound
from nightdesk.hotel.model import Department, Property
from nightdesk.steps import NOTHING
from nightdesk.targets import twilio_answers
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import TERMINAL, call_sid_of, is_over, number
from nightdesk.targets.twilio_status import conclude_if_due
from nightdesk.twiml_keys import Line
from nightdesk.twiml_transfer import Ring

log = logging.getLogger(__name__)

MUSIC_S = 20
"""Of music between two words to a guest who waits."""
_WORDS_S = 6
_BRIDGED = frozenset({"bridged", "bridging-in-process", "redirected-from-bridged"})
_NOT_CONNECTED = frozenset({"no-answer", "busy", "failed", "canceled"})


def routes(phone_calls: PhoneCalls) -> list[Route]:
    guest, staff = Guests(phone_calls), Staff(phone_calls)
    return [
        Route("GET", f"{hold_music.PATH}(?P<part>[0-9]+).wav", music),
        Route("POST", "/voice/twilio/wait", guest.wait, spoken=True, instead=guest.let_out),
        Route("POST", "/voice/twilio/queue-ended", guest.queue_ended, spoken=True),
        Route("POST", "/voice/twilio/staff", staff.asked, spoken=True, instead=staff.failed),
        Route("POST", "/voice/twilio/staff-answer", staff.answered, spoken=True, instead=staff.failed),
        Route("POST", "/voice/twilio/staff-ended", staff.ended, spoken=True, instead=staff.failed),
        Route("POST", "/voice/twilio/staff-status", staff.status),
        Route("POST", "/voice/twilio/staff-amd", staff.machine),
    ]


def music(_: Request, part: str) -> Response:
    """A part of the hold music. Anybody may have it, and Twilio keeps it."""
    sound = hold_music.sound(part)
    if sound is None:
        raise NotFound("unknown_path", f"there is no part {part}")
    return Response(sound, 200, mimetype="audio/wav", headers={"Cache-Control": "public, max-age=86400"})


class Guests:
    """The webhooks of the guest's own call."""

    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house, self._warm = phone_calls, phone_calls.house, phone_calls.warm

    def wait(self, request: Request) -> Response:
        """What a guest in the queue hears next. Source: TwiML Enqueue, waitUrl."""
        call_sid = call_sid_of(request)
        attempt, now = number(request.args.get("attempt")), int(self._house.clock().timestamp())
        since = number(request.args.get("since")) or now - number(request.form.get("QueueTime"))
        waited_s, left_s = max(0, now - since), 0

        def change(session: Session) -> Session:
            nonlocal left_s
            limit_s = self._calls.hotel_of(session).limits.wait_s
            others, warm = self._warm.others(session), self._warm.departments(session)
            session, left_s = transfers.wait(session, attempt, waited_s, limit_s, others, warm)
            return session

        was, session = self._warm.change(tokens.session_id_of_call(call_sid), change)
        self._warm.act(was, session, by="guest")
        if not left_s or session.waiting is None:
            return edge.twiml(twiml_transfer.leave())
        hotel = self._calls.hotel_of(session)
        to = hotel.department(session.waiting.department) or hotel.front_desk
        is_told = waited_s and session.waiting.state != "accepted"
        first = self._still_looking(hotel, to, session.language) if is_told else Line("", "")
        origin, left_s = self._house.settings.webhook_origin, left_s - (_WORDS_S if first.text else 0)
        music = hold_music.for_wait(origin, hotel, MUSIC_S, waited_s, left_s)
        return edge.twiml(twiml_transfer.wait(self._warm.ring_of(session, session.waiting), first, music, since))

    def let_out(self, _: Request) -> Response:
        """Where nobody knows what a guest is to hear: only out of the queue may they be put through to people."""
        return edge.twiml(twiml_transfer.leave())

    def queue_ended(self, request: Request) -> Response:
        """Source: TwiML Enqueue, action; and where the guest was fetched from the queue."""
        call_sid = call_sid_of(request)
        attempt, asked = number(request.args.get("attempt")), number(request.args.get("asked"))
        over = is_over(request)
        result = request.form.get("QueueResult", "")
        was_bridged = result in _BRIDGED or request.args.get("bridged") == "1"
        step = NOTHING

        def change(session: Session) -> Session:
            nonlocal step
            if over:
                return transfers.guest_left(session, attempt)
            session, step = transfers.after_queue(session, attempt, was_bridged, asked)
            return session

        was, session = self._warm.change(tokens.session_id_of_call(call_sid), change)
        self._warm.act(was, session, by="guest")
        log.info("= queue ended", extra={"fields": {"result": result, "step": step.action}})
        if over:
            conclude_if_due(self._house, session.session_id)
        if step.action == "ask_again" and session.waiting is not None:
            ring = self._warm.ring_of(session, session.waiting)
            return edge.twiml(twiml_transfer.ask_again(ring, step.seconds, asked + 1))
        return edge.twiml(twiml.nothing()) if over else self._calls.carry_out(session, step)

    def _still_looking(self, hotel: Property, to: Department, language: str) -> Line:
        name = phone_words.department(to, hotel, language)
        return Line(transfer_words.said("still_looking", language, to=name), phone_words.locale(hotel, language))


class Staff:
    """The webhooks of the call to the staff."""

    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house, self._warm = phone_calls, phone_calls.house, phone_calls.warm

    def asked(self, request: Request) -> Response:
        """Somebody, or something, has picked up: it is told who is on the line, and asked for a key."""
        leg_sid = call_sid_of(request)
        session_id, attempt, dial = _ring_of(request)
        _, session = self._warm.change(session_id, lambda s: transfers.placed(s, attempt, dial, leg_sid))
        hotel = self._calls.hotel_of(session)
        if not transfers.is_ringing(session, attempt, dial):
            return edge.twiml(twiml_transfer.goodbye(self._line(hotel, "guest_gone")))
        assert session.waiting is not None
        to = hotel.department(session.waiting.department) or hotel.front_desk
        store = self._house.store
        told = handover.summary(
            session, hotel, store.turns(session_id), store.tool_calls(session_id), store.leads(session_id)
        )
        lines = [self._line(hotel, "call", house=hotel.name, to=to.name), Line(told, self._locale(hotel))]
        if hotel.record_staff and self._calls.are_recorded(hotel):
            lines.append(self._line(hotel, "recorded"))
        log.info("= the staff is told", extra={"fields": {"department": to.department, "characters": len(told)}})
        return edge.twiml(twiml_transfer.ask(self._ring(session), lines, self._line(hotel, "keys")))

    def answered(self, request: Request) -> Response:
        """A key: 1 takes the call, 2 declines it, any other is asked again. Source: TwiML Gather, action."""
        session_id, attempt, dial = _ring_of(request)
        taken = False

        def take(session: Session) -> Session:
            nonlocal taken
            session, taken = transfers.accepted(session, attempt, dial)
            return session

        match request.form.get("Digits", ""):
            case "1":
                _, session = self._warm.change(session_id, take)
            case "2":
                was, session = self._missed(session_id, attempt, dial, "declined")
                self._warm.act(was, session, by="staff", ending=call_sid_of(request))
                log.info("= the staff has declined", extra={"fields": {"dial": dial}})
                return edge.twiml(twiml_transfer.goodbye(self._line(self._calls.hotel_of(session), "declined")))
            case _:
                _, session = self._warm.change(session_id, lambda s: s)
                if transfers.is_ringing(session, attempt, dial):
                    keys = self._line(self._calls.hotel_of(session), "keys")
                    return edge.twiml(twiml_transfer.ask(self._ring(session), [], keys))
        hotel = self._calls.hotel_of(session)
        log.info("= the staff takes the call", extra={"fields": {"dial": dial, "in_time": taken}})
        if not taken:
            return edge.twiml(twiml_transfer.goodbye(self._line(hotel, "guest_gone")))
        first = " ".join(transfer_words.said(sentence, hotel.language) for sentence in ("connecting", "star"))
        return edge.twiml(twiml_transfer.connect(self._ring(session), Line(first, self._locale(hotel))))

    def failed(self, request: Request) -> Response:
        """Where another answer cannot be had: the end of this call tells that it was not taken."""
        hotel = twilio_answers.hotel_of(self._house, request)
        return edge.twiml(twiml_transfer.goodbye(self._line(hotel, "failed")) if hotel else twiml.hangup())

    def ended(self, request: Request) -> Response:
        """The staff and the guest are not connected any more, or never were. Source: TwiML Dial, action."""
        session_id, attempt, dial = _ring_of(request)
        met = request.form.get("DialBridged") == "true" or request.form.get("DialCallStatus") not in _NOT_CONNECTED
        over = is_over(request)
        how: Literal["hung_up", "sent_back"] = "sent_back" if met and not over else "hung_up"
        _, session = self._warm.change(session_id, lambda s: transfers.staff_left(s, attempt, dial, how))
        log.info("= the staff has left", extra={"fields": {"how": how, "met": met}})
        if over:
            return edge.twiml(twiml.nothing())
        if met:
            return edge.twiml(twiml.hangup())
        return edge.twiml(twiml_transfer.goodbye(self._line(self._calls.hotel_of(session), "guest_gone")))

    def status(self, request: Request) -> Response:
        """The call to the staff is over. Source: Call resource, StatusCallback."""
        session_id, attempt, dial = _ring_of(request)
        status = request.form.get("CallStatus", "")
        if status not in TERMINAL:
            return Response(status=204)

        def change(session: Session) -> Session:
            session = transfers.staff_left(session, attempt, dial, "hung_up")
            if not transfers.is_ringing(session, attempt, dial):
                return session
            return self._warm.missed(session, attempt, dial, status)

        was, session = self._warm.change(session_id, change)
        self._warm.act(was, session, by="staff", ending=call_sid_of(request))
        return Response(status=204)

    def machine(self, request: Request) -> Response:
        """What has picked up. A machine is no staff; what is unknown is taken for a person. Source: AsyncAmd."""
        session_id, attempt, dial = _ring_of(request)
        answered_by = request.form.get("AnsweredBy", "")
        if answered_by.startswith("machine") or answered_by == "fax":
            log.info("= a machine has answered for the staff", extra={"fields": {"answered_by": answered_by}})
            was, session = self._missed(session_id, attempt, dial, "voicemail")
            self._warm.act(was, session, by="staff")
        return Response(status=204)

    def _missed(self, session_id: str, attempt: int, dial: int, why: str) -> tuple[Session, Session]:
        """Only a ring that is neither over nor taken can be missed."""

        def change(session: Session) -> Session:
            if not transfers.is_ringing(session, attempt, dial):
                return session
            return self._warm.missed(session, attempt, dial, why)

        return self._warm.change(session_id, change)

    def _ring(self, session: Session) -> Ring:
        assert session.waiting is not None
        return self._warm.ring_of(session, session.waiting)

    def _line(self, hotel: Property, sentence: str, **facts: object) -> Line:
        return Line(transfer_words.said(sentence, hotel.language, **facts), self._locale(hotel))

    def _locale(self, hotel: Property) -> str:
        return phone_words.locale(hotel, hotel.language)


def _ring_of(request: Request) -> tuple[str, int, int]:
    """Session, attempt and dial of a webhook of the staff's call. Raises: BadRequest."""
    call_sid_of(request)
    session_id = request.args.get("session", "")
    attempt, dial = number(request.args.get("attempt")), number(request.args.get("dial"))
    if not session_id or not attempt or not dial:
        raise BadRequest("bad_ring", "the URL names no ring")
    logs.about(session_id=session_id)
    return session_id, attempt, dial
