"""The `jobs` function: what Cloud Scheduler asks for, and what the people who run this do by hand.

`POST /jobs/reconcile` concludes calls that nobody concluded; `POST /jobs/holds` lets go of rooms that nobody booked in
time; `POST /jobs/deliver` tells other systems what the outbox holds. `GET /jobs/deliveries?property_id=` shows what
nobody took, `POST /jobs/deliveries/{id}/redrive` sends it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from flask import Request, Response

from nightdesk import edge
from nightdesk.auth import service_auth
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.events import instant
from nightdesk.finalise import finalise
from nightdesk.targets import jobs_callbacks, jobs_callers, jobs_guests, jobs_payments, jobs_recordings, jobs_retention

MOST_AT_ONCE = 200
DELIVERING_S = 40.0
"""Below a minute, which is how often the scheduler asks."""
_SHOWN = ("delivery_id", "session_id", "target", "event_type", "attempts", "last_error", "created_at")


def build(house: House) -> Callable[[Request], Response]:
    auth = service_auth(house.settings)

    def reconcile(request: Request) -> Response:
        """Sessions whose last event never came, or whose publishing was interrupted."""
        concluded, failed = list[str](), list[str]()
        for session in house.store.unfinished_sessions(MOST_AT_ONCE):
            with edge.one_of_many("not concluded", session_id=session.session_id):
                if finalise(house.store, house.publisher, session.session_id, house.clock()):
                    concluded.append(session.session_id)
                continue
            failed.append(session.session_id)
        return answer({"v": 1, "ok": not failed, "concluded": concluded, "failed": failed}, 503 if failed else 200)

    def holds(request: Request) -> Response:
        """Rooms that were held and not booked in time are free, also where nobody asks for one."""
        ours = [h for h in house.properties.by_id.values() if h.property_id not in house.settings.pms]
        expired = [hold.reservation_id for hotel in ours for hold in house.own_books(hotel).let_go()]
        return answer({"v": 1, "ok": True, "expired": expired})

    def deliver(request: Request) -> Response:
        sent = house.cloud_sync.deliver_due(MOST_AT_ONCE, DELIVERING_S)
        return answer({"v": 1, "ok": True, **asdict(sent)})

    def dead(request: Request) -> Response:
        """What was given up, newest first; without its body, which holds guests' data."""
        found = house.cloud_sync.dead(request.args.get("property_id", ""))
        shown = [{name: getattr(delivery, name) for name in _SHOWN} for delivery in found]
        for delivery in shown:
            delivery["created_at"] = instant(delivery["created_at"])
        return answer({"v": 1, "ok": True, "dead": shown})

    def redrive(request: Request, delivery_id: str) -> Response:
        delivery = house.cloud_sync.redrive(delivery_id)
        return answer({"v": 1, "ok": True, "delivery_id": delivery_id, "status": delivery.status})

    guard = lambda request: auth.check(request.headers.get("Authorization", ""))  # noqa: E731
    routes = [
        *jobs_callers.routes(house),
        *jobs_callbacks.routes(house),
        *jobs_guests.routes(house),
        *jobs_payments.routes(house),
        *jobs_recordings.routes(house),
        *jobs_retention.routes(house),
        Route("POST", "/jobs/reconcile", reconcile),
        Route("POST", "/jobs/holds", holds),
        Route("POST", "/jobs/deliver", deliver),
        Route("GET", "/jobs/deliveries", dead),
        Route("POST", "/jobs/deliveries/(?P<delivery_id>[^/]+)/redrive", redrive),
    ]
    return edge.serve("jobs", routes, guard)
