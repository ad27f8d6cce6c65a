"""What the people who run this do for a guest: erase, merge two records of one person, keep what they allow.

`POST /jobs/guests/erase {property_id, phone}`; `/jobs/guests/merge {property_id, guest_id, into}`;
`/jobs/guests/consent {property_id, phone, may_text?, may_call?, may_remember?, may_market?}`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TypeVar

from flask import Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from nightdesk import guests, guests_erase
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer, json_body
from nightdesk.errors import BadRequest, NotFound
from nightdesk.phones import E164


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")
    property_id: str


class _Erase(_Asked):
    phone: str = Field(pattern=f"^{E164.pattern}$")


class _Merge(_Asked):
    guest_id: str
    into: str


class _Consent(_Asked):
    phone: str = Field(pattern=f"^{E164.pattern}$")
    may_text: StrictBool | None = None
    may_call: StrictBool | None = None
    may_remember: StrictBool | None = None
    may_market: StrictBool | None = None


A = TypeVar("A", bound=_Asked)


def routes(house: House) -> list[Route]:
    def erase(request: Request) -> Response:
        asked = _read(_Erase, request)
        erased = guests_erase.erase(
            house.store, house.leads, asked.property_id, asked.phone, house.clock(), house.publisher.publish
        )
        return answer({"v": 1, "ok": True, **asdict(erased)})

    def merge(request: Request) -> Response:
        asked = _read(_Merge, request)
        kept = guests.merge(house.store, asked.property_id, asked.guest_id, asked.into)
        return answer({"v": 1, "ok": True, "guest_id": kept.guest_id, "phones": len(kept.phones), "calls": kept.calls})

    def consent(request: Request) -> Response:
        asked = _read(_Consent, request)
        allowed = asked.model_dump(include={"may_text", "may_call", "may_remember", "may_market"})
        guest = guests.consent(house.store, asked.property_id, asked.phone, house.clock(), **allowed)
        flags = {name: getattr(guest, name) for name in allowed}
        return answer({"v": 1, "ok": True, "guest_id": guest.guest_id, **flags})

    def _read(kind: type[A], request: Request) -> A:
        try:
            asked = kind.model_validate(json_body(request))
        except ValidationError as error:
            wrong = [".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors()]
            raise BadRequest("bad_request", "; ".join(wrong)) from None
        if house.properties.get(asked.property_id) is None:
            raise NotFound("unknown_property", f"there is no property {asked.property_id}")
        return asked

    return [
        Route("POST", "/jobs/guests/erase", erase),
        Route("POST", "/jobs/guests/merge", merge),
        Route("POST", "/jobs/guests/consent", consent),
    ]
