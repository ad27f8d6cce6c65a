"""The `twilio` function: Twilio's webhooks, each feature's in a module of its own beside this one.

Every failure where somebody listens is answered with TwiML, to a guest an apology and the front desk: never silence,
never HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Request, Response

from nightdesk import edge, hold_music
from nightdesk.auth import TwilioSignature
from nightdesk.bootstrap import House
from nightdesk.edge import OnFailure, Route
from nightdesk.errors import Forbidden
from nightdesk.targets import (
    twilio_dial,
    twilio_fallback,
    twilio_gather,
    twilio_inbound,
    twilio_ivr,
    twilio_outbound,
    twilio_pay,
    twilio_recording,
    twilio_status,
    twilio_stream,
    twilio_texts,
    twilio_transfer,
    twilio_voicemail,
)
from nightdesk.targets.twilio_calls import PhoneCalls

_FORM = "application/x-www-form-urlencoded"
_FEATURES = (
    twilio_pay,
    twilio_recording,
    twilio_inbound,
    twilio_ivr,
    twilio_stream,
    twilio_gather,
    twilio_dial,
    twilio_voicemail,
    twilio_status,
    twilio_fallback,
    twilio_texts,
    twilio_outbound,
    twilio_transfer,
)


def build(house: House) -> Callable[[Request], Response]:
    signature = TwilioSignature(house.settings.twilio_auth_token, house.settings.webhook_origin)

    def guard(request: Request) -> None:
        if request.method == "GET" and request.path.startswith(hold_music.PATH):
            return  # anybody may hear it
        if request.mimetype not in ("", _FORM):
            raise Forbidden("bad_signature", f"Twilio sends {_FORM}")
        raw_uri = request.environ.get("RAW_URI") or request.full_path.rstrip("?")
        signature.check(raw_uri, request.form, request.headers.get("X-Twilio-Signature", ""))

    phone_calls = PhoneCalls(house)
    routes = [route for feature in _FEATURES for route in feature.routes(phone_calls)]
    return edge.serve("twilio", routes, guard, _apology(phone_calls, routes))


def _apology(phone_calls: PhoneCalls, routes: list[Route]) -> OnFailure:
    spoken = [route for route in routes if route.spoken]

    def apologise(request: Request) -> Response | None:
        """None where nobody listens: the JSON error stands."""
        asked = next((route for route in spoken if re.fullmatch(route.pattern, request.path)), None)
        if asked is None:
            return None
        if asked.instead is not None:
            return asked.instead(request)
        return edge.twiml(twilio_fallback.apology(phone_calls, request))

    return apologise
