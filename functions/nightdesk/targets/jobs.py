"""The `jobs` function: what Cloud Scheduler asks for. `POST /jobs/reconcile` concludes calls that nobody concluded."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Request, Response

from nightdesk import edge
from nightdesk.auth import service_auth
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.errors import PublishError
from nightdesk.finalise import finalise

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200


def build(house: House) -> Callable[[Request], Response]:
    auth = service_auth(house.settings)

    def reconcile(request: Request) -> Response:
        """Sessions whose last event never came, or whose publishing was interrupted."""
        concluded, failed = [], []
        for session in house.store.unfinished_sessions(MOST_AT_ONCE):
            try:
                if finalise(house.store, house.publisher, session.session_id, house.clock()):
                    concluded.append(session.session_id)
            except PublishError as error:
                log.error("! not published: %s", error, extra={"fields": {"session_id": session.session_id}})
                failed.append(session.session_id)
        return answer({"v": 1, "ok": not failed, "concluded": concluded, "failed": failed}, 503 if failed else 200)

    guard = lambda request: auth.check(request.headers.get("Authorization", ""))  # noqa: E731
    return edge.serve("jobs", [Route("POST", "/jobs/reconcile", reconcile)], guard)
