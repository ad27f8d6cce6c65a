"""Phone numbers: E.164 or "". Pure. A withheld number is "" everywhere, and a log never shows a whole one."""

from __future__ import annotations

import re

E164 = re.compile(r"\+[1-9]\d{6,14}")

# What Twilio sends as `From` when the caller's number is withheld: the words spelled on a telephone keypad.
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE.
_WITHHELD = {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
_IN_TEXT = re.compile(r"\+\d{7,15}|(?<![\w.-])\d{10,15}(?!\w)")


def caller(raw: str) -> str:
    """The caller's number of a webhook: E.164, or "" when it is withheld or no telephone number (SIP, a browser)."""
    return raw if E164.fullmatch(raw) and raw not in _WITHHELD else ""


def shown(guest: str, called: str) -> str:
    """Whose number people see when a guest is put through: "" is the guest's own.

    Source: Twilio, warning 13214: a number that is none is passed on, and may be refused where the call goes to.
    """
    return "" if guest else called


def from_keys(keys: str) -> str:
    """A number that a guest keyed or said, as E.164; "" when it is not one. Ten digits are taken as North American."""
    digits = re.sub(r"[\s().*#-]", "", keys)
    if E164.fullmatch(digits):
        return digits
    if re.fullmatch(r"1?[2-9]\d{2}[2-9]\d{6}", digits):
        return "+1" + digits[-10:]
    return ""


def last4(number: str) -> str:
    return number[-4:]


def masked(text: str) -> str:
    """The same text with every phone number cut to its last four digits."""
    return _IN_TEXT.sub(lambda match: "***" + match[0][-4:], text)
