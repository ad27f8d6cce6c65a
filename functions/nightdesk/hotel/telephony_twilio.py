"""Texts and calls by Twilio's REST API, with its own client. Loaded on first use: it takes a fifth of a second.

Sources: Twilio, Messages and Calls resources; error dictionary, of which the codes stand below. Twilio has no
idempotency key, so what got no answer is looked for before it is asked for once more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from nightdesk.hotel.telephony import (
    CallInDoubt,
    CallOrder,
    CallRefused,
    CallState,
    TextInDoubt,
    TextRefused,
    Why,
    WhyNoCall,
)

T = TypeVar("T")
TIMEOUT_S = 4.0
_CLOCKS_APART = timedelta(seconds=5)
_LOOK_AT = 20
_WHY: dict[int, Why] = {
    21211: "number",  # invalid 'To'
    21614: "number",  # not a mobile number
    21612: "number",  # not reachable by SMS from this number
    21265: "number",  # a short code
    21635: "number",  # a landline
    21408: "country",  # no permission for the region
    21610: "opted_out",
}
_WHY_NO_CALL: dict[int, WhyNoCall] = {
    21211: "number",  # invalid 'To'
    21214: "number",  # 'To' cannot be reached
    21217: "number",  # does not look like a number
    21215: "country",  # no permission for the region
    13227: "country",  # likewise
    21220: "over",  # the call is not in progress
    20404: "over",  # there is no such call
    10004: "busy",  # as many calls go on as the account may have
    20429: "busy",  # too many requests: this one was not carried out
    22005: "busy",  # the queue of calls is full
}
_GREETING_MS = 4500
"""So long staff may speak as it picks up, "good evening, this is the front desk of ...", and is still taken for people;
Twilio's own 2,400 ms are for calls to somebody's home."""
_EVENTS = ["initiated", "ringing", "answered", "completed"]


class TwilioTelephony:
    """`api_base` is https://api.twilio.com, or what stands in for it.

    `text_status_url` is told what becomes of texts, with their reference as `?text=`; "": nobody asks.
    """

    def __init__(self, account_sid: str, auth_token: str, api_base: str, text_status_url: str = "") -> None:
        self._text_status_url = text_status_url
        self._client = Client(account_sid, auth_token, http_client=TwilioHttpClient(timeout=TIMEOUT_S))
        self._client.api.base_url = api_base

    def send_text(self, to: str, from_: str, body: str, reference: str = "") -> str:
        told = {}
        if reference and self._text_status_url:
            told["status_callback"] = f"{self._text_status_url}?text={quote(reference, safe='')}"
        try:
            return str(self._client.messages.create(to=to, from_=from_, body=body, **told).sid)
        except TwilioRestException as error:
            if error.status >= 500:
                raise TextInDoubt(f"Twilio answered {error.status}") from error
            why = _WHY.get(error.code or 0, "unavailable")
            raise TextRefused(why, f"Twilio {error.status}/{error.code}") from error
        except requests.RequestException as error:
            raise TextInDoubt(f"Twilio did not answer: {type(error).__name__}") from error

    def find_text(self, to: str, from_: str, body: str, since: datetime) -> str:
        try:
            found = self._client.messages.list(to=to, from_=from_, limit=_LOOK_AT)
        except (TwilioException, requests.RequestException) as error:  # a list that fails raises the broader one
            raise TextInDoubt(f"Twilio did not answer: {type(error).__name__}") from error
        earliest = since - _CLOCKS_APART
        return next((str(m.sid) for m in found if m.body == body and m.date_created >= earliest), "")

    def start_call(self, order: CallOrder) -> str:
        asked: dict[str, Any] = {
            "to": order.to,
            "from_": order.from_,
            "url": order.answered_url,
            "status_callback": order.status_url,
            "status_callback_event": _EVENTS,
            "timeout": order.ring_s,
            "time_limit": order.longest_s,
        }
        if order.fallback_url:
            asked["fallback_url"] = order.fallback_url
        if order.machine_url:  # asynchronous: a person is answered at once, a machine's greeting is waited for
            asked |= {
                "machine_detection": "DetectMessageEnd" if order.waits_for_beep else "Enable",
                "async_amd": "true",
                "async_amd_status_callback": order.machine_url,
            }
        if order.machine_url and not order.waits_for_beep:
            asked["machine_detection_speech_threshold"] = _GREETING_MS
        return _call(lambda: str(self._client.calls.create(**asked).sid))

    def find_calls(self, to: str, from_: str, since: datetime) -> list[str]:
        found = _call(lambda: self._client.calls.list(to=to, from_=from_, limit=_LOOK_AT))
        earliest = since - _CLOCKS_APART  # a call that is still queued has no date yet
        new = [c for c in found if c.date_created is None or c.date_created >= earliest]
        return [str(c.sid) for c in new if c.direction == "outbound-api"]

    def call_state(self, call_sid: str) -> CallState | None:
        try:
            call = _call(lambda: self._client.calls(call_sid).fetch())
        except CallRefused as refused:
            if refused.why == "over":
                return None
            raise CallInDoubt(str(refused)) from refused
        seconds = int(call.duration) if call.duration is not None else None
        return CallState(call_sid, str(call.status), seconds, call.answered_by or "")

    def update_call(self, call_sid: str, twiml: str) -> None:
        _call(lambda: self._client.calls(call_sid).update(twiml=twiml))

    def end_call(self, call_sid: str) -> None:
        _call(lambda: self._client.calls(call_sid).update(status="completed"))


def _call(ask: Callable[[], T]) -> T:
    """Raises: CallRefused; CallInDoubt where it may have been carried out."""
    try:
        return ask()
    except TwilioRestException as error:
        if error.status >= 500:
            raise CallInDoubt(f"Twilio answered {error.status}") from error
        why = _WHY_NO_CALL.get(error.code or 0, "unavailable")
        raise CallRefused(why, f"Twilio {error.status}/{error.code}") from error
    except (TwilioException, requests.RequestException) as error:
        raise CallInDoubt(f"Twilio did not answer: {type(error).__name__}") from error
