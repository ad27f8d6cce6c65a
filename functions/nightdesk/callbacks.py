"""Keeps the promises to call back: what is due is placed, once, whoever looks for it and however many do."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace

from nightdesk import callback_rules, edge
from nightdesk.bootstrap import House
from nightdesk.errors import Refusal
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import Callback
from nightdesk.outbound import Outbound, Wanted
from nightdesk.outbound_end import tell_staff

log = logging.getLogger(__name__)

_WAIT = frozenset({"too_many_calls", "being_called"})


@dataclass
class Kept:
    """What one round came to: calls `placed`, promises that wait for a free line, and those left to the staff."""

    placed: int = 0
    waiting: int = 0
    given_up: int = 0


class Callbacks:
    def __init__(self, house: House) -> None:
        self._house, self._outbound = house, Outbound(house)

    def place_due(self, limit: int, seconds: float) -> Kept:
        """All whose moment has come, longest waiting first, for about so many seconds."""
        kept, until = Kept(), time.monotonic() + seconds
        for callback in self._house.store.due_records(Callback, self._house.clock(), limit):
            if time.monotonic() > until:
                break
            with edge.one_of_many("call back not placed", callback_id=callback.callback_id):
                self._place(callback, kept)
        return kept

    def place(self, callback_id: str) -> Kept:
        """That one, if it is due: a task may come early, late or twice."""
        kept, callback = Kept(), self._house.store.record(Callback, callback_id)
        if callback is not None and callback.status == "scheduled" and callback.due_at <= self._house.clock():
            self._place(callback, kept)
        return kept

    def _place(self, callback: Callback, kept: Kept) -> None:
        hotel = self._house.properties.get(callback.property_id)
        is_late = self._house.clock() - callback.due_at > callback_rules.LATEST
        if hotel is None:  # a file may come back: until it is too late the promise waits
            log.error("! call back of a hotel out of service", extra={"fields": {"callback_id": callback.callback_id}})
            kept.given_up += is_late and self._fail(callback, "the hotel is out of service")
            return
        if is_late:
            kept.given_up += self._give_up(hotel, callback, "late")
            return
        outbound_id, mine = callback_rules.call_id(callback), False

        def claim() -> bool:
            nonlocal mine

            def change(known: Callback | None) -> Callback | None:
                nonlocal mine
                after = callback_rules.claimed(known, outbound_id) if known else None
                mine = after is not None
                return after

            self._house.store.change_record(Callback, callback.callback_id, change)
            return mine

        wanted = Wanted(
            "callback",
            callback.phone,
            callback.language or hotel.language,
            callback_rules.variables(callback),
            callback.callback_id,
            callback.caller,
        )
        try:
            self._outbound.place(hotel, wanted, outbound_id, claim)
            kept.placed += mine
        except Refusal as refusal:
            if refusal.code in _WAIT:
                kept.waiting += 1
            else:
                kept.given_up += self._give_up(hotel, callback, "refused")

    def _give_up(self, hotel: Property, callback: Callback, why: str) -> bool:
        mine = self._fail(callback, why)
        failed = self._house.store.record(Callback, callback.callback_id)
        if failed is not None and failed.status == "failed":
            tell_staff(self._house, hotel, failed, why)
        return mine

    def _fail(self, callback: Callback, why: str) -> bool:
        """Whether it was still to be kept."""
        outbound_id, mine = callback_rules.call_id(callback), False

        def change(known: Callback | None) -> Callback | None:
            nonlocal mine
            mine = known is not None and callback_rules.claimed(known, outbound_id) is not None
            return replace(known, status="failed", last_error=why) if known and mine else None

        self._house.store.change_record(Callback, callback.callback_id, change)
        return mine
