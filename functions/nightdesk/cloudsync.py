"""Sends what the outbox holds: signed, again until it is taken, and put aside when nobody takes it.

At least once: a receiver knows a repetition by its id. Who sends takes the delivery for a minute, so that two jobs do
not send it at the same time; a job that dies leaves it to the next. After `MOST_ATTEMPTS` in about nine hours it is
dead: it stays in the store for a person to look at and to send again (`POST /jobs/deliveries/{id}/redrive`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nightdesk import edge, outbox, webhooks
from nightdesk.config import OtherSystem
from nightdesk.errors import NotFound, RequestError
from nightdesk.hotel.pms import PropertyManagement
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Delivery
from nightdesk.hotel.reservations import Payment

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPT_S = 5.0
LEASE = timedelta(minutes=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
MOST_ATTEMPTS = 10
LOOKS = 3
"""How often something is looked for that is not there: what was noted may not have happened."""
_NOTHING, _DOWN, _OURS = "there is nothing to tell", "out of reach", "a fault of ours, which the log tells"
_TAKEN = frozenset({200, 201, 202, 204, 409})  # 409: it has been taken before

Bookings = Callable[[str], PropertyManagement | None]


@dataclass
class Sent:
    """What one round came to."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0


class CloudSync:
    """`bookings`: those of a hotel by its property_id, None for one that is out of service."""

    def __init__(
        self,
        store: Store,
        bookings: Bookings,
        systems: Mapping[str, OtherSystem],
        clock: Callable[[], datetime],
        client: httpx.Client,
    ) -> None:
        self._store, self._bookings, self._systems = store, bookings, systems
        self._clock, self._client = clock, client

    def deliver_due(self, limit: int, seconds: float) -> Sent:
        """One attempt for each delivery whose time has come, longest waiting first, for about so many seconds.

        A system that does not answer is not asked again in this round: the others' turn comes, and its own next time.
        """
        sent, down, until = Sent(), set[str](), time.monotonic() + seconds
        for due in self._store.due_records(Delivery, self._clock(), limit):
            if due.target in down or time.monotonic() > until:
                continue
            after = self._attempt(due.delivery_id)
            if after is None:
                continue
            sent.delivered += after.status == "delivered"
            sent.failed += after.status == "pending"
            sent.dead += after.status == "dead"
            if after.last_error.startswith(_DOWN):
                down.add(after.target)
        return sent

    def dead(self, property_id: str, limit: int = 100) -> list[Delivery]:
        return self._store.records(Delivery, limit=limit, property_id=property_id, status="dead")

    def redrive(self, delivery_id: str) -> Delivery:
        """Back among those that wait, as if it were new; not so one that was erased. Raises: NotFound."""
        now = self._clock()

        def again(known: Delivery | None) -> Delivery | None:
            if known is None or known.status != "dead" or not known.body:
                return None
            return replace(known, status="pending", attempts=0, due_at=now)

        found = self._store.change_record(Delivery, delivery_id, again)
        if found is None:
            raise NotFound("unknown_delivery", f"there is no delivery {delivery_id}")
        return found

    def _attempt(self, delivery_id: str) -> Delivery | None:
        """The delivery afterwards; None when somebody else is at it."""
        taken = self._take(delivery_id)
        if taken is None:
            return None
        told, problem = None, _OURS
        with edge.one_of_many("webhook not sent", delivery_id=delivery_id):
            try:
                told = self._told(taken)
                problem = _NOTHING if told is None else self._send(told)
            except RequestError as error:  # the bookings are out of reach
                problem = str(error)
        after = self._after(told or taken, problem)

        def settle(known: Delivery | None) -> Delivery | None:
            mine = known is not None and (known.status, known.attempts) == ("pending", taken.attempts)
            return after if mine else None

        self._store.change_record(Delivery, delivery_id, settle)
        if after.status == "dead":
            fields = {"delivery_id": delivery_id, "event_type": taken.event_type, "problem": problem}
            log.error("! webhook given up: %s", problem, extra={"fields": fields})
        return after

    def _take(self, delivery_id: str) -> Delivery | None:
        """The delivery, ours for a while; None when it is not due (any more)."""
        now = self._clock()
        taken: Delivery | None = None

        def take(known: Delivery | None) -> Delivery | None:
            nonlocal taken
            taken = None
            if known is not None and known.status == "pending" and known.due_at <= now:
                taken = replace(known, attempts=known.attempts + 1, due_at=now + LEASE)
            return taken

        self._store.change_record(Delivery, delivery_id, take)
        return taken

    def _told(self, taken: Delivery) -> Delivery | None:
        """With what is to be sent, as things are now and for good: one id always says the same. None: nothing."""
        if "about" not in taken.body:
            return taken
        thing = self._thing(taken)
        if thing is None:
            return None
        return replace(taken, session_id=thing.session_id, body=webhooks.body(taken, thing, self._clock()))

    def _thing(self, delivery: Delivery) -> webhooks.Thing | None:
        about = delivery.body["about"]
        match delivery.event_type:
            case outbox.CALL_ENDED:
                return self._store.session(about["session_id"])
            case outbox.LEAD_CHANGED:
                leads = self._store.leads(about["session_id"])
                return next((lead for lead in leads if lead.lead_id == about["lead_id"]), None)
            case outbox.PAYMENT_RECEIVED:
                payment = self._store.record(Payment, about["payment_id"])
                return payment if payment is not None and payment.status == "paid" else None
        books = self._bookings(delivery.property_id)
        return None if books is None else books.reservation(about["reservation_id"])

    def _send(self, delivery: Delivery) -> str:
        """What went wrong, or ""."""
        import httpx

        system = self._systems.get(delivery.target)
        if system is None:
            return f"{delivery.target} is not configured"
        content = webhooks.encoded(delivery.body)
        signed = webhooks.headers(system.secret, delivery.delivery_id, self._clock(), content)
        try:
            url = system.url + webhooks.PATHS[delivery.event_type]
            answer = self._client.post(url, content=content, headers=signed, timeout=ATTEMPT_S)
        except httpx.HTTPError as error:
            return f"{_DOWN}: {error!r}"
        if answer.status_code in _TAKEN:
            return ""
        return f"{_DOWN}: status {answer.status_code}" if answer.status_code >= 500 else f"status {answer.status_code}"

    def _after(self, tried: Delivery, problem: str) -> Delivery:
        """The delivery after an attempt. What was taken is not kept: it holds guests' data."""
        now = self._clock()
        if not problem or (problem == _NOTHING and tried.attempts >= LOOKS):
            return replace(tried, status="delivered", delivered_at=now, last_error=problem, body={})
        after = replace(tried, last_error=problem)
        if tried.attempts >= MOST_ATTEMPTS:
            return replace(after, status="dead")
        return replace(after, due_at=now + min(FIRST_PAUSE * 2 ** (tried.attempts - 1), LONGEST_PAUSE))
