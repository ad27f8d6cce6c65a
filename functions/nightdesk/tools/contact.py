"""The number at which a guest is reached: of the line, keyed, or, as a last resort, spoken."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nightdesk import phone_countries, service_words
from nightdesk.errors import Refusal
from nightdesk.tools.desk import Desk

PhoneSource = Literal["caller_line", "keypad", "spoken"]
KnownPhone = Annotated[
    Literal["caller_line", "keypad"],
    Field(description="caller_line: the number they call from. keypad: the number they keyed."),
]

_MESSAGES = {
    "no_caller_number": "the caller's number is withheld: ask the guest to key a number, then use phone_source keypad",
    "no_keypad_number": "the guest has not keyed a phone number yet: ask them to key it and press the pound key",
    "bad_phone_number": "phone must be a whole phone number, with area code: ask the guest to key it instead",
}


def number(desk: Desk, source: PhoneSource, spoken: str | None = None) -> str:
    """The number to reach the guest at. Raises: Refusal when the named source has none, with what to do instead."""
    match source:
        case "caller_line":
            found, code = desk.session.caller_id, "no_caller_number"
        case "keypad":
            found, code = desk.session.keypad_phone, "no_keypad_number"
        case "spoken":
            found, code = phone_countries.from_keys(spoken or "", desk.hotel), "bad_phone_number"
    if not found:
        raise Refusal(code, _MESSAGES[code], say=service_words.said(code, desk.session.language))
    return found


def known(desk: Desk) -> str:
    """A number of the guest that the system has seen: the one keyed in this conversation, else the line's; or ""."""
    return desk.session.keypad_phone or desk.session.caller_id
