"""The `staff` function: what people of the hotel and their dashboards ask for: calls of the hotel's own, recordings.

`POST /voice/twilio/outbound {property_id, phone, purpose, language?, variables}` places one, once for its
`Idempotency-Key`; `GET /voice/twilio/outbound/{outbound_id}` tells what has become of it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from typing import Any, Literal

from flask import Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nightdesk import edge, outbound_scripts
from nightdesk.auth import service_auth
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer, json_body
from nightdesk.errors import BadRequest, NotFound
from nightdesk.events import instant
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.outbound import Outbound, Wanted
from nightdesk.phones import E164, last4
from nightdesk.targets import staff_recordings

log = logging.getLogger(__name__)

_PATH = "/voice/twilio/outbound"
_LONGEST_KEY = 200


class _Ordered(BaseModel):
    """A call back is ordered by its guest, in a conversation: see `schedule_callback`."""

    model_config = ConfigDict(extra="forbid")
    v: Literal[1] = 1
    property_id: str
    phone: str = Field(pattern=f"^{E164.pattern}$")
    purpose: Literal["reminder", "offer", "satisfaction"]
    language: str = Field(default="", pattern="^([a-z]{2})?$")
    variables: dict[str, str] = Field(default_factory=dict)


def build(house: House) -> Callable[[Request], Response]:
    auth = service_auth(house.settings)
    calls = Outbound(house)

    def order(request: Request) -> Response:
        """A refusal by the hotel's rules is an answer: 200 with ok false."""
        asked = _read(request)
        hotel = house.properties.get(asked.property_id)
        if hotel is None:
            raise NotFound("unknown_property", f"there is no property {asked.property_id}")
        if wrong := outbound_scripts.problems(asked.purpose, asked.variables):
            raise BadRequest("bad_request", "variables: " + "; ".join(wrong))
        language = asked.language or hotel.language
        if language not in (hotel.language, *(spoken.language for spoken in hotel.languages)):
            raise BadRequest("bad_request", f"language: {hotel.name} does not speak {language}")
        outbound_id = _id(asked.property_id, request.headers.get("Idempotency-Key", ""))
        wanted = Wanted(asked.purpose, asked.phone, language, asked.variables)
        call = calls.place(hotel, wanted, outbound_id)
        if (call.property_id, call.phone, call.purpose) != (asked.property_id, asked.phone, asked.purpose):
            raise BadRequest("key_reused", "this Idempotency-Key has ordered another call")
        return answer({"v": 1, "ok": True, "call": _shown(call)})

    def look(request: Request, outbound_id: str) -> Response:
        call = house.store.record(OutboundCall, outbound_id)
        if call is None:
            raise NotFound("unknown_call", f"there is no call {outbound_id}")
        return answer({"v": 1, "ok": True, "call": _shown(call)})

    guard = lambda request: auth.check(request.headers.get("Authorization", ""))  # noqa: E731
    routes = [
        Route("POST", _PATH, order),
        Route("GET", f"{_PATH}/(?P<outbound_id>[a-z0-9_]{{1,64}})", look),
        *staff_recordings.routes(house),
    ]
    return edge.serve("staff", routes, guard)


def _read(request: Request) -> _Ordered:
    try:
        return _Ordered.model_validate(json_body(request))
    except ValidationError as error:
        wrong = [".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors()]
        raise BadRequest("bad_request", "; ".join(wrong)) from None


def _id(property_id: str, key: str) -> str:
    """The same for the same key; without one every request orders a call of its own."""
    name = f"{property_id}:{key[:_LONGEST_KEY]}" if key else secrets.token_hex(16)
    return f"out_{hashlib.sha256(name.encode()).hexdigest()[:20]}"


def _shown(call: OutboundCall) -> dict[str, Any]:
    return {
        "outbound_id": call.outbound_id,
        "property_id": call.property_id,
        "session_id": call.session_id,
        "call_sid": call.call_sid,
        "purpose": call.purpose,
        "phone_last4": last4(call.phone),
        "status": call.status,
        "progress": call.progress,
        "outcome": call.outcome,
        "answered_by": call.answered_by,
        "duration_seconds": call.duration_s,
        "problem": call.last_error,
        "rating": call.rating,
        "comment": call.comment,
        "ordered_at": instant(call.created_at),
        "ended_at": instant(call.ended_at) if call.ended_at else None,
    }
