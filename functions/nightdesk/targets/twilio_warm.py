"""What a warm transfer needs of the telephone company: the staff is called, and either of the two calls is told to end.

A webhook answers the call that it is about; what a change of the session brings for the other one is done here, by REST
and once. transfers.py says what.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from nightdesk import transfers, twiml_transfer
from nightdesk.bootstrap import House
from nightdesk.conversation import Session, Waiting
from nightdesk.errors import NotFound
from nightdesk.hotel.model import Property
from nightdesk.hotel.telephony import CallInDoubt, CallOrder, CallRefused
from nightdesk.targets import twilio_news
from nightdesk.twiml_transfer import Ring

log = logging.getLogger(__name__)

_OF_THE_ACCOUNT = frozenset({"busy", "unavailable"})
"""Refusals that say nothing of the telephone that was to ring."""
_LONGEST_S = 4 * 3600  # as Dial has it


class WarmTransfers:
    """One for the whole function; it keeps nothing of any call."""

    def __init__(self, house: House) -> None:
        self._house = house

    def departments(self, session: Session) -> frozenset[str]:
        """Those that are told first what a call is about."""
        hotel = self._house.properties.get(session.property_id)
        return hotel.warm_departments if hotel else frozenset()

    def others(self, session: Session) -> list[str]:
        """Whom to ring where nobody takes the call, in turn: those that are there now."""
        hotel = self._house.properties.get(session.property_id)
        if hotel is None:
            return []
        return [d.department for d in hotel.reachable(session.transferred_to, self._house.clock())]

    def missed(self, session: Session, attempt: int, dial: int, why: str) -> Session:
        return transfers.missed(session, attempt, dial, why, self.others(session), self.departments(session))

    def act(self, before: Session | None, after: Session, *, by: Literal["guest", "staff"], ending: str = "") -> None:
        """Carry out what the change brings for the other call than that `by` whose webhook is answered.

        `ending` is a call that ends without our doing.
        """
        for deed in transfers.deeds(before, after):
            match deed.action:
                case "end" if deed.call_sid != ending:
                    self._end(deed.call_sid)
                case "fetch" if by == "staff":
                    self._fetch(after)
                case "ring":
                    self.ring(after)

    def ring(self, session: Session) -> None:
        """Call the staff, if nobody has been called yet; where that is refused, the next of them."""
        while True:
            was, now = self.change(session.session_id, transfers.claimed)
            if was == now or now.waiting is None:
                return
            was, now = self._call(now, now.waiting)
            if now.waiting is None or now.waiting.state != "due":
                self.act(was, now, by="staff")
                return

    def change(self, session_id: str, change: Callable[[Session], Session]) -> tuple[Session, Session]:
        """The session before and after. Raises: NotFound."""
        was, now = twilio_news.telling(self._house, session_id, lambda s: None if s is None else change(s))
        if was is None or now is None:
            raise NotFound("unknown_session", f"there is no session {session_id}")
        return was, now

    def ring_of(self, session: Session, waiting: Waiting) -> Ring:
        return Ring(self._house.settings.webhook_origin, session.session_id, waiting.attempt, waiting.dial)

    def _call(self, session: Session, waiting: Waiting) -> tuple[Session, Session]:
        """Place the call; the session before and after what came of it."""
        hotel = self._house.properties.get(session.property_id)
        assert hotel is not None  # it has a department that is told first
        order = self._order(session, waiting, hotel)
        attempt, dial = waiting.attempt, waiting.dial
        fields = {"fields": {"to": waiting.department, "dial": dial}}
        try:
            leg_sid = self._house.telephony.start_call(order)
        except CallRefused as refused:
            log.warning("! the staff could not be called: %s", refused, extra=fields)
            if refused.why in _OF_THE_ACCOUNT:
                return self.change(session.session_id, lambda s: transfers.unplaced(s, attempt, dial))
            return self.change(
                session.session_id, lambda s: self.missed(s, attempt, dial, "the telephone could not be called")
            )
        except CallInDoubt as error:  # if it rings, it will say so; if not, the guest waits up to the hotel's limit
            log.warning("! the call to the staff is in doubt: %s", error, extra=fields)
            return session, session
        log.info("> call to the staff", extra=fields)
        was, now = self.change(session.session_id, lambda s: transfers.placed(s, attempt, dial, leg_sid))
        if not transfers.is_wanted(now, attempt, dial):
            self._end(leg_sid)  # the guest has hung up meanwhile
        return was, now

    def _order(self, session: Session, waiting: Waiting, hotel: Property) -> CallOrder:
        to = hotel.department(waiting.department) or hotel.front_desk
        ring = self.ring_of(session, waiting)
        return CallOrder(
            to=to.number,
            from_=session.called,
            answered_url=ring.staff_url("staff"),
            status_url=ring.staff_url("staff-status"),
            machine_url=ring.staff_url("staff-amd"),
            ring_s=to.ring_timeout_s,
            longest_s=_LONGEST_S,
            waits_for_beep=False,
        )

    def _fetch(self, session: Session) -> None:
        assert session.waiting is not None
        document = twiml_transfer.fetch(self.ring_of(session, session.waiting))
        try:
            self._house.telephony.update_call(session.call_sid, document)
        except (CallRefused, CallInDoubt) as error:  # the music's next question lets the guest out of the queue, too
            log.warning("! the guest could not be fetched from the queue: %s", error)

    def _end(self, leg_sid: str) -> None:
        try:
            self._house.telephony.end_call(leg_sid)
        except (CallRefused, CallInDoubt) as error:  # over already, or it will end by itself
            log.info("= the call to the staff: %s", error)
