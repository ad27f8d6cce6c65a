"""Places a call of the hotel's own, once, within the rules: whoever has stored it is the only one that asks Twilio.

A call is stored before Twilio is asked for it. What becomes of it is kept in `outbound_progress.py`, and its end is
followed up in `outbound_end.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from nightdesk import blocking, guests, outbound_end, outbound_lines, outbound_rules
from nightdesk.bootstrap import House
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import LEASE, LONGEST_CALL, OutboundCall, Outcome, Purpose
from nightdesk.hotel.telephony import CallInDoubt, CallOrder, CallRefused
from nightdesk.outbound_progress import Progress

log = logging.getLogger(__name__)


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
        self._house, self._progress = house, Progress(house)

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
        has_booked = lambda: bool(self._house.bookings(hotel).by_phone(wanted.phone))  # noqa: E731
        before = store.records(
            OutboundCall, property_id=hotel.property_id, phone=wanted.phone, limit=outbound_rules.MOST_PER_NUMBER
        )
        is_blocked = blocking.is_blocked(store, hotel, wanted.phone, now)
        if code := outbound_rules.refused(
            *(hotel, wanted.purpose, wanted.phone, now, guest, has_booked, before), is_blocked=is_blocked
        ):
            raise outbound_rules.refusal(code)
        slot_at = outbound_lines.take(store, hotel, wanted.phone, now)
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
            outbound_lines.free(store, call)
            return stored
        if not claim():
            return outbound_end.settle(self._house, outbound_id, "refused", "it was withdrawn")
        return self._start(hotel, call)

    def _start(self, hotel: Property, call: OutboundCall) -> OutboundCall:
        origin, name = self._house.settings.webhook_origin, quote(call.outbound_id, safe="")
        order = CallOrder(
            to=call.phone,
            from_=call.caller,
            answered_url=f"{origin}/voice/twilio/outbound-answered?lang={quote(call.language, safe='')}",
            status_url=f"{origin}/voice/twilio/outbound-status?call={name}",
            machine_url=f"{origin}/voice/twilio/amd?call={name}",
            fallback_url=f"{origin}/voice/twilio/fallback",
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
            return outbound_end.settle(self._house, call.outbound_id, outcome, refused.problem)
        except CallInDoubt as doubt:
            log.warning("! call in doubt: %s", doubt, extra={"fields": fields})
            return call
        log.info("> twilio call", extra={"fields": {**fields, "call_sid": call_sid}})
        self._progress.took(call.outbound_id, call_sid, "queued")
        return self._house.store.record(OutboundCall, call.outbound_id) or call
