"""check_availability: which rooms are free for a stay, and what they cost; where none is, what is free instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from nightdesk import stay_words
from nightdesk.errors import Refusal
from nightdesk.hotel import pricing, terms
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import PropertyManagement
from nightdesk.hotel.pricing import Offer, Quote, Stay
from nightdesk.tools import stays
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import Access, Outcome, tool

_SHIFTS = (1, -1, 2, -2, 3, -3)
_OTHER_TYPES, _ALTERNATIVES = 2, 3
_SHOWN_OF_ALTERNATIVE = ("room_type", "name", "available", "total_cents", "total")


@tool(access=Access.READ, choices={"room_type": stays.room_types})
def check_availability(
    desk: Desk,
    bookings: PropertyManagement,
    *,
    check_in: stays.CheckIn,
    check_out: stays.CheckOut = None,
    nights: stays.Nights = None,
    adults: stays.Adults = 1,
    children: stays.Children = 0,
    pets: stays.Pets = 0,
    room_type: Annotated[str | None, Field(description="Only when the guest asks for one.")] = None,
) -> Outcome:
    """Look up free rooms and their exact total price. Ask for dates and number of guests first; never guess a price.

    Read the dates back as the result has them.
    """
    stay = stays.wanted(desk, check_in, check_out, nights, adults, children, pets)
    [free] = bookings.offers([stay])
    offers = [offer for offer in free if room_type in (None, offer.quote.room_type)]
    if not offers:
        raise none_free(desk, bookings, stay, room_type, free)
    result = {**stays.shown(stay), "offers": [_offer(o, desk.hotel) for o in offers]}
    result["spoken"] = stay_words.offers(stay, offers, desk.hotel.currency, desk.session.language)
    return Outcome(result, card={"type": "availability", "offers": result["offers"]})


def none_free(
    desk: Desk, bookings: PropertyManagement, stay: Stay, room_type: str | None, free: Sequence[Offer]
) -> Refusal:
    """The refusal of a stay, with what could be had instead; `free` is what there is on its nights."""
    others = [(stay, offer) for offer in free][:_OTHER_TYPES]
    others += _other_nights(desk, bookings, stay, room_type)
    return _none_free(desk, stay, room_type, others[:_ALTERNATIVES])


def _other_nights(
    desk: Desk, bookings: PropertyManagement, stay: Stay, room_type: str | None
) -> list[tuple[Stay, Offer]]:
    """The cheapest offer on each day nearby that the hotel would take the stay on, the nearest day first."""
    possible = [moved for moved in map(stay.moved, _SHIFTS) if stays.is_possible(desk, moved)]
    found: list[tuple[Stay, Offer]] = []
    for moved, free in zip(possible, bookings.offers(possible), strict=True):
        found += [(moved, offer) for offer in free if room_type in (None, offer.quote.room_type)][:1]
    return found


def _none_free(desk: Desk, stay: Stay, room_type: str | None, instead: list[tuple[Stay, Offer]]) -> Refusal:
    """The refusal, with what could be offered: other types of room for the same nights, then other nights."""
    hotel, language = desk.hotel, desk.session.language
    alternatives = [
        {
            "check_in": other.check_in.isoformat(),
            "check_out": other.check_out.isoformat(),
            **{key: value for key, value in _offer(offer, hotel).items() if key in _SHOWN_OF_ALTERNATIVE},
        }
        for other, offer in instead
    ]
    room = hotel.room_type(room_type or "")
    if room is not None and not pricing.fits(room, stay):
        message = f"a {room.room_type} holds {room.max_guests} guests"
        say = stay_words.room_too_small(stay, room, instead[:1], hotel.currency, language)
    else:
        what = room_type or f"room for {stay.guests} guests"
        message = f"no {what} is free on every night from {stay.check_in} to {stay.check_out}"
        say = stay_words.full_house(stay, instead[:1], hotel.currency, language)
    return Refusal("no_availability", message, say=say, details={"alternatives": alternatives})


def _offer(offer: Offer, hotel: Property) -> dict[str, Any]:
    """As the model and a screen see it: one price in full, and those on terms that a guest would have to choose."""
    quote = offer.quote
    shown: dict[str, Any] = {
        "room_type": quote.room_type,
        "name": quote.name,
        "available": offer.available,
        **stays.priced(quote, hotel.currency),
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
