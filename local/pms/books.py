"""The books of one hotel as another system might keep them: rooms, plain prices, reservations. No I/O, no clock.

It shares no code with functions/: it is written from `functions/contracts/pms.json` alone, and keeps reservations in
the shape of that wire. Its prices are simple: the room's rate each night, a pet fee, percentage taxes on top. What else
a hotel's file may say (seasons, rate plans, other taxes) it does not know.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LIVE = ("held", "confirmed", "checked_in")
_GUEST = ("last_name", "first_name", "phone", "phone_source", "email", "language")

Reservation = dict[str, Any]
Stay = Mapping[str, Any]


class Refused(Exception):
    """An answer of the contract's `refusal`."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = 404 if code == "unknown_reservation" else 409
        self.error = {"code": code, "message": message, **details}


class Books:
    """`hotel` is a hotel's file as it was read, with its `property_id`."""

    def __init__(self, hotel: Mapping[str, Any], clock: Callable[[], datetime]) -> None:
        self._hotel, self._clock = hotel, clock
        self._kinds = {kind["room_type"]: kind for kind in hotel["room_types"]}
        self._reservations: dict[str, Reservation] = {}

    def offers(self, stays: list[Stay]) -> list[list[dict[str, Any]]]:
        self._let_go()
        return [self._offers(stay) for stay in stays]

    def hold(self, reservation_id: str, wanted: Mapping[str, Any]) -> Reservation:
        if reservation_id in self._reservations:
            return self.get(reservation_id)
        self._let_go()
        if wanted.get("rate_plan") not in (None, "standard"):
            raise Refused("not_bookable", f"there is no rate {wanted['rate_plan']}")
        stay, now = wanted["stay"], self._clock()
        payment = {"hold_minutes": 30, **self._hotel["payment"]}
        quote = self._quote(wanted["room_type"], stay)
        binding = payment["at_booking"] == "nothing"
        made: Reservation = {
            "reservation_id": reservation_id,
            "property_id": self._hotel["property_id"],
            "session_id": wanted["session_id"],
            "created_at": _instant(now),
            **{name: stay.get(name, 0) for name in ("check_in", "check_out", "adults", "children", "pets")},
            **{name: wanted.get(name, "") for name in _GUEST},
            "quote": quote,
            "currency": self._hotel["currency"],
            "cancellation": dict(self._hotel["cancellation"]),
            "payment": payment,
            "due_cents": _due(quote, payment),
            "status": "confirmed" if binding else "held",
            "hold_expires_at": None if binding else _instant(now + timedelta(minutes=payment["hold_minutes"])),
            "confirmed_at": _instant(now) if binding else None,
            "cancelled_at": None,
            "cancellation_fee_cents": 0,
            "payments": [],
            "room": self._room(wanted["room_type"], stay),
            "confirmation_code": self._new_code(),
            "version": 1,
            "change_ids": [],
        }
        self._reservations[reservation_id] = made
        return made

    def confirm(self, reservation_id: str, change_id: str, paid: Mapping[str, Any] | None) -> Reservation:
        def change(r: Reservation) -> dict[str, Any]:
            if r["status"] not in ("held", "expired", "confirmed"):
                raise _over(r)
            payments = _with(r["payments"], paid) if paid else r["payments"]
            if r["status"] == "confirmed":
                return {"payments": payments}
            room = r["room"] if r["status"] == "held" else self._room(r["quote"]["room_type"], r, r)
            now = _instant(self._clock())
            return {
                "payments": payments,
                "room": room,
                "status": "confirmed",
                "confirmed_at": now,
                "hold_expires_at": None,
            }

        return self._change(reservation_id, change_id, change)

    def record_payment(self, reservation_id: str, change_id: str, paid: Mapping[str, Any]) -> Reservation:
        return self._change(reservation_id, change_id, lambda r: {"payments": _with(r["payments"], paid)})

    def modify(self, reservation_id: str, change_id: str, wanted: Mapping[str, Any]) -> Reservation:
        def change(r: Reservation) -> dict[str, Any]:
            if r["status"] not in LIVE:
                raise _over(r)
            stay = {name: wanted.get(name, r[name]) for name in ("check_in", "check_out", "adults", "children", "pets")}
            room_type = wanted.get("room_type", r["quote"]["room_type"])
            quote = self._quote(room_type, stay)
            return {
                **stay,
                "quote": quote,
                "due_cents": _due(quote, r["payment"]),
                "room": self._room(room_type, stay, r),
            }

        return self._change(reservation_id, change_id, change)

    def cancel(self, reservation_id: str, change_id: str, fee_cents: int) -> Reservation:
        def change(r: Reservation) -> dict[str, Any]:
            if r["status"] == "cancelled":
                return {}
            if r["status"] not in ("held", "confirmed"):
                raise _over(r)
            if (fee := self._fee(r)) != fee_cents:
                raise Refused("fee_changed", "cancelling costs something else by now", fee_cents=fee)
            now = _instant(self._clock())
            return {
                "status": "cancelled",
                "cancelled_at": now,
                "cancellation_fee_cents": fee,
                "hold_expires_at": None,
            }

        return self._change(reservation_id, change_id, change)

    def get(self, reservation_id: str) -> Reservation:
        self._let_go()
        if reservation_id not in self._reservations:
            raise Refused("unknown_reservation", f"there is no reservation {reservation_id}")
        return self._reservations[reservation_id]

    def search(self, name: str, value: str) -> list[Reservation]:
        self._let_go()
        return [r for r in reversed(self._reservations.values()) if value and r[name] == value]

    def _change(
        self, reservation_id: str, change_id: str, change: Callable[[Reservation], dict[str, Any]]
    ) -> Reservation:
        r = self.get(reservation_id)
        if change_id in r["change_ids"]:
            return r
        changed = {**r, **change(r), "version": r["version"] + 1, "change_ids": [*r["change_ids"], change_id]}
        self._reservations[reservation_id] = changed
        return changed

    def _let_go(self) -> None:
        """Holds whose time is over have no room any more."""
        now = _instant(self._clock())
        for key, r in self._reservations.items():
            if r["status"] == "held" and r["hold_expires_at"] <= now:
                self._reservations[key] = {**r, "status": "expired", "version": r["version"] + 1}

    def _offers(self, stay: Stay) -> list[dict[str, Any]]:
        found = []
        for room_type, kind in self._kinds.items():
            available = len(self._free(room_type, stay))
            if available and stay["adults"] + stay.get("children", 0) <= kind["max_guests"]:
                found.append({"quote": self._quote(room_type, stay), "available": available, "others": []})
        return sorted(found, key=lambda offer: offer["quote"]["total_cents"])

    def _free(self, room_type: str, stay: Stay, besides: Reservation | None = None) -> list[str]:
        """Room numbers that nobody has on any night of the stay, besides this reservation itself."""
        taken = {
            (r["room"], night)
            for r in self._reservations.values()
            if r["status"] in LIVE and (besides is None or r["reservation_id"] != besides["reservation_id"])
            for night in _nights(r)
        }
        rooms: list[str] = self._kinds[room_type]["rooms"]
        return [room for room in rooms if not any((room, night) in taken for night in _nights(stay))]

    def _room(self, room_type: str, stay: Stay, besides: Reservation | None = None) -> str:
        """Its own if that is free, else the first."""
        free = self._free(room_type, stay, besides)
        if besides is not None and besides["room"] in free:
            return str(besides["room"])
        if not free:
            raise Refused("no_room", f"no {room_type} is free", room_type=room_type)
        return free[0]

    def _quote(self, room_type: str, stay: Stay) -> dict[str, Any]:
        kind, nights = self._kinds.get(room_type), len(_nights(stay))
        if kind is None or not nights or stay["adults"] + stay.get("children", 0) > kind["max_guests"]:
            raise Refused("not_bookable", f"{room_type} is not for this stay")
        nightly = [kind["rate_cents"]] * nights
        pets = self._hotel.get("pets", {})
        pet_fee = pets.get("fee_cents", 0) if stay.get("pets", 0) else 0
        fees = [{"name": "pet fee", "cents": pet_fee}] if pet_fee else []
        net = sum(nightly) + pet_fee
        taxes = [
            {"name": tax["name"], "cents": (net * int(tax["percent"] * 100) + 5000) // 10000, "included": False}
            for tax in self._hotel.get("taxes", [])
            if "percent" in tax and not tax.get("included")
        ]
        on_top = sum(tax["cents"] for tax in taxes)
        return {
            "room_type": room_type,
            "name": kind["name"],
            "rate_plan": "standard",
            "rate_plan_name": "standard rate",
            "nightly_cents": nightly,
            "fees": fees,
            "taxes": taxes,
            "tax_cents": on_top,
            "total_cents": net + on_top,
        }

    def _fee(self, r: Reservation) -> int:
        if r["status"] == "held":
            return 0  # it binds nobody
        terms = r["cancellation"]
        opens = time.fromisoformat(self._hotel["check_in_time"])
        arrival = datetime.combine(date.fromisoformat(r["check_in"]), opens, ZoneInfo(self._hotel["time_zone"]))
        free_hours = terms.get("free_hours")
        if free_hours is not None and self._clock() <= arrival.astimezone(UTC) - timedelta(hours=free_hours):
            return 0
        if nights := terms.get("fee_nights", 0):
            return int(sum(r["quote"]["nightly_cents"][:nights]))
        return int((r["quote"]["total_cents"] * terms.get("fee_basis_points", 0) + 5000) // 10000)

    def _new_code(self) -> str:
        while True:
            code = str(10_000_000 + secrets.randbelow(90_000_000))
            if not self.search("confirmation_code", code):
                return code


def _nights(stay: Stay) -> list[date]:
    first, end = date.fromisoformat(stay["check_in"]), date.fromisoformat(stay["check_out"])
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _due(quote: Mapping[str, Any], payment: Mapping[str, Any]) -> int:
    match payment["at_booking"]:
        case "total":
            return int(quote["total_cents"])
        case "deposit":
            nights = sum(quote["nightly_cents"][: payment.get("deposit_nights", 0)])
            share = (quote["total_cents"] * payment.get("deposit_basis_points", 0) + 5000) // 10000
            return int(min(payment.get("deposit_cents", 0) or nights or share, quote["total_cents"]))
    return 0


def _with(payments: list[dict[str, Any]], paid: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Both sums of a payment only grow, so that an old message changes nothing."""
    before = next((p for p in payments if p["payment_id"] == paid["payment_id"]), {})
    after = {
        "payment_id": paid["payment_id"],
        **{name: max(before.get(name, 0), paid.get(name, 0)) for name in ("paid_cents", "refunded_cents")},
    }
    if not before:
        return [*payments, after]
    return [after if p is before else p for p in payments]


def _over(r: Reservation) -> Refused:
    return Refused("not_changeable", f"it is {r['status']}", status=r["status"])


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
