"""The answers to a call that need no session: a stream, or the apology. From memory alone, for the ring waits for them.

What this module imports is loaded before a cold process answers its first ring; sessions and all that is done with them
are not (twilio_calls.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Request, Response

from nightdesk import edge, phone_words, phones, tokens, twiml, words
from nightdesk.bootstrap import House
from nightdesk.hotel.model import Property
from nightdesk.targets.twilio_form import call_sid_of, is_placed_by_us, numbers
from nightdesk.tokens import Claims


def hotel_of(house: House, request: Request) -> Property | None:
    """Whose call this is: by the number that was called, or, of a call that we place, by the number that calls."""
    _, ours = numbers(request)
    return house.properties.by_number(ours)


def first_claims(request: Request, hotel: Property, language: str) -> Claims:
    """What the token of a call's first stream says. Raises: BadRequest when the call has no CallSid."""
    call_sid, (guest, called) = call_sid_of(request), numbers(request)
    return Claims(
        session_id=tokens.session_id_of_call(call_sid),
        property_id=hotel.property_id,
        channel="voice",
        direction="outbound" if is_placed_by_us(request) else "inbound",
        attempt=1,
        call_sid=call_sid,
        caller=phones.caller(guest),
        called=called,
        stir=tokens.stir_attestation(request.form.get("StirVerstat", "")),
        language=language,
    )


def attach(house: House, claimed: Claims, first_say: str = "", music: Sequence[str] = ()) -> Response:
    """A stream to the relay, after words or music."""
    s = house.settings
    token = tokens.mint(claimed, s.session_signing_key, house.clock())
    told_of = claimed.property_id if s.recording_source == "twilio" else ""
    hotel = house.properties.get(claimed.property_id)
    chosen = claimed.language if hotel is None or claimed.language != hotel.language else ""
    locale = phone_words.locale(hotel, claimed.language)
    document = twiml.attach(
        s.webhook_origin, s.media_origin, token, claimed.attempt, first_say, music, told_of, locale, chosen
    )
    return edge.twiml(document)


def apology(house: House, request: Request) -> Response:
    """Words and the front desk's telephone; a goodbye where no hotel has the number."""
    hotel = hotel_of(house, request)
    if hotel is None:
        return edge.twiml(twiml.apology(words.apology(None)))
    desk, language = hotel.front_desk, hotel.language
    say, at_last = phone_words.said("apology", language, name=desk.name), phone_words.said("at_last", language)
    guest, ours = numbers(request)
    shown = ours if is_placed_by_us(request) else phones.shown(phones.caller(guest), ours)
    return edge.twiml(twiml.apology(say, desk.number, at_last, phone_words.locale(hotel, language), shown))
