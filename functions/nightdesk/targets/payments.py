"""The `payments` function: what guests' browsers and the payment provider ask. Its secrets are its own.

`GET /pay/{payment_id}` is the short link that guests get; `POST /payments/webhook` is the provider's, checked by its
signature. Nothing that a body says is believed but for that, and no amount is taken from one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Request, Response

from nightdesk import edge, payment_events, payment_pages
from nightdesk.bookkeeper import WrongAmount
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.errors import BadRequest, Busy, Forbidden, Refusal
from nightdesk.hotel.payments import BadSignature, PaymentsUnavailable
from nightdesk.hotel.reservations import Payment

log = logging.getLogger(__name__)


def build(house: House) -> Callable[[Request], Response]:
    def webhook(request: Request) -> Response:
        """200: taken, whatever it means to us. Anything else has the provider send it again, for days."""
        try:
            news = house.payments.read(request.get_data(), request.headers.get("Stripe-Signature", ""))
        except BadSignature as error:
            raise Forbidden("bad_signature", f"the signature is missing, wrong or too old: {error}") from error
        if news is None:
            return answer({"v": 1, "ok": True, "applied": False})
        try:
            payment = house.bookkeeper.apply(news)
        except WrongAmount as error:
            raise BadRequest("wrong_amount", str(error)) from error
        except (PaymentsUnavailable, Refusal) as error:
            raise Busy("unavailable", f"not applied yet: {error}") from error
        if payment is not None and news.kind in ("completed", "charged"):
            _tell(house, payment)
        about = {"payment_id": payment.payment_id, "status": payment.status} if payment else {}
        log.info("= payment %s", news.kind, extra={"fields": {"event_id": news.event_id, **about}})
        return answer({"v": 1, "ok": True, "applied": payment is not None})

    def pay(request: Request, payment_id: str) -> Response:
        """To the provider's page, as long as the folio asks for just this."""
        found = house.payment_page(payment_id)
        if found is not None and found.may_pay and found.payment.page_url:
            return Response("", 303, {"Location": found.payment.page_url, **payment_pages.HEADERS})
        return done(request, payment_id)

    def done(request: Request, payment_id: str) -> Response:
        """Where the provider's page leads back to: how the payment stands."""
        found = house.payment_page(payment_id)
        hotel = house.properties.get(found.payment.property_id) if found else None
        if found is None or hotel is None:
            return Response(payment_pages.unknown(), 404, payment_pages.HEADERS)
        return Response(payment_pages.state(hotel, *found), 200, payment_pages.HEADERS)

    def nobody_is_asked(request: Request) -> None:
        """A link is its own key, and the webhook's signature is checked over its body."""

    routes = [
        Route("POST", "/payments/webhook", webhook),
        Route("GET", "/pay/(?P<payment_id>[a-z0-9_]{1,64})", pay),
        Route("GET", "/pay/(?P<payment_id>[a-z0-9_]{1,64})/done", done),
    ]
    return edge.serve("payments", routes, nobody_is_asked)


def _tell(house: House, payment: Payment) -> None:
    """The event that money came, under an id of its own: when the webhook comes again, it is told again.

    Raises: PublishError, which has the provider send the webhook again.
    """
    session = house.store.session(payment.session_id)
    if session is None:
        return
    house.publisher.publish(payment_events.received(session, payment, house.clock()), timeout_s=5.0)
