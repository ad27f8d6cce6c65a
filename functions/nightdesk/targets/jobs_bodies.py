"""What the people who run this may ask of the `jobs` function about one hotel: a body with its property_id."""

from __future__ import annotations

from typing import TypeVar

from flask import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from nightdesk.bootstrap import House
from nightdesk.edge import json_body
from nightdesk.errors import BadRequest, NotFound
from nightdesk.phones import E164

PHONE = f"^{E164.pattern}$"


class OfHotel(BaseModel):
    model_config = ConfigDict(extra="forbid")
    property_id: str


A = TypeVar("A", bound=OfHotel)


def read(kind: type[A], request: Request, house: House) -> A:
    """Raises: BadRequest naming each field at fault; NotFound."""
    try:
        asked = kind.model_validate(json_body(request))
    except ValidationError as error:
        wrong = [".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors()]
        raise BadRequest("bad_request", "; ".join(wrong)) from None
    known(asked.property_id, house)
    return asked


def known(property_id: str, house: House) -> str:
    """Raises: NotFound."""
    if house.properties.get(property_id) is None:
        raise NotFound("unknown_property", f"there is no property {property_id}")
    return property_id
