"""create_reservation, lookup_reservation and modify_reservation. Price, terms and room are the hotel's own books'.

A booking is told from another by the write that made it, so that one that is made, cancelled and made again is a new
one, and a model that repeats itself makes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from nightdesk import booking_words
from nightdesk.errors import InvalidArguments, NoRoom, Refusal
from nightdesk.hotel import folio, stay_dates
from nightdesk.hotel.pms import Booking, Change, PropertyManagement
from nightdesk.hotel.ports import Locks, Records
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.reservations import PhoneSource, Reservation
from nightdesk.tools import availability, booking, contact, stays
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import Access, Outcome, tool

_Email = Annotated[
    str | None, Field(max_length=120, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="Only if the guest gives it.")
]


@tool(
    access=Access.WRITE,
    subject="reservation",
    timeout_s=booking.TIMEOUT_S,
    choices={"room_type": stays.room_types, "rate_plan": stays.rate_plans},
)
def create_reservation(
    desk: Desk,
    bookings: PropertyManagement,
    *,
    room_type: Annotated[str, Field(description="As check_availability names it.")],
    check_in: stays.CheckIn,
    check_out: Annotated[str, Field(max_length=80, description="YYYY-MM-DD, or the guest's own words.")],
    adults: stays.Adults,
    children: stays.Children = 0,
    pets: stays.Pets = 0,
    rate_plan: Annotated[
        str | None, Field(description="Only one of other_rates that the guest has chosen; else leave it out.")
    ] = None,
    last_name: booking.LastName,
    first_name: Annotated[str, Field(max_length=80)] = "",
    email: _Email = None,
    phone_source: contact.KnownPhone | None = None,
    another: Annotated[bool, Field(description="True only for a second room that the guest truly wants.")] = False,
) -> Outcome:
    """Hold a room, once the guest has heard room, dates and total and has said yes.

    Say until when it is held and what confirms it; give the confirmation code as `spoken` has it.
    """
    stay = stays.wanted(desk, check_in, check_out, None, adults, children, pets)
    phone, source = _number(desk, phone_source)
    wanted = Booking(
        reservation_id=f"reservation_{desk.change_id}",
        session_id=desk.session.session_id,
        stay=stay,
        room_type=room_type,
        rate_plan=rate_plan,
        last_name=last_name.strip(),
        first_name=first_name.strip(),
        phone=phone,
        phone_source=source,
        email=email or "",
        language=desk.session.language,
    )
    made = bookings.reservation(wanted.reservation_id)
    if made is None:
        if not another:
            _must_be_the_first(desk, bookings.of_session(desk.session.session_id))
        try:
            made = bookings.hold(wanted)
        except NoRoom:
            [free] = bookings.offers([stay])
            raise availability.none_free(desk, bookings, stay, room_type, free) from None
    booking.must_be_live(made)
    view = booking.shown(desk, made)
    asked = folio.ask(made) if made.status == "held" else None
    terms = "" if made.cancellation.free_hours is not None else view["cancellation"]  # what nobody expects is said
    ask_cents = asked.amount_cents if asked else None
    words = booking_words.booked(made, desk.hotel, desk.now, ask_cents, terms, desk.session.language)
    return Outcome({**view, "spoken": words}, card=booking.card(view), left=made.as_left)


@tool(access=Access.READ, timeout_s=booking.TIMEOUT_S)
def lookup_reservation(
    desk: Desk,
    bookings: PropertyManagement,
    locks: Locks,
    *,
    confirmation_code: booking.Code = None,
    last_name: booking.LastName,
) -> Outcome:
    """Find the guest's own reservation. Needs its confirmation code, said or keyed, and the last name."""
    found = booking.verified(desk, bookings, locks, confirmation_code, last_name)
    view = booking.shown(desk, found)
    return Outcome({**view, "spoken": booking.spoken(desk, found)}, card=booking.card(view))


