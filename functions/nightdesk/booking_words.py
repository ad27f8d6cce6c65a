"""Sentences about a reservation, its money and its code, in English. Facts come in; nothing is decided here."""

from __future__ import annotations

from datetime import datetime

from nightdesk.hotel.model import Property
from nightdesk.hotel.reservations import Reservation
from nightdesk.words import clock_time, count, dates, day, spoken_money

NO_LINK_NOW = "I am sorry, I cannot make a payment link right now. The front desk can take the payment."
NOTHING_TO_PAY = "There is nothing to pay on that reservation."

_ALPHABET = (
    "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo "
    "Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
_SPELLED = {word[0]: f"{word[0]}, like {word}" for word in _ALPHABET.split()}


def spoken_code(code: str) -> str:
    """Sign by sign, in groups of four: "4 8 2 1, 0 9 3 7". Letters, of other systems' codes, are spelled."""
    if code.isdigit():
        return ", ".join(" ".join(code[n : n + 4]) for n in range(0, len(code), 4))
    return "; ".join(_SPELLED.get(sign, sign) for sign in code)


def until(hotel: Property, moment: datetime, now: datetime) -> str:
    """A deadline by the hotel's clock: "12:30 PM", with the day where it is not today."""
    local = hotel.local(moment)
    time = clock_time(local.time())
    return time if local.date() == hotel.today(now) else f"{day(local.date())}, at {time}"


def stay(r: Reservation) -> str:
    return f"a {r.quote.name} for {count(len(r.nights), 'night')}, {dates(r.stay)}"


def total(r: Reservation) -> str:
    return f"{spoken_money(r.total_cents, r.currency)} in total"


def booked(r: Reservation, hotel: Property, now: datetime, ask_cents: int | None, terms: str) -> str:
    """A booking that was just made. `ask_cents`: what makes it binding, 0 a card on file; None: nothing does."""
    code = f"Your confirmation code is {spoken_code(r.confirmation_code)}."
    if r.status != "held":
        return f"You have {stay(r)}, {total(r)}. It is confirmed. {code} {terms}".strip()
    return f"I am holding {stay(r)}, {total(r)}. {code} {binding(r, hotel, now, ask_cents)} {terms}".strip()


def already_booked(r: Reservation) -> str:
    return f"I have booked {stay(r)} for you already. Shall I change it, or do you need a second room?"


def binding(r: Reservation, hotel: Property, now: datetime, ask_cents: int | None) -> str:
    """What makes a hold binding, and by when."""
    what = "a card on file, which is charged at check-in,"
    if ask_cents:
        what = f"a payment of {spoken_money(ask_cents, r.currency)}"
    if r.hold_expires_at is None:
        return f"It takes {what} to confirm it."
    return f"It is held until {until(hotel, r.hold_expires_at, now)}; it takes {what} to confirm it."


def found(r: Reservation, hotel: Property, now: datetime, balance_cents: int) -> str:
    state = {
        "held": "It is held, and not confirmed yet.",
        "confirmed": "It is confirmed.",
        "checked_in": "You are checked in.",
        "checked_out": "That stay is over.",
        "cancelled": "It is cancelled.",
        "expired": "It was held and ran out, so there is no room for it any more.",
        "no_show": "That stay is over.",
    }[r.status]
    if r.status == "held" and r.hold_expires_at is not None:
        state = f"It is held until {until(hotel, r.hold_expires_at, now)}, and not confirmed yet."
    said = f"That is {stay(r)}, {total(r)}. {state}"
    if r.paid_cents and r.live:
        said += f" {spoken_money(max(balance_cents, 0), r.currency)} is left to pay."
    return said


def changed(r: Reservation, more_cents: int) -> str:
    """`more_cents`: how much more it costs than before, below 0 less."""
    said = f"It is now {stay(r)}, {total(r)}"
    if more_cents:
        said += f", {spoken_money(abs(more_cents), r.currency)} {'more' if more_cents > 0 else 'less'} than before"
    return f"{said}."


def fee_quoted(r: Reservation, fee_cents: int) -> str:
    if not fee_cents:
        return f"Cancelling {stay(r)} is free of charge. Shall I cancel it?"
    return f"Cancelling {stay(r)} costs {spoken_money(fee_cents, r.currency)}. Shall I cancel it?"


def fee_changed(fee_cents: int, currency: str) -> str:
    return f"Cancelling costs {spoken_money(fee_cents, currency)} by now. Shall I cancel it all the same?"


def cancelled(r: Reservation, refund_cents: int) -> str:
    said = "Your reservation is cancelled"
    said += (
        f". It costs {spoken_money(r.cancellation_fee_cents, r.currency)}."
        if r.cancellation_fee_cents
        else ", free of charge."
    )
    if refund_cents:
        said += f" The hotel will give back {spoken_money(refund_cents, r.currency)}."
    return said


def already_cancelled(r: Reservation) -> str:
    return f"That reservation is cancelled already: {stay(r)}."


def link(amount_cents: int, currency: str, number_ends: str) -> str:
    """A link that was sent to a number, or ("") is on the screen."""
    where = f"I have sent a link to the number ending in {' '.join(number_ends)}"
    where = where if number_ends else "The link is on the screen"
    what = f"to pay {spoken_money(amount_cents, currency)}" if amount_cents else "to leave a card, charged at check-in"
    return f"{where}, {what}."
