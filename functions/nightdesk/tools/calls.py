"""stop_calls: the guest wants to be called no more."""

from __future__ import annotations

from nightdesk import contact_words, guests
from nightdesk.errors import Refusal
from nightdesk.hotel.ports import Records
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import PHONE, Access, Outcome, tool


@tool(access=Access.WRITE, subject="calls", audience=PHONE)
def stop_calls(desk: Desk, records: Records) -> Outcome:
    """The guest wants no calls from the hotel any more: puts the number of this line on its do-not-call list."""
    language = desk.session.language
    if not desk.session.caller_id:
        message = "the number of this line is withheld: the hotel cannot call it, say so"
        raise Refusal("no_caller_number", message, say=contact_words.said("no_calls", language))
    guests.consent(records, desk.hotel.property_id, desk.session.caller_id, desk.now, may_call=False)
    return Outcome({"stopped": True, "spoken": contact_words.said("no_calls", language)})
