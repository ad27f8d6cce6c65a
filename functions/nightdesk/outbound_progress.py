"""How far a call of the hotel's own is, whoever tells it: Twilio, in any order and more than once, or nobody.

Where no callback comes, `look_after` asks. What got no answer when it was placed is looked for, never asked for again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from nightdesk import edge, outbound_end, outbound_outcome, outbound_scripts, phone_words, tokens, twiml_contact
from nightdesk.bootstrap import House
from nightdesk.conversation import Session, ToolCall
from nightdesk.hotel import telephony
from nightdesk.hotel.outbound import LONGEST_CALL, OutboundCall, Outcome
from nightdesk.hotel.telephony import CallInDoubt, CallRefused

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(minutes=2)
_PROGRESS = {"queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3, **dict.fromkeys(telephony.OVER, 4)}
_TRIES = 2


class Progress:
    def __init__(self, house: House) -> None:
        self._house = house

    def progressed(self, outbound_id: str, call_sid: str, status: str, duration_s: int | None = None) -> None:
        """Twilio tells of a call, in any order and more than once; its end is what comes first of the ends."""
        if self.took(outbound_id, call_sid, status) and status in telephony.OVER:
            call = self._house.store.record(OutboundCall, outbound_id)
            assert call is not None
            outbound_end.settle(self._house, outbound_id, self._outcome(call, status), duration_s=duration_s)

    def machine(self, outbound_id: str, call_sid: str, answered_by: str) -> None:
        """What Twilio thinks has answered, while the call goes on: a machine gets a message and no conversation.

        Whoever has shown to be a person is left alone: it may come late, and be wrong.
        Source: Twilio, AnsweredBy of DetectMessageEnd: machine_end_* once its greeting is over; unknown is a person.
        """
        left = False

        def tell(call: OutboundCall | None) -> OutboundCall | None:
            nonlocal left
            left = False
            if call is None or call.call_sid not in ("", call_sid) or call.answered_by or call.status != "open":
                return None
            left = answered_by.startswith(outbound_outcome.MACHINE)
            return replace(call, call_sid=call_sid, answered_by=answered_by)

        call = self._house.store.change_record(OutboundCall, outbound_id, tell)
        if call is None or not (left or answered_by == call.answered_by == outbound_outcome.FAX):
            return
        if outbound_outcome.is_person(*self._conversation(call_sid)):
            log.info("= not answered by %s", answered_by, extra={"fields": {"outbound_id": outbound_id}})
            return
        hotel = self._house.properties.get(call.property_id)
        if left and hotel is not None:
            script = outbound_scripts.script(call.purpose, call.language, hotel, call.variables or {})
            document = twiml_contact.voicemail(script.voicemail, phone_words.locale(hotel, call.language))
            if self._change(call_sid, lambda: self._house.telephony.update_call(call_sid, document)):
                self._house.store.change_record(
                    OutboundCall, outbound_id, lambda known: replace(known, voicemail_left=True) if known else None
                )
        else:
            self._change(call_sid, lambda: self._house.telephony.end_call(call_sid))
        log.info("= answered by %s", answered_by, extra={"fields": {"outbound_id": outbound_id}})

    def look_after(self, limit: int) -> int:
        """Ask what became of calls of which nobody has told, and finish what was begun. Returns how many are done."""
        done = 0
        for call in self._house.store.due_records(OutboundCall, self._house.clock(), limit):
            with edge.one_of_many("fate of a call unknown", outbound_id=call.outbound_id):
                done += self._look(call).status == "done"
                continue
            self._later(call)
        return done

    def took(self, outbound_id: str, call_sid: str, status: str) -> bool:
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
            return outbound_end.settle(self._house, call.outbound_id, call.outcome)
        call_sid = call.call_sid or self._found(call)
        state = self._house.telephony.call_state(call_sid) if call_sid else None
        if state is None:
            return outbound_end.settle(self._house, call.outbound_id, "failed", "it was never placed")
        self.took(call.outbound_id, call_sid, state.status)
        if state.status not in telephony.OVER:
            return self._later(call)
        call = replace(call, answered_by=call.answered_by or state.answered_by)
        outcome = self._outcome(replace(call, call_sid=call_sid), state.status)
        return outbound_end.settle(self._house, call.outbound_id, outcome, duration_s=state.duration_s)

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

    def _change(self, call_sid: str, change: Callable[[], None]) -> bool:
        """A change of a call that goes on: whether it was made. What got no answer is asked for once more."""
        for _ in range(_TRIES):
            try:
                change()
            except CallRefused as refused:
                log.info("= call %s: %s", call_sid, refused)
                return False
            except CallInDoubt as doubt:
                log.warning("! call %s: %s", call_sid, doubt)
                continue
            return True
        return False

    def _outcome(self, call: OutboundCall, status: str) -> Outcome:
        return outbound_outcome.outcome(call, status, *self._conversation(call.call_sid))

    def _conversation(self, call_sid: str) -> tuple[Session | None, list[ToolCall]]:
        store, session_id = self._house.store, tokens.session_id_of_call(call_sid)
        return store.session(session_id), store.tool_calls(session_id)
