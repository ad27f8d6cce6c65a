"""The `twilio` function: Twilio's webhooks, each feature's in a module of its own beside this one.

Every failure where somebody listens is answered with TwiML, to a guest an apology and the front desk: never silence,
never HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from flask import Request, Response

from nightdesk import edge, hold_music
from nightdesk.auth import TwilioSignature
from nightdesk.bootstrap import House
from nightdesk.edge import OnFailure, Route
from nightdesk.errors import Forbidden
from nightdesk.targets import twilio_answers, twilio_inbound
from nightdesk.targets.twilio_form import is_over

if TYPE_CHECKING:
    from nightdesk.targets.twilio_calls import PhoneCalls

_FORM = "application/x-www-form-urlencoded"
_PREFIX = "/voice/twilio/"
FEATURES = {
    "pay": "twilio_pay",
    "recording": "twilio_recording",
    "ivr": "twilio_ivr",
    "stream-ended": "twilio_stream",
    "gather": "twilio_gather",
    "dial-ended": "twilio_dial",
    "voicemail": "twilio_voicemail",
    "transcription": "twilio_voicemail",
    "status": "twilio_status",
    "fallback": "twilio_fallback",
    "stream-status": "twilio_fallback",
    "sms": "twilio_texts",
    "message-status": "twilio_texts",
    "outbound-answered": "twilio_outbound",
    "outbound-status": "twilio_outbound",
    "amd": "twilio_outbound",
    "hold-music": "twilio_transfer",
    "wait": "twilio_transfer",
    "queue-ended": "twilio_transfer",
    "staff": "twilio_transfer",
    "staff-answer": "twilio_transfer",
    "staff-ended": "twilio_transfer",
    "staff-status": "twilio_transfer",
    "staff-amd": "twilio_transfer",
}
"""The module that answers a path, by what follows /voice/twilio/. Each is loaded when it is first asked for: a quiet
night's first ring waits for none of them, and what it asks itself (`inbound`) is always there.
"""


def build(house: House) -> Callable[[Request], Response]:
    signature = TwilioSignature(house.settings.twilio_auth_token, house.settings.webhook_origin)

    def guard(request: Request) -> None:
        if request.method == "GET" and request.path.startswith(hold_music.PATH):
            return  # anybody may hear it
        if request.mimetype not in ("", _FORM):
            raise Forbidden("bad_signature", f"Twilio sends {_FORM}")
        raw_uri = request.environ.get("RAW_URI") or request.full_path.rstrip("?")
        signature.check(raw_uri, request.form, request.headers.get("X-Twilio-Signature", ""))

    routes = routes_of(house)
    return edge.serve("twilio", routes, guard, _apology(house, routes))


def routes_of(house: House) -> Callable[[str], list[Route]]:
    """The routes among which a path's is."""
    ring = twilio_inbound.routes(house)

    @cache
    def phone_calls() -> PhoneCalls:
        from nightdesk.targets.twilio_calls import PhoneCalls

        return PhoneCalls(house)

    @cache
    def feature(name: str) -> list[Route]:
        routes: list[Route] = import_module(f"nightdesk.targets.{name}").routes(phone_calls())
        return routes

    def of(path: str) -> list[Route]:
        name = FEATURES.get(path.removeprefix(_PREFIX).partition("/")[0])
        return feature(name) if name else ring

    return of


def _apology(house: House, routes_of: Callable[[str], list[Route]]) -> OnFailure:
    def apologise(request: Request) -> Response | None:
        """None where nobody listens, or nobody any more: the JSON error stands, and Twilio may ask again."""
        if is_over(request):
            return None
        routes = routes_of(request.path)
        asked = next((route for route in routes if route.spoken and re.fullmatch(route.pattern, request.path)), None)
        if asked is None:
            return None
        if asked.instead is not None:
            return asked.instead(request)
        return twilio_answers.apology(house, request)

    return apologise
