"""What every tool about a stay shares: its arguments, whether this hotel could do it at all, and on what terms."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from nightdesk import stay_words
from nightdesk.errors import InvalidArguments, Refusal
from nightdesk.hotel import pricing, stay_dates, terms
from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import Quote, Stay
from nightdesk.hotel.tariff import Cancellation
from nightdesk.tools.desk import Desk

LONGEST_STAY = 30
FURTHEST_DAYS = 400

CheckIn = Annotated[
    str,
    Field(max_length=80, description="YYYY-MM-DD, or the guest's own words: 'next weekend', 'Friday for two nights'."),
]
CheckOut = Annotated[
    str | None, Field(max_length=80, description="YYYY-MM-DD, or the guest's own words. Not together with nights.")
]
MaybeDate = Annotated[str | None, Field(max_length=80, description="YYYY-MM-DD, or the guest's own words.")]
Nights = Annotated[int | None, Field(ge=1, le=365, description="How many nights, where no check_out was said.")]
Adults = Annotated[int, Field(ge=1, le=20, description="Guests above this hotel's age for children.")]
Children = Annotated[int, Field(ge=0, le=20)]
Pets = Annotated[int, Field(ge=0, le=20)]


def room_types(hotel: Property) -> list[str]:
    return [room.room_type for room in hotel.room_types]


def rate_plans(hotel: Property) -> list[str]:
    return [plan.rate_plan for plan in hotel.rate_plans]


def wanted(
    desk: Desk, check_in: str, check_out: str | None, nights: int | None, adults: int, children: int, pets: int
) -> Stay:
    """The stay that the arguments mean, on the hotel's clock.

    Raises: InvalidArguments for what the model got wrong, Refusal for what this hotel does not do.
    """
    at = stay_dates.clock(desk.hotel, desk.now, desk.session.language)
    arrival, departure = stay_dates.read_stay(at, check_in, check_out, nights)
    stay = Stay(arrival, departure, adults, children, pets)
    must_be_possible(desk, stay)
    return stay


def must_be_possible(desk: Desk, stay: Stay) -> None:
    """Whether a free room is all that is missing. Raises: InvalidArguments, Refusal."""
    hotel, pets, language = desk.hotel, desk.hotel.pets, desk.session.language
    if stay.check_in < hotel.tonight(desk.now):
        raise InvalidArguments(f"check_in is in the past: today is {desk.today.isoformat()} ({desk.today:%A})")
    if stay.check_out <= stay.check_in:
        raise InvalidArguments("check_out must be after check_in")
    if (stay.check_in - desk.today).days > FURTHEST_DAYS:
        raise InvalidArguments(f"check_in must be within {FURTHEST_DAYS} days of today, {desk.today.isoformat()}")
    if len(stay.nights) > LONGEST_STAY:
        raise Refusal(
            "stay_too_long", f"at most {LONGEST_STAY} nights", say=stay_words.too_long(LONGEST_STAY, language)
        )
    if len(stay.nights) < (shortest := pricing.shortest_stay(hotel, stay.nights)):
        raise Refusal(
            "stay_too_short", f"at least {shortest} nights then", say=stay_words.too_short(shortest, language)
        )
    if stay.pets and not pets.allowed:
        raise Refusal("no_pets", "this hotel takes no pets", say=stay_words.no_pets(language))
    if stay.pets > pets.max_pets:
        raise Refusal(
            "too_many_pets",
            f"at most {pets.max_pets} pets in a room",
            say=stay_words.too_many_pets(pets.max_pets, language),
        )
    if stay.guests > (largest := pricing.largest_party(hotel.room_types)):
        message = f"no room holds {stay.guests} guests, the largest takes {largest}: offer to ask for two rooms"
        raise Refusal("too_many_guests", message, say=stay_words.too_many_guests(largest, language))


def is_possible(desk: Desk, stay: Stay) -> bool:
    try:
        must_be_possible(desk, stay)
    except Refusal:
        return False
    return True


def cancellation_words(
    hotel: Property, stay: Stay, quote: Quote, policy: Cancellation, now: datetime, language: str = "en"
) -> str:
    """The terms of a booking as they are read to the guest: until when it is free to cancel, and what it costs then."""
    fee = terms.late_fee(quote.nightly_cents, quote.total_cents, policy)
    return stay_words.cancellation(hotel, terms.free_until(hotel, stay.check_in, policy), fee, now, language)


def shown(stay: Stay) -> dict[str, Any]:
    """The stay as it was understood, for the model to read back."""
    return {
        "check_in": stay.check_in.isoformat(),
        "check_out": stay.check_out.isoformat(),
        "nights": len(stay.nights),
        "adults": stay.adults,
        "children": stay.children,
        "pets": stay.pets,
    }


def priced(quote: Quote, currency: str) -> dict[str, Any]:
    """A price with all that it is made of."""
    return {
        "rate_plan": quote.rate_plan,
        "nightly_cents": list(quote.nightly_cents),
        "fees": [asdict(fee) for fee in quote.fees],
        "taxes": [asdict(tax) for tax in quote.taxes],
        "tax_cents": quote.tax_cents,
        "total_cents": quote.total_cents,
        "total": pricing.money(quote.total_cents, currency),
    }
