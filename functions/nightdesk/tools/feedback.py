"""record_feedback: how a guest found their stay, asked for in a call of the hotel's own. Kept with that call.

A bad rating is a message for the staff, whichever engine has asked: no guest is left with a promise alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import Field

from nightdesk import contact_words, service_words
from nightdesk.errors import Refusal
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.ports import Records
from nightdesk.hotel.records import Message
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import PHONE, Access, Outcome, tool

DISSATISFIED = 2
"""Of such a rating, and of a lower one, the staff hear."""
_MANAGEMENT = ("management", "manager")


@tool(access=Access.WRITE, subject="feedback", audience=PHONE, purpose="satisfaction")
def record_feedback(
    desk: Desk,
    records: Records,
    *,
    rating: Annotated[int, Field(ge=1, le=5, description="1 to 5; 5 is best.")],
    comment: Annotated[str, Field(max_length=1000, description="What the guest said of it, in their words.")] = "",
) -> Outcome:
    """Keep how the guest rates the stay, at once, and again with what they say of it. Again corrects it.

    The staff are told of a 1 or 2.
    """
    said = comment.strip()
    calls = records.records(OutboundCall, session_id=desk.session.session_id, limit=1)
    if not calls:
        raise Refusal("no_stay", "this is no call about a stay: take a message instead")
    kept = records.change_record(
        OutboundCall, calls[0].outbound_id, lambda call: replace(call, rating=rating, comment=said) if call else None
    )
    assert kept is not None
    is_told = _tell_staff(desk, records, kept)
    sentence = ("commented" if said else "rated") + ("_badly" if rating <= DISSATISFIED else "")
    spoken = service_words.said(sentence, desk.session.language, rating=rating)
    told = {"message_id": f"message_{desk.write_id}"} if is_told else {}
    return Outcome({"rating": rating, "comment": said, **told, "spoken": spoken})


def _tell_staff(desk: Desk, records: Records, call: OutboundCall) -> bool:
    """Whether there is a message: one for a bad rating, and the same one when it was corrected after all."""
    hotel, variables = desk.hotel, call.variables or {}
    to = next(filter(None, map(hotel.department, _MANAGEMENT)), hotel.front_desk)
    language = hotel.language
    text = contact_words.said(
        "rated_badly",
        language,
        name=variables.get("name") or contact_words.said("a_guest", language),
        rating=call.rating,
        stay=_day(variables.get("check_out", ""), language),
        comment=call.comment or contact_words.said("no_comment", language),
    )
    message = Message(
        message_id=f"message_{desk.write_id}",
        property_id=hotel.property_id,
        session_id=desk.session.session_id,
        created_at=desk.now,
        for_whom=to.name,
        text=text,
        urgent=True,
        name=variables.get("name", ""),
        phone=desk.session.caller_id,
    )
    is_bad = call.rating is not None and call.rating <= DISSATISFIED

    def tell(known: Message | None) -> Message | None:
        return replace(known, text=text) if known else message if is_bad else None

    return records.change_record(Message, message.message_id, tell) is not None


def _day(value: str, language: str) -> str:
    try:
        return service_words.day(date.fromisoformat(value), language)
    except ValueError:
        return value
