"""take_message, request_service and schedule_callback: what the desk notes for people to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from nightdesk import phones, service_words
from nightdesk.errors import InvalidArguments
from nightdesk.hotel import moments, stay_dates
from nightdesk.hotel.ports import Leads, Records
from nightdesk.hotel.records import Callback, Message, ServiceRequest
from nightdesk.task_queue import TaskQueue
from nightdesk.tools import contact
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import CONVERSATION, Access, Outcome, tool

Service = Literal["housekeeping", "maintenance", "wake_up_call", "late_check_out", "cot", "lost_and_found"]
_ADDS_UP = frozenset({"housekeeping", "maintenance", "lost_and_found"})
"""Of these a guest may want one after another; of the others a second wish replaces the first."""
FURTHEST_CALLBACK = timedelta(days=30)
_LONGEST = 2000


@tool(access=Access.WRITE, subject="message", about=("for_whom", "message"))
def take_message(
    desk: Desk,
    records: Records,
    leads: Leads,
    *,
    for_whom: Annotated[str, Field(min_length=1, max_length=80, description="A person or a department.")],
    message: Annotated[str, Field(min_length=1, max_length=1000, description="As the guest wants it said.")],
    urgent: Annotated[bool, Field(description="True only if the guest says that it cannot wait.")] = False,
) -> Outcome:
    """Note a message for a person or a department of the hotel, or for one of its guests. Read it back first."""
    noted = Message(
        message_id=desk.write_id,
        property_id=desk.hotel.property_id,
        session_id=desk.session.session_id,
        created_at=desk.now,
        for_whom=for_whom.strip(),
        text=message.strip(),
        urgent=urgent,
        name=_name(desk, leads),
        phone=contact.known(desk),
    )
    records.change_record(
        Message, noted.message_id, lambda known: replace(noted, created_at=known.created_at) if known else noted
    )
    spoken = service_words.said("urgent" if urgent else "message", desk.session.language, whom=noted.for_whom)
    return Outcome({"message_id": noted.message_id, "for_whom": noted.for_whom, "urgent": urgent, "spoken": spoken})


@tool(access=Access.WRITE, subject="request", about=("service", "room"))
def request_service(
    desk: Desk,
    records: Records,
    *,
    service: Annotated[Service, Field(description="What is wanted.")],
    room: Annotated[str | None, Field(max_length=20, description="The number of the guest's room.")] = None,
    when: Annotated[
        str | None, Field(max_length=80, description="Day and time: '2026-11-22 07:00', 'tomorrow at 7 am', '07:00'.")
    ] = None,
    details: Annotated[str, Field(max_length=500, description="What exactly, in a few words.")] = "",
) -> Outcome:
    """Ask the staff for something: a wake-up call needs room and time, a late check-out room and time, a cot the room.

    It is noted, not promised: a late check-out and a cot depend on what is free.
    """
    number = _room(desk, service, room)
    due_at = _wanted_at(desk, service, when)
    wanted = ServiceRequest(
        request_id=desk.write_id,
        property_id=desk.hotel.property_id,
        session_id=desk.session.session_id,
        created_at=desk.now,
        service=service,
        details=details.strip(),
        room=number,
        due_at=due_at,
        phone=contact.known(desk),
    )
    noted = records.change_record(ServiceRequest, wanted.request_id, lambda known: _added(known, wanted))
    assert noted is not None
    local = desk.hotel.local(due_at) if due_at else None
    result = {"request_id": noted.request_id, "service": service, "room": number, "details": noted.details}
    if local:
        result |= {"date": local.date().isoformat(), "time": f"{local:%H:%M}"}
    return Outcome({**result, "spoken": service_words.request(service, number, local, desk.session.language)})


@tool(access=Access.WRITE, subject="callback", audience=CONVERSATION)
def schedule_callback(
    desk: Desk,
    records: Records,
    leads: Leads,
    tasks: TaskQueue,
    *,
    when: Annotated[str, Field(max_length=80, description="The day: YYYY-MM-DD, or the guest's own words.")],
    time: Annotated[
        str, Field(max_length=40, description="The time at the hotel: '15:00', or 'three in the afternoon'.")
    ],
    reason: Annotated[str, Field(min_length=1, max_length=500, description="What it is about, in a sentence.")],
    phone_source: contact.KnownPhone,
) -> Outcome:
    """Promise a call back at a time that the guest names. Read back the day, the time and the number's ending.

    Calling it again corrects the same promise.
    """
    number = contact.number(desk, phone_source)
    day = stay_dates.read_day(stay_dates.clock(desk.hotel, desk.now, desk.session.language), "when", when)
    due_at = moments.on_clock(desk.hotel, datetime.combine(day, moments.read_time("time", time)))
    if due_at <= desk.now:
        raise InvalidArguments(f"that has passed: at the hotel it is {_clock(desk, desk.now)}. Ask for another time")
    if due_at > desk.now + FURTHEST_CALLBACK:
        raise InvalidArguments(f"a call can be promised {FURTHEST_CALLBACK.days} days ahead at most")
    promised = Callback(
        callback_id=desk.write_id,
        property_id=desk.hotel.property_id,
        session_id=desk.session.session_id,
        created_at=desk.now,
        due_at=due_at,
        phone=number,
        phone_source=phone_source,
        reason=reason.strip(),
        name=_name(desk, leads),
        language=desk.session.language,
        promised_at=due_at,
        caller=desk.session.called,
    )
    records.change_record(
        Callback,
        promised.callback_id,
        lambda known: replace(promised, created_at=known.created_at) if known else promised,
    )
    tasks.remind(promised)
    local, last4 = desk.hotel.local(due_at), phones.last4(number)
    moment = service_words.moment(local, desk.session.language)
    spoken = service_words.said("callback", desk.session.language, moment=moment, ends=service_words.digits(last4))
    result = {"callback_id": promised.callback_id, "date": day.isoformat(), "time": f"{local:%H:%M}"}
    return Outcome({**result, "phone_last4": last4, "spoken": spoken})


def _room(desk: Desk, service: str, room: str | None) -> str:
    """The room's number as the hotel writes it. Raises: InvalidArguments."""
    number = (room or "").strip().upper()
    if not number:
        if service in ("lost_and_found", "housekeeping", "maintenance"):
            return ""  # in the lobby, or of a stay that is over
        raise InvalidArguments("room is missing: ask the guest for the number of their room")
    if not any(number == known.upper() for kind in desk.hotel.room_types for known in kind.rooms):
        raise InvalidArguments(f"there is no room {number}: ask the guest for the number of their room")
    return number


