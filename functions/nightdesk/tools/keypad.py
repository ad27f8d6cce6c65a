"""handle_ivr_menu: keys that the guest pressed. Only the relay calls it; the digits go to the session, nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from nightdesk import phones
from nightdesk.hotel.ports import Sessions
from nightdesk.hotel.reservations import CODE_DIGITS
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import CONVERSATION, Access, Outcome, tool


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
    """Take the keys a guest pressed: a phone number or a confirmation code is kept with the session."""
    number, code = phones.from_keys(keys), keys.strip("*#")
    if len(code) == CODE_DIGITS and code.isdigit():
        sessions.change_session(desk.session.session_id, lambda s: replace(s, keypad_code=code) if s else None)
        return Outcome({"note": "The guest keyed a confirmation code. The tools have it: leave it out."})
    if not number:
        pressed = f"{len(keys)} key{'s' if len(keys) > 1 else ''}"
        return Outcome({"note": f"The guest pressed {pressed}: that is not a phone number with area code."})
    sessions.change_session(desk.session.session_id, lambda s: replace(s, keypad_phone=number) if s else None)
    return Outcome({"note": f"The guest keyed a phone number ending in {number[-2:]}."})
