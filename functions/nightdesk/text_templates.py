"""What text messages say, by template and language. Pure: facts come in, nobody's words do.

Plain letters where a language allows it, and short: a text of more than 160 letters, or 70 with others, costs double.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from nightdesk import service_words, spoken
from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import money
from nightdesk.hotel.reservations import Reservation

LONGEST = 1600  # Source: Twilio, Messages resource, Body


def confirmation(hotel: Property, reservation: Reservation, now: datetime, language: str) -> str:
    """A booking as it stands: confirmed, held until a moment, or cancelled."""
    first = service_words.day(reservation.check_in, language)
    last = service_words.day(reservation.check_out, language)
    total = money(reservation.total_cents, reservation.currency)
    code, room = reservation.confirmation_code, reservation.quote.name
    spanish = language[:2] == "es"
    match reservation.status:
        case "held" if reservation.hold_expires_at and reservation.hold_expires_at > now:
            until = service_words.moment(hotel.local(reservation.hold_expires_at), language)
            status = f"Reservada hasta el {until}." if spanish else f"Held until {until}."
        case "held" | "expired":
            status = "Ya no está reservada." if spanish else "No longer held."
        case "cancelled":
            status = "Cancelada." if spanish else "Cancelled."
        case _:
            status = "Confirmada." if spanish else "Confirmed."
    if spanish:
        return (
            f"{hotel.name}: reserva {code}. {room}, del {first} al {last}. Total {total}. {status} "
            f"Entrada desde las {hotel.check_in_time:%H:%M}."
        )
    return (
        f"{hotel.name}: booking {code}. {room}, {first} to {last}. Total {total}. {status} "
        f"Check-in from {spoken.clock(hotel.check_in_time)}."
    )


def directions(hotel: Property, language: str) -> str:
    """ "" where the hotel's file has no address. Source of the link: Google, Maps URLs, search."""
    if not hotel.address:
        return ""
    link = f"https://www.google.com/maps/search/?api=1&query={quote(hotel.address)}"
    phone = hotel.phone_numbers[0]
    if language[:2] == "es":
        return f"Cómo llegar: {hotel.address}. {link} Teléfono: {phone}"
    return f"Directions: {hotel.address}. {link} Phone: {phone}"


def payment_link(hotel: Property, amount_cents: int, currency: str, url: str, language: str) -> str:
    """Of amount 0: a card is left on file, and nothing is paid yet."""
    amount = money(amount_cents, currency)
    if not amount_cents and language[:2] == "es":
        return f"{hotel.name}: deje aquí su tarjeta para confirmar: {url} Nunca se la pediremos por teléfono."
    if not amount_cents:
        return f"{hotel.name}: leave your card here to confirm: {url} We never ask for it by phone."
    if language[:2] == "es":
        return f"{hotel.name}: puede pagar {amount} aquí: {url} Nunca le pediremos su tarjeta por teléfono."
    return f"{hotel.name}: pay {amount} here: {url} We never ask for your card by phone."


def callback(hotel: Property, due_at: datetime, language: str) -> str:
    moment = service_words.moment(hotel.local(due_at), language)
    if language[:2] == "es":
        return f"{hotel.name}: le llamaremos el {moment}, hora del hotel."
    return f"{hotel.name}: we will call you on {moment}, hotel time."