def _wanted_at(desk: Desk, service: str, when: str | None) -> datetime | None:
    if not when:
        if service in ("wake_up_call", "late_check_out"):
            raise InvalidArguments("when is missing: ask the guest for the day and the time")
        return None
    usual: moments.Half = "am" if service == "wake_up_call" else "pm" if service == "late_check_out" else ""
    due_at = moments.read_moment(desk.hotel, desk.now, desk.session.language, "when", when, usual)
    if due_at <= desk.now:
        raise InvalidArguments(f"that has passed: at the hotel it is {_clock(desk, desk.now)}. Ask for another time")
    return due_at


def _added(known: ServiceRequest | None, wanted: ServiceRequest) -> ServiceRequest:
    """What was wanted before stays in sight: "two towels" is not taken back by "and a pillow"."""
    if known is None:
        return wanted
    details = wanted.details
    if wanted.service in _ADDS_UP and known.details and not known.details.endswith(wanted.details):
        details = f"{known.details}; {wanted.details}"[-_LONGEST:]
    elif wanted.service in _ADDS_UP:
        details = known.details or wanted.details
    return replace(wanted, created_at=known.created_at, details=details, due_at=wanted.due_at or known.due_at)


def _name(desk: Desk, leads: Leads) -> str:
    """The guest's name as it was left in this conversation."""
    return next((lead.name for lead in reversed(leads.leads(desk.session.session_id)) if lead.name), "")


def _clock(desk: Desk, moment: datetime) -> str:
    return f"{desk.hotel.local(moment):%A %Y-%m-%d %H:%M}"
