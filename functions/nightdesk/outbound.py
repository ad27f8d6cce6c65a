"""Places a call of the hotel's own, once, and keeps what becomes of it, whoever tells it and however often.

A call is stored before Twilio is asked for it, and whoever has stored it is the only one that asks. What got no answer
is looked for, never asked for again. Its end is told by Twilio's callbacks; where none comes, `look_after` asks for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from nightdesk import callback_rules, events, guests, outbound_rules, outbound_scripts, tokens, twiml_contact
from nightdesk.bootstrap import House
from nightdesk.conversation import Session
from nightdesk.errors import Refusal
from nightdesk.hotel import telephony
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import OutboundCall, Outcome, Purpose
from nightdesk.hotel.records import Callback, Message
from nightdesk.hotel.reservations import Lock
from nightdesk.hotel.telephony import CallInDoubt, CallOrder, CallRefused

log = logging.getLogger(__name__)

LONGEST_CALL = timedelta(hours=1)
LEASE = timedelta(minutes=2)
"""So long whoever stored a call may take to have it placed; half of it is the last moment to ask Twilio."""
LOOK_AGAIN = timedelta(minutes=2)
_OUTCOMES: Mapping[str, Outcome] = {"busy": "busy", "no-answer": "no_answer", "failed": "failed", "canceled": "failed"}
_MACHINE = "machine"
_TRIES = 2


@dataclass(frozen=True)
class Wanted:
    """A call that somebody wants placed. `variables`: see `outbound_scripts.problems`."""

    purpose: Purpose
    phone: str
    language: str
    variables: Mapping[str, str] = field(default_factory=dict)
    callback_id: str = ""
    caller: str = ""  # which of the hotel's numbers; "": its first


class Outbound:
    def __init__(self, house: House) -> None:
        self._house = house

    def place(
        self, hotel: Property, wanted: Wanted, outbound_id: str, claim: Callable[[], bool] = lambda: True
    ) -> OutboundCall:
        """Place this call, unless one of this id was stored before. `claim` is asked at the last moment: may it be?

        Raises: Refusal with a key of `outbound_rules.MESSAGES`; nothing was stored then.
        """
        store, now = self._house.store, self._house.clock()
        if (known := store.record(OutboundCall, outbound_id)) is not None:
            return known
        guest = guests.find(store, hotel.property_id, wanted.phone)
        has_booked = lambda: bool(store.reservations_by_phone(hotel.property_id, wanted.phone))  # noqa: E731
        before = store.records(
            OutboundCall, property_id=hotel.property_id, phone=wanted.phone, limit=outbound_rules.MOST_PER_NUMBER
        )
        called = [call.created_at for call in before]
        if code := outbound_rules.refused(hotel, wanted.purpose, wanted.phone, now, guest, has_booked, called):
            raise _refusal(code)
        slot_at = self._take_slot(hotel, now)
        if slot_at is None:
            raise _refusal("too_many_calls")
        call = OutboundCall(
            outbound_id=outbound_id,
            property_id=hotel.property_id,
            session_id="",
            created_at=now,
            due_at=now + LEASE,
            purpose=wanted.purpose,
            phone=wanted.phone,
            caller=wanted.caller if wanted.caller in hotel.phone_numbers else hotel.phone_numbers[0],
            language=wanted.language,
            slot_at=slot_at,
            variables=dict(wanted.variables) or None,
            callback_id=wanted.callback_id,
        )
        mine = False

        def create(known: OutboundCall | None) -> OutboundCall | None:
            nonlocal mine
            mine = known is None
            return call if mine else None

        stored = store.change_record(OutboundCall, outbound_id, create)
        assert stored is not None
        if not mine:
            self._free_slot(call)
            return stored
        if not claim():
            return self._settle(outbound_id, "refused", "it was withdrawn")
        return self._start(hotel, call)

    def progressed(self, outbound_id: str, call_sid: str, status: str, duration_s: int | None = None) -> None:
        """Twilio tells of a call, in any order and more than once; its end is what comes first of the ends."""
        if self._took(outbound_id, call_sid, status) and status in telephony.OVER:
            call = self._house.store.record(OutboundCall, outbound_id)
            assert call is not None
            self._settle(outbound_id, _outcome(call, status), duration_s=duration_s)

    def machine(self, outbound_id: str, call_sid: str, answered_by: str) -> None:
        """What Twilio thinks has answered, while the call goes on: a machine gets a message and no conversation.

        Source: Twilio, AnsweredBy of DetectMessageEnd: machine_end_* once its greeting is over; unknown is a person.
        """
        left = False

        def tell(call: OutboundCall | None) -> OutboundCall | None:
            nonlocal left
            left = False
            if call is None or call.call_sid not in ("", call_sid) or call.answered_by or call.status != "open":
                return None
            left = answered_by.startswith(_MACHINE)
            return replace(call, call_sid=call_sid, answered_by=answered_by, voicemail_left=left)

        call = self._house.store.change_record(OutboundCall, outbound_id, tell)
        if call is None or not (left or (answered_by == "fax" and call.answered_by == "fax")):
            return
        hotel = self._house.properties.get(call.property_id)
        if left and hotel is not None:
            script = outbound_scripts.script(call.purpose, call.language, hotel, call.variables or {})
            document = twiml_contact.voicemail(script.voicemail, call.language)
            self._change(call_sid, lambda: self._house.telephony.update_call(call_sid, document))
        else:
            self._change(call_sid, lambda: self._house.telephony.end_call(call_sid))
        log.info("= answered by %s", answered_by, extra={"fields": {"outbound_id": outbound_id}})

    def look_after(self, limit: int) -> int:
        """Ask what became of calls of which nobody has told, and finish what was begun. Returns how many are done."""
        done = 0
        for call in self._house.store.due_records(OutboundCall, self._house.clock(), limit):
            try:
                after = self._look(call)
            except CallInDoubt as doubt:
                log.warning("! fate of a call unknown: %s", doubt, extra={"fields": {"outbound_id": call.outbound_id}})
                after = self._later(call)
            done += after.status == "done"
        return done

    def _start(self, hotel: Property, call: OutboundCall) -> OutboundCall:
        origin, name = self._house.settings.webhook_origin, quote(call.outbound_id, safe="")
        order = CallOrder(
            to=call.phone,
            from_=call.caller,
            answered_url=f"{origin}/voice/twilio/outbound-answered?lang={quote(call.language, safe='')}",
            status_url=f"{origin}/voice/twilio/outbound-status?call={name}",
            machine_url=f"{origin}/voice/twilio/amd?call={name}",
            ring_s=hotel.outbound.ring_s,
            longest_s=int(LONGEST_CALL.total_seconds()),
        )
        if self._house.clock() - call.created_at > LEASE / 2:  # this process slept: others may take it for dead
            return call
        fields = {"outbound_id": call.outbound_id, "purpose": call.purpose}
        try:
            call_sid = self._house.telephony.start_call(order)
        except CallRefused as refused:
            log.warning("! call refused: %s", refused.problem, extra={"fields": fields})
            outcome: Outcome = "refused" if refused.why in ("number", "country") else "failed"
            return self._settle(call.outbound_id, outcome, refused.problem)
        except CallInDoubt as doubt:
            log.warning("! call in doubt: %s", doubt, extra={"fields": fields})
            return call
        log.info("> twilio call", extra={"fields": {**fields, "call_sid": call_sid}})
        self._took(call.outbound_id, call_sid, "queued")
        return self._house.store.record(OutboundCall, call.outbound_id) or call

    def _took(self, outbound_id: str, call_sid: str, status: str) -> bool:
        """Keep which call this is and how far it is. False where it is not known, or is another."""
        now, known = self._house.clock(), False

        def keep(call: OutboundCall | None) -> OutboundCall | None:
            nonlocal known
            known = call is not None and call.call_sid in ("", call_sid)
            if call is None or not known or call.status != "open" or call.progress in telephony.OVER:
                return None
            progress = status if _PROGRESS.get(status, 0) > _PROGRESS.get(call.progress, -1) else call.progress
            due_at = now + LONGEST_CALL + LOOK_AGAIN if progress == "in-progress" else call.due_at
            session_id = tokens.session_id_of_call(call_sid)
            return replace(call, call_sid=call_sid, session_id=session_id, progress=progress, due_at=due_at)

        call = self._house.store.change_record(OutboundCall, outbound_id, keep)
        if call is not None and known:
            self._begin(call)
        return known

    def _begin(self, call: OutboundCall) -> None:
        """The session is there before anybody answers, so whoever asks for it finds what the call is for."""
        begun = Session(
            session_id=call.session_id,
            property_id=call.property_id,
            channel="voice",
            direction="outbound",
            language=call.language,
            call_sid=call.call_sid,
            caller_id=call.phone,
            called=call.caller,
            stir="",
            start_time=self._house.clock(),
        )

        def begin(session: Session | None) -> Session | None:
            if session is not None and session.purpose:
                return None
            return replace(session or begun, purpose=call.purpose, variables=call.variables)

        self._house.store.change_session(call.session_id, begin)

    def _look(self, call: OutboundCall) -> OutboundCall:
        """Raises: CallInDoubt."""
        if call.outcome:  # whoever settled it died on the way
            return self._settle(call.outbound_id, call.outcome)
        call_sid = call.call_sid or self._found(call)
        state = self._house.telephony.call_state(call_sid) if call_sid else None
        if state is None:
            return self._settle(call.outbound_id, "failed", "it was never placed")
        self._took(call.outbound_id, call_sid, state.status)
        if state.status not in telephony.OVER:
            return self._later(call)
        call = replace(call, answered_by=call.answered_by or state.answered_by)
        return self._settle(call.outbound_id, _outcome(call, state.status), duration_s=state.duration_s)

    def _found(self, call: OutboundCall) -> str:
        """The one that Twilio placed for this and never told us of, or "". Raises: CallInDoubt."""
        try:
            found = self._house.telephony.find_calls(call.phone, call.caller, call.created_at)
        except CallRefused as refused:
            raise CallInDoubt(str(refused)) from refused
        is_others = [bool(self._house.store.records(OutboundCall, call_sid=sid)) for sid in found]
        return next((sid for sid, known in zip(found, is_others, strict=True) if not known), "")

    def _later(self, call: OutboundCall) -> OutboundCall:
        due_at = self._house.clock() + LOOK_AGAIN
        put_off = self._house.store.change_record(
            OutboundCall,
            call.outbound_id,
            lambda c: replace(c, due_at=max(due_at, c.due_at)) if c and c.status == "open" else None,
        )
        return put_off or call

    def _settle(
        self, outbound_id: str, outcome: Outcome, problem: str = "", duration_s: int | None = None
    ) -> OutboundCall:
        """Its end: kept first, followed up after, and only then done, so that who dies between is stood in for."""
        now = self._house.clock()

        def end(call: OutboundCall | None) -> OutboundCall | None:
            if call is None or call.outcome:
                return None
            return replace(call, outcome=outcome, last_error=problem, duration_s=duration_s, ended_at=now, due_at=now)

        call = self._house.store.change_record(OutboundCall, outbound_id, end)
        assert call is not None
        if call.status == "done":
            return call
        self._free_slot(call)
        self._keep_promise(call, now)
        self._tell(call)
        done = self._house.store.change_record(
            OutboundCall, outbound_id, lambda c: replace(c, status="done") if c else None
        )
        assert done is not None
        return done

    def _keep_promise(self, call: OutboundCall, now: datetime) -> None:
        hotel = self._house.properties.get(call.property_id)
        if not call.callback_id or hotel is None:
            return
        pauses = hotel.outbound.retries_after_s
        callback = self._house.store.change_record(
            Callback, call.callback_id, lambda c: callback_rules.after(c, call, pauses, now) if c else None
        )
        if callback is not None and callback.status == "scheduled":
            self._house.task_queue.remind(callback)
        if callback is not None and callback.status == "failed":
            tell_staff(self._house, hotel, callback, "refused" if call.outcome == "refused" else "unanswered")

    def _tell(self, call: OutboundCall) -> None:
        told = {"outbound_id": call.outbound_id, "purpose": call.purpose, "outcome": call.outcome}
        optional = {"call_sid": call.call_sid, "answered_by": call.answered_by, "callback_id": call.callback_id}
        event = events.event(
            events.OUTBOUND_SETTLED,
            session_id=call.session_id or tokens.session_id_of_call(call.outbound_id),
            property_id=call.property_id,
            writer="jobs",
            n=f"settled-{call.outbound_id}",
            now=call.ended_at or call.created_at,
            outbound=told | {name: value for name, value in optional.items() if value},
        )
        self._house.publish_if_possible(event)

    def _change(self, call_sid: str, change: Callable[[], None]) -> None:
        """A change of a call that goes on. One that is over needs none; what got no answer is asked for once more."""
        for _ in range(_TRIES):
            try:
                change()
            except CallRefused as refused:
                log.info("= call %s: %s", call_sid, refused)
            except CallInDoubt as doubt:
                log.warning("! call %s: %s", call_sid, doubt)
                continue
            return

    def _take_slot(self, hotel: Property, now: datetime) -> datetime | None:
        """One of the hotel's places for calls of its own, by the moment that names it; None: all are taken.

        A `Lock` that locks nothing is a list of moments. A place that nobody gave back is free in time.
        """
        key = _slots(hotel.property_id)
        slot_at: datetime | None = None

        def take(locks: list[Lock]) -> list[Lock]:
            nonlocal slot_at
            slot_at = None
            taken = tuple(at for at in locks[0].failures if now - at < LONGEST_CALL + LEASE)
            if len(taken) >= hotel.outbound.concurrent_calls:
                return []
            slot_at = now
            while slot_at in taken:
                slot_at += timedelta(microseconds=1)
            return [Lock(key, (*taken, slot_at), expires_at=now + 2 * LONGEST_CALL)]

        self._house.store.change_locks([key], take)
        return slot_at

    def _free_slot(self, call: OutboundCall) -> None:
        def free(locks: list[Lock]) -> list[Lock]:
            left = tuple(at for at in locks[0].failures if at != call.slot_at)
            return [replace(locks[0], failures=left)] if left != locks[0].failures else []

        self._house.store.change_locks([_slots(call.property_id)], free)


def tell_staff(house: House, hotel: Property, callback: Callback, why: str) -> None:
    """A promise that the assistant could not keep is one for people: a message for the front desk, once."""
    text = callback_rules.for_staff(hotel, callback, why)
    message = Message(
        message_id=f"message_{callback.callback_id}",
        property_id=callback.property_id,
        session_id=callback.session_id,
        created_at=house.clock(),
        for_whom=hotel.front_desk.name,
        text=text,
        urgent=True,
        name=callback.name,
        phone=callback.phone,
    )
    house.store.change_record(Message, message.message_id, lambda known: None if known else message)
    log.warning("! call back given up", extra={"fields": {"callback_id": callback.callback_id, "why": why}})


_PROGRESS = {"queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3, **dict.fromkeys(telephony.OVER, 4)}


def _outcome(call: OutboundCall, status: str) -> Outcome:
    if status != "completed":
        return _OUTCOMES[status]
    if call.answered_by == "fax":
        return "refused"
    return "voicemail" if call.voicemail_left or call.answered_by.startswith(_MACHINE) else "answered"


def _refusal(code: str) -> Refusal:
    return Refusal(code, outbound_rules.MESSAGES[code])


def _slots(property_id: str) -> str:
    return f"outbound:{property_id}"
