"""What a guest is told before the call is recorded: the facts of a webhook for the rule of `consent.py`."""

from __future__ import annotations

from flask import Request

from nightdesk import consent, phones
from nightdesk.bootstrap import House
from nightdesk.hotel.model import Property


def notice(house: House, request: Request, hotel: Property, language: str) -> str:
    outbound = request.form.get("Direction", "").startswith("outbound-api")
    guest = phones.caller(request.form.get("To" if outbound else "From", ""))
    is_recorded = hotel.recording and house.settings.recording_source != "off"
    return consent.notice(hotel, guest, language, is_recorded=is_recorded)
