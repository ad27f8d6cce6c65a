"""check_availability: which rooms are free for a stay, and what they cost."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field

from nightdesk import words
from nightdesk.errors import InvalidArguments, Refusal
from nightdesk.hotel import pricing, terms
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Inventory
from nightdesk.hotel.pricing import Offer, Quote, Stay
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import Access, Outcome, tool

LONGEST_STAY = 30
FURTHEST_DAYS = 400
_SHIFTS = (1, -1, 2, -2, 3, -3)


@tool(access=Access.READ, choices={"room_type": lambda hotel: [r.room_type for r in hotel.room_types]})
def check_availability(
    desk: Desk,
    inventory: Inventory,
    *,
    check_in: Annotated[date, Field(description="Date of arrival, YYYY-MM-DD.")],
    check_out: Annotated[date, Field(description="Date of departure, YYYY-MM-DD.")],
    adults: Annotated[int, Field(ge=1, le=20, description="Guests of 12 years or more.")],
    children: Annotated[int, Field(ge=0, le=20, description="Guests under 12.")] = 0,
    pets: Annotated[int, Field(ge=0, le=20)] = 0,
    room_type: Annotated[str | None, Field(description="Only when the guest asks for one.")] = None,
) -> Outcome:
    """Look up free rooms and their exact total price. Ask for dates and number of guests first; never guess a price."""
    stay = Stay(check_in, check_out, adults, children, pets)
    _must_be_possible(stay, desk)
    around = timedelta(days=max(_SHIFTS))
    taken = inventory.taken(desk.hotel.property_id, check_in - around, check_out + around)
    offers = [o for o in pricing.offers(desk.hotel, stay, taken) if room_type in (None, o.quote.room_type)]
    if not offers:
        raise _full(desk, stay, room_type, taken)
    result = {**_asked(stay), "offers": [_offer(o, desk.hotel) for o in offers]}
    result["spoken"] = words.offers(stay, offers, desk.hotel.currency)
    return Outcome(result, card={"type": "availability", "offers": result["offers"]})


def _must_be_possible(stay: Stay, desk: Desk) -> None:
    """Raises: InvalidArguments for what the model got wrong, Refusal for what this hotel does not do."""
    hotel, pets = desk.hotel, desk.hotel.pets
    if stay.check_in < desk.today:
        raise InvalidArguments(f"check_in is in the past: today is {desk.today.isoformat()} ({desk.today:%A})")
    if stay.check_out <= stay.check_in:
        raise InvalidArguments("check_out must be after check_in")
    if (stay.check_in - desk.today).days > FURTHEST_DAYS:
        raise InvalidArguments(f"check_in must be within {FURTHEST_DAYS} days of today, {desk.today.isoformat()}")
    if len(stay.nights) > LONGEST_STAY:
        raise Refusal("stay_too_long", f"at most {LONGEST_STAY} nights", say=words.stay_too_long(LONGEST_STAY))
    if stay.pets and not pets.allowed:
        raise Refusal("no_pets", "this hotel takes no pets", say=words.NO_PETS)
    if stay.pets > pets.max_pets:
        raise Refusal(
            "too_many_pets", f"at most {pets.max_pets} pets in a room", say=words.too_many_pets(pets.max_pets)
        )
    if stay.guests > (largest := pricing.largest_party(hotel.room_types)):
        message = f"no room holds {stay.guests} guests, the largest takes {largest}: offer to ask for two rooms"
        raise Refusal("too_many_guests", message, say=words.too_many_guests(largest))


def _full(desk: Desk, stay: Stay, room_type: str | None, taken: Set[tuple[str, str, date]]) -> Refusal:
    """The refusal of a full house, with what could be offered instead: another room type first, then other dates."""
    hotel = desk.hotel
    near = [(stay, offer) for offer in pricing.offers(hotel, stay, taken)]
    for moved in (stay.moved(days) for days in _SHIFTS):
        if moved.check_in >= desk.today:
            near += [(moved, o) for o in pricing.offers(hotel, moved, taken) if room_type in (None, o.quote.room_type)][
                :1
            ]
    alternatives = [
        {
            "check_in": other.check_in.isoformat(),
            "check_out": other.check_out.isoformat(),
            **{key: value for key, value in _offer(offer, hotel).items() if key in _ALTERNATIVE},
        }
        for other, offer in near[:3]
    ]
    what = room_type or f"room for {stay.guests} guests"
    message = f"no {what} is free on every night from {stay.check_in} to {stay.check_out}"
    say = words.full_house(stay, near[:1], hotel.currency)
    return Refusal("no_availability", message, say=say, details={"alternatives": alternatives})


_ALTERNATIVE = ("room_type", "name", "available", "total_cents", "total")


def _asked(stay: Stay) -> dict[str, Any]:
    return {
        "check_in": stay.check_in.isoformat(),
        "check_out": stay.check_out.isoformat(),
        "nights": len(stay.nights),
        "adults": stay.adults,
        "children": stay.children,
        "pets": stay.pets,
    }


def _offer(offer: Offer, hotel: Property) -> dict[str, Any]:
    """As the model and a screen see it: one price in full, and those on terms that a guest would have to choose."""
    quote = offer.quote
    shown: dict[str, Any] = {
        "room_type": quote.room_type,
        "name": quote.name,
        "available": offer.available,
        "rate_plan": quote.rate_plan,
        "nightly_cents": list(quote.nightly_cents),
        "fees": [asdict(fee) for fee in quote.fees],
        "taxes": [asdict(tax) for tax in quote.taxes],
        "tax_cents": quote.tax_cents,
        "total_cents": quote.total_cents,
        "total": pricing.money(quote.total_cents, hotel.currency),
    }
    if offer.others:
        shown["other_rates"] = [_other_rate(other, hotel) for other in offer.others]
    return shown


def _other_rate(quote: Quote, hotel: Property) -> dict[str, Any]:
    return {
        "rate_plan": quote.rate_plan,
        "name": quote.rate_plan_name,
        "refundable": terms.cancellation(hotel, quote.rate_plan).free_hours is not None,
        "total_cents": quote.total_cents,
        "total": pricing.money(quote.total_cents, hotel.currency),
    }
