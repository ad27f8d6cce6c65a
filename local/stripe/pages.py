"""The page on which a guest pays: what it is for, how much, a card, and a way back. Pure."""

from collections.abc import Mapping
from html import escape
from typing import Any

from local.stripe.account import CARDS

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}"
    "input,button{font:inherit;padding:.6rem;width:100%;box-sizing:border-box;margin:.3rem 0}"
    "[role=alert]{color:#a11}small{color:#555}"
)


def checkout(session: Mapping[str, Any], declined: str = "") -> str:
    if session["status"] != "open":
        return _page("Checkout", "<p>This payment page is no longer open.</p>")
    amount = "Leave a card for later"
    if session["mode"] == "payment":
        amount = f"Pay {session['amount_total'] / 100:,.2f} {session['currency'].upper()}"
    alert = f'<p role="alert">{escape(declined)}</p>' if declined else ""
    cards = "".join(f"<li><code>{number}</code> {escape(why or 'is taken')}</li>" for number, why in CARDS.items())
    back = f'<p><a href="{escape(session["cancel_url"])}">Back</a></p>' if session["cancel_url"] else ""
    return _page(
        amount,
        f"<p>{escape(session['description'])}</p>{alert}"
        '<form method="post"><label>Card number <input name="number" inputmode="numeric" autocomplete="off" required'
        f' value="4242424242424242"></label><button>{escape(amount)}</button></form>{back}'
        f"<small>Simulated Stripe: no money moves. Test cards:<ul>{cards}</ul></small>",
    )


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
