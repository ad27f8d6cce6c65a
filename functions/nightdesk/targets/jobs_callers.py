"""What the staff do about callers: take no more calls from a number, take them again, see which are blocked.

`POST /jobs/callers/block {property_id, phone, until?, reason?}` (`until`: ISO 8601 with an offset; else it is blocked
until it is lifted); `POST /jobs/callers/lift {property_id, phone}`, which also forgives silent calls and too
many of them; `GET /jobs/callers?property_id=`.
"""

from __future__ import annotations

from typing import Any

from flask import Request, Response
from pydantic import AwareDatetime, Field

from nightdesk import blocking
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.errors import BadRequest
from nightdesk.events import instant
from nightdesk.hotel.records import BlockedCaller
from nightdesk.targets import jobs_bodies


class _Lift(jobs_bodies.OfHotel):
    phone: str = Field(pattern=jobs_bodies.PHONE)


class _Block(_Lift):
    until: AwareDatetime | None = None
    reason: str = Field(default="", max_length=200)


def routes(house: House) -> list[Route]:
    def block(request: Request) -> Response:
        asked, now = jobs_bodies.read(_Block, request, house), house.clock()
        if asked.until is not None and asked.until <= now:
            raise BadRequest("bad_request", "until: is over already")
        blocked = blocking.block(house.store, asked.property_id, asked.phone, now, asked.until, asked.reason)
        return answer({"v": 1, "ok": True, "caller": _shown(blocked)})

    def lift(request: Request) -> Response:
        asked = jobs_bodies.read(_Lift, request, house)
        lifted = blocking.lift(house.store, asked.property_id, asked.phone, house.clock())
        return answer({"v": 1, "ok": True, "caller": _shown(lifted)})

    def blocked(request: Request) -> Response:
        """Newest first. Those in the hotel's file are not among them."""
        property_id = jobs_bodies.known(request.args.get("property_id", ""), house)
        found = blocking.blocked(house.store, property_id, house.clock())
        return answer({"v": 1, "ok": True, "callers": [_shown(caller) for caller in found]})

    return [
        Route("POST", "/jobs/callers/block", block),
        Route("POST", "/jobs/callers/lift", lift),
        Route("GET", "/jobs/callers", blocked),
    ]


def _shown(caller: BlockedCaller) -> dict[str, Any]:
    return {
        "phone": caller.phone,
        "status": caller.status,
        "reason": caller.reason,
        "since": instant(caller.created_at),
        "until": None if caller.until is None else instant(caller.until),
    }
