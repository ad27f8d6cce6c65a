"""What is said around a payment by keys: before it, by the agent that is back after it, and to that agent. Pure."""

from __future__ import annotations

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
_WHY = {
    "too-many-failed-attempts": "the card could not be read from the keys",
    "payment-connector-error": "the card was declined, or the provider could not be reached",
    "caller-interrupted-with-star": "the guest pressed star",
    "": "the link between us and the payment line failed, or nothing was owed any more",
}


def said(what: str, language: str) -> str:
    words = _SAID[what]
    return words.get(language[:2], words["en"])


def note_paid(money: str, card_type: str, last4: str, code: str, status: str) -> str:
    """For the agent. `money` is "" for a card that was left."""
    card = f"a card{f' ({card_type})' if card_type else ''}" + (f" ending in {last4}" if last4 else "")
    did = f"paid {money} with {card}" if money else f"left {card} for the booking"
    return (
        f"The guest has {did}, keyed on the telephone. Booking {code} is {status} now. Tell the guest, and go on; "
        "do not ask for anything of the card."
    )


def note_unsettled(money: str, last4: str) -> str:
    return (
        f"The guest has paid {money or 'by card'} (card ending in {last4 or 'unknown'}), but the books could not be "
        "brought up to date yet: the staff will do it. Say so; do not take the payment again."
    )


def note_failed(result: str) -> str:
    return (
        f"The payment by keys was not made: {_WHY.get(result, 'it failed')}. Nothing was charged. Offer to send a "
        "payment link by text, or to try again."
    )
