"""Whether the hotel may call a number by itself, now. Pure.

| asks | callback | reminder, satisfaction | offer |
|---|---|---|---|
| the number is of one of the hotel's `outbound.countries` | yes | yes | yes |
| its owner has not asked for no calls, and it is not blocked | yes | yes | yes |
| its owner has agreed to it | by asking for the call | by a booking, or `may_call` | by `may_market` |
| it was called less than six times within a day | yes | yes | yes |
| it is a time to call, by the clock of the number | the guest named the time | yes | yes |

Sources: the Telephone Consumer Protection Act and its rules (47 CFR 64.1200): an artificial voice needs the consent of
who is called, in writing for advertisements; a do-not-call list of one's own; no calls before 8 or after 21 o'clock
where the called person is. What a hotel's own law asks beyond that, its `outbound.hours` and its lists must say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonenumbers import NumberParseException, parse
from phonenumbers.timezone import time_zones_for_number

from nightdesk import phone_countries
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import Purpose
from nightdesk.hotel.records import Guest

MESSAGES: Mapping[str, str] = {
    "no_call_country": "the hotel calls nobody in that country by itself",
    "do_not_call": "the owner of that number wants no calls",
    "no_consent": "the owner of that number has not agreed to such a call",
    "outside_hours": "it is not a time to call there",
    "called_enough": "that number has been called as often as it may be within a day",
    "too_many_calls": "as many calls are being placed as the hotel places at once",
}


MOST_PER_NUMBER = 6
COUNTED_FOR = timedelta(hours=24)


def refused(
    hotel: Property,
    purpose: Purpose,
    phone: str,
    now: datetime,
    guest: Guest | None,
    has_booked: Callable[[], bool] = lambda: False,
    called: Sequence[datetime] = (),
) -> str:
    """Why not, a key of MESSAGES, or "".

    `has_booked`: whether the number is on a booking, asked where it counts. `called`: when it was called before.
    """
    if phone_countries.country(phone) not in hotel.outbound.countries:
        return "no_call_country"
    if phone in hotel.blocked_callers or (guest is not None and guest.may_call is False):
        return "do_not_call"
    if sum(now - at < COUNTED_FOR for at in called) >= MOST_PER_NUMBER:
        return "called_enough"
    if purpose == "callback":
        return ""
    agreed = guest is not None and (guest.may_market if purpose == "offer" else guest.may_call) is True
    if not agreed and not (purpose != "offer" and has_booked()):
        return "no_consent"
    return "" if is_time_to_call(hotel, phone, now) else "outside_hours"


def is_time_to_call(hotel: Property, phone: str, now: datetime) -> bool:
    """By every clock that the number may go by; by the hotel's where none is known."""
    return all(any(now.astimezone(zone) in hours for hours in hotel.outbound.hours) for zone in _zones(hotel, phone))


def _zones(hotel: Property, phone: str) -> list[ZoneInfo]:
    found = []
    try:
        names = time_zones_for_number(parse(phone))
    except NumberParseException:
        names = ()
    for name in names:
        try:
            found.append(ZoneInfo(name))
        except (OSError, ValueError, KeyError):  # "Etc/Unknown", of numbers that belong to no place
            continue
    return found or [ZoneInfo(hotel.time_zone)]
