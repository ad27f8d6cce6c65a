"""What is said of a stay before it is booked: what is free, what it costs, on which terms, why it cannot be had. Pure.

Facts and numbers come in; nothing is decided here. A language that is not here is answered in English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from nightdesk.hotel.model import Property, RoomType
from nightdesk.hotel.pricing import Offer, Stay
from nightdesk.spoken import amount, clock, dates, day, known, listed, nights, number

_SAID: Mapping[str, Mapping[str, str]] = {
    "offers": {
        "en": "For {nights}, {dates}: {rooms} in total, including {extras}.",
        "es": "Para {nights}, {dates}: {rooms} en total, incluidos {extras}.",
    },
    "room": {"en": "a {name} is {total}", "es": "la {name} cuesta {total}"},
    "tax": {"en": "tax", "es": "los impuestos"},
    "fee": {"en": "the {cents} {name}", "es": "{cents} de {name}"},
    "full": {
        "en": "I am sorry, we have no such room free from {dates}.",
        "es": "Lo siento, no tenemos ninguna habitación así libre {dates}.",
    },
    "small": {
        "en": "A {name} takes {guests} at most.",
        "es": "En la {name} caben {guests} como mucho.",
    },
    "instead": {
        "en": "I could offer a {name} {when}, for {total} in total.",
        "es": "Podría ofrecerle la {name} {when}, por {total} en total.",
    },
    "those_nights": {"en": "for those nights", "es": "para esas noches"},
    "other_nights": {"en": "from {dates}", "es": "{dates}"},
    "always_free": {
        "en": "You can cancel free of charge at any time.",
        "es": "Puede cancelar gratis en cualquier momento.",
    },
    "never_free": {
        "en": "This rate cannot be refunded: cancelling costs {fee}.",
        "es": "Esta tarifa no se reembolsa: cancelar cuesta {fee}.",
    },
    "too_late": {
        "en": "Check-in is so near that cancelling costs {fee}.",
        "es": "Falta tan poco para la llegada que cancelar cuesta {fee}.",
    },
    "free_until": {
        "en": "You can cancel free of charge until {day}, at {time}. After that it costs {fee}.",
        "es": "Puede cancelar gratis hasta el {day} a {time}. Después cuesta {fee}.",
    },
    "too_long": {
        "en": "I can book {nights} nights at most. For a longer stay I can take a message for the manager.",
        "es": "Puedo reservar {nights} noches como mucho. Para más tiempo puedo tomar un mensaje para la dirección.",
    },
    "too_short": {
        "en": "For those dates we take stays of at least {nights}.",
        "es": "Para esas fechas admitimos estancias de {nights} como mínimo.",
    },
    "no_pets": {"en": "I am sorry, we cannot take pets.", "es": "Lo siento, no admitimos mascotas."},
    "too_many_pets": {
        "en": "I am sorry, we take {pets} in a room at most.",
        "es": "Lo siento, admitimos {pets} por habitación como mucho.",
    },
    "too_many_guests": {
        "en": "Our largest room takes {guests}. I can note that you need more than one room.",
        "es": "En nuestra habitación más grande caben {guests}. Puedo anotar que necesita más de una habitación.",
    },
    "guests": {"en": "{count} guests", "es": "{count} personas"},
    "guest": {"en": "one guest", "es": "una persona"},
    "pets": {"en": "{count} pets", "es": "{count} mascotas"},
    "pet": {"en": "one pet", "es": "una mascota"},
}
_FEES_ES = {
    "pet fee": "suplemento por mascota",
    "extra guest fee": "suplemento por persona adicional",
    "child fee": "suplemento por niño",
}
"""pricing.py names the fees."""


def said(sentence: str, language: str, **facts: object) -> str:
    return _SAID[sentence][known(language)].format(**facts)


def offers(stay: Stay, found: Sequence[Offer], currency: str, language: str = "en") -> str:
    rooms = [said("room", language, name=o.quote.name, total=amount(o.quote.total_cents, currency)) for o in found]
    in_all = [fee for fee in found[0].quote.fees if all(fee in other.quote.fees for other in found)]
    names = _FEES_ES if known(language) == "es" else {}
    extras = [
        said("fee", language, cents=amount(fee.cents, currency), name=names.get(fee.name, fee.name)) for fee in in_all
    ]
    return said(
        "offers",
        language,
        nights=nights(len(stay.nights), language),
        dates=dates(stay, language),
        rooms=listed(rooms, language),
        extras=listed([said("tax", language), *extras], language),
    )


def full_house(stay: Stay, instead: Sequence[tuple[Stay, Offer]], currency: str, language: str = "en") -> str:
    sorry = said("full", language, dates=dates(stay, language))
    return " ".join([sorry, *_instead(stay, instead, currency, language)])


def room_too_small(
    stay: Stay, room: RoomType, instead: Sequence[tuple[Stay, Offer]], currency: str, language: str = "en"
) -> str:
    sorry = said("small", language, name=room.name, guests=_counted(room.max_guests, "guest", language))
    return " ".join([sorry, *_instead(stay, instead, currency, language)])


def _instead(stay: Stay, instead: Sequence[tuple[Stay, Offer]], currency: str, language: str) -> list[str]:
    offered = []
    for other, offer in instead:
        when = said("those_nights" if other == stay else "other_nights", language, dates=dates(other, language))
        total = amount(offer.quote.total_cents, currency)
        offered.append(said("instead", language, name=offer.quote.name, when=when, total=total))
    return offered


def cancellation(
    hotel: Property, free_until: datetime | None, late_fee_cents: int, now: datetime, language: str = "en"
) -> str:
    """The terms of a booking, with the deadline on the hotel's clock."""
    fee = amount(late_fee_cents, hotel.currency)
    if not late_fee_cents:
        return said("always_free", language)
    if free_until is None:
        return said("never_free", language, fee=fee)
    if now > free_until:
        return said("too_late", language, fee=fee)
    local = hotel.local(free_until)
    return said("free_until", language, day=day(local.date(), language), time=clock(local.time(), language), fee=fee)


def too_long(most: int, language: str = "en") -> str:
    return said("too_long", language, nights=most)


def too_short(fewest: int, language: str = "en") -> str:
    return said("too_short", language, nights=nights(fewest, language))


def no_pets(language: str = "en") -> str:
    return said("no_pets", language)


def too_many_pets(most: int, language: str = "en") -> str:
    return said("too_many_pets", language, pets=_counted(most, "pet", language))


def too_many_guests(most: int, language: str = "en") -> str:
    return said("too_many_guests", language, guests=_counted(most, "guest", language))


def _counted(count: int, noun: str, language: str) -> str:
    return said(noun if count == 1 else f"{noun}s", language, count=number(count, language))
