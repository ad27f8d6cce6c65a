"""Recordings by Twilio's REST API, with its own client. Loaded on first use: it takes a fifth of a second.

Source: Twilio, Recordings resource of a call: RecordingChannels, Trim (do-not-trim keeps the time), PauseBehavior
(silence keeps it too), RecordingStatusCallbackEvent; and the file of a recording: `{sid}.wav?RequestedChannels=2`,
which is refused (16113) for one that was made with one channel, as all of TwiML's Record are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from nightdesk.hotel.telephony import CallInDoubt, CallRefused, WhyNoCall

T = TypeVar("T")
TIMEOUT_S = 3.0  # a guest may be waiting
FETCH_TIMEOUT_S = 60.0
_OVER = (20404, 21220)
_TOO_MANY = 429
# In the first second of a call Twilio may take it to be over ("not eligible for recording"), as users report, and it
# may be asked too much at once; so it is asked again.
STARTS = 3
START_AGAIN_S = 0.5


class TwilioRecorder:
    """`api_base` is https://api.twilio.com, or what stands in for it."""

    def __init__(self, account_sid: str, auth_token: str, api_base: str) -> None:
        self._account_sid, self._auth_token, self._api_base = account_sid, auth_token, api_base
        self._client = Client(account_sid, auth_token, http_client=TwilioHttpClient(timeout=TIMEOUT_S))
        self._client.api.base_url = api_base

    def start(self, call_sid: str, told_url: str) -> str:
        asked = {
            "recording_channels": "dual",
            "recording_track": "both",
            "trim": "do-not-trim",
            "recording_status_callback": told_url,
            "recording_status_callback_event": ["completed", "absent"],
        }
        for _ in range(STARTS - 1):
            try:
                return self._start(call_sid, asked)
            except CallRefused as refused:
                if refused.why not in ("over", "busy"):
                    raise
            time.sleep(START_AGAIN_S)
        return self._start(call_sid, asked)

    def _start(self, call_sid: str, asked: Mapping[str, Any]) -> str:
        return _answered(lambda: str(self._client.calls(call_sid).recordings.create(**asked).sid))

    def pause(self, call_sid: str, recording_sid: str) -> None:
        self._update(call_sid, recording_sid, status="paused", pause_behavior="silence")

    def resume(self, call_sid: str, recording_sid: str) -> None:
        self._update(call_sid, recording_sid, status="in-progress")

    def stop(self, call_sid: str, recording_sid: str) -> None:
        self._update(call_sid, recording_sid, status="stopped")

    def fetch(self, recording_sid: str, channels: int) -> bytes:
        url = f"{self._api_base}/2010-04-01/Accounts/{self._account_sid}/Recordings/{recording_sid}.wav"
        credentials = (self._account_sid, self._auth_token)
        asked = {"RequestedChannels": "2"} if channels == 2 else {}
        try:
            answer = requests.get(url, params=asked, auth=credentials, timeout=FETCH_TIMEOUT_S)
        except requests.RequestException as error:
            raise CallInDoubt(f"Twilio did not answer: {type(error).__name__}") from error
        if answer.status_code == 404:
            raise CallRefused("over", "there is no such recording")
        if not answer.ok:
            raise CallInDoubt(f"Twilio answered {answer.status_code}")
        return answer.content

    def delete(self, recording_sid: str) -> None:
        try:
            _answered(lambda: self._client.recordings(recording_sid).delete())
        except CallRefused as refused:
            if refused.why != "over":
                raise

    def _update(self, call_sid: str, recording_sid: str, **to: str) -> None:
        _answered(lambda: self._client.calls(call_sid).recordings(recording_sid).update(**to))


def _answered(ask: Callable[[], T]) -> T:
    """Raises: CallRefused; CallInDoubt."""
    try:
        return ask()
    except TwilioRestException as error:
        if error.status >= 500:
            raise CallInDoubt(f"Twilio answered {error.status}") from error
        why: WhyNoCall = "over" if error.code in _OVER else "busy" if error.status == _TOO_MANY else "unavailable"
        raise CallRefused(why, f"{error.status}/{error.code}") from error
    except requests.RequestException as error:
        raise CallInDoubt(f"Twilio did not answer: {type(error).__name__}") from error
