"""A hotel with nothing but one kind of room, and stays in it: prices of which a test knows every part."""

from dataclasses import replace
from datetime import date, timedelta

from nightdesk import properties
from nightdesk.hotel.model import Property, RoomType
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.tariff import STANDARD, Pets

from .stored import FRIDAY

MOTEL: Property = properties.load().by_id["west-bethel-motel"]


def stay(nights: int = 2, adults: int = 2, children: int = 0, pets: int = 0, check_in: date = FRIDAY) -> Stay:
    return Stay(check_in, check_in + timedelta(days=nights), adults, children, pets)


def one_room(rate_cents: int = 10_000, max_guests: int = 4, **changes: object) -> Property:
    """A hotel with nothing but one kind of room, without taxes or fees, except for what a test is about."""
    room = RoomType("room", "Room", rate_cents, max_guests, ("1", "2"))
    bare = replace(MOTEL, room_types=(room,), rate_plans=(STANDARD,), seasons=(), taxes=(), pets=Pets(True, max_pets=2))
    return replace(bare, **changes)  # type: ignore[arg-type]
