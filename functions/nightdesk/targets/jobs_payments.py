"""`POST /jobs/payments`: money that came, and could not be entered in the books or given back at once, is settled.

The scheduler asks every minute. A payment that fails is due again a while later, by itself.
"""

from __future__ import annotations

from flask import Request, Response

from nightdesk import edge, payment_events
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.hotel.reservations import Payment

MOST_AT_ONCE = 100


def routes(house: House) -> list[Route]:
    def payments(request: Request) -> Response:
        settled: list[str] = []
        failed: list[str] = []
        for payment in house.bookkeeper.unsettled(MOST_AT_ONCE):
            with edge.one_of_many("payment not settled", payment_id=payment.payment_id):
                _settle(house, payment)
                settled.append(payment.payment_id)
                continue
            failed.append(payment.payment_id)
        return answer({"v": 1, "ok": not failed, "settled": settled, "failed": failed}, 503 if failed else 200)

    return [Route("POST", "/jobs/payments", payments)]


def _settle(house: House, payment: Payment) -> None:
    settled = house.bookkeeper.again(payment)
    session = house.store.session(settled.session_id)
    if session is not None:
        house.publish_if_possible(payment_events.received(session, settled, house.clock()))
