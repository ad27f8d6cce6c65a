"""Texts by Twilio's REST API, with its own client. Loaded by the first text alone: it takes a fifth of a second.

Sources: Twilio, Messages resource; error dictionary, of which the codes stand below. Twilio has no idempotency key, so
what got no answer is looked for before it is sent once more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from nightdesk.hotel.telephony import TextInDoubt, TextRefused, Why

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


class TwilioTelephony:
    """`api_base` is https://api.twilio.com, or what stands in for it."""

    def __init__(self, account_sid: str, auth_token: str, api_base: str) -> None:
        self._client = Client(account_sid, auth_token, http_client=TwilioHttpClient(timeout=TIMEOUT_S))
        self._client.api.base_url = api_base

    def send_text(self, to: str, from_: str, body: str) -> str:
        try:
            return str(self._client.messages.create(to=to, from_=from_, body=body).sid)
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
