"""Whether the hotel may call a number by itself, now. Pure.

| asks | callback | reminder, satisfaction | offer |
|---|---|---|---|
| the number is of one of the hotel's `outbound.countries` | yes | yes | yes |
| its owner has not asked for no calls, it is not blocked, and none of the hotel's own | yes | yes | yes |
| its owner has agreed to it | by asking for the call | by a booking, or `may_call` | by `may_market`, in writing |
| it was called less than so many times within a day | 6 | 6 | 6, and less than 3 times with an offer |
| the hour is one of the hotel's `outbound.hours`, by the clock of the number | the guest named it | yes | yes |
| and, whatever those are, a lawful one | | `lawful_hours`: 8 to 21 | `lawful_offer_hours` too: 8 to 20 |

Sources: 47 U.S.C. 227 and 47 CFR 64.1200 (TCPA).
- FCC 24-17 (2024): a voice that a machine makes is an artificial one, so its calls need the prior express consent of
  who is called ((a)(1), (a)(3)), and where they advertise a signed agreement ((a)(2), (f)(9)). A number that was left
  for a stay is a consent to calls about it (FCC 92-443, paragraph 31; FCC 07-232).
- (a)(10), (d): it is taken back in any reasonable manner, and that is heeded within ten business days; from January 31,
  2027 for calls about anything. Here a no holds at once, for every call, a promised one too: that is left to people.
- (c)(1): no solicitation before 8 or after 21 o'clock where the called person is. Florida (Stat. 501.616) and Oklahoma:
  until 20, and three times a day about the same matter; Washington: until 20. Here so everywhere.
- Spain, Ley 11/2022, article 66.1 a): no automatic call that advertises without consent.
Six calls a day are a limit of our own. What must be said in a call is with the scripts (`outbound_scripts.py`). This is
no legal advice: a lawyer reads what a hotel sets here, and what else its law asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from phonenumbers import NumberParseException, parse
from phonenumbers.timezone import time_zones_for_number

from nightdesk import phone_countries
from nightdesk.errors import Refusal
from nightdesk.hotel.model import Property
from nightdesk.hotel.outbound import OutboundCall, Purpose
from nightdesk.hotel.records import Guest

MESSAGES: Mapping[str, str] = {
    "no_call_country": "the hotel calls nobody in that country by itself",
    "do_not_call": "the owner of that number wants no calls",
    "no_consent": "the owner of that number has not agreed to such a call",
    "outside_hours": "it is not a time to call there",
    "called_enough": "that number has been called as often as it may be within a day",
    "being_called": "that number is being called already",
    "too_many_calls": "as many calls are being placed as the hotel places at once",
}

MOST_PER_NUMBER = 6
MOST_OFFERS = 3
COUNTED_FOR = timedelta(hours=24)


def refusal(code: str) -> Refusal:
    return Refusal(code, MESSAGES[code])


def refused(
    hotel: Property,
    purpose: Purpose,
    phone: str,
    now: datetime,
    guest: Guest | None,
    has_booked: Callable[[], bool] = lambda: False,
    called: Sequence[OutboundCall] = (),
    *,
    is_blocked: bool = False,
) -> str:
    """Why not, a key of MESSAGES, or "".

    `has_booked`: whether the number is on a booking, asked where it counts. `called`: the calls that it has had, the
    newest MOST_PER_NUMBER of them at least. `is_blocked`: by the hotel's file or by its staff.
    """
    if phone_countries.country(phone) not in hotel.outbound.countries:
        return "no_call_country"
    if is_blocked or phone in hotel.phone_numbers or (guest is not None and guest.may_call is False):
        return "do_not_call"
    today = [call.purpose for call in called if now - call.created_at < COUNTED_FOR]
    if len(today) >= MOST_PER_NUMBER or (purpose == "offer" and today.count(purpose) >= MOST_OFFERS):
        return "called_enough"
    if purpose == "callback":
        return ""
    agreed = guest is not None and (guest.may_market if purpose == "offer" else guest.may_call) is True
    if not agreed and not (purpose != "offer" and has_booked()):
        return "no_consent"
    return "" if is_time_to_call(hotel, purpose, phone, now) else "outside_hours"


def is_time_to_call(hotel: Property, purpose: Purpose, phone: str, now: datetime) -> bool:
    """By every clock that the number may go by; by the hotel's where none is known."""
    rules = hotel.outbound
    bounds = [rules.hours, rules.lawful_hours, *([rules.lawful_offer_hours] if purpose == "offer" else [])]
    clocks = [now.astimezone(zone) for zone in _zones(hotel, phone)]
    return all(any(local in hours for hours in bound) for local in clocks for bound in bounds)


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
