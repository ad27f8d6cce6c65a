"""One account in test mode: its checkout sessions, charges, refunds and events. No sockets here; the clock comes in.

Objects are Stripe's own, as dictionaries with the fields that are documented for them and used here.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from local.stripe import forms
from local.stripe.forms import ApiError

API_VERSION = "2026-10-28.endive"
CARDS = {
    "4242424242424242": "",
    "5555555555554444": "",
    "4000000000000002": "Your card has been declined.",
    "4000000000009995": "Your card has insufficient funds.",
    "4000000000000069": "Your card has expired.",
}
"""Stripe's test cards and why they are declined. Source: Stripe documentation, Testing."""

_SESSION = (
    *("mode", "success_url", "cancel_url", "client_reference_id", "expires_at", "metadata", "line_items", "expand"),
    *("allowed_payment_method_types", "payment_intent_data", "setup_intent_data", "customer_creation", "currency"),
    "adaptive_pricing",
)
_SMALLEST = {"usd": 50, "eur": 50, "gbp": 30}
_SHORTEST_S, _LONGEST_S = 30 * 60, 24 * 3600

Object = dict[str, Any]


class Declined(Exception):
    """The card was not taken; the session stays open."""


class Account:
    """`happened` is told of every event. `page` is where checkout pages begin."""

    def __init__(self, now: Callable[[], float], happened: Callable[[Object], None], page: str = "") -> None:
        self._now, self._happened, self.page = now, happened, page
        self.sessions: dict[str, Object] = {}
        self.charges: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.events: list[Object] = []
        self._intents: dict[str, Mapping[str, str]] = {}

    # checkout sessions

    def create_session(self, fields: Mapping[str, Any]) -> Object:
        if "payment_method_types" in fields:
            code = "payment_method_types_no_longer_supported"
            raise ApiError(400, "payment_method_types can no longer be passed.", code, "payment_method_types")
        forms.only(fields, _SESSION)
        mode = forms.text(fields, "mode", required=True)
        if mode not in ("payment", "setup"):
            raise ApiError(501, f"The simulated Stripe does not know mode {mode} yet.")
        for name in ("success_url", "cancel_url"):
            _url(forms.text(fields, name, required=name == "success_url"), name)
        wrong = {"payment": ("setup_intent_data",), "setup": ("line_items", "payment_intent_data")}[mode]
        for name in wrong:
            if name in fields:
                raise ApiError(400, f"You can not pass `{name}` in `{mode}` mode.", param=name)
        allowed = forms.items(fields, "allowed_payment_method_types")
        if mode == "setup" and not allowed and "currency" not in fields:
            raise ApiError(400, "You must provide `currency` in `setup` mode.", "parameter_missing", "currency")
        amount, currency, what = _priced(fields) if mode == "payment" else (None, None, "")
        if "adaptive_pricing" in fields and forms.mapping(fields, "adaptive_pricing") != {"enabled": "false"}:
            raise ApiError(501, "The simulated Stripe does not know adaptive_pricing yet.")
        inner = forms.mapping(fields, f"{mode}_intent_data")
        forms.only(inner, ("metadata", "description"), f"{mode}_intent_data")
        name = f"cs_test_{secrets.token_hex(24)}"
        made: Object = {
            "id": name,
            "object": "checkout.session",
            "mode": mode,
            "status": "open",
            "payment_status": "unpaid" if mode == "payment" else "no_payment_required",
            "amount_total": amount,
            "currency": currency,
            "client_reference_id": forms.text(fields, "client_reference_id", longest=200) or None,
            "metadata": forms.metadata(fields),
            "payment_intent": None,
            "setup_intent": None if mode == "payment" else f"seti_{secrets.token_hex(12)}",
            "customer": None,
            "created": int(self._now()),
            "expires_at": self._expires(fields),
            "success_url": fields["success_url"],
            "cancel_url": fields.get("cancel_url") or None,
            "url": f"{self.page}/c/pay/{name}",
            "livemode": False,
            "payment_method_types": allowed or ["card"],
            "description": what,
        }
        self.sessions[name] = made
        self._intents[name] = forms.metadata(inner)
        return dict(made)

    def expire(self, name: str) -> Object:
        session = self.session(name)
        if session["status"] != "open":
            raise ApiError(400, f"Only Checkout Sessions with a status in [open] can be expired: {name}")
        session.update(status="expired", url=None)
        self._event("checkout.session.expired", session)
        return session

    def expire_due(self) -> None:
        for name, session in list(self.sessions.items()):
            if session["status"] == "open" and session["expires_at"] <= self._now():
                self.expire(name)

    def session(self, name: str) -> Object:
        if name not in self.sessions:
            raise ApiError(404, f"No such checkout.session: '{name}'", "resource_missing", "id")
        return self.sessions[name]

    def pay(self, name: str, number: str) -> Object:
        """The guest has given a card on the page. Raises Declined; ApiError for a session that is over."""
        self.expire_due()
        session = self.session(name)
        if session["status"] != "open":
            raise ApiError(400, "This Checkout Session is no longer open.")
        _check_card(number)
        session.update(status="complete", url=None, customer=f"cus_{secrets.token_hex(7)}")
        if session["mode"] == "payment":
            charge = self._charged(session["amount_total"], session["currency"], self._intents[name])
            session.update(payment_status="paid", payment_intent=charge["payment_intent"])
        self._event("checkout.session.completed", session)
        return session

    # cards that another took, for this account

    def charge(self, number: str, amount: int, currency: str, description: str) -> Object:
        """Raises Declined."""
        _check_card(number)
        charge = self._charged(amount, currency, {})
        charge["description"] = description
        self._event("charge.succeeded", charge)
        return charge

    def keep(self, number: str) -> tuple[str, str]:
        """A Customer and their PaymentMethod, by their ids. Raises Declined."""
        _check_card(number)
        return f"cus_{secrets.token_hex(7)}", f"pm_{secrets.token_hex(12)}"

    def _charged(self, amount: int, currency: str, metadata: Mapping[str, str]) -> Object:
        charge: Object = {
            "id": f"ch_{secrets.token_hex(12)}",
            "object": "charge",
            "amount": amount,
            "amount_refunded": 0,
            "refunded": False,
            "currency": currency,
            "payment_intent": f"pi_{secrets.token_hex(12)}",
            "metadata": dict(metadata),
            "status": "succeeded",
            "livemode": False,
        }
        self.charges[charge["id"]] = charge
        return charge

    # refunds

    def create_refund(self, fields: Mapping[str, Any]) -> Object:
        forms.only(fields, ("payment_intent", "charge", "amount", "metadata", "reason", "expand"))
        charge = self._charge(fields)
        left = charge["amount"] - charge["amount_refunded"]
        if not left:
            raise ApiError(400, f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
        amount = forms.integer(fields, "amount") if "amount" in fields else left
        if not 0 < amount <= left:
            raise ApiError(400, f"Refund amount ({amount}) is greater than unrefunded amount ({left})", param="amount")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        made: Object = {
            "id": f"re_{secrets.token_hex(12)}",
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "payment_intent": charge["payment_intent"],
            "metadata": forms.metadata(fields),
            "status": "succeeded",
        }
        self.refunds[made["id"]] = made
        self._event("charge.refunded", charge)
        expanded = forms.items(fields, "expand")
        if set(expanded) - {"charge"}:
            raise ApiError(501, f"The simulated Stripe cannot expand {expanded} yet.")
        return {**made, "charge": dict(charge)} if expanded else made

    def list_refunds(self, fields: Mapping[str, Any]) -> Object:
        """Of one charge, newest first."""
        forms.only(fields, ("payment_intent", "charge", "limit", "expand"))
        if not fields.keys() & {"payment_intent", "charge"}:
            raise ApiError(501, "The simulated Stripe cannot list the refunds of all charges yet.")
        charge = self._charge(fields)
        limit = forms.integer(fields, "limit") if "limit" in fields else 10
        if not 1 <= limit <= 100:
            raise ApiError(400, f"Invalid integer: {limit}", param="limit")
        expanded = forms.items(fields, "expand")
        if set(expanded) - {"data.charge"}:
            raise ApiError(501, f"The simulated Stripe cannot expand {expanded} yet.")
        found = [refund for refund in reversed(self.refunds.values()) if refund["charge"] == charge["id"]]
        shown = [{**refund, "charge": dict(charge)} if expanded else refund for refund in found[:limit]]
        return {"object": "list", "url": "/v1/refunds", "has_more": len(found) > limit, "data": shown}

    def _charge(self, fields: Mapping[str, Any]) -> Object:
        by = "charge" if "charge" in fields else "payment_intent"
        wanted = forms.text(fields, by, required=True)
        key = {"charge": "id", "payment_intent": "payment_intent"}[by]
        found = next((c for c in self.charges.values() if c[key] == wanted), None)
        if found is None:
            raise ApiError(404, f"No such {by}: '{wanted}'", "resource_missing", by)
        return found

    def _expires(self, fields: Mapping[str, Any]) -> int:
        now = self._now()
        if "expires_at" not in fields:
            return int(now) + _LONGEST_S
        at = forms.integer(fields, "expires_at")
        if not _SHORTEST_S <= at - now <= _LONGEST_S:
            message = (
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
            )
            raise ApiError(400, message, param="expires_at")
        return at

    def _event(self, kind: str, about: Object) -> None:
        event: Object = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(self._now()),
            "type": kind,
            "data": {"object": dict(about)},
            "livemode": False,
        }
        self.events.append(event)
        self._happened(event)


