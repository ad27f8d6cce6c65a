"""Which calls a hotel takes. Pure: a new call and what is known of its number come in, why it is refused comes out.

A call is screened once, where its session begins: a later attempt of the same conversation is let in, and what comes at
a screen or is placed by us is not screened at all. A refused call is given a `then`: stream-ended, or the menu, has the
words, and no engine is asked.

| reason         | when                                                          | then                             |
|----------------|---------------------------------------------------------------|----------------------------------|
| blocked        | the hotel's file or its staff have blocked the number         | a word, and goodbye              |
| withheld       | no number is shown, and the hotel's file takes no such calls  | `screening.withheld`             |
| silent_calls   | the number's last calls were silent, one after the other      | a word, and goodbye              |
| too_many_calls | the number has called too often within an hour, or is on too  | `screening.too_many_calls`       |
|                | many lines at once                                            |                                  |
| busy           | as many calls go on as the hotel takes at once                | `screening.busy`                 |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from nightdesk import tokens
from nightdesk.conversation import Session
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Slots
from nightdesk.hotel.records import BlockedCaller
from nightdesk.hotel.screening import REFUSE, STAFF
from nightdesk.then import Then

REASONS = ("blocked", "withheld", "silent_calls", "too_many_calls", "busy")
SILENT_ENDS = frozenset({"idle", "no_guest"})
_HOUR = timedelta(hours=1)
_GRACE = timedelta(minutes=2)  # the relay ends a call that is over its time itself, and says goodbye first


def is_new(session: Session | None) -> bool:
    """Whether this conversation was neither let in nor refused before, nor is over.

    Events, and the call that we place, may make a session that nobody has decided about.
    """
    if session is None:
        return True
    was_let_in = session.slot is not None or any(stream.stream_sid for stream in session.streams)
    return not was_let_in and not session.refused and not session.terminal_status


def screened(
    hotel: Property, session: Session, listed: BlockedCaller | None, taken: Sequence[Session], now: datetime
) -> str:
    """Why this new call is not taken, one of REASONS, or "". Whether a slot is free is not looked at here.

    `taken` are the calls that were taken from its number, newest first, as far back as `screening.looks_back`.
    """
    rules, number = hotel.screening, session.caller_id
    if not is_screened(session) or _is_never_refused(hotel, session):
        return ""
    if not number:
        return "" if rules.withheld not in (STAFF, REFUSE) else "withheld"
    if number in hotel.blocked_callers or (listed is not None and is_blocked(listed, now)):
        return "blocked"
    since = listed.lifted_at if listed is not None and listed.lifted_at is not None else None
    calls = [
        call
        for call in taken
        if call.session_id != session.session_id and is_screened(call) and (since is None or call.start_time > since)
    ]
    if rules.silent_calls and _silent_in_a_row(calls) >= rules.silent_calls:
        return "silent_calls"
    within_the_hour = sum(call.start_time > now - _HOUR for call in calls)
    at_once = sum(not call.terminal_status and call.start_time > now - _longest(hotel) for call in calls)
    is_too_often = 0 < rules.calls_per_hour <= within_the_hour or 0 < rules.calls_at_once <= at_once
    return "too_many_calls" if is_too_often else ""


def admitted(session: Session, hotel: Property, reason: str, slot: int | None) -> Session:
    """The session of a new call: with its slot, or refused. `reason` is what `screened` found.

    A call that we have placed goes on where no slot is free: somebody has just answered it.
    """
    if session.channel != "voice":
        return session
    reason = reason or ("busy" if slot is None and is_screened(session) else "")
    if not reason:
        return replace(session, slot=slot)
    return replace(session, refused=reason, status="missed", then=_then(hotel, reason))


def slots(hotel: Property, now: datetime) -> Slots:
    """Those of a hotel, for a call that begins now: it needs one no longer than a call may take."""
    return Slots(hotel.property_id, hotel.limits.concurrent_calls, now, now + _longest(hotel))


def is_screened(session: Session) -> bool:
    """Whether somebody has called the hotel, by telephone."""
    return session.channel == "voice" and session.direction == "inbound"


def is_blocked(listed: BlockedCaller, now: datetime) -> bool:
    return listed.status == "blocked" and (listed.until is None or now < listed.until)


def was_silent(session: Session) -> bool:
    """Whether the line was found dead: it was given up, and nobody had said a word or pressed a key."""
    ends = [str(step.get("about", "")) for step in (session.steps or {}).values()]
    ends += [session.then.reason] if session.then is not None else []
    return not session.spoke and not SILENT_ENDS.isdisjoint(ends)


def _is_never_refused(hotel: Property, session: Session) -> bool:
    """Anybody can show another's number: where the carriers say that it is not the caller's, it excuses nothing."""
    known = hotel.screening.never_refused | {department.number for department in hotel.departments}
    return session.caller_id in known and session.stir != tokens.NOT_THEIRS


def _longest(hotel: Property) -> timedelta:
    """How long a call may take: one that began earlier is over, whether its end was told or not."""
    return timedelta(seconds=hotel.limits.call_s) + _GRACE


def _silent_in_a_row(calls: Sequence[Session]) -> int:
    """How many of the newest calls were silent, up to the first in which somebody spoke."""
    silent = 0
    for call in calls:
        if call.spoke:
            break
        silent += was_silent(call)
    return silent


def _then(hotel: Property, reason: str) -> Then:
    rules = hotel.screening
    goes_to = {"withheld": rules.withheld, "too_many_calls": rules.too_many_calls, "busy": rules.busy}
    if goes_to.get(reason) == STAFF:
        return Then("transfer", to="front_desk", reason=reason, due=True, last_resort=True)
    return Then("hangup", reason=reason, due=True)
