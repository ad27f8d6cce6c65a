"""The REST API for recordings: `/Recordings` of the account, of a call and of a conference, and their sound files.

Pausing, resuming and stopping is done at the call or the conference, starting at the call alone. Files are WAV: `.mp3`
is Twilio's, and the simulator has no encoder. HTTP authentication on media is an account setting: here it is on.
Source: twilio.md 7.3; Twilio's REST schema for recordings; docs, "Fetch a Recording's media file"; error pages 16108,
16113, 20009, 21220. A second recording of a call by REST beside an active one is none: that was seen in the field.
"""

import io
import wave
from email.utils import format_datetime
from typing import TYPE_CHECKING

import numpy as np
from aiohttp import web

from audio import g711
from local.twilio.calls import API_VERSION, Call
from local.twilio.faults import RestFaults
from local.twilio.filters import in_time, only
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.lines import mixed
from local.twilio.paging import page
from local.twilio.recordings import ACTIVE, Recording

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

CURRENT = "Twilio.CURRENT"


class RecordingsApi:
    def __init__(self, exchange: "Exchange", faults: RestFaults) -> None:
        self._exchange, self._recordings, self._faults = exchange, exchange.recordings, faults

    def add_to(self, router: web.UrlDispatcher) -> None:
        account = f"/{API_VERSION}/Accounts/{self._exchange.settings.account_sid}"
        of_call = f"{account}/Calls/{{call_sid}}/Recordings"
        of_conference = f"{account}/Conferences/{{conference_sid}}/Recordings"
        for base in (f"{account}/Recordings", of_call, of_conference):
            router.add_get(f"{base}.json", self._list)
            router.add_get(f"{base}/{{sid}}.json", self._fetch)
            router.add_delete(f"{base}/{{sid}}.json", self._delete)
        for base in (of_call, of_conference):
            router.add_post(f"{base}/{{sid}}.json", self._update)
        router.add_post(f"{of_call}.json", self._start)
        router.add_get(f"{account}/Recordings/{{sid:RE[0-9a-f]+}}", self._media)
        router.add_get(f"{account}/Recordings/{{sid:RE[0-9a-f]+}}.{{kind}}", self._media)

    # -- while it goes on -----------------------------------------------------------------------------------------

    async def _start(self, request: web.Request) -> web.Response:
        call = self._call(request)
        order = Form(await read_form(request)).recording("StartCallRecordingAPI", trim=False)
        early = self._faults.early > 0
        self._faults.early -= early
        if call.status != "in-progress" or call.is_over or early:
            raise ApiError(400, 21220, "Requested resource is not eligible for recording")
        going_on = [one for one in self._recordings.active(call) if one.order.source == order.source]
        return self._answer(going_on[0] if going_on else self._recordings.start(call, call.phone, order), 201)

    async def _update(self, request: web.Request) -> web.Response:
        recording = self._find(request)
        form = Form(await read_form(request))
        status, behaviour = form["Status"], form["PauseBehavior"] or "silence"
        if status not in ("in-progress", "paused", "stopped") or behaviour not in ("silence", "skip"):
            raise ApiError(400, 20001, f"Status {status!r} with PauseBehavior {behaviour!r} is invalid")
        if recording.status not in ACTIVE:
            raise ApiError(400, 21220, f"Recording {recording.sid} is {recording.status} and cannot be changed")
        if status == "stopped":
            self._recordings.stop(recording)
        elif status == "paused" and recording.status == "in-progress":
            self._recordings.pause(recording, behaviour == "skip")
        elif status == "in-progress" and recording.status == "paused":
            self._recordings.resume(recording)
        return self._answer(recording)

    def _call(self, request: web.Request) -> Call:
        call = self._exchange.calls.get(request.match_info["call_sid"])
        if call is None or call.deleted:
            raise _not_found(request)
        return call

    # -- afterwards -----------------------------------------------------------------------------------------------

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        only(query, "CallSid", "ConferenceSid", moments=("DateCreated",))
        created = in_time(query, "DateCreated")
        found = [
            recording
            for recording in reversed(self._all(request))
            if query.get("CallSid", recording.call.sid) == recording.call.sid
            and query.get("ConferenceSid", recording.conference_sid) == recording.conference_sid
            and created(recording.created_at)
        ]
        return page(request, "recordings", found, self._resource)

    async def _fetch(self, request: web.Request) -> web.Response:
        return self._answer(self._find(request))

    async def _delete(self, request: web.Request) -> web.Response:
        recording = self._find(request)
        if recording.status in ACTIVE:
            raise ApiError(400, 20009, "Cannot delete this resource before it is complete")
        self._recordings.delete(recording)
        return web.Response(status=204)

    async def _media(self, request: web.Request) -> web.Response:
        """Mono, unless two channels are asked for and there."""
        recording = self._find(request)
        if request.match_info.get("kind", "wav") != "wav":
            raise ApiError(501, 0, "The simulated Twilio has recordings as .wav only: it has no encoder of MP3.")
        channels = request.query.get("RequestedChannels", "1")
        if channels not in ("1", "2"):
            raise ApiError(400, 20001, f"RequestedChannels {channels!r} is invalid")
        if channels == "2" and recording.order.channels != 2:
            raise ApiError(400, 16113, "Cannot download a dual-channel presentation of a mono recording")
        if recording.status != "completed":
            raise _not_found(request)
        tracks = recording.audio if channels == "2" or len(recording.audio) == 1 else (mixed(recording.audio),)
        return web.Response(body=wav(tracks), content_type="audio/x-wav")

    def _all(self, request: web.Request) -> list[Recording]:
        """Those of the call or the conference that the path names, or of the account. Raises ApiError 20404."""
        call_sid, conference_sid = request.match_info.get("call_sid"), request.match_info.get("conference_sid")
        if call_sid is not None:
            self._call(request)
        if conference_sid is not None and self._exchange.conferences.fetch(conference_sid) is None:
            raise _not_found(request)
        return [
            recording
            for recording in self._recordings.kept
            if not recording.deleted
            and call_sid in (None, recording.call.sid)
            and conference_sid in (None, recording.conference_sid)
        ]

    def _find(self, request: web.Request) -> Recording:
        """The one with the sid of the path, or the one that goes on. Raises ApiError 20404, and 16108 for several."""
        sid, found = request.match_info["sid"], self._all(request)
        if sid == CURRENT:
            found = [recording for recording in found if recording.status in ACTIVE]
            if len(found) > 1:
                raise ApiError(400, 16108, "Request failed due to concurrent recordings")
        else:
            found = [recording for recording in found if recording.sid == sid]
        if not found:
            raise _not_found(request)
        return found[0]

    def _answer(self, recording: Recording, status: int = 200) -> web.Response:
        return web.json_response(self._resource(recording), status=status)

    def _resource(self, recording: Recording) -> dict[str, object]:
        done = recording.status == "completed"
        return {
            "sid": recording.sid,
            "account_sid": recording.call.account_sid,
            "call_sid": recording.call.sid,
            "conference_sid": recording.conference_sid,
            "status": recording.status,
            "channels": recording.order.channels,
            "source": recording.order.source,
            "track": recording.order.track,
            "duration": str(recording.duration_s) if done else "-1",
            "start_time": format_datetime(recording.created_at),
            "date_created": format_datetime(recording.created_at),
            "date_updated": format_datetime(recording.updated_at),
            "api_version": API_VERSION,
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "encryption_details": None,
            "media_url": self._recordings.url(recording),
            "uri": f"{recording.path}.json",
            "subresource_uris": {"transcriptions": f"{recording.path}/Transcriptions.json"},
        }


def wav(tracks: tuple[bytes, ...]) -> bytes:
    """PCM of 16 bits at 8 kHz, a channel for each mu-law track."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(tracks))
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(np.stack([g711.decode(track) for track in tracks], axis=1).astype("<i2").tobytes())
    return file.getvalue()


def _not_found(request: web.Request) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {request.path} was not found")
