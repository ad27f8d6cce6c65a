"""The few pages of ours that a guest sees on the way to the provider's and back. Pure; the provider's has the card.

A link may be opened by anybody who has it, so a page shows what is paid for and how much, and no guest's name.
"""

from __future__ import annotations

from html import escape

from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import money
from nightdesk.hotel.reservations import Payment

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem;color:#1c2530}"
    "h1{font-size:1.4rem}a{display:inline-block;margin-top:1rem;padding:.7rem 1.4rem;background:#14532d;color:#fff;"
    "border-radius:.4rem;text-decoration:none}"
)
_WORDS = {
    "en": {
        "unknown": "This link is not known. Please call the hotel.",
        "over": "This link is no longer valid. Please call us, and we will send you a new one.",
        "paid": "Thank you. We have received {amount}.",
        "card": "Thank you. Your card is on file; it is charged at check-in.",
        "lost": "We could not keep the room for you, so {back} is being given back to your card.",
        "back": "{back} is being given back to your card.",
        "partly": "Thank you. We have received {amount}. Of it {back} is being given back to your card.",
        "waits": "Nothing has been paid yet. If you have just paid, this takes a moment.",
        "again": "To the payment",
        "call": "Questions? Call {phone}.",
    },
    "es": {
        "unknown": "Este enlace no existe. Por favor, llame al hotel.",
        "over": "Este enlace ya no es válido. Llámenos y le enviaremos otro.",
        "paid": "Gracias. Hemos recibido {amount}.",
        "card": "Gracias. Su tarjeta queda registrada; se cobra a la llegada.",
        "lost": "No hemos podido guardarle la habitación, así que devolvemos {back} a su tarjeta.",
        "back": "Devolvemos {back} a su tarjeta.",
        "partly": "Gracias. Hemos recibido {amount}. De ello devolvemos {back} a su tarjeta.",
        "waits": "Todavía no se ha pagado nada. Si acaba de pagar, tarda un momento.",
        "again": "Ir al pago",
        "call": "¿Preguntas? Llame al {phone}.",
    },
}


def unknown() -> str:
    return _page("en", "nightdesk", [_WORDS["en"]["unknown"]])


def state(hotel: Property, payment: Payment, may_pay: bool, is_lost: bool) -> str:
    """How a payment stands: paid, given back, still to be made, or no longer wanted. `is_lost`: the room is."""
    language = hotel.language if hotel.language in _WORDS else "en"
    words = _WORDS[language]
    back = max(payment.refund_cents, payment.refunded_cents)
    if back and is_lost:
        said = "lost"
    elif back:
        said = "partly" if back < payment.amount_cents else "back"
    elif payment.status == "paid":
        said = "paid" if payment.amount_cents else "card"
    else:
        said = "waits" if may_pay else "over"
    amounts = {"amount": payment.amount_cents, "back": back}
    lines = [
        words[said].format(**{name: money(cents, payment.currency) for name, cents in amounts.items()}),
        words["call"].format(phone=hotel.phone_numbers[0]),
    ]
    return _page(language, hotel.name, lines, (words["again"], payment.url) if said == "waits" else None)


def _page(language: str, title: str, lines: list[str], link: tuple[str, str] | None = None) -> str:
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    if link is not None:
        body += f'<a href="{escape(link[1])}">{escape(link[0])}</a>'
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
