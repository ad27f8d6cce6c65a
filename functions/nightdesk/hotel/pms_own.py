"""The hotel's own books: the default adapter of `PropertyManagement`, over our store, prices and terms.

Holds whose time is over are let go of before anything is counted or sold, so that nobody waits for a job to do it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from nightdesk.hotel import pricing, terms
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import (
    Booking,
    Change,
    FeeChanged,
    NotBookable,
    NotChangeable,
    UnknownReservation,
    fee,
)
from nightdesk.hotel.ports import Inventory, Reservations, expire_holds
from nightdesk.hotel.pricing import Offer, Quote, Stay
from nightdesk.hotel.reservations import Paid, Reservation


class Books(Inventory, Reservations, Protocol):
    """The part of the store that is the hotel's books."""


class OwnBooks:
    """`expired` is told of every hold that was let go of."""

    def __init__(
        self,
        hotel: Property,
        store: Books,
        clock: Callable[[], datetime],
        expired: Callable[[Reservation], None] = lambda _: None,
    ) -> None:
        self._hotel, self._store, self._clock, self._expired = hotel, store, clock, expired

    def let_go(self) -> list[Reservation]:
        """Of the holds whose time is over. Everything here does it by itself; a job does it where nobody asks."""
        let_go = expire_holds(self._store, self._hotel.property_id, self._clock())
        for hold in let_go:
            self._expired(hold)
        return let_go

    def offers(self, stays: Sequence[Stay]) -> list[list[Offer]]:
        if not stays:
            return []
        self.let_go()
        first, end = min(stay.check_in for stay in stays), max(stay.check_out for stay in stays)
        taken = self._store.taken(self._hotel.property_id, first, end)
        return [pricing.offers(self._hotel, stay, taken) for stay in stays]

    def hold(self, booking: Booking) -> Reservation:
        if (known := self.reservation(booking.reservation_id)) is not None:
            return known
        now, stay = self._clock(), booking.stay
        quote = self._quote(stay, booking.room_type, booking.rate_plan)
        how_to_pay = terms.payment(self._hotel, quote.rate_plan)
        made = Reservation(
            reservation_id=booking.reservation_id,
            property_id=self._hotel.property_id,
            session_id=booking.session_id,
            created_at=now,
            check_in=stay.check_in,
            check_out=stay.check_out,
            adults=stay.adults,
            children=stay.children,
            pets=stay.pets,
            last_name=booking.last_name,
            first_name=booking.first_name,
            phone=booking.phone,
            phone_source=booking.phone_source,
            email=booking.email,
            language=booking.language,
            quote=quote,
            currency=self._hotel.currency,
            cancellation=terms.cancellation(self._hotel, quote.rate_plan),
            payment=how_to_pay,
            due_cents=terms.due_at_booking(quote, how_to_pay),
            hold_expires_at=terms.hold_until(now, how_to_pay),
        )
        self.let_go()
        return self._store.book(_bound_by_itself(made, now), self._rooms(booking.room_type))

    def confirm(self, reservation_id: str, change_id: str, paid: Paid | None = None) -> Reservation:
        now = self._clock()

        def binding(r: Reservation) -> Reservation:
            if r.status not in ("held", "expired", "confirmed"):
                raise NotChangeable(r.status)
            return _with(paid, r).confirmed(now)

        return self._change(reservation_id, binding, change_id)

    def record_payment(self, reservation_id: str, change_id: str, paid: Paid) -> Reservation:
        return self._change(reservation_id, lambda r: _with(paid, r), change_id)

    def modify(self, reservation_id: str, change: Change, change_id: str) -> Reservation:
        now = self._clock()

        def changed(r: Reservation) -> Reservation:
            if not (r := r.lapsed(now)).live:
                raise NotChangeable(r.status)
            return _bound_by_itself(self._priced(r, change.of(r.stay), change.room_type or r.room_type), now)

        return self._change(reservation_id, changed, change_id, change.room_type)

    def cancel(self, reservation_id: str, fee_cents: int, change_id: str) -> Reservation:
        now = self._clock()

        def cancelled(r: Reservation) -> Reservation:
            r = r.lapsed(now)
            if r.status == "cancelled":
                return r
            if not r.live or r.status == "checked_in":
                raise NotChangeable(r.status)
            if (due := fee(self._hotel, r, now)) != fee_cents:
                raise FeeChanged(due)
            return r.cancelled(now, fee_cents)

        return self._change(reservation_id, cancelled, change_id)

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self._mine(self._store.reservation(reservation_id))

    def by_code(self, confirmation_code: str) -> Reservation | None:
        return self._mine(self._store.reservation_by_code(self._hotel.property_id, confirmation_code))

    def by_phone(self, phone: str) -> list[Reservation]:
        return self._all_mine(self._store.reservations_by_phone(self._hotel.property_id, phone) if phone else [])

    def of_session(self, session_id: str) -> list[Reservation]:
        return self._all_mine(self._store.reservations_of(session_id))

    def _mine(self, found: Reservation | None) -> Reservation | None:
        """As it is now: a hold whose time is over has expired, though nobody wrote it down yet."""
        if found is None or found.property_id != self._hotel.property_id:
            return None
        return found.lapsed(self._clock())

    def _all_mine(self, found: list[Reservation]) -> list[Reservation]:
        return [mine for r in found if (mine := self._mine(r)) is not None]

    def _change(
        self,
        reservation_id: str,
        change: Callable[[Reservation], Reservation],
        change_id: str,
        room_type: str | None = None,
    ) -> Reservation:
        self.let_go()
        known = self.reservation(reservation_id)
        if known is None:
            raise UnknownReservation(reservation_id)
        rooms = self._rooms(room_type or known.room_type)
        changed = self._store.change_reservation(reservation_id, change, change_id=change_id, rooms=rooms)
        if changed is None:
            raise UnknownReservation(reservation_id)
        return changed

    def _priced(self, r: Reservation, stay: Stay, room_type: str) -> Reservation:
        """The reservation with another stay or room. Terms stay as agreed, unless its plan does not take this stay."""
        plan = self._hotel.rate_plan(r.quote.rate_plan)
        kept = plan is not None and plan.takes(stay.nights)
        quote = self._quote(stay, room_type, r.quote.rate_plan if kept else None)
        how_to_pay = r.payment if kept else terms.payment(self._hotel, quote.rate_plan)
        return replace(
            r,
            check_in=stay.check_in,
            check_out=stay.check_out,
            adults=stay.adults,
            children=stay.children,
            pets=stay.pets,
            quote=quote,
            cancellation=r.cancellation if kept else terms.cancellation(self._hotel, quote.rate_plan),
            payment=how_to_pay,
            due_cents=terms.due_at_booking(quote, how_to_pay),
        )

    def _quote(self, stay: Stay, room_type: str, rate_plan: str | None) -> Quote:
        """Raises: NotBookable."""
        try:
            return pricing.quote(self._hotel, stay, room_type, rate_plan)
        except ValueError as error:
            raise NotBookable(str(error)) from None

    def _rooms(self, room_type: str) -> tuple[str, ...]:
        found = self._hotel.room_type(room_type)
        return found.rooms if found is not None else ()


def _bound_by_itself(r: Reservation, now: datetime) -> Reservation:
    """Binding, where its terms ask for nothing: nobody could pay for it, and its hold would run out."""
    return r.confirmed(now) if r.payment.at_booking == "nothing" else r


def _with(paid: Paid | None, r: Reservation) -> Reservation:
    return r if paid is None else r.with_payment(paid.payment_id, paid.paid_cents, paid.refunded_cents)
