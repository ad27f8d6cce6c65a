"""What check_availability and its refusals tell of a stay, read from the wire. Nothing is taken for granted."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nightdesk.dialogue.stay import Check, Stay
from nightdesk.dialogue.tasks import iso_date

Entry = Mapping[str, Any]


def offered(stay: Stay, result: Entry) -> Check:
    """The rooms that can be had, with their prices."""
    offers = [mapping(offer) for offer in _list(result.get("offers"))]
    return Check(stay, tuple(offer for offer in offers if offer.get("name") and offer.get("total")))


def refused(stay: Stay, error: Entry) -> Check:
    """Why there is none, and the first stay that the hotel offers instead."""
    instead = [stay_of(mapping(other)) for other in _list(error.get("alternatives"))]
    alternative = replace(stay, **_changes(instead[0])) if instead and instead[0].check_in else None
    code, say = str(error.get("code") or "failed"), str(error.get("say") or "")
    return Check(stay, code=code, refusal=say, alternative=alternative)


def _changes(alternative: Stay) -> dict[str, Any]:
    """What an offer made instead changes: when, and which room. Who comes stays."""
    return {"check_in": alternative.check_in, "nights": alternative.nights, "room_type": alternative.room_type}


def stay_of(arguments: Entry) -> Stay:
    check_in, check_out = iso_date(arguments.get("check_in")), iso_date(arguments.get("check_out"))
    return Stay(
        check_in=check_in,
        nights=(check_out - check_in).days if check_in and check_out else None,
        adults=_int(arguments.get("adults")) or None,
        children=_int(arguments.get("children")),
        pets=_int(arguments.get("pets")),
        room_type=str(arguments["room_type"]) if arguments.get("room_type") else None,
    )


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, also one that travels as text; {} for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _int(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
