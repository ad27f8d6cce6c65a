"""get_caller_history: what the hotel knows of the number that calls. The number is a hint, never an identity."""

from __future__ import annotations

from typing import Any

from nightdesk import guests
from nightdesk.errors import Refusal
from nightdesk.hotel.ports import Records, Sessions
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import PHONE, Access, Outcome, tool

_MOST_CALLS = 5
_WITHHELD = "the caller's number is withheld, so nothing is known: ask for what you need"


@tool(access=Access.READ, audience=PHONE)
def get_caller_history(desk: Desk, sessions: Sessions, records: Records) -> Outcome:
    """See whether this number has called before, when the guest refers to an earlier call or stay.

    Ask whether the guest is `name` before you use it or anything else of the result. It opens no reservation.
    """
    session, hotel = desk.session, desk.hotel
    if not session.caller_id:
        raise Refusal("no_caller_number", _WITHHELD, say="")
    guest = guests.find(records, hotel.property_id, session.caller_id)
    if guest is None or guest.may_remember is False:
        return Outcome({"known": False, "calls": 0})
    if not guests.may_be_named(guest, session):
        return Outcome({"known": True, "calls": guest.calls, "message": "who it was is not known: ask for the name"})
    earlier = sessions.sessions_of(hotel.property_id, session.caller_id, _MOST_CALLS + 1)
    calls = [
        {
            "date": hotel.local(s.start_time).date().isoformat(),
            "outcome": s.outcome or "unknown",
            "language": s.language,
        }
        for s in earlier
        if s.session_id != session.session_id
    ]
    result: dict[str, Any] = {
        "known": True,
        "calls": guest.calls,
        "name": f"{guest.first_name} {guest.last_name}".strip(),
        "name_is_confirmed": False,
        "earlier_calls": calls[:_MOST_CALLS],
        "stays": len(guest.stays),
    }
    return Outcome(result | ({"preferences": dict(guest.preferences)} if guest.preferences else {}))
