"""Fill the hotels with guests: reservations for the next weeks, callers the house knows, work for the staff.

    cd functions && STORE=sqlite SQLITE_PATH=/tmp/demo.sqlite3 python -m nightdesk.seed [--days 60] [PROPERTY ...]

Everything is invented and follows from the hotel's name and the date, under ids of its own, so that doing it again
changes nothing, and a later day only adds what is new. It books as guests do, by the hotel's own rules and prices; a
hotel whose bookings another system keeps is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nightdesk import bootstrap, config
from nightdesk.errors import NoRoom
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import Booking, NotBookable
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Guest, Message, ServiceRequest
from nightdesk.hotel.reservations import Paid, Reservation

_FIRST = ("Ada", "Ben", "Clara", "Daniel", "Elena", "Frank", "Grace", "Hugo", "Iris", "Jonas", "Karen", "Luis")
_LAST = ("Abbott", "Baker", "Castillo", "Dubois", "Evans", "Fischer", "Garcia", "Hayes", "Ivanova", "Jensen", "Kim")
_ARRIVALS = 0.28  # of the rooms that could take one, on a usual day
_SESSION = "seed"


@dataclass(frozen=True)
class Seeded:
    """What a hotel has now that it did not have before."""

    property_id: str
    reservations: int
    guests: int

    def __str__(self) -> str:
        return f"{self.property_id}: {self.reservations} reservations, {self.guests} guests"


def seed(store: Store, hotel: Property, now: datetime, days: int) -> Seeded:
    """Book the next `days` days. One Saturday ahead is sold out, so that there is something to be sorry for."""
    today = hotel.today(now)
    sold_out = today + timedelta(days=14 + (5 - today.weekday()) % 7)
    booked = [
        made
        for day in (today + timedelta(days=n) for n in range(days))
        for room_type in hotel.room_types
        for number in range(len(room_type.rooms))
        if (made := _book(store, hotel, day, f"{room_type.room_type}-{number}", now, certain=day == sold_out))
    ]
    guests = sum(_remember(store, reservation) for reservation in booked)
    _leave_work(store, hotel, now)
    return Seeded(hotel.property_id, len(booked), guests)


def _book(store: Store, hotel: Property, day: date, place: str, now: datetime, *, certain: bool) -> Reservation | None:
    """Perhaps a guest who arrives on this day; None when there is none, or no room, or it was booked before."""
    name = f"{hotel.property_id}:{day.isoformat()}:{place}"
    luck = random.Random(name)
    if not certain and luck.random() > _ARRIVALS:
        return None
    room_type = hotel.room_type(place.rpartition("-")[0])
    assert room_type is not None
    guest = luck.choice(range(len(_FIRST) * len(_LAST)))
    stay = Stay(
        day,
        day + timedelta(days=1 if certain else luck.choice((1, 1, 2, 2, 3, 4))),
        adults=luck.randint(1, min(2, room_type.max_guests)),
        pets=int(hotel.pets.allowed and luck.random() < 0.1),
    )
    reservation_id = f"res_{hashlib.sha256(name.encode()).hexdigest()[:20]}"
    if store.reservation(reservation_id) is not None:
        return None
    booking = Booking(
        reservation_id,
        _SESSION,
        stay,
        room_type.room_type,
        last_name=_LAST[guest % len(_LAST)],
        first_name=_FIRST[guest // len(_LAST)],
        phone=f"+1207555{guest:04d}",
        phone_source="caller_line",
        email=f"guest{guest}@example.com",
        language=hotel.language,
    )
    books = OwnBooks(hotel, store, lambda: now)
    try:
        held = books.hold(booking)
    except (NoRoom, NotBookable):
        return None
    paid = Paid(f"pay_{reservation_id}", held.due_cents) if held.due_cents else None
    return books.confirm(reservation_id, f"{reservation_id}-confirmed", paid)


def _remember(store: Store, reservation: Reservation) -> bool:
    """The guest of a reservation as the house knows them. True when they are new."""
    guest_id = f"guest_{hashlib.sha256(f'{reservation.property_id}:{reservation.phone}'.encode()).hexdigest()[:20]}"
    known = store.record(Guest, guest_id)

    def met(guest: Guest | None) -> Guest:
        guest = guest or Guest(
            guest_id,
            reservation.property_id,
            reservation.created_at,
            phones=(reservation.phone,),
            first_name=reservation.first_name,
            last_name=reservation.last_name,
            name_confirmed=True,
            email=reservation.email,
            language=reservation.language,
            may_remember=True,
        )
        return replace(guest, stays=tuple(dict.fromkeys((*guest.stays, reservation.reservation_id))))

    store.change_record(Guest, guest_id, met)
    return known is None


def _leave_work(store: Store, hotel: Property, now: datetime) -> None:
    """One message and one wake-up call."""
    today, zone = hotel.today(now), ZoneInfo(hotel.time_zone)
    message = Message(
        f"message_seed_{hotel.property_id}_{today}",
        hotel.property_id,
        _SESSION,
        now,
        for_whom="front_desk",
        text="A guest asks whether a scarf was found in the breakfast room.",
        phone="+12075550000",
    )
    call = ServiceRequest(
        f"request_seed_{hotel.property_id}_{today}",
        hotel.property_id,
        _SESSION,
        now,
        service="wake_up_call",
        room=hotel.room_types[0].rooms[0],
        due_at=datetime.combine(today + timedelta(days=1), time(6, 30), zone),
    )
    store.change_record(Message, message.message_id, lambda before: before or message)
    store.change_record(ServiceRequest, call.request_id, lambda before: before or call)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nightdesk.seed", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("property_id", nargs="*", metavar="PROPERTY", help="default: every hotel there is a file for")
    parser.add_argument("--days", type=int, default=60, help="how far ahead (default: %(default)s)")
    asked = parser.parse_args()
    house = bootstrap.House(config.load("seed"))
    hotels = [h for h in house.properties.by_id.values() if not asked.property_id or h.property_id in asked.property_id]
    if unknown := set(asked.property_id) - set(house.properties.by_id):
        parser.error(f"there is no hotel {', '.join(sorted(unknown))}")
    for hotel in hotels:
        if hotel.property_id in house.settings.pms:
            sys.stdout.write(f"{hotel.property_id}: another system keeps its bookings\n")
            continue
        sys.stdout.write(f"{seed(house.store, hotel, house.clock(), asked.days)}\n")


if __name__ == "__main__":
    main()
