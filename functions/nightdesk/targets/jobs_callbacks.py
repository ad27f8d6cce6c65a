"""`POST /jobs/callbacks`: places the calls that guests were promised, and asks what became of those nobody told of.

The scheduler asks every minute, without a body, for all that is due; Cloud Tasks with {callback_id} for one. Both may
ask at once and again: a call is placed once.
"""

from __future__ import annotations

from dataclasses import asdict

from flask import Request, Response

from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer, json_body
from nightdesk.errors import BadRequest
from nightdesk.task_queue import PATH

MOST_AT_ONCE = 100
PLACING_S = 40.0
"""Below a minute, which is how often the scheduler asks."""


def routes(house: House) -> list[Route]:
    def callbacks(request: Request) -> Response:
        from nightdesk.callbacks import Callbacks
        from nightdesk.outbound_progress import Progress

        asked = json_body(request) if request.get_data() else {}
        callback_id = asked.get("callback_id", "")
        if not isinstance(callback_id, str):
            raise BadRequest("bad_request", "callback_id: must be text")
        if callback_id:
            return answer({"v": 1, "ok": True, **asdict(Callbacks(house).place(callback_id))})
        settled = Progress(house).look_after(MOST_AT_ONCE)
        kept = Callbacks(house).place_due(MOST_AT_ONCE, PLACING_S)
        return answer({"v": 1, "ok": True, **asdict(kept), "settled": settled})

    return [Route("POST", PATH, callbacks)]