@tool(
    access=Access.WRITE,
    subject="change",
    about=("confirmation_code",),
    timeout_s=booking.TIMEOUT_S,
    choices={"room_type": stays.room_types},
)
def modify_reservation(
    desk: Desk,
    bookings: PropertyManagement,
    locks: Locks,
    records: Records,
    *,
    confirmation_code: booking.Code = None,
    last_name: booking.LastName,
    check_in: stays.MaybeDate = None,
    check_out: stays.MaybeDate = None,
    room_type: str | None = None,
    adults: Annotated[int | None, Field(ge=1, le=20)] = None,
    children: Annotated[int | None, Field(ge=0, le=20)] = None,
    pets: Annotated[int | None, Field(ge=0, le=20)] = None,
) -> Outcome:
    """Change dates, room or party of the guest's own reservation, at today's price. Leave out what stays as it is.

    First say what changes and, by check_availability, what it then costs, and get a yes. Read back what the result has.
    """
    before = booking.verified(desk, bookings, locks, confirmation_code, last_name)
    booking.must_be_live(before)
    change = _change(desk, before, check_in, check_out, room_type, adults, children, pets)
    stay = change.of(before.stay)
    _must_be_possible(desk, before, stay)
    try:
        after = bookings.modify(before.reservation_id, change, desk.change_id)
    except NoRoom:
        [free] = bookings.offers([stay])
        raise availability.none_free(desk, bookings, stay, room_type or before.room_type, free) from None
    booking.ask_for_the_refund(desk, records, after, desk.change_id, "costs less than was paid since it was changed")
    view = booking.shown(desk, after)
    more = after.total_cents - before.total_cents
    spoken = booking_words.changed(after, more, desk.session.language)
    if after.status == "held" and (asked := folio.ask(after)) is not None:
        spoken += " " + booking_words.binding(after, desk.hotel, desk.now, asked.amount_cents, desk.session.language)
    return Outcome({**view, "difference_cents": more, "spoken": spoken}, card=booking.card(view), left=after.as_left)


def _must_be_the_first(desk: Desk, made: Sequence[Reservation]) -> None:
    """A second booking is a second thing, and a guest has to want it. Raises: Refusal."""
    live = [r for r in made if r.live]
    if not live:
        return
    held = live[0]
    message = (
        f"reservation {held.confirmation_code} was made in this conversation already: {held.room_type}, "
        f"{held.check_in} to {held.check_out}. To change it call modify_reservation; another true is for a second room "
        "that the guest truly wants; a wrong name needs it cancelled first"
    )
    raise Refusal(
        "already_booked",
        message,
        say=booking_words.already_booked(held, desk.session.language),
        details={"confirmation_code": held.confirmation_code},
    )


def _number(desk: Desk, source: contact.PhoneSource | None) -> tuple[str, PhoneSource]:
    """The guest's number and where it is from; none where there is none. Raises: Refusal where the named one is not."""
    if source is not None:
        return contact.number(desk, source), source
    if desk.session.keypad_phone:
        return desk.session.keypad_phone, "keypad"
    return desk.session.caller_id, "caller_line" if desk.session.caller_id else ""


def _change(
    desk: Desk,
    before: Reservation,
    check_in: str | None,
    check_out: str | None,
    room_type: str | None,
    adults: int | None,
    children: int | None,
    pets: int | None,
) -> Change:
    """Raises: InvalidArguments."""
    if (check_in, check_out, room_type, adults, children, pets) == (None,) * 6:
        raise InvalidArguments("nothing to change was given: ask what is to be different")
    at = stay_dates.clock(desk.hotel, desk.now, desk.session.language)
    arrives = departs = None
    if check_in is not None and check_out is not None:
        arrives, departs = stay_dates.read_stay(at, check_in, check_out)
    elif check_in is not None:
        arrives = stay_dates.read_day(at, "check_in", check_in)
    elif check_out is not None:
        _, departs = stay_dates.read_stay(at, before.check_in.isoformat(), check_out)
    return Change(arrives, departs, adults, children, pets, room_type)


def _must_be_possible(desk: Desk, before: Reservation, stay: Stay) -> None:
    """A guest who is here already may stay on, though they have arrived in the past. Raises: Refusal."""
    tonight = desk.hotel.tonight(desk.now)
    if stay.check_in == before.check_in and stay.check_in < tonight < stay.check_out:
        stay = Stay(tonight, stay.check_out, stay.adults, stay.children, stay.pets)
    stays.must_be_possible(desk, stay)
