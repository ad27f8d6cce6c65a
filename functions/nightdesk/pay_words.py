"""What is said around a payment by keys: before it, by the agent that is back after it, and to that agent. Pure.

A note to the agent is written and read here, so that the two cannot disagree: a model reads it as it stands, the
policy that needs none takes from it what the guest is to hear.
"""

from __future__ import annotations

import re
from typing import Any

_SAID = {
    "before": {
        "en": "I will hand you to our payment line now. Key in your card there; nobody hears it, and I am back after "
        "it. Press star if you change your mind.",
        "es": "Ahora le paso a nuestra línea de pago. Marque allí su tarjeta; nadie la oye, y después vuelvo con "
        "usted. Pulse asterisco si cambia de idea.",
    },
    "paid": {"en": "Thank you, that has worked.", "es": "Gracias, ha funcionado."},
    "not_paid": {
        "en": "I am back. The payment was not made.",
        "es": "Ya estoy de vuelta. El pago no se ha hecho.",
    },
}
_NOTES = {
    "paid": "The guest has paid {money} with {card}, keyed on the telephone. Booking {code} is {status} now. Tell the "
    "guest, and go on; do not ask for anything of the card.",
    "left": "The guest has left {card} for the booking, keyed on the telephone. Booking {code} is {status} now. Tell "
    "the guest, and go on; do not ask for anything of the card.",
    "unsettled": "The guest has {did}, keyed on the telephone, but the books could not be brought up to date yet: that "
    "is tried again by itself. Say so; do not take the payment again.",
    "given_back": "The guest has paid {money} with {card}, which is more than was owed: {back} goes back to the card "
    "by itself. Say so; booking {code} is {status}.",
    "not_made": "The payment by keys was not made: {why}. Nothing was charged. Offer to send a payment link by text, "
    "or to try again.",
}
_WHY = {
    "too-many-failed-attempts": "the card could not be read from the keys",
    "payment-connector-error": "the card was declined, or the provider could not be reached",
    "caller-interrupted-with-star": "the guest pressed star",
    "": "the link between us and the payment line failed, or nothing was owed any more",
}
_FOR_GUEST = {
    "paid": {
        "en": "You have paid {money} with {card}. Your booking is {status}.",
        "es": "Ha pagado {money} con {card}. Su reserva está {status}.",
    },
    "left": {
        "en": "We have {card} on file. Your booking is {status}.",
        "es": "Tenemos {card}. Su reserva está {status}.",
    },
    "unsettled": {
        "en": "It is not in our books yet, and will be in a short while.",
        "es": "Aún no está en nuestros libros; lo estará en breve.",
    },
    "given_back": {
        "en": "You have paid {money}, which is more than was owed: {back} goes back to your card. Your booking is "
        "{status}.",
        "es": "Ha pagado {money}, más de lo que se debía: {back} vuelve a su tarjeta. Su reserva está {status}.",
    },
    "declined": {
        "en": "The card was not accepted, and nothing was charged.",
        "es": "La tarjeta no se ha aceptado y no se ha cobrado nada.",
    },
    "not_made": {"en": "Nothing was charged.", "es": "No se ha cobrado nada."},
}
_CARD = {"en": "the card ending in {last4}", "es": "la tarjeta terminada en {last4}"}
_SOME_CARD = {"en": "your card", "es": "su tarjeta"}
_STATUS = {"es": {"confirmed": "confirmada", "held": "pendiente", "cancelled": "cancelada", "expired": "vencida"}}


def _pattern(note: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(note)))


_PATTERNS = {kind: _pattern(note) for kind, note in _NOTES.items()}


def said(what: str, language: str) -> str:
    return _in(_SAID[what], language)


def note_paid(money: str, card_type: str, last4: str, code: str, status: str) -> str:
    """For the agent. `money` is "" for a card that was left."""
    kind = "paid" if money else "left"
    return _NOTES[kind].format(money=money, card=_card(card_type, last4), code=code, status=status)


def note_unsettled(money: str, card_type: str, last4: str) -> str:
    card = _card(card_type, last4)
    return _NOTES["unsettled"].format(did=f"paid {money} with {card}" if money else f"left {card}")


def note_given_back(money: str, back: str, card_type: str, last4: str, code: str, status: str) -> str:
    card = _card(card_type, last4)
    return _NOTES["given_back"].format(money=money, back=back, card=card, code=code, status=status)


def note_failed(result: str) -> str:
    return _NOTES["not_made"].format(why=_WHY.get(result, "it failed"))


def for_guest(note: str, language: str) -> tuple[bool, str] | None:
    """(whether it was paid, what the guest is to hear of it), from one of these notes; None for any other."""
    kind, values = _read(note)
    if not kind:
        return None
    last4 = re.search(r"ending in (\d{4})", values.get("card", ""))
    card = _in(_CARD, language).format(last4=" ".join(last4[1])) if last4 else _in(_SOME_CARD, language)
    status = values.get("status", "")
    words = {**values, "card": card, "status": _STATUS.get(language[:2], {}).get(status, status.replace("_", " "))}
    declined = values.get("why") == _WHY["payment-connector-error"]
    return kind != "not_made", _in(_FOR_GUEST["declined" if declined else kind], language).format(**words)


def facts(note: str) -> dict[str, Any]:
    """What one of these notes establishes, in the words of tools' results; {} for any other note."""
    kind, values = _read(note)
    moved = {"paid": ["paid"], "given_back": ["paid", "refunded"]}.get(kind, [])
    named = {"amount": "money", "refund": "back", "confirmation_code": "code"}
    found = {name: values[value] for name, value in named.items() if value in values}
    return {**found, "status": [*moved, values["status"]]} if "status" in values else found


def _read(note: str) -> tuple[str, dict[str, str]]:
    """Which of the notes it is, and what stands in its blanks; "" for none of them."""
    for kind, pattern in _PATTERNS.items():
        if match := pattern.fullmatch(note):
            return kind, match.groupdict()
    return "", {}


def _card(card_type: str, last4: str) -> str:
    return f"a card{f' ({card_type})' if card_type else ''}" + (f" ending in {last4}" if last4 else "")


def _in(words: dict[str, str], language: str) -> str:
    return words.get(language[:2], words["en"])
