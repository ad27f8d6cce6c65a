"""What a guest is told before the call is recorded: the facts of a webhook for the rule of `consent.py`."""

from __future__ import annotations

from flask import Request

from nightdesk import consent, phones
from nightdesk.bootstrap import House
from nightdesk.hotel.model import Property
from nightdesk.targets.twilio_form import numbers


def notice(house: House, request: Request, hotel: Property, language: str) -> str:
    guest, _ = numbers(request)
    is_recorded = hotel.recording and house.settings.recording_source != "off"
    return consent.notice(hotel, phones.caller(guest), language, is_recorded=is_recorded)
