"""Bookings that another system keeps, asked over HTTP: `contracts/pms.json` is what it has to understand and to answer.

Our records are the shapes of that wire; what comes in is checked against them, field by field. A system that is slow,
down, or answers nonsense is one thing to a guest: BookingsUnavailable. Reads and writes alike are asked twice at most,
which is safe because every write carries its own id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote as quoted

from pydantic import TypeAdapter, ValidationError

from nightdesk.errors import NoRoom
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import (
    Booking,
    BookingsUnavailable,
    Change,
    FeeChanged,
    NotBookable,
    NotChangeable,
    UnknownReservation,
)
from nightdesk.hotel.pricing import Offer, Quote, Stay
from nightdesk.hotel.reservations import Paid, Reservation

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPT_S = 2.0
ATTEMPTS = 2
"""Together below the time limit of a tool, so that the guest hears why."""
_AGAIN = frozenset({429, 502, 503, 504})

T = TypeVar("T")


class HttpBooks:
    """`url` is where `/v1/properties/...` begins, `key` what we show as a bearer token. The client is shared."""

    def __init__(self, hotel: Property, url: str, key: str, client: httpx.Client) -> None:
        self._hotel, self._key, self._client = hotel, key, client
        self._url = f"{url}/v1/properties/{quoted(hotel.property_id, safe='')}"

    def offers(self, stays: Sequence[Stay]) -> list[list[Offer]]:
        if not stays:
            return []
        answer = self._ask("POST", "/offers", {"stays": _plain(list[Stay], list(stays))})
        offers = _typed(list[list[Offer]], answer.get("offers"))
        if len(offers) != len(stays):
            raise self._unreadable(f"{len(offers)} answers to {len(stays)} stays")
        quotes = [q for found in offers for offer in found for q in (offer.quote, *offer.others)]
        if wrong := next((quote for quote in quotes if not _adds_up(quote)), None):
            raise self._unreadable(f"a price that does not add up: {wrong}")
        return offers

    def hold(self, booking: Booking) -> Reservation:
        return self._one("PUT", self._path(booking.reservation_id), _plain(Booking, booking))

    def confirm(self, reservation_id: str, change_id: str, paid: Paid | None = None) -> Reservation:
        return self._write(reservation_id, "confirm", {"paid": _plain(Paid | None, paid)}, change_id)

    def record_payment(self, reservation_id: str, change_id: str, paid: Paid) -> Reservation:
        return self._write(reservation_id, "payments", {"paid": _plain(Paid, paid)}, change_id)

    def modify(self, reservation_id: str, change: Change, change_id: str) -> Reservation:
        wanted = {name: value for name, value in _plain(Change, change).items() if value is not None}
        return self._write(reservation_id, "modify", wanted, change_id)

    def cancel(self, reservation_id: str, fee_cents: int, change_id: str) -> Reservation:
        return self._write(reservation_id, "cancel", {"fee_cents": fee_cents}, change_id)

    def reservation(self, reservation_id: str) -> Reservation | None:
        try:
            return self._one("GET", self._path(reservation_id))
        except UnknownReservation:
            return None

    def by_code(self, confirmation_code: str) -> Reservation | None:
        return next(iter(self._search(confirmation_code=confirmation_code)), None)

    def by_phone(self, phone: str) -> list[Reservation]:
        return self._search(phone=phone) if phone else []

    def of_session(self, session_id: str) -> list[Reservation]:
        return self._search(session_id=session_id)

    def _search(self, **by: str) -> list[Reservation]:
        """By POST: numbers and codes of guests belong into no access log."""
        answer = self._ask("POST", "/reservations/search", by)
        found = _typed(list[Reservation], answer.get("reservations"))
        [(name, value)] = by.items()
        return [self._mine(r) for r in found if getattr(r, name) == value]

    def _write(self, reservation_id: str, what: str, body: Mapping[str, Any], change_id: str) -> Reservation:
        return self._one("POST", f"{self._path(reservation_id)}/{what}", {**body, "change_id": change_id})

    def _one(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Reservation:
        return self._mine(_typed(Reservation, self._ask(method, path, body).get("reservation")))

    def _mine(self, found: Reservation) -> Reservation:
        if found.property_id != self._hotel.property_id:
            raise self._unreadable("a reservation of another hotel")
        if not _adds_up(found.quote):
            raise self._unreadable(f"a price that does not add up: {found.quote}")
        values = [getattr(found, field.name) for field in fields(found)]
        if any(isinstance(value, datetime) and value.tzinfo is None for value in values):
            raise self._unreadable("an instant without its zone")
        return found

    def _path(self, reservation_id: str) -> str:
        return f"/reservations/{quoted(reservation_id, safe='')}"

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer's object. Raises: what its refusal means; BookingsUnavailable."""
        import httpx

        problem = ""
        for _ in range(ATTEMPTS):
            try:
                answer = self._client.request(
                    method,
                    self._url + path,
                    json=None if body is None else {"v": 1, **body},
                    headers={"Authorization": f"Bearer {self._key}"},
                    timeout=ATTEMPT_S,
                )
            except httpx.HTTPError as error:
                problem = repr(error)
                continue
            if answer.status_code in _AGAIN:
                problem = str(answer.status_code)
                continue
            return self._read(answer)
        raise self._unreadable(problem)

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.is_success and isinstance(body, dict):
            return body
        error = body.get("error") if answer.status_code in (404, 409) and isinstance(body, dict) else None
        if isinstance(error, dict) and (refusal := _refusal(error)) is not None:
            raise refusal
        raise self._unreadable(f"status {answer.status_code}, or an answer against the contract")

    def _unreadable(self, problem: str) -> BookingsUnavailable:
        log.error("! bookings out of reach: %s", problem, extra={"fields": {"property_id": self._hotel.property_id}})
        return BookingsUnavailable(problem)


def _refusal(error: Mapping[str, Any]) -> Exception | None:
    """What the `error` of a refusal says; None when the contract has no such code."""
    match error:
        case {"code": "no_room"}:
            return NoRoom(str(error.get("room_type", "room")))
        case {"code": "fee_changed", "fee_cents": int(fee_cents)}:
            return FeeChanged(fee_cents)
        case {"code": "not_changeable"}:
            return NotChangeable(str(error.get("status", "over")))
        case {"code": "not_bookable"}:
            return NotBookable(str(error.get("message", "")))
        case {"code": "unknown_reservation"}:
            return UnknownReservation(str(error.get("message", "")))
    return None


def _adds_up(quote: Quote) -> bool:
    """Guests are told the parts as well as the sum."""
    parts = sum(quote.nightly_cents) + sum(fee.cents for fee in quote.fees) + quote.tax_cents
    return quote.total_cents == parts and min(quote.nightly_cents, default=-1) >= 0


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _plain(kind: Any, value: Any) -> Any:
    """As JSON."""
    return _adapter(kind).dump_python(value, mode="json")


def _typed(kind: Callable[..., T], value: Any) -> T:
    """As the contract has it, to the letter: no text where a number belongs. Raises: BookingsUnavailable."""
    try:
        checked: T = _adapter(kind).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        log.error("! bookings out of reach: an answer against the contract: %s", wrong)
        raise BookingsUnavailable(wrong) from None
    return checked
