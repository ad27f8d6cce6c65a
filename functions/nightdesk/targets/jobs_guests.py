"""What the people who run this do for a guest: erase, merge two records of one person, keep what they allow.

`POST /jobs/guests/erase {property_id, phone}`; `/jobs/guests/merge {property_id, guest_id, into}`;
`/jobs/guests/consent {property_id, phone, may_text?, may_call?, may_remember?, may_market?}`.
"""

from __future__ import annotations

from dataclasses import asdict

from flask import Request, Response
from pydantic import Field, StrictBool

from nightdesk import guests, guests_erase
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.targets.jobs_bodies import PHONE, OfHotel, read


class _Erase(OfHotel):
    phone: str = Field(pattern=PHONE)


class _Merge(OfHotel):
    guest_id: str
    into: str


class _Consent(OfHotel):
    phone: str = Field(pattern=PHONE)
    may_text: StrictBool | None = None
    may_call: StrictBool | None = None
    may_remember: StrictBool | None = None
    may_market: StrictBool | None = None


def routes(house: House) -> list[Route]:
    def erase(request: Request) -> Response:
        asked = read(_Erase, request, house)
        erased = guests_erase.erase(
            house.store, house.leads, asked.property_id, asked.phone, house.clock(), house.publisher.publish
        )
        return answer({"v": 1, "ok": True, **asdict(erased)})

    def merge(request: Request) -> Response:
        asked = read(_Merge, request, house)
        kept = guests.merge(house.store, asked.property_id, asked.guest_id, asked.into)
        return answer({"v": 1, "ok": True, "guest_id": kept.guest_id, "phones": len(kept.phones), "calls": kept.calls})

    def consent(request: Request) -> Response:
        asked = read(_Consent, request, house)
        allowed = asked.model_dump(include={"may_text", "may_call", "may_remember", "may_market"})
        guest = guests.consent(house.store, asked.property_id, asked.phone, house.clock(), **allowed)
        flags = {name: getattr(guest, name) for name in allowed}
        return answer({"v": 1, "ok": True, "guest_id": guest.guest_id, **flags})

    return [
        Route("POST", "/jobs/guests/erase", erase),
        Route("POST", "/jobs/guests/merge", merge),
        Route("POST", "/jobs/guests/consent", consent),
    ]
