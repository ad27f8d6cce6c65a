"""handle_ivr_menu: keys that the guest pressed. Only the relay calls it; the digits go to the session, nowhere else.

In a call that we place a single key may be the answer to what its opening has offered, and the note says which.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from nightdesk import phone_countries
from nightdesk.hotel.ports import Sessions
from nightdesk.hotel.reservations import CODE_DIGITS
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import CONVERSATION, PHONE, Access, Outcome, tool

_CARD = re.compile(r"\d{13,19}")
_NO_MORE_CALLS = "9"
_PERSON = "0"
"""At any time, as the menus say."""
_CODE = "The guest keyed a confirmation code. The tools have it: leave it out."
_OR_NUMBER = " If it was a phone number, let the guest key it again with the country code in front."
"""There are countries whose numbers are as long as a code: a code can be keyed in one way, a number in two."""


@tool(
    access=Access.WRITE,
    subject="keypad",
    caller="relay",
    audience=CONVERSATION,
    secret=frozenset({"keys"}),
)
def handle_ivr_menu(
    desk: Desk,
    sessions: Sessions,
    *,
    keys: Annotated[str, Field(pattern=r"^[0-9*#]{1,32}$")],
) -> Outcome:
    """Take the keys a guest pressed: a phone number or a confirmation code is kept, 0 is for a person."""
    digits = keys.strip("*#")
    if digits == _PERSON and desk.session.channel in PHONE:
        return Outcome({"note": "The guest pressed 0, the key for a person: use transfer_to_human now."})
    number = phone_countries.from_keys(digits, desk.hotel)
    if re.fullmatch(rf"\d{{{CODE_DIGITS}}}", digits):
        sessions.change_session(desk.session.session_id, lambda s: replace(s, keypad_code=digits) if s else None)
        return Outcome({"note": _CODE + (_OR_NUMBER if number else "")})
    if number:
        sessions.change_session(desk.session.session_id, lambda s: replace(s, keypad_phone=number) if s else None)
        return Outcome({"note": f"The guest keyed a phone number ending in {number[-2:]}."})
    if note := _choice(desk.session.purpose, keys):
        return Outcome({"note": note})
    if _CARD.fullmatch(digits):
        return Outcome({"note": "The guest pressed what may be a card number. Say that cards are never taken here."})
    pressed = f"{len(keys)} key{'s' if len(keys) > 1 else ''}"
    return Outcome({"note": f"The guest pressed {pressed}: that is not a phone number with area code."})


def _choice(purpose: str, keys: str) -> str:
    """What a single key is taken for in a call of this purpose: see `prompts/outbound`. "": for nothing."""
    if purpose not in ("", "callback") and keys == _NO_MORE_CALLS:
        return "The guest pressed 9: they want no more calls. Call stop_calls, then say goodbye."
    if purpose == "satisfaction" and keys in ("1", "2", "3", "4", "5"):
        return f"The guest pressed {keys}: a rating from 1 to 5. Call record_feedback."
    return ""
