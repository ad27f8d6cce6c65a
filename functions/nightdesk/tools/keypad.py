"""handle_ivr_menu: keys that the guest pressed. Only the relay calls it; the digits go to the session, nowhere else."""

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
_PERSON = "0"
"""At any time, as the menus say."""


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
    if number := phone_countries.from_keys(digits, desk.hotel):
        sessions.change_session(desk.session.session_id, lambda s: replace(s, keypad_phone=number) if s else None)
        return Outcome({"note": f"The guest keyed a phone number ending in {number[-2:]}."})
    if re.fullmatch(rf"\d{{{CODE_DIGITS}}}", digits):
        sessions.change_session(desk.session.session_id, lambda s: replace(s, keypad_code=digits) if s else None)
        return Outcome({"note": "The guest keyed a confirmation code. The tools have it: leave it out."})
    if _CARD.fullmatch(digits):
        return Outcome({"note": "The guest pressed what may be a card number. Say that cards are never taken here."})
    pressed = f"{len(keys)} key{'s' if len(keys) > 1 else ''}"
    return Outcome({"note": f"The guest pressed {pressed}: that is not a phone number with area code."})
