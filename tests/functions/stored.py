"""Records as the tests of the stores use them, and every store that must keep the same promises."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from nightdesk.hotel import tariff
from nightdesk.hotel.pricing import Fee, Quote, TaxLine
from nightdesk.hotel.reservations import Reservation

from .conftest import CALLER, SESSION_ID

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
FRIDAY = date(2026, 11, 27)
QUEENS = ("101", "102")


def quote(room_type: str = "standard_queen", nights: int = 2) -> Quote:
    return Quote(
        room_type,
        "Standard Queen",
        "standard",
        "standard rate",
        nightly_cents=(12900,) * nights,
        fees=(Fee("pet fee", 5000),),
        taxes=(TaxLine("lodging tax", 2772, included=False),),
        tax_cents=2772,
        total_cents=12900 * nights + 7772,
    )


def hold(reservation_id: str = "res_1", check_in: date = FRIDAY, nights: int = 2, **changes: Any) -> Reservation:
    """A held room for two adults and a dog; the hold runs out in 30 minutes."""
    room_type = changes.pop("room_type", "standard_queen")
    made = Reservation(
        reservation_id,
        "motel",
        SESSION_ID,
        NOW,
        check_in,
        check_in + timedelta(days=nights),
        adults=2,
        pets=1,
        last_name="Davis",
        first_name="Linda",
        phone=CALLER,
        phone_source="caller_line",
        quote=quote(room_type, nights),
        currency="USD",
        cancellation=tariff.Cancellation(free_hours=24, fee_nights=1),
        payment=tariff.Payment("deposit", deposit_nights=1),
        due_cents=12900,
        hold_expires_at=NOW + timedelta(minutes=30),
    )
    return replace(made, **changes)
