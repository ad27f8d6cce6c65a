"""Sentences about a reservation, its money and its code. Facts come in; nothing is decided here. Pure.

A language that is not here is answered in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from nightdesk.hotel.model import Property
from nightdesk.hotel.reservations import Reservation
from nightdesk.spoken import amount, clock, dates, day, digits, known, nights

_ALPHABET = (
    "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo "
    "Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)
_SPELLED = {word[0]: word for word in _ALPHABET.split()}

_SAID: Mapping[str, Mapping[str, str]] = {
    "like": {"en": "{sign}, like {word}", "es": "{sign}, de {word}"},
    "stay": {"en": "a {name} for {nights}, {dates}", "es": "la {name} para {nights}, {dates}"},
    "total": {"en": "{money} in total", "es": "{money} en total"},
    "code": {"en": "Your confirmation code is {code}.", "es": "Su código de confirmación es {code}."},
    "booked": {
        "en": "You have {stay}, {total}. It is confirmed. {code} {terms}",
        "es": "Tiene reservada {stay}, por {total}. Está confirmada. {code} {terms}",
    },
    "held": {
        "en": "I am holding {stay}, {total}. {code} {binding} {terms}",
        "es": "Le guardo {stay}, por {total}. {code} {binding} {terms}",
    },
    "already_booked": {
        "en": "I have booked {stay} for you already. Shall I change it, or do you need a second room?",
        "es": "Ya le he reservado {stay}. ¿La cambio, o necesita otra habitación?",
    },
    "card": {
        "en": "a card on file, which is charged at check-in,",
        "es": "dejar una tarjeta, que se cobra a la llegada,",
    },
    "payment": {"en": "a payment of {money}", "es": "un pago de {money}"},
    "binding": {"en": "It takes {what} to confirm it.", "es": "Para confirmarla hace falta {what}."},
    "binding_until": {
        "en": "It is held until {until}; it takes {what} to confirm it.",
        "es": "Se la guardo hasta {until}; para confirmarla hace falta {what}.",
    },
    "until": {"en": "{day}, at {time}", "es": "el {day} a {time}"},
    "is_held": {
        "en": "It is held, and not confirmed yet.",
        "es": "Está guardada, pero todavía no confirmada.",
    },
    "is_held_until": {
        "en": "It is held until {until}, and not confirmed yet.",
        "es": "Está guardada hasta {until}, pero todavía no confirmada.",
    },
    "confirmed": {"en": "It is confirmed.", "es": "Está confirmada."},
    "checked_in": {"en": "You are checked in.", "es": "Ya ha hecho la entrada."},
    "checked_out": {"en": "That stay is over.", "es": "Esa estancia ya ha terminado."},
    "no_show": {"en": "That stay is over.", "es": "Esa estancia ya ha terminado."},
    "cancelled_already": {"en": "It is cancelled.", "es": "Está cancelada."},
    "expired": {
        "en": "It was held and ran out, so there is no room for it any more.",
        "es": "Estaba guardada y el plazo pasó, así que ya no tiene habitación.",
    },
    "found": {"en": "That is {stay}, {total}. {state}", "es": "Es {stay}, por {total}. {state}"},
    "left_to_pay": {"en": "{money} is left to pay.", "es": "Quedan {money} por pagar."},
    "changed": {"en": "It is now {stay}, {total}{more}.", "es": "Ahora es {stay}, por {total}{more}."},
    "more": {"en": ", {money} more than before", "es": ", {money} más que antes"},
    "less": {"en": ", {money} less than before", "es": ", {money} menos que antes"},
    "free_to_cancel": {
        "en": "Cancelling {stay} is free of charge. Shall I cancel it?",
        "es": "Cancelar {stay} no tiene gastos. ¿La cancelo?",
    },
    "fee_to_cancel": {
        "en": "Cancelling {stay} costs {money}. Shall I cancel it?",
        "es": "Cancelar {stay} cuesta {money}. ¿La cancelo?",
    },
    "fee_changed": {
        "en": "Cancelling costs {money} by now. Shall I cancel it all the same?",
        "es": "Cancelar cuesta ahora {money}. ¿La cancelo de todos modos?",
    },
    "cancelled_free": {
        "en": "Your reservation is cancelled, free of charge.",
        "es": "Su reserva está cancelada, sin gastos.",
    },
    "cancelled_for": {
        "en": "Your reservation is cancelled. It costs {money}.",
        "es": "Su reserva está cancelada. Cuesta {money}.",
    },
    "refund": {"en": "The hotel will give back {money}.", "es": "El hotel le devolverá {money}."},
    "cancelled_before": {
        "en": "That reservation is cancelled already: {stay}.",
        "es": "Esa reserva ya está cancelada: {stay}.",
    },
    "link_sent": {
        "en": "I have sent a link to the number ending in {ends}, {what}.",
        "es": "Le he enviado un enlace al número que termina en {ends}, {what}.",
    },
    "link_shown": {"en": "The link is on the screen, {what}.", "es": "El enlace está en la pantalla, {what}."},
    "to_pay": {"en": "to pay {money}", "es": "para pagar {money}"},
    "to_leave_a_card": {
        "en": "to leave a card, charged at check-in",
        "es": "para dejar una tarjeta, que se cobra a la llegada",
    },
    "no_link_now": {
        "en": "I am sorry, I cannot make a payment link right now. The front desk can take the payment.",
        "es": "Lo siento, ahora no puedo crear un enlace de pago. La recepción puede cobrarle.",
    },
    "nothing_to_pay": {
        "en": "There is nothing to pay on that reservation.",
        "es": "En esa reserva no hay nada que pagar.",
    },
}


def said(sentence: str, language: str, **facts: object) -> str:
    return " ".join(_SAID[sentence][known(language)].format(**facts).split())


def spoken_code(code: str, language: str = "en") -> str:
    """Sign by sign, in groups of four: "4 8 2 1, 0 9 3 7". Letters, of other systems' codes, are spelled."""
    if code.isdigit():
        return ", ".join(" ".join(code[n : n + 4]) for n in range(0, len(code), 4))
    return "; ".join(
        said("like", language, sign=sign, word=_SPELLED[sign]) if sign in _SPELLED else sign for sign in code
    )


