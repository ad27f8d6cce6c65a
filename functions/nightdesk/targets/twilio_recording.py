"""Twilio has a recording whole: it is fetched, kept with the others and deleted there. Nobody listens to the answer."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flask import Request, Response

from nightdesk import tokens
from nightdesk.edge import Route
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import call_sid_of, recording_sid_of

log = logging.getLogger(__name__)


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/recording", Tapes(phone_calls).recording)]


class Tapes:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    def recording(self, request: Request) -> Response:
        """Source: Twilio, recordingStatusCallback. It may come twice, and while a first one is still being fetched."""
        session_id, status = tokens.session_id_of_call(call_sid_of(request)), request.form.get("RecordingStatus", "")
        recording_sid = recording_sid_of(request)
        log.info("< twilio recording", extra={"fields": {"recording_sid": recording_sid, "status": status}})
        session = self._house.store.session(session_id)
        if session is None or status not in ("completed", "absent"):
            return Response(status=204)
        if status == "absent":
            self._house.recordings.absent(session_id)
        else:
            started_at = _instant(request.form.get("RecordingStartTime", ""))
            hotel = self._calls.hotel_of(session)
            self._house.recordings.completed(hotel, session_id, recording_sid, started_at)
        return Response(status=204)


def _instant(value: str) -> datetime | None:
    """RFC 2822, as Twilio writes it."""
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except ValueError:
        return None
