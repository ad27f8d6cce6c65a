"""create_lead: a guest to be called back. The number comes from the line or the keypad, seldom from the model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nightdesk import phones, service_words
from nightdesk.conversation import Turn
from nightdesk.errors import InvalidArguments
from nightdesk.hotel import stay_dates
from nightdesk.hotel.leads import Clip, Lead
from nightdesk.hotel.ports import Leads, Turns
from nightdesk.tools import contact, stays
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import Access, Outcome, tool


@tool(
    access=Access.WRITE,
    subject="lead",
    choices={"room_type": lambda hotel: [r.room_type for r in hotel.room_types]},
)
def create_lead(
    desk: Desk,
    leads: Leads,
    turns: Turns,
    *,
    name: Annotated[str, Field(max_length=80, description='The guest\'s name as best understood, or "".')],
    name_confirmed: Annotated[bool, Field(description="True only if the guest spelled it or said yes to it.")],
    phone_source: Annotated[
        contact.PhoneSource,
        Field(description="caller_line: the number they call from. keypad: the number they keyed. spoken: see phone."),
    ],
    phone: Annotated[str | None, Field(max_length=40, description="Only with phone_source spoken.")] = None,
    notes: Annotated[str, Field(max_length=1000, description="What the guest wants, in a sentence.")] = "",
    room_type: Annotated[str | None, Field(description="If one was chosen.")] = None,
    check_in: stays.MaybeDate = None,
    check_out: stays.MaybeDate = None,
    name_item_id: Annotated[str | None, Field(description="Id of the item in which the name was said.")] = None,
    another: Annotated[bool, Field(description="True only if the guest asks for a second, separate request.")] = False,
) -> Outcome:
    """Leave the guest's request and number for the staff to call back. First read back the number's ending.

    Calling it again corrects the same request. Read back the dates as the result has them.
    """
    at = stay_dates.clock(desk.hotel, desk.now, desk.session.language)
    arrival, departure = stay_dates.read_wish(at, check_in or None, check_out or None)
    if arrival and departure and departure <= arrival:
        raise InvalidArguments("check_out must be after check_in")
    number = contact.number(desk, phone_source, phone)
    lead = Lead(
        lead_id=desk.write_id,
        session_id=desk.session.session_id,
        property_id=desk.hotel.property_id,
        created_at=desk.now,
        asked_at=desk.now,
        name=name.strip(),
        name_confirmed=name_confirmed and bool(name.strip()),
        phone=number,
        phone_source=phone_source,
        notes=notes,
        room_type=room_type or "",
        check_in=arrival,
        check_out=departure,
        name_clip=_clip(turns.turns(desk.session.session_id), name_item_id),
    )
    leads.put_lead(lead)
    last4 = phones.last4(number)
    sentence = "lead_of" if lead.name_confirmed else "lead"
    ends = service_words.digits(last4)
    spoken = service_words.said(sentence, desk.session.language, name=lead.name, ends=ends)
    understood = {"check_in": lead.check_in, "check_out": lead.check_out}
    days = {name: day.isoformat() for name, day in understood.items() if day}
    return Outcome({"lead_id": lead.lead_id, "name": lead.name, "phone_last4": last4, **days, "spoken": spoken})


def _clip(turns: list[Turn], item_id: str | None) -> Clip | None:
    for turn in turns:
        if item_id and turn.item_id == item_id and turn.audio_start_ms is not None and turn.audio_end_ms is not None:
            return Clip(turn.attempt, turn.audio_start_ms, turn.audio_end_ms)
    return None