def until(hotel: Property, at: datetime, now: datetime, language: str = "en") -> str:
    """A deadline by the hotel's clock: "12:30 PM", with the day where it is not today."""
    local = hotel.local(at)
    time = clock(local.time(), language)
    if local.date() == hotel.today(now):
        return time
    return said("until", language, day=day(local.date(), language), time=time)


def stay(r: Reservation, language: str = "en") -> str:
    facts = {"nights": nights(len(r.nights), language), "dates": dates(r.stay, language)}
    return said("stay", language, name=r.quote.name, **facts)


def total(r: Reservation, language: str = "en") -> str:
    return said("total", language, money=amount(r.total_cents, r.currency))


def booked(
    r: Reservation, hotel: Property, now: datetime, ask_cents: int | None, terms: str, language: str = "en"
) -> str:
    """A booking that was just made. `ask_cents`: what makes it binding, 0 a card on file; None: nothing does."""
    code = said("code", language, code=spoken_code(r.confirmation_code, language))
    facts = {"stay": stay(r, language), "total": total(r, language), "code": code, "terms": terms}
    if r.status != "held":
        return said("booked", language, **facts)
    return said("held", language, binding=binding(r, hotel, now, ask_cents, language), **facts)


def already_booked(r: Reservation, language: str = "en") -> str:
    return said("already_booked", language, stay=stay(r, language))


def binding(r: Reservation, hotel: Property, now: datetime, ask_cents: int | None, language: str = "en") -> str:
    """What makes a hold binding, and by when."""
    what = said("payment", language, money=amount(ask_cents, r.currency)) if ask_cents else said("card", language)
    if r.hold_expires_at is None:
        return said("binding", language, what=what).replace(",.", ".")
    deadline = until(hotel, r.hold_expires_at, now, language)
    return said("binding_until", language, until=deadline, what=what).replace(",.", ".")


def found(r: Reservation, hotel: Property, now: datetime, balance_cents: int, language: str = "en") -> str:
    sentence = {"held": "is_held", "cancelled": "cancelled_already"}.get(r.status, r.status)
    state = said(sentence, language)
    if r.status == "held" and r.hold_expires_at is not None:
        state = said("is_held_until", language, until=until(hotel, r.hold_expires_at, now, language))
    if r.paid_cents and r.live:
        state += " " + said("left_to_pay", language, money=amount(max(balance_cents, 0), r.currency))
    return said("found", language, stay=stay(r, language), total=total(r, language), state=state)


def changed(r: Reservation, more_cents: int, language: str = "en") -> str:
    """`more_cents`: how much more it costs than before, below 0 less."""
    money = amount(abs(more_cents), r.currency)
    more = _SAID["more" if more_cents > 0 else "less"][known(language)].format(money=money) if more_cents else ""
    return said("changed", language, stay=stay(r, language), total=total(r, language), more=more)


def fee_quoted(r: Reservation, fee_cents: int, language: str = "en") -> str:
    sentence = "fee_to_cancel" if fee_cents else "free_to_cancel"
    return said(sentence, language, stay=stay(r, language), money=amount(fee_cents, r.currency))


def fee_changed(fee_cents: int, currency: str, language: str = "en") -> str:
    return said("fee_changed", language, money=amount(fee_cents, currency))


def cancelled(r: Reservation, refund_cents: int, language: str = "en") -> str:
    sentence = "cancelled_for" if r.cancellation_fee_cents else "cancelled_free"
    parts = [said(sentence, language, money=amount(r.cancellation_fee_cents, r.currency))]
    if refund_cents:
        parts.append(said("refund", language, money=amount(refund_cents, r.currency)))
    return " ".join(parts)


def already_cancelled(r: Reservation, language: str = "en") -> str:
    return said("cancelled_before", language, stay=stay(r, language))


def link(amount_cents: int, currency: str, number_ends: str, language: str = "en") -> str:
    """A link that was sent to a number, or ("") is on the screen."""
    money = amount(amount_cents, currency)
    what = said("to_pay", language, money=money) if amount_cents else said("to_leave_a_card", language)
    if not number_ends:
        return said("link_shown", language, what=what)
    return said("link_sent", language, ends=digits(number_ends), what=what)