def _check_card(number: str) -> None:
    """Raises Declined."""
    if why := CARDS.get(number, "Your card was declined. Your request was in test mode, but used a non test card."):
        raise Declined(why)


def _priced(fields: Mapping[str, Any]) -> tuple[int, str, str]:
    """The total, its currency, and the first line's name."""
    lines = forms.items(fields, "line_items")
    if not lines:
        raise ApiError(400, "You must provide `line_items` in `payment` mode.", "parameter_missing", "line_items")
    total, currencies, names = 0, set(), []
    for line in lines:
        forms.only(line, ("price_data", "quantity"), "line_items")
        price = forms.mapping(line, "price_data")
        forms.only(price, ("currency", "unit_amount", "product_data"), "price_data")
        product = forms.mapping(price, "product_data")
        forms.only(product, ("name", "description"), "product_data")
        names.append(forms.text(product, "name", required=True, longest=250))
        currencies.add(forms.text(price, "currency", required=True))
        total += forms.integer(price, "unit_amount") * forms.integer(line, "quantity")
    if len(currencies) > 1:
        raise ApiError(400, "All prices in `line_items` must have the same currency.", param="line_items")
    [currency] = currencies
    if len(currency) != 3 or currency != currency.lower():
        raise ApiError(400, f"Invalid currency: {currency}", param="currency")
    if total < _SMALLEST.get(currency, 1):
        raise ApiError(400, "The total amount must convert to at least 50 cents.", "amount_too_small")
    return total, currency, names[0]


def _url(value: str, name: str) -> None:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ApiError(400, f"Not a valid URL: {value}", "url_invalid", name)
